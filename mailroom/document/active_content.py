"""What a PDF holds besides its pages: scripts, actions on opening, attachments, form fields, layers.

None of it is run, opened or read: it is listed by its code, for the people who open the document later.
"""

from __future__ import annotations

from typing import Any

import pypdfium2
from pdfminer.pdftypes import resolve1

from mailroom.document.page_objects import pdfium

# Going to a page is the ordinary use of an action on opening.
HARMLESS = frozenset({"GoTo"})


def is_dynamic_form(document: pypdfium2.PdfDocument) -> bool:
    """Return whether only Adobe's reader can show its pages: any other one shows "Please wait…"."""
    return bool(pdfium.FPDF_GetFormType(document) == pdfium.FORMTYPE_XFA_FULL)


def list_active_content(document: pypdfium2.PdfDocument, catalog: dict[str, Any]) -> list[str]:
    """Return codes: ``acts_on_opening``, ``attachments``, ``form_fields``, ``javascript``, sorted."""
    acts = {_action(catalog.get("OpenAction"))} - {None} - HARMLESS
    held = {
        "acts_on_opening": bool(acts) or "AA" in catalog,
        "attachments": pdfium.FPDFDoc_GetAttachmentCount(document) > 0,
        "form_fields": pdfium.FPDF_GetFormType(document) != pdfium.FORMTYPE_NONE,
        "javascript": "JavaScript" in acts or pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0,
    }
    return sorted(code for code, is_held in held.items() if is_held)


def has_layers_off(catalog: dict[str, Any]) -> bool:
    """Return whether the file has layers that a viewer does not show when it opens the file."""
    layers = resolve1(catalog.get("OCProperties"))
    shown = resolve1(layers.get("D")) if isinstance(layers, dict) else None
    if not isinstance(shown, dict):
        return isinstance(layers, dict)
    base = getattr(resolve1(shown.get("BaseState")), "name", "ON")
    return base != "ON" or bool(resolve1(shown.get("OFF"))) or bool(resolve1(shown.get("AS")))


def _action(found: Any) -> str | None:
    """Return the type of an action; None where there is none, or only a place in the document."""
    action = resolve1(found)
    if not isinstance(action, dict):
        return None
    return str(getattr(resolve1(action.get("S")), "name", "unknown"))

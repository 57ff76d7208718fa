"""Read one PDF: open it, decide what it is, read its fields, judge the whole.

What opens the file and what reads its words are apart (`opened`, `assembly`), so that another source of words
can stand beside the text layer. Runs in this process; files from outside go through `ReaderPool`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from mailroom.errors import FileFault
from mailroom.notices.assembly import (
    ON_EVERY_CP2000,
    Assembled,
    Evidence,
    assemble,
    gather,
    wants_the_coupon,
)
from mailroom.notices.confirmed import CONFIDENCE, is_unclear, unsure
from mailroom.notices.document_kind import DocumentKind, document_kind, is_fax_cover
from mailroom.notices.eyes import Eyes
from mailroom.notices.fields import NoticeFields, Outcome, Reading
from mailroom.notices.image_file import opened_image
from mailroom.notices.labels import AMOUNT
from mailroom.notices.letter_types import letter_type
from mailroom.notices.one_letter import several_letters
from mailroom.notices.opened import is_image, opened
from mailroom.notices.pages import Pages
from mailroom.notices.summary import ADDS_UP
from mailroom.privacy.client_data import ClientData

# The strength of a letter's name that stands in its notice block.
NAMED_IN_BLOCK = 2
# What a case is found by: without it, or with doubt about it, a person looks.
KEYS = ("last_name", "ssn_last4")
# A PDF like any other, but its text cannot be had without looking at the page.
NO_TEXT = frozenset(
    {
        "garbled_text",
        "turned_text",
        "no_ocr_engine",
        "ocr_failed",
        "ocr_timed_out",
        "too_many_scanned_pages",
        "dynamic_form",
    }
)
# A blank sheet or a fax cover may lie before the letter.
COVERS = 3
# Pages read with coordinates at most, when the key is not on the first and the last.
MOST_READ = 8
# Likewise of a scan, whose pages take a second each: the response form is among them.
MOST_SEEN = 4


@dataclass(frozen=True, repr=False)
class Found(ClientData):
    """Where a reading has its fields from: the pages' evidence, what was made of it, and the kind of document."""

    evidence: Evidence
    read: Assembled | None
    kind: DocumentKind


# Shown the pages, still open, with what was found on them and what came of it.
Witness = Callable[[Pages, Found | None, Reading], None]


def read_pdf(
    path: Path,
    eyes: Eyes | None = None,
    confidence: float = CONFIDENCE,
    *,
    images: bool = False,
    witness: Witness | None = None,
) -> Reading:
    """What is in the file; ``eyes`` read the pages that are pictures, and are believed from ``confidence`` on.

    With ``images`` image files are read too. A ``witness`` sees how it came about.

    Never raises for a bad file: that is an outcome with a code in ``error``.
    """
    began = time.perf_counter()
    try:
        with opened_image(path) if images and is_image(path) else opened(path) as document:
            pages = Pages(document, eyes)
            reading, found = _read(pages, confidence)
            if witness is not None:
                witness(pages, found, reading)
            reading = replace(reading, notes=document.notes())
    except FileFault as fault:
        outcome: Outcome = "unreadable" if fault.code in NO_TEXT else "rejected"
        reading = Reading(outcome, needs_review=True, error=fault.code)
    except OSError:
        reading = Reading("rejected", needs_review=True, error="cannot_be_opened")
    return replace(reading, seconds=round(time.perf_counter() - began, 4))


def _read(document: Pages, confidence: float) -> tuple[Reading, Found | None]:
    head = _head(document)
    nothing = NoticeFields(page_count=document.page_count)
    if isinstance(head, str):
        return Reading("unreadable", nothing, needs_review=True, error=head), None
    evidence = _evidence(document, head)
    kind = document_kind(evidence.first, evidence.on_first)
    if kind.strength < NAMED_IN_BLOCK and document.is_scanned(evidence.first.number - 1):
        # The letter's number may stand at the foot only, and its headline be another's too.
        _take_in_the_foot(document, evidence)
        kind = document_kind(evidence.first, evidence.on_first)
    if not kind.letter and document.seen and is_unclear(evidence.first):
        return Reading("unreadable", nothing, needs_review=True, error="unclear_scan"), Found(
            evidence, None, kind
        )
    if not kind.from_irs:
        return Reading("not_cp2000", nothing, needs_review=True), Found(evidence, None, kind)
    read = _assembled(document, evidence, kind.letter)
    if document.seen:
        read = _held_against_the_picture(document, evidence, read, confidence)
    # Scanned pages are not held against a number that may be misread.
    held = _without_doubtful_ssn(read) if document.seen else read.fields
    fault = several_letters(document, evidence, held) if kind.letter else None
    is_doubtful = kind.doubtful or (kind.letter and "notice_type" in read.doubts)
    fault = kind.fault or fault or ("doubtful_letter_type" if is_doubtful else None)
    judge = _of_a_cp2000 if letter_type(kind.letter).needs_key else _of_another
    return judge(read, kind, fault), Found(evidence, read, kind)


def _held_against_the_picture(
    document: Pages, evidence: Evidence, read: Assembled, confidence: float
) -> Assembled:
    """The fields, with doubt about those that were not read clearly; on any doubt another engine has a look too."""
    backed = _backed(evidence, read.fields)
    doubts = unsure(read.fields, document.seen, confidence, backed)
    if doubts and (second := document.second(evidence.first.number - 1)):
        doubts = unsure(read.fields, document.seen, confidence, backed, [second])
    return replace(read, doubts=read.doubts | doubts)


def _backed(evidence: Evidence, fields: NoticeFields) -> frozenset[str]:
    """The amount, where the summary's lines add up to it."""
    sums = [each.value for each in evidence.of(AMOUNT) if each.how == ADDS_UP]
    return frozenset({"amount_due"} if fields.amount_due in sums else ())


def _looked_closer(document: Pages, evidence: Evidence, letter: str | None) -> Assembled:
    """The fields; with the foot of a scanned first page too, where something is missing."""
    read = assemble(evidence, letter, document.page_count)
    head = evidence.first.number - 1
    if document.is_scanned(head) and any(getattr(read.fields, name) is None for name in ON_EVERY_CP2000):
        _take_in_the_foot(document, evidence)
        read = assemble(evidence, letter, document.page_count)
    return read


def _take_in_the_foot(document: Pages, evidence: Evidence) -> None:
    """Read all of a scanned first page, of which the foot was left out."""
    evidence.first = document.rest_of_first(evidence.first.number - 1)
    again = gather(evidence.first, evidence.other_texts)
    evidence.on_first, evidence.candidates = again.on_first, again.candidates
    evidence.blocks = again.blocks


def _without_doubtful_ssn(read: Assembled) -> NoticeFields:
    doubtful = {"ssn", "ssn_last4"} & read.doubts
    return replace(read.fields, ssn=None, ssn_last4=None) if doubtful else read.fields


def _assembled(document: Pages, evidence: Evidence, letter: str | None) -> Assembled:
    """The fields from the first page; from the last one too on any doubt, from all on doubt about the key."""
    read = _looked_closer(document, evidence, letter)
    if wants_the_coupon(read, evidence):
        _add_page(document, evidence, document.page_count)
        read = assemble(evidence, letter, document.page_count)
        if _missing_keys(read):
            most = MOST_SEEN if document.seen else MOST_READ
            for number in range(evidence.first.number + 1, min(document.page_count, most)):
                _add_page(document, evidence, number)
            read = assemble(evidence, letter, document.page_count)
    return read


def _add_page(document: Pages, evidence: Evidence, number: int) -> None:
    if number > evidence.first.number and document.kind(number - 1) == "text":
        evidence.add_page(document.sheet(number - 1))


def _missing_keys(read: Assembled) -> list[str]:
    return [name for name in KEYS if getattr(read.fields, name) is None or name in read.doubts]


def _head(document: Pages) -> int | str:
    """The index of the letter's first page, or the code of why there is none to be read."""
    for index in range(min(COVERS, document.page_count)):
        kind = document.kind(index)
        if kind == "text":
            return index
        if kind != "blank":
            return "no_ocr_engine"
    return "no_text_layer"


def _evidence(document: Pages, head: int) -> Evidence:
    first = document.sheet(head)
    while (
        is_fax_cover(first)
        and head + 1 < min(COVERS, document.page_count)
        and document.kind(head + 1) == "text"
    ):
        head += 1
        first = document.sheet(head)
    others = [(index + 1, document.flat_text(index)) for index in range(head + 1, document.page_count)]
    return gather(first, others)


def _of_a_cp2000(read: Assembled, kind: DocumentKind, fault: str | None) -> Reading:
    doubts = _doubts(read, kind)
    missing = _missing_keys(read)
    error = fault or (f"doubtful_{missing[0]}" if missing else None)
    return Reading("review" if error else "extract", read.fields, bool(error or doubts), doubts, error)


def _of_another(read: Assembled, kind: DocumentKind, fault: str | None) -> Reading:
    """Firms may have other letters filed too: ``error`` says why this one is not to be."""
    doubts = _doubts(read, kind)
    return Reading("not_cp2000", read.fields, needs_review=True, review_fields=doubts, error=fault)


def _doubts(read: Assembled, kind: DocumentKind) -> list[str]:
    """Names of the fields that are given with doubt."""
    doubtful = read.doubts | read.ambiguous | ({"notice_type"} if kind.doubtful else set())
    return sorted(name for name in doubtful if getattr(read.fields, name) is not None)

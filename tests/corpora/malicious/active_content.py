"""Valid notices with active content, and PDFs with forms, fonts or objects that mislead a reader.

The valid ones are read, and what they contain is recorded.
"""

from __future__ import annotations

from random import Random

from tests.corpora.malicious.raw_pdf import (
    FONT,
    ONE_PAGE,
    add_to_catalog,
    build_one_page,
    build_page,
    build_pdf,
    build_stream,
)
from tests.corpora.malicious.registry import ends_in, make_notice


@ends_in("")
def _javascript(rng: Random) -> bytes:
    action = b"<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1/'\\);)>>"
    return add_to_catalog(
        make_notice(rng),
        b"/OpenAction 1000 0 R /Names<</JavaScript<</Names[(a) 1000 0 R]>>>>",
        {1000: action},
    )


@ends_in("")
def _launch_action(rng: Random) -> bytes:
    return add_to_catalog(make_notice(rng), b"/OpenAction<</S/Launch/F(/bin/sh)>>", {})


@ends_in("")
def _attachment(rng: Random) -> bytes:
    file = b"<</Type/Filespec/F(a.exe)/UF(a.exe)/EF<</F 1001 0 R>>>>"
    names = b"/Names<</EmbeddedFiles<</Names[(a.exe) 1000 0 R]>>>>"
    return add_to_catalog(
        make_notice(rng), names, {1000: file, 1001: build_stream(b"MZ" + rng.randbytes(500))}
    )


@ends_in("")
def _form_with_fields(rng: Random) -> bytes:
    field = b"<</FT/Tx/T(ssn)/V(749-00-0001)/Type/Annot/Subtype/Widget/Rect[10 10 200 30]>>"
    return add_to_catalog(make_notice(rng), b"/AcroForm<</Fields[1000 0 R]>>", {1000: field})


@ends_in("dynamic_form")
def _xfa_form(_rng: Random) -> bytes:
    """A dynamic form: its one page asks for another reader, the form itself is XML."""
    xfa = b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template/></xdp:xdp>"
    words = b"BT /F1 9 Tf 40 700 Td (Please wait... If this message is not eventually replaced, your reader is too old.) Tj ET"
    catalog = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA 5 0 R>>/NeedsRendering true>>"
    return build_pdf(
        {1: catalog, 2: ONE_PAGE, 3: build_page(FONT), 4: build_stream(words), 5: build_stream(xfa)}
    )


@ends_in("garbled_text", "no_text_layer", "unclear_scan", "other_document")
def _font_without_names(_rng: Random) -> bytes:
    """Letters of which only their shapes are known: a composite font without a map to Unicode."""
    content = build_stream(b"BT /F1 12 Tf 40 700 Td <" + b"0041" * 80 + b"> Tj ET")
    font = b"<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding/Identity-H/DescendantFonts[6 0 R]>>"
    below = b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Odd/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 7 0 R/DW 500>>"
    about = b"<</Type/FontDescriptor/FontName/Odd/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>"
    return build_one_page(content, b"/Font<</F1 5 0 R>>", {5: font, 6: below, 7: about})


@ends_in("", "broken_pdf")
def _objects_twice(rng: Random) -> bytes:
    """Every object of a notice is in it twice, the second ones without a table."""
    sound = make_notice(rng)
    body = sound[: sound.rfind(b"xref\n")]
    return body + body[body.index(b"obj") - 4 :] + sound[sound.rfind(b"xref\n") :]


@ends_in("", "doubtful_last_name", "doubtful_ssn_last4", "doubtful_letter_type", "several_notices")
def _notice_replaced_by_another(rng: Random) -> bytes:
    """A notice, and behind its end another one's objects under the same numbers: the last ones hold."""
    return make_notice(rng) + make_notice(rng)

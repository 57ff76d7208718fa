"""PDFs whose objects refer to themselves or nest too deeply."""

from __future__ import annotations

from random import Random

from tests.corpora.malicious.raw_pdf import (
    CATALOG,
    FONT,
    ONE_PAGE,
    build_one_page,
    build_page,
    build_pdf,
    build_stream,
)
from tests.corpora.malicious.registry import ends_in


@ends_in("broken_pdf", "no_text_layer")
def _xref_loop(_rng: Random) -> bytes:
    """The table's predecessor is the table itself."""
    objects = {1: CATALOG, 2: ONE_PAGE, 3: build_page(FONT), 4: build_stream(b"")}
    start = b"%d" % build_pdf(objects).rfind(b"xref\n0 1")
    return build_pdf(objects, prev=start)


@ends_in("broken_pdf", "no_text_layer")
def _page_tree_loop(_rng: Random) -> bytes:
    return build_pdf({1: CATALOG, 2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"})


@ends_in("broken_pdf", "no_text_layer")
def _parent_loop(_rng: Random) -> bytes:
    """The page's parent is the page: what it inherits is looked for without end."""
    return build_pdf(
        {1: CATALOG, 2: ONE_PAGE, 3: b"<</Type/Page/Parent 3 0 R/Contents 4 0 R>>", 4: build_stream(b"")}
    )


@ends_in("broken_pdf", "no_text_layer", "reader_died")
def _deep_page_tree(_rng: Random) -> bytes:
    depth = 20_000
    tree = {number: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 1) for number in range(2, depth)}
    return build_pdf({1: CATALOG, **tree, depth: b"<</Type/Page/MediaBox[0 0 612 792]>>"})


@ends_in("broken_pdf", "no_text_layer", "reader_died")
def _form_that_draws_itself(_rng: Random) -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X 5 0 R>>>>"
    more = {5: build_stream(b"/X Do /X Do", form)}
    return build_one_page(build_stream(b"/X Do"), b"/XObject<</X 5 0 R>>", more)


@ends_in("broken_pdf", "no_text_layer", "reading_timed_out", "reader_died")
def _forms_that_double(_rng: Random) -> bytes:
    """Forty forms, each drawing the next one twice: a billion billion strokes."""
    more = {}
    for number in range(5, 45):
        entries = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X %d 0 R>>>>" % (
            number + 1
        )
        more[number] = build_stream(b"/X Do /X Do", entries)
    more[45] = build_stream(b"0 0 m 9 9 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]")
    return build_one_page(build_stream(b"/X Do"), b"/XObject<</X 5 0 R>>", more)


@ends_in("broken_pdf", "no_text_layer", "reader_died")
def _deep_brackets(_rng: Random) -> bytes:
    return build_one_page(build_stream(b"[" * 2_000_000))


@ends_in("broken_pdf", "no_text_layer", "reader_died")
def _deep_dictionaries(_rng: Random) -> bytes:
    """Nested where the parser of objects, not of content, meets it."""
    return build_pdf(
        {1: CATALOG, 2: ONE_PAGE, 3: build_page(FONT, more=b"/A" + b"<</A" * 200_000), 4: build_stream(b"")}
    )

"""PDFs written object by object, for files that no library would write: loops, bombs, actions.

Knows no notices; the other modules of this package say what goes into them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping

HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
ONE_PAGE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
FONT = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
FLATE = b"/Filter/FlateDecode"
MEGABYTE = 1024 * 1024


def build_pdf(objects: Mapping[int, bytes], trailer: bytes = b"", prev: bytes = b"") -> bytes:
    """Return a PDF with a correct cross-reference table; ``prev`` and ``trailer`` go into its trailer."""
    out, places = bytearray(HEAD), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number in sorted(places):
        out += b"%d 1\n%010d 00000 n \n" % (number, places[number])
    end = b"/Prev %s" % prev if prev else b""
    out += b"trailer<</Size %d/Root 1 0 R%s%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, end, trailer, start)
    return bytes(out)


def build_page(resources: bytes = b"", box: bytes = b"0 0 612 792", more: bytes = b"") -> bytes:
    """Return a page object whose content is object 4."""
    held = b"/Resources<<%s>>" % resources if resources else b""
    return b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R%s%s>>" % (box, held, more)


def build_one_page(content: bytes, resources: bytes = FONT, more: Mapping[int, bytes] | None = None) -> bytes:
    """Return a PDF of one page: object 4 is its content, and ``more`` holds objects from 5 on."""
    return build_pdf({1: CATALOG, 2: ONE_PAGE, 3: build_page(resources), 4: content, **(more or {})})


def build_stream(data: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object; filters are among ``entries``."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), entries, data)


def compress_repeated(chunk: bytes, times: int) -> bytes:
    """Return ``chunk`` repeated ``times`` times as a zlib stream; only one chunk is ever compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    # After a full flush nothing refers back, so the piece can be repeated any number of times.
    piece = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 1
    for _ in range(times):
        check = zlib.adler32(chunk, check)
    return b"\x78\xda" + piece * times + b"\x03\x00" + check.to_bytes(4, "big")


def add_to_catalog(pdf: bytes, entries: bytes, objects: Mapping[int, bytes]) -> bytes:
    """Return a valid PDF with more catalog entries and objects (numbered from 1,000) appended to it."""
    root = re.search(rb"/Root (\d+) 0 R", pdf)
    before = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf)
    assert root is not None
    assert before is not None
    number = int(root[1])
    found = re.search(rb"(?<!\d)%d 0 obj\s*<<(.*?)>>\s*endobj" % number, pdf, re.DOTALL)
    assert found is not None
    catalog = b"<<%s %s>>" % (found[1], entries)
    out, rows = bytearray(pdf + b"\n"), []
    for at, body in {number: catalog, **objects}.items():
        rows.append(b"%d 1\n%010d 00000 n \n" % (at, len(out)))
        out += b"%d 0 obj\n%s\nendobj\n" % (at, body)
    size = max([number, *objects]) + 1
    start = len(out)
    out += b"xref\n%strailer<</Size %d/Root %d 0 R/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (
        b"".join(rows), size, number, before[1], start,
    )  # fmt: skip
    return bytes(out)

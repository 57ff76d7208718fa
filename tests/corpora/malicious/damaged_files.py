"""Files that are locked, truncated, or not PDFs at all."""

from __future__ import annotations

import io
import zipfile
from random import Random

from PIL import Image

from tests.corpora.malicious.raw_pdf import (
    HEAD,
)
from tests.corpora.malicious.registry import ends_in, make_notice, make_odd_file


@ends_in("encrypted")
def _user_password(rng: Random) -> bytes:
    return make_odd_file("encrypted", rng)


@ends_in("")
def _owner_password(rng: Random) -> bytes:
    return make_odd_file("owner-restricted", rng)


@ends_in("broken_pdf")
def _truncated(rng: Random) -> bytes:
    return make_odd_file("truncated", rng)


@ends_in("broken_pdf", "")
def _tail_cut_off(rng: Random) -> bytes:
    """Cut within the cross-reference table, with a stray end mark: every object is there still."""
    return make_notice(rng)[:-300] + b"\n%%EOF\n"


@ends_in("empty_file")
def _zero_bytes(_rng: Random) -> bytes:
    return b""


@ends_in("not_a_pdf")
def _random_bytes(rng: Random) -> bytes:
    return rng.randbytes(200_000)


@ends_in("broken_pdf")
def _random_bytes_with_a_head(rng: Random) -> bytes:
    return HEAD + rng.randbytes(200_000) + b"\nstartxref\n12\n%%EOF"


@ends_in("not_a_pdf")
def _html(rng: Random) -> bytes:
    return make_odd_file("html", rng)


@ends_in("not_a_pdf")
def _zip_with_a_pdf(rng: Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        # A `ZipInfo` has a fixed date: the same seed gives the same bytes.
        archive.writestr(zipfile.ZipInfo("a.pdf"), make_notice(rng))
    return out.getvalue()


def _encode_image(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("L", (850, 1100), 230).save(out, kind)
    return out.getvalue()


@ends_in("not_a_pdf", as_image="no_text_layer")
def _jpeg(_rng: Random) -> bytes:
    return _encode_image("JPEG")


@ends_in("not_a_pdf", as_image="no_text_layer")
def _png(_rng: Random) -> bytes:
    return _encode_image("PNG")


@ends_in("not_a_pdf", as_image="no_text_layer")
def _jpeg_before_a_pdf(rng: Random) -> bytes:
    """A file of two kinds: a small JPEG whose comment is a PDF."""
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "JPEG")
    return out.getvalue() + make_notice(rng)


@ends_in("")
def _junk_before_the_head(rng: Random) -> bytes:
    """A mail gateway's lines before the head, as readers accept up to 1,024 bytes of."""
    return b"X-Scanned-By: gateway 7\r\n" * 30 + make_notice(rng)


@ends_in("not_a_pdf")
def _too_much_junk_before_the_head(rng: Random) -> bytes:
    return b"X-Scanned-By: gateway 7\r\n" * 60 + make_notice(rng)


@ends_in("")
def _junk_behind_the_end(rng: Random) -> bytes:
    return make_notice(rng) + b"\0" * 1500 + b"\r\n"

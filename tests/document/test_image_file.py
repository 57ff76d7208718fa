"""Image files: read like scans where a setting says so, and bounded before they are unpacked."""

import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageDraw

from mailroom.document.file_type import find_file_type
from mailroom.document.image_file import open_image
from mailroom.errors import FileFault
from mailroom.notices import ReaderPool
from mailroom.notices.reader import read_file
from tests.corpora.handmade.other_documents import cp2000_with
from tests.corpora.handmade.pages import Page
from tests.corpora.malicious.raw_pdf import compress_repeated


def saved(image: Image.Image, kind: str, **how: object) -> bytes:
    """The bytes of the image in this format."""
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def images(dpi: int = 200) -> list[Image.Image]:
    """The two pages of a plain notice."""
    second = Page()
    second.put(36, 40, "CP2000   2022   741-55-3907")
    second.put(36, 90, "The income shown on your return differs from what payers told us about it.")
    with pypdfium2.PdfDocument(cp2000_with(pages=(second,))) as document:
        return [page.render(scale=dpi / 72).to_pil().convert("RGB") for page in document]


@pytest.fixture(scope="module")
def notice() -> list[Image.Image]:
    """Its pages, drawn once."""
    return images()


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    """One reading process, and one for images: both together take seconds of CPU time to start."""
    with ReaderPool(1, images=True) as started:
        yield started


def head_of(width: int, height: int) -> bytes:
    """A PNG that says that it has so many pixels."""
    sound = saved(Image.new("L", (8, 8)), "PNG")
    at = sound.index(b"IHDR") + 4
    said = width.to_bytes(4, "big") + height.to_bytes(4, "big") + sound[at + 8 : at + 13]
    return sound[:at] + said + zlib.crc32(b"IHDR" + said).to_bytes(4, "big") + sound[at + 17 :]


def tiff_that_loops() -> bytes:
    """Its second page's successor is the first."""
    pages = [Image.new("L", (40, 40), grey) for grey in (10, 200)]
    whole = bytearray(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    first = int.from_bytes(whole[4:8], "little")
    entries = int.from_bytes(whole[first : first + 2], "little")
    second_at = first + 2 + 12 * entries
    second = int.from_bytes(whole[second_at : second_at + 4], "little")
    after = second + 2 + 12 * int.from_bytes(whole[second : second + 2], "little")
    whole[after : after + 4] = first.to_bytes(4, "little")
    return bytes(whole)


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("JPEG", {"quality": 80, "dpi": (200, 200)}),
        ("PNG", {}),
        ("TIFF", {"compression": "tiff_lzw", "dpi": (200, 200)}),
    ],
)
def test_images_are_read_like_scans(
    pool: ReaderPool, notice: list[Image.Image], tmp_path: Path, kind: str, how: dict[str, object]
) -> None:
    """One page of each kind, whatever its file is called."""
    path = tmp_path / "IMG 0001"
    path.write_bytes(saved(notice[0], kind, **how))
    reading = pool.read(path)
    assert (reading.outcome, reading.fields.last_name, reading.fields.ssn) == (
        "extract",
        "OAKLEY",
        "741-55-3907",
    )
    assert reading.fields.page_count == 1


def test_a_tiff_of_several_pages_is_one_document(notice: list[Image.Image], tmp_path: Path) -> None:
    """As fax machines send them: black and white, with half as many lines down as across."""
    fax = [page.resize((1734, 1078)).convert("1") for page in notice]
    path = tmp_path / "fax"
    path.write_bytes(
        saved(fax[0], "TIFF", save_all=True, append_images=fax[1:], dpi=(204, 98), compression="group4")
    )
    with open_image(path) as document:
        image, scale = document.grey_image(1)
        assert document.page_count == 2
    assert image.width / scale == pytest.approx(612, abs=3)
    assert image.height / scale == pytest.approx(792, abs=3)


def test_without_the_setting_an_image_is_not_a_pdf(notice: list[Image.Image], tmp_path: Path) -> None:
    """Off by default, also for one that is called a PDF."""
    path = tmp_path / "a.pdf"
    path.write_bytes(saved(notice[0], "JPEG"))
    assert read_file(path).error == "not_a_pdf"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (head_of(30_000, 30_000), "image_too_large"),
        (head_of(2**31 - 1, 2**31 - 1), "image_too_large"),
        (head_of(5_000, 5_000), "broken_image"),
        (b"\xff\xd8\xff" + b"x" * 500, "broken_image"),
        (b"II*\x00" + b"\xff" * 64, "broken_image"),
        (saved(Image.new("L", (900, 900), 255), "PNG")[:60], "broken_image"),
    ],
)
def test_bad_images_have_their_code(tmp_path: Path, content: bytes, error: str) -> None:
    """Too large by their head, broken off, or nothing but a head."""
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(FileFault) as fault, open_image(path) as document:
        document.grey_image(0)
    assert fault.value.code == error


def test_a_tiff_that_loops_ends(tmp_path: Path) -> None:
    """Its pages are counted once."""
    path = tmp_path / "loop"
    path.write_bytes(tiff_that_loops())
    with open_image(path) as document:
        assert document.page_count == 2


def test_a_bomb_behind_a_small_head_is_borne(tmp_path: Path) -> None:
    """A PNG whose pixels are far more than its head says, or whose notes are a bomb."""
    sound = saved(Image.new("L", (800, 1000), 255), "PNG")
    at = sound.index(b"IDAT") - 4
    packed = compress_repeated(b"\0" * 1_000_000, 300)
    bomb = sound[:at] + len(packed).to_bytes(4, "big") + b"IDAT" + packed + b"\0\0\0\0" + sound[-12:]
    path = tmp_path / "bomb"
    path.write_bytes(bomb)
    with ReaderPool(1, deadline=15, images=True) as pool:
        assert pool.read(path).outcome in ("rejected", "unreadable")


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I;16", "LA"])
def test_every_mode_becomes_grey(tmp_path: Path, mode: str) -> None:
    """Dark stays dark and paper stays white, transparency is paper."""
    if mode == "I;16":
        image = Image.new("I;16", (850, 1100), 65535)
        image.paste(0, (100, 100, 300, 300))
    else:
        base = Image.new("RGBA", (850, 1100), (255, 255, 255, 0 if "A" in mode else 255))
        ImageDraw.Draw(base).rectangle((100, 100, 300, 300), fill=(0, 0, 0, 255))
        image = base.convert("RGB").convert(mode) if "A" not in mode else base.convert(mode)
    path = tmp_path / "image"
    path.write_bytes(saved(image, "TIFF" if mode == "CMYK" else "PNG"))
    with open_image(path) as document:
        grey, scale = document.grey_image(0)
    middle, edge = (
        grey.getpixel((round(at * scale * 72 / 100), round(at * scale * 72 / 100))) for at in (200, 600)
    )
    assert isinstance(middle, int | float)
    assert isinstance(edge, int | float)
    assert (middle < 60, edge > 200) == (True, True)


def test_a_name_ends_as_the_file_is(notice: list[Image.Image], tmp_path: Path) -> None:
    """What is filed has the right ending, by its bytes."""
    endings = []
    for kind in ("JPEG", "PNG", "TIFF"):
        (tmp_path / kind).write_bytes(saved(notice[0].resize((60, 80)), kind))
        endings.append(find_file_type(tmp_path / kind).suffix)
    (tmp_path / "PDF").write_bytes(cp2000_with())
    assert [*endings, find_file_type(tmp_path / "PDF").suffix] == [".jpg", ".png", ".tif", ".pdf"]

"""How often a name line is read rightly off a scan, and how often it is doubted, with which cause.

    uv run python -m bench.name_lines [--pages N] [--seed S] [--show]

Draws pages of the independent set's address windows, 14 on a page, each printed once, scans them in all the
set's ways and has the engine read them in this process: two hundred name lines in the time of eight notices.
Prints for each cause how many lines it doubts, how many of these were right all the same, and how many were
wrong without doubt; ``--show`` names the lines that were wrong.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.independent_set.build import make_chance
from bench.independent_set.layouts import MONO, SANS, SERIF
from bench.independent_set.people import Address, Household, make_address, make_household
from bench.independent_set.scans import WEARS, scan
from bench.independent_set.sheet import Sheet
from mailroom.document.ocr.engine import OcrPage, PageImage, Region
from mailroom.document.ocr.page_reader import PageReader
from mailroom.document.page_layout import PageLayout
from mailroom.document.pages import Pages
from mailroom.document.pdf import open_pdf
from mailroom.notices.confidence.ocr_confidence import find_unclear_fields
from mailroom.notices.extraction.address import find_address_blocks
from mailroom.notices.extraction.labels import OCR_VOCABULARY
from mailroom.notices.parsing.names import Names, parse_names
from mailroom.notices.reading import NoticeFields

ROWS, LEFT, TOP, ROW_HEIGHT = 7, (46.0, 330.0), 70.0, 100.0


class _Engine:
    """The engine in this process; there is no second one."""

    def __init__(self) -> None:
        self._reader = PageReader(OCR_VOCABULARY)

    def recognize(self, image: PageImage, region: Region) -> OcrPage:
        return self._reader.read(image, region)

    def recognize_again(self, image: PageImage) -> OcrPage | None:
        del image
        return None


@dataclass(frozen=True)
class Window:
    """An address window that was drawn, and where: the left edge and the first baseline, in points."""

    x: float
    y: float
    household: Household
    address: Address


@dataclass(frozen=True)
class Result:
    """What was read of a window; no names where no address block was found."""

    window: Window
    wear: str
    names: Names | None
    doubts: dict[str, list[str]]

    @property
    def is_right(self) -> bool:
        """Whether the surnames are true."""
        truth, read = self.window.household, self.names
        if read is None or (read.last_name or "").upper() not in truth.last_names:
            return False
        return not truth.joint or (read.spouse_last_name or "").upper() in truth.spouse_last_names

    @property
    def is_line_right(self) -> bool:
        """Whether the whole name line is true."""
        return self.names is not None and self.names.line.upper() in self.window.household.name_lines


def draw_page(seed: int, number: int) -> tuple[bytes, str, list[Window]]:
    """Return a scanned page, how it was scanned, and its windows."""
    rng = make_chance(seed, f"name lines {number}")
    sheet = Sheet(*rng.choice((*SANS, *SERIF, *MONO)))
    sheet.add_page()
    windows = []
    for at in range(2 * ROWS):
        household, address = make_household(rng), _make_home_address(rng)
        window = Window(LEFT[at % 2], TOP + ROW_HEIGHT * (at // 2), household, address)
        sheet.write_lines(window.x, window.y, (*household.lines, *address.lines), 10, family=sheet.data)
        windows.append(window)
    wear = WEARS[number % len(WEARS)]
    return scan(sheet.save(), wear, rng), wear.name, windows


def _make_home_address(rng: Random) -> Address:
    """Return an address with a ZIP code: the last lines of others are another matter."""
    while (address := make_address(rng)).abroad:
        pass
    return address


def read_page(path: Path, engine: _Engine) -> PageLayout:
    """Return everything that the engine reads on the first page."""
    with open_pdf(path) as document:
        return Pages(document, engine).read_rest(0).layout(0)


def judge(layout: PageLayout, wear: str, windows: Sequence[Window]) -> Iterator[Result]:
    """Yield what was read of each window."""
    blocks = find_address_blocks(layout)
    for window in windows:
        near = [
            block
            for block in blocks
            if abs(block.lines[-1].x0 - window.x) < 60 and -30 < block.lines[-1].top - window.y < 70
        ]
        names = parse_names(near[0].name_lines) if near else None
        if names is None:
            yield Result(window, wear, None, {})
            continue
        fields = NoticeFields(
            name_line=names.line,
            taxpayer_names=names.persons,
            last_name=names.last_name,
            spouse_last_name=names.spouse_last_name,
            joint=names.joint,
        )
        own = PageLayout(1, layout.width, layout.height, near[0].lines)
        doubts = find_unclear_fields(fields, [own])
        yield Result(
            window, wear, names, {name: [each.code for each in doubts[name]] for name in sorted(doubts)}
        )


def measure(seed: int, pages: int) -> Iterator[Result]:
    """Draw, scan and read; yield the result of each window."""
    engine = _Engine()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.pdf"
        for number in range(pages):
            content, wear, windows = draw_page(seed, number)
            path.write_bytes(content)
            yield from judge(read_page(path, engine), wear, windows)


def main() -> None:
    """Read the name lines, and print how many are right, in doubt and wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args()
    counts, doubted, right = Counter[str](), Counter[str](), Counter[str]()
    for result in measure(asked.seed, asked.pages):
        codes = {f"{name}: {code}" for name, each in result.doubts.items() for code in each}
        counts["windows"] += 1
        counts["no address block"] += result.names is None
        counts["surname right"] += result.is_right
        counts["whole line right"] += result.is_line_right
        is_doubted = bool(result.doubts)
        counts["in doubt"] += is_doubted
        counts["in doubt, line right"] += is_doubted and result.is_line_right
        wrong = (
            result.names is not None
            and not result.is_right
            and not result.doubts.keys() & {"last_name", "spouse_last_name"}
        )
        counts["surname wrong without doubt"] += wrong
        other = result.names is not None and not result.is_line_right and not is_doubted
        counts["line wrong without doubt"] += other
        for code in codes:
            doubted[code] += 1
            right[code] += result.is_line_right
        if asked.show and result.names and (wrong or other or is_doubted):
            print(result.wear, "|".join(result.window.household.lines), "->", result.names.line, "|", result.names.last_name,
                  "right" if result.is_line_right else "WRONG", result.doubts or "NO DOUBT")  # fmt: skip
    for name, count in counts.items():
        print(f"{name:32}{count:6}")
    for code, count in doubted.most_common():
        print(f"{code:40}{count:6} in doubt, {right[code]} right")


if __name__ == "__main__":
    main()

"""How often the other spaces of a name line settle whether a gap is a space, and whether rightly.

    uv run python -m bench.name_spaces [--pages N] [--seed S] [--show]

Draws pages of name lines of the independent set, 58 on a page, scans them in all the set's ways and reads
each line from two cuts, as the reader does. Of the lines that are in doubt without the rule about the line's
other spaces (`mailroom.document.ocr.line_words`) and clear with it, it counts those that are right to the
space, and those that are not but are in doubt as names (`mailroom.notices.confidence.name_checks`);
``--show`` prints the others. It reports only.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from bench.independent_set.build import make_chance
from bench.independent_set.layouts import MONO, SANS, SERIF
from bench.independent_set.people import make_household
from bench.independent_set.scans import WEARS, scan
from bench.independent_set.sheet import Sheet
from mailroom.config.ocr_threshold import READING_CONFIDENCE
from mailroom.document.ocr import line_words
from mailroom.document.ocr.deskew import Deskew, cut_line, even_paper
from mailroom.document.ocr.onnx_engine import Char, Detector, Grey, Reals, Recognizer
from mailroom.document.ocr.page_reader import SEEK_SCALE, STRETCH, WIDER
from mailroom.document.pdf import open_pdf
from mailroom.notices.confidence.name_checks import looks_misread
from mailroom.notices.parsing.names import parse_names
from mailroom.notices.reading import NoticeFields

ROWS, LEFT, TOP, ROW_HEIGHT = 29, (46.0, 330.0), 60.0, 24.0
WIDEST = 270.0
# Of a page that was moved on the glass nobody could tell which line is which.
IN_PLACE = [wear for wear in WEARS if wear.name != "shifted"]
# A line belongs to the name that was printed so many points beside its left edge and its baseline.
NEAR_X, NEAR_Y, BASELINE = 25, 9, 3
# Where a line was printed, in points, and what it says.
Printed = tuple[float, float, str]


def draw_page(seed: int, number: int) -> tuple[bytes, str, list[Printed]]:
    """Return a scanned page, how it was scanned, and its lines."""
    rng = make_chance(seed, f"name spaces {number}")
    sheet = Sheet(*rng.choice((*SANS, *SERIF, *MONO)))
    sheet.add_page()
    printed = []
    for at in range(2 * ROWS):
        x, y = LEFT[at % 2], TOP + ROW_HEIGHT * (at // 2)
        while sheet.measure(name := make_household(rng).lines[0], 10, "", sheet.data) > WIDEST:
            pass
        sheet.write(x, y, name, 10, family=sheet.data)
        printed.append((x, y, name))
    wear = IN_PLACE[number % len(IN_PLACE)]
    return scan(sheet.save(), wear, rng), wear.name, printed


class LineReader:
    """Finds the lines of a page, and reads each from two cuts."""

    def __init__(self) -> None:
        self._detector, self._recognizer = Detector(), Recognizer()

    def find_lines(self, path: Path) -> Iterator[tuple[float, float, Grey, Reals]]:
        """Yield the place of each line in points, the page's image and the line's corners."""
        with open_pdf(path) as document:
            page, scale = document.grey_image(0)
        image = even_paper(np.asarray(page))
        factor = SEEK_SCALE / scale
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        corners = [each / factor for each in self._detector.find_lines(np.asarray(small, np.uint8))]
        deskew = Deskew(corners, image.shape[1], image.shape[0])
        for each in corners:
            x, y = deskew.place((each[0] + each[3]) / 2)
            yield x / scale, y / scale, image, each

    def read(self, image: Grey, corners: Reals) -> tuple[list[Char], list[Char]]:
        """Return what the line says without the rule, and with it."""
        cuts = [
            (cut_line(image, corners, wider), wider, stretch)
            for wider, stretch in ((0.0, 1.0), (WIDER, STRETCH))
        ]
        read = [(self._recognizer.read_line(cut, stretch), cut, wider) for cut, wider, stretch in cuts]
        shares = line_words.SHARE_OF_SPACE, line_words.SHARE_IN_DOUBT
        line_words.SHARE_OF_SPACE = line_words.SHARE_IN_DOUBT = 0.0
        try:
            without = line_words.compare_readings(*(line_words.insert_spaces(*each) for each in read))
        finally:
            line_words.SHARE_OF_SPACE, line_words.SHARE_IN_DOUBT = shares
        return without, line_words.compare_readings(*(line_words.insert_spaces(*each) for each in read))


def measure(seed: int, pages: int) -> Iterator[tuple[str, str, list[Char], list[Char]]]:
    """Yield how each line was scanned, its truth, and what was read without the rule and with it."""
    reader = LineReader()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.pdf"
        for number in range(pages):
            content, wear, printed = draw_page(seed, number)
            path.write_bytes(content)
            for x, y, image, corners in reader.find_lines(path):
                near = [name for left, base, name in printed
                        if abs(left - x) < NEAR_X and abs(base - BASELINE - y) < NEAR_Y]  # fmt: skip
                if len(near) == 1:
                    yield wear, near[0], *reader.read(image, corners)


def is_clear(chars: Sequence[Char]) -> bool:
    """Return whether every char is clear enough for a value that is printed once."""
    return line_words.least_confidence(chars) >= READING_CONFIDENCE


def is_odd(text: str) -> bool:
    """Return whether the line does not look like a name, and so is in doubt however clear it is."""
    names = parse_names([text])
    return names is None or looks_misread(
        names.line,
        NoticeFields(
            name_line=names.line,
            taxpayer_names=names.persons,
            last_name=names.last_name,
            spouse_last_name=names.spouse_last_name,
            joint=names.joint,
        ),
    )


def _split_words(text: str) -> list[str]:
    """Return the words as the reader compares them; an ampersand is one of its own."""
    return text.upper().replace("&", " & ").split()


def main() -> None:
    """Read the lines, and print how many the rule releases and how many of them are right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args()
    counts = Counter[str]()
    for wear, truth, without, with_rule in measure(asked.seed, asked.pages):
        old, text = ("".join(char.text for char in chars).strip() for chars in (without, with_rule))
        is_released = is_clear(with_rule) and (old != text or not is_clear(without))
        is_right = _split_words(text) == _split_words(truth)
        counts["lines"] += 1
        counts["clear"] += is_clear(with_rule)
        counts["clear, not right"] += is_clear(with_rule) and not is_right
        counts["released by the line's spaces"] += is_released
        counts["released, not right"] += is_released and not is_right
        counts["these, in doubt as names"] += is_released and not is_right and is_odd(text)
        if asked.show and is_clear(with_rule) and not is_right:
            print(f"{wear}: {truth} -> {text}{' (released)' if is_released else ''}", flush=True)
    for name, count in counts.items():
        print(f"{name:32}{count:6}")


if __name__ == "__main__":
    main()

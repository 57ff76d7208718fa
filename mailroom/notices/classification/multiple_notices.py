"""Whether a file holds one notice only: every page behind the first has to show that it is the notice's.

A page is assigned by evidence: the notice's SSN, AUR number or name, a page number that continues, a running
head with the notice's type and date. A page that shows nothing belongs when it lies between the notice's
pages and the numbers fit, or when the file has exactly as many pages as the notice says. Any other page is
for a person: the parts of the file are named then. What a page shows is found in
`mailroom.notices.classification.page_marks`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from mailroom.document.pages import Pages
from mailroom.notices.classification.known_notice import KnownNotice, read_first_page
from mailroom.notices.classification.page_marks import PageMarks, find_flat_marks, find_marks
from mailroom.notices.extraction.evidence import Evidence
from mailroom.notices.reading import NoticeFields

# "likely" belongs by its place alone: more of a scan is read first.
Owner = Literal["own", "likely", "other", "sheet", "unknown"]
BLANK = PageMarks("sheet", is_blank=True)


@dataclass(frozen=True)
class Assignment:
    """Whose the pages are: ``fault`` is the code of why a person has to look, None for one notice's pages.

    ``page_ranges`` are the parts into which the file seems to divide, by their first and last page.
    """

    fault: str | None = None
    page_ranges: tuple[tuple[int, int], ...] = ()


def assign_pages(
    pages: Pages, evidence: Evidence, fields: NoticeFields, doubts: frozenset[str]
) -> tuple[Pages, Assignment]:
    """Return the pages read, and whose they are; ``doubts`` are the names of fields not read clearly.

    Raises:
        FileFault: a page cannot be read.
    """
    first, later = evidence.first.number, range(evidence.first.number, pages.page_count)
    for index in later:
        pages = pages.identify(index)
    if any(pages.content(index) not in ("text", "blank") for index in later):
        return pages, Assignment("scanned_page")
    notice, texts = read_first_page(evidence, fields, doubts), dict(evidence.other_texts)
    marks: dict[int, PageMarks] = {}
    for index in later:
        pages, marks[index] = _look_at(pages, index, texts[index + 1], notice)
    pages = _look_closer(pages, notice, marks)
    found = list(marks.values())
    owners = find_owners(notice, found)
    if fault := _find_stranger(notice, owners):
        return pages, Assignment(fault, tuple(_list_parts(first, found, owners)))
    return pages, Assignment(_find_gap(notice, found, owners))


def _look_at(pages: Pages, index: int, text: str, notice: KnownNotice) -> tuple[Pages, PageMarks]:
    """Return what a page shows of which no more is read than has to be."""
    if pages.content(index) == "blank":
        return pages, BLANK
    if not pages.is_scanned(index) and (marks := find_flat_marks(text, notice)):
        return pages, marks
    pages = pages.read_head(index)
    return pages, _find_marks(pages, index, notice)


def _find_marks(pages: Pages, index: int, notice: KnownNotice) -> PageMarks:
    """Return what shows of whose a page is in what has been read of it."""
    scanned = pages.is_scanned(index)
    is_whole = not scanned or pages.read[index].whole is not None
    return find_marks(pages.layout(index), notice, scanned=scanned, is_whole=is_whole)


def _look_closer(pages: Pages, notice: KnownNotice, marks: dict[int, PageMarks]) -> Pages:
    """Read more of the scanned pages that do not show whose they are, until one is another notice's."""
    for index in list(marks):
        for read in (Pages.read_foot, Pages.read_page):
            owners = dict(zip(marks, find_owners(notice, list(marks.values())), strict=True))
            if "other" in owners.values():
                return pages
            if not marks[index].is_scanned or owners[index] not in ("unknown", "likely"):
                break
            pages = read(pages, index)
            marks[index] = _find_marks(pages, index, notice)
    return pages


def find_owners(notice: KnownNotice, marks: Sequence[PageMarks]) -> list[Owner]:
    """Return whose each of the pages behind the first one is."""
    numbered = list(_continue_numbers(notice, marks))
    owners: list[Owner] = []
    at = 0
    for is_silent, group in groupby(numbered, key=lambda each: each.sign in ("silent", "sheet")):
        run = list(group)
        at += len(run)
        if not is_silent:
            owners += ["own" if each.sign == "own" else "other" for each in run]
            continue
        owner = _place_silent(notice, numbered, at - len(run), at)
        owners += ["sheet" if each.sign == "sheet" else "unknown" if each.begins else owner for each in run]
    return owners


def _continue_numbers(notice: KnownNotice, marks: Sequence[PageMarks]) -> Iterator[PageMarks]:
    """Yield the pages; one that only a number is printed on is the notice's if it continues the pages before.

    A number that does not is another notice's; off a scan it may be misread.
    """
    last, count = 1, notice.count
    for each in marks:
        mark = each
        fits = each.count is None or count is None or each.count == count
        if each.sign == "silent" and (each.is_headed or each.number is not None):
            if each.number is None or (fits and each.number > last):
                mark = replace(each, sign="own")
            elif not each.is_scanned:
                mark = replace(each, sign="other")
        if mark.sign == "own" and each.number is not None and fits:
            last, count = max(last, each.number), count or each.count
        yield mark


def _place_silent(notice: KnownNotice, marks: Sequence[PageMarks], start: int, end: int) -> Owner:
    """Return whose a run of pages is that show nothing, by the pages around it."""
    silent = sum(each.sign == "silent" for each in marks[start:end])
    if end < len(marks):
        before = [each for each in marks[:start] if each.sign == "own"]
        if (start and marks[start - 1].sign != "own") or marks[end].sign != "own":
            return "unknown"
        number = _count_up(before)
        free = (marks[end].number or 0) - number - 1
        if marks[end].number is None:
            return "likely"
        return "unknown" if silent > free else "own" if silent == free else "likely"
    filled = 1 + sum(each.sign != "sheet" for each in marks)
    is_whole = notice.count == filled and all(each.sign != "other" for each in marks)
    return "likely" if is_whole else "unknown"


def _count_up(own: Sequence[PageMarks]) -> int:
    """Return the number of the last of the notice's pages; those that print none count on."""
    number = 1
    for each in own:
        number = max(number, each.number) if each.number else number + 1
    return number


def _find_stranger(notice: KnownNotice, owners: Sequence[Owner]) -> str | None:
    """Return the code of why the file has to be split, if a page is not the notice's."""
    if "other" in owners:
        return "several_notices"
    if "unknown" not in owners:
        return None
    filled = 1 + sum(owner != "sheet" for owner in owners)
    return "more_pages_than_printed" if notice.count and filled > notice.count else "unknown_pages"


def _find_gap(notice: KnownNotice, marks: Sequence[PageMarks], owners: Sequence[Owner]) -> str | None:
    """Return the code of why the notice's pages are not complete, or some are there twice.

    Pages without a number, blank ones too, may be those that are missing. Off scans, numbers may be misread:
    they are believed where there are more or fewer pages than the notice says.
    """
    own = [each for each, owner in zip(marks, owners, strict=True) if owner != "sheet"]
    numbers = Counter([1, *(each.number for each in own if each.number)])
    if any(each.is_scanned for each in own) and (notice.count or max(numbers)) == 1 + len(own):
        return None
    if max(numbers.values()) > 1:
        return "repeated_pages"
    spare = sum(not each.number for each in own) + sum(each.is_blank for each in marks)
    return "missing_pages" if max(numbers) - len(numbers) > spare else None


def _list_parts(first: int, marks: Sequence[PageMarks], owners: Sequence[Owner]) -> Iterator[tuple[int, int]]:
    """Yield the parts of the file, by first and last page: sheets are of the part before them."""
    begin, current, theirs = 1, "own", None
    for number, (mark, owner) in enumerate(zip(marks, owners, strict=True), first + 1):
        if owner == "sheet":
            continue
        part = "own" if owner == "likely" else owner
        is_other = mark.other is not None and theirs is not None and mark.other != theirs
        # What shows nothing behind another notice's page may be that one's.
        if part != current and not (part == "unknown" and current == "other"):
            is_new = True
        else:
            is_new = part != "own" and (mark.begins or is_other)
        if is_new:
            yield begin, number - 1
            begin, current, theirs = number, part, None
        theirs = mark.other or theirs
    yield begin, first + len(marks)

"""A day's mail: its mix, its cases, and that a seed decides all of it."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from mailroom.sandbox.generator.day import make_synthetic_day
from mailroom.sandbox.generator.layouts import BY_NAME as LAYOUTS
from mailroom.sandbox.generator.model import FIELDS, SyntheticDay
from tests.corpora.notices import make_synthetic_notices

TODAY = date(2025, 11, 24)


@pytest.fixture(scope="module")
def mail() -> SyntheticDay:
    """The 60 notices of the first screen."""
    return make_synthetic_day(60, today=TODAY)


def test_the_mix_is_like_a_mail_rooms(mail: SyntheticDay) -> None:
    """87 to 92 in 100 match, in all layouts and of several types; the rest are strangers and odd files."""
    verdicts = Counter(mail.expected.values())
    assert 0.87 <= verdicts["matched"] / 60 <= 0.92
    assert set(verdicts) == {"matched", "unmatched", "review", "duplicate"}
    matched = [notice for notice in mail.notices if mail.expected[notice.path] == "matched"]
    assert {notice.truth["layout"] for notice in matched} == {*LAYOUTS, "CP504", "CP3219A"}
    assert {"CP504", "CP3219A", "scan", "encrypted", "law-firm"} <= {notice.kind for notice in mail.notices}


def test_every_file_has_its_own_path_and_an_outcome(mail: SyntheticDay) -> None:
    """60 paths for 60 files, although two files have the same name in different folders."""
    paths = [notice.path for notice in mail.notices]
    assert sorted(paths) == sorted(mail.expected)
    assert len(set(paths)) == 60
    assert sum(notice.filename == "CP2000.pdf" for notice in mail.notices) == 2


def test_matched_notices_have_one_case_and_strangers_none(mail: SyntheticDay) -> None:
    """By surname and last four digits, compared without apostrophes, hyphens and capitals."""
    clients = [case.home.taxpayer for case in mail.cases]
    known = Counter((_plain(one.last), one.ssn[-4:]) for one in clients)
    cases = {"matched": 1, "unmatched": 0}
    for notice in mail.notices:
        verdict = mail.expected[notice.path]
        if verdict in cases:
            key = (_plain(str(notice.truth["last_name"])), str(notice.truth["ssn_last4"]))
            assert known[key] == cases[verdict]
    assert len({case.case_id for case in mail.cases}) == len(mail.cases)


def _plain(name: str) -> str:
    return "".join(sign for sign in name.upper() if sign not in "'-.")


def test_a_duplicate_has_the_bytes_of_another_file(mail: SyntheticDay) -> None:
    """A document scanned twice: the same bytes under another name."""
    (copy,) = (notice for notice in mail.notices if mail.expected[notice.path] == "duplicate")
    assert sum(notice.pdf == copy.pdf for notice in mail.notices) == 2


def test_the_truth_has_the_readers_fields(mail: SyntheticDay) -> None:
    """Every field by its name, and the outcome, for every file."""
    for notice in mail.notices:
        assert set(notice.truth) == {*FIELDS, "outcome", "layout"}


def test_the_same_seed_gives_the_same_bytes() -> None:
    """The same seed gives the same day, another seed another day; a longer stream begins the same."""
    once, again, other = (make_synthetic_day(8, seed, TODAY) for seed in (5, 5, 6))
    assert [notice.pdf for notice in once.notices] == [notice.pdf for notice in again.notices]
    assert once.expected == again.expected
    assert {notice.pdf for notice in once.notices}.isdisjoint(notice.pdf for notice in other.notices)
    assert [n.pdf for n in make_synthetic_notices(2, 1)] == [n.pdf for n in make_synthetic_notices(3, 1)][:2]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 11])
def test_small_days_are_sensible(count: int) -> None:
    """A day has as many files as asked for; from four files on, one is a stranger's."""
    mail = make_synthetic_day(count, today=TODAY)
    assert len(mail.notices) == len(mail.expected) == count
    assert ("unmatched" in mail.expected.values()) == (count > 3)


def test_without_a_date_the_mail_is_of_today() -> None:
    """The notices are some days old, and none is from tomorrow."""
    (notice,) = make_synthetic_day(1).notices
    assert date.fromisoformat(str(notice.truth["notice_date"])) < date.today()  # noqa: DTZ011  # UTC or local


def test_a_layout_or_kind_that_does_not_exist_is_an_error() -> None:
    """A benchmark with a typing mistake says so."""
    with pytest.raises(KeyError):
        next(make_synthetic_notices(1, 1, layouts=["baroque"]))
    with pytest.raises(KeyError):
        next(make_synthetic_notices(1, 1, kinds=["CP9999"]))


def test_nothing_shows_a_client_in_its_repr(mail: SyntheticDay) -> None:
    """Synthetic clients are treated like clients."""
    shown = repr(mail) + repr(mail.notices[0]) + repr(mail.cases[0])
    assert mail.cases[0].home.taxpayer.last not in shown
    assert mail.cases[0].home.taxpayer.ssn not in shown

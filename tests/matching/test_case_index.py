"""The case index as a finder of cases, from the file of cases to the verdict."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mailroom.config.settings import load_settings
from mailroom.crm.base import Case, CaseFinder
from mailroom.errors import ConfigError
from mailroom.ledger import Ledger, open_ledger
from mailroom.ledger.case_index import IndexEntry
from mailroom.matching.case_index import IndexFinder, confirm_case, import_cases, make_entry
from mailroom.matching.decision import Decision, decide
from mailroom.matching.evidence import Sign
from mailroom.notices import NoticeFields, Reading
from tests.crm.in_memory import InMemoryCrm

SSN, OTHER = "734-00-1234", "735-00-1234"
SMITH = Case(41, "John", "Smith", ssn=SSN, zip="45402")
COUPLE = replace(SMITH, spouse_first_name="Mary", spouse_last_name="Smith")


@dataclass
class Entries:
    """An index in memory."""

    entries: list[IndexEntry] = field(default_factory=list)

    def find_in_index(self, text: str) -> list[str]:
        """The records that are found by this text."""
        return [one.record for one in self.entries if text in one.found_by]


def index(*cases: Case) -> IndexFinder:
    """A finder over these cases."""
    return IndexFinder(Entries([make_entry(case) for case in cases]))


IMPLEMENTS: CaseFinder = index()


def notice(line: str, *, ssn: str = "1234", zip_code: str | None = "45402") -> Reading:
    """A CP2000 with this name line, its SSN in full or the last four digits of it."""
    full = ssn if len(ssn) > 4 else None
    fields = NoticeFields(name_line=line, ssn=full, ssn_last4=ssn[-4:], zip=zip_code)
    return Reading("extract", fields)


# The names of the case, the line, and the evidence besides SSN and ZIP.
MATCHES = [
    ("John", "Smith", "JOHN Q SMITH", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("John", "Smith", "JOHN SMITH JR", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("John", "Smith", "JOHN & MARY SMITH", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("John", "Smith", "JOHN SMITH & MARY JONES", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("John", "O'Neil", "JOHN O NEIL", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("John", "O'Neil", "JOHN ONEIL", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("Maria", "de la Cruz", "MARIA DELACRUZ", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("Maria", "de la Cruz", "MARIA DE LA CRUZ", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("Maria", "Garcia-Lopez", "MARIA GARCIALOPEZ", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("Maria", "Garcia-Lopez", "MARIA GARCIA LOPEZ", (Sign.SURNAME, Sign.FIRST_NAME)),
    ("Maria", "Garcia-Lopez", "MARIA LOPEZ", (Sign.SURNAME_PART, Sign.FIRST_NAME)),
    ("Maria", "Garcia-Lopez", "MARIA GARCIA", (Sign.SURNAME_PART, Sign.FIRST_NAME)),
    ("Maria", "Lopez", "MARIA GARCIALOPEZ", (Sign.SURNAME_PART, Sign.FIRST_NAME)),
    ("Maria", "Garcia", "MARIA GARCIA LOPEZ", (Sign.SURNAME_PART, Sign.FIRST_NAME)),
    ("John", "Smith", "JOHN SMIHT", (Sign.SURNAME_TRANSPOSED, Sign.FIRST_NAME)),
    ("John", "Olson", "JOHN 0L5ON", (Sign.SURNAME_MISREAD, Sign.FIRST_NAME)),
    ("John", "Burns", "JOHN BUMS", (Sign.SURNAME_MISREAD, Sign.FIRST_NAME)),
    ("John", "Smith", "J0HN SMITH", (Sign.SURNAME, Sign.FIRST_NAME_MISREAD)),
    ("John", "Smith", "J SMITH", (Sign.SURNAME, Sign.FIRST_NAME_SHORT)),
    ("J.", "Smith", "J SMITH", (Sign.SURNAME, Sign.FIRST_INITIAL)),
    ("John", "Schmidt", "JOHN SCHMITT", (Sign.SURNAME_NEAR, Sign.FIRST_NAME)),
]


@pytest.mark.parametrize(("first", "last", "line", "signs"), MATCHES)
def test_a_client_is_found_however_the_name_is_printed(
    first: str, last: str, line: str, signs: tuple[Sign, ...]
) -> None:
    """By four digits and the ZIP code; the evidence has names."""
    decision = decide(
        notice(line), index(Case(41, first, last, ssn=SSN, zip="45402"), Case(42, "Zoe", "Quill", ssn=OTHER))
    )
    assert decision.case is not None, decision.reason
    assert decision.case.case_id == 41
    assert decision.signs == (Sign.SSN_LAST4, *signs, Sign.ZIP)


@pytest.mark.parametrize(
    ("line", "ssn", "zip_code", "case", "reason"),
    [
        ("JOHN SMIHT", "1234", "45402", replace(SMITH, zip=None), "matched"),
        ("JOHN SMIHT", "1234", "10001", SMITH, "name_doubtful"),
        ("JOHN SMIHT", "1234", "45499", SMITH, "matched"),
        ("JOHN SMITH", "1234", "45499", SMITH, "matched"),
        ("JOHN SMITH", "1234", "10001", SMITH, "other_address"),
        ("JOHN & MARY SMITH", "1234", "10001", COUPLE, "matched"),
        ("JOHN & MARY SMITH", "1234", "10001", SMITH, "other_address"),
        ("JOHN & JANE SMITH", "1234", "10001", COUPLE, "other_address"),
        ("JOHN & M SMITH", "1234", "10001", COUPLE, "other_address"),
        ("JOHN SMITH", "1234", "10001", COUPLE, "other_address"),
        ("JOHN & MARY SMIHT", "1234", "10001", COUPLE, "name_doubtful"),
        ("JOHN SMITH", SSN, "10001", SMITH, "matched"),
        ("JANE SMIHT", "1234", "45402", SMITH, "name_doubtful"),
        ("JANE SMIHT", SSN, "45402", SMITH, "name_doubtful"),
        ("J SMIHT", SSN, None, SMITH, "matched"),
        ("JOHN SMYTH", "1234", None, SMITH, "name_doubtful"),
        ("JOHN SMYTH", SSN, "45402", SMITH, "matched"),
        ("JOHN SMITH JONES", "1234", None, SMITH, "name_doubtful"),
        ("JOHN SMITH JONES", SSN, None, SMITH, "matched"),
        ("J SMITH", "1234", None, SMITH, "first_name_disagrees"),
        ("JANE SMITH", "1234", "45402", SMITH, "first_name_disagrees"),
        ("JANE SMITH", SSN, None, SMITH, "matched"),
        ("JOHN QUILL", SSN, "45402", SMITH, "matched"),
        ("JOHN QUILL", SSN, None, SMITH, "name_doubtful"),
        ("JOHN QUILL", "1234", "45402", SMITH, "name_doubtful"),
        ("JOHN QUILL", "1234", None, SMITH, "no_case"),
        ("JANE QUILL", "1234", None, SMITH, "no_case"),
        (
            "JOHN ROBERTSON",
            SSN,
            None,
            Case(41, "John", "Robert", ssn=SSN, zip="45402"),
            "name_doubtful",
        ),
        ("JOHN SMITH", OTHER, "45402", SMITH, "ssn_disagrees"),
        ("JOHN QUILL", OTHER, "45402", SMITH, "no_case"),
        ("JOHN SMITH", "9999", "45402", SMITH, "no_case"),
        ("JOHN SMITH", "1234", "45402", replace(SMITH, ssn=None), "name_doubtful"),
        ("JANE SMITH", "1234", "45402", replace(SMITH, ssn=None), "no_case"),
    ],
)
def test_a_name_that_differs_needs_more(
    line: str, ssn: str, zip_code: str | None, case: Case, reason: str
) -> None:
    """More of the SSN, the first name and the ZIP code, the more it differs."""
    assert decide(notice(line, ssn=ssn, zip_code=zip_code), index(case)).reason == reason


def test_two_near_candidates_go_to_a_person() -> None:
    """With both; another person's first name does not make a candidate, unless it is on the line too."""
    two = decide(notice("JOHN SMITH"), index(SMITH, replace(SMITH, case_id=42, ssn=OTHER, zip=None)))
    assert two.reason == "two_cases"
    assert [case.case_id for case in two.candidates] == [41, 42]
    jane = Case(42, "Jane", "Smith", ssn=OTHER)
    assert decide(notice("JOHN SMITH"), index(SMITH, jane)).case is not None
    assert decide(notice("JOHN & JANE SMITH"), index(SMITH, jane)).reason == "two_cases"
    assert decide(notice("JOHN SMIHT"), index(SMITH, jane)).case is not None
    assert decide(notice("JOHN SMIHT", zip_code=None), index(SMITH, jane)).reason == "two_cases"
    assert decide(notice("JOHN SMITH", ssn=SSN), index(SMITH, replace(jane, ssn=SSN))).reason == "two_cases"


def test_strangers_with_the_same_four_digits_are_not_in_the_answer() -> None:
    """Their names would be masked in logs, and their cases compared, for nothing."""
    finder = index(SMITH, Case(42, "Zoe", "Quill", ssn=OTHER), Case(43, "John", "Doe", ssn="736-00-1234"))
    answer = finder.match("SMITH", "1234", "JOHN")
    assert answer.found
    assert [case.case_id for case in answer.cases] == [41, 43]
    assert not finder.match("PAGE", "1234", "ANN").cases


def test_a_spouse_is_found_by_the_spouses_ssn() -> None:
    """The case stands under the other one's name."""
    case = Case(41, "Ann", "Page", "John", "Smith", ssn="736-00-9999", spouse_ssn=SSN)
    assert decide(notice("JOHN SMITH"), index(case)).case is not None


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger."""
    with open_ledger(load_settings(state_dir=tmp_path)) as opened:
        yield opened


def test_an_import_that_fails_changes_nothing(ledger: Ledger) -> None:
    """A file that is changed while it is imported, for example."""
    import_cases(ledger, [SMITH])

    def cases() -> Iterator[Case]:
        yield replace(SMITH, case_id=42)
        raise ConfigError("cases_csv", what="Made up.", fix="Made up.")

    with pytest.raises(ConfigError):
        import_cases(ledger, cases())
    answer = IndexFinder(ledger).match("SMITH", "1234", "JOHN")
    assert answer.cases == (replace(SMITH, indexed=True),)


def test_an_import_and_a_sync_of_one_case_are_one(ledger: Ledger) -> None:
    """What they say of it is added up; two SSNs of one person are a person's concern."""
    import_cases(ledger, [replace(SMITH, ssn="1234", zip=None)])
    ledger.add_to_index([make_entry(SMITH)])
    assert IndexFinder(ledger).match("SMITH", "1234", "JOHN").cases == (replace(SMITH, indexed=True),)
    ledger.add_to_index([make_entry(replace(SMITH, ssn=OTHER))])
    import_cases(ledger, [SMITH])
    assert decide(notice("JOHN SMITH"), IndexFinder(ledger)).reason == "ssn_disagrees"


@pytest.mark.parametrize(
    ("in_crm", "reason"),
    [
        (SMITH, "matched"),
        (Case(41, "John", "Smith"), "matched"),
        (None, "case_not_in_crm"),
        (replace(SMITH, first_name="Zoe", last_name="Quill", zip=None), "no_case"),
        (replace(SMITH, ssn=OTHER), "ssn_disagrees"),
        (Case(41, "Ann", "Page", "John", "Smith", ssn="736-00-9999", spouse_ssn=SSN), "matched"),
    ],
)
def test_the_crm_is_asked_for_a_case_that_only_the_index_knows(in_crm: Case | None, reason: str) -> None:
    """It may have left the CRM since, or be another client's now."""
    crm = InMemoryCrm(cases={41: in_crm} if in_crm else {})
    reading = notice("JOHN SMITH")
    assert confirm_case(reading, decide(reading, index(SMITH)), crm).reason == reason
    assert crm.calls == ["case"]


def test_a_case_that_the_match_service_names_is_not_asked_for() -> None:
    """One call less; the same for what is no match."""
    crm = InMemoryCrm()
    for decision in (Decision("matched", "matched", SMITH), Decision("unmatched", "no_case")):
        assert confirm_case(notice("JOHN SMITH"), decision, crm) is decision
    assert crm.calls == []

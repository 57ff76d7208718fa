"""Whose notice it is: names, evidence, verdicts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.crm.base import Case, MatchAnswer
from mailroom.errors import FileFault, Transient
from mailroom.matching.decision import decide, is_other_client
from mailroom.matching.surnames import MOST_CANDIDATES, find_surname_candidates, normalize_name, split_persons
from mailroom.notices import NoticeFields, Reading
from mailroom.notices.causes import make_doubts
from tests.crm.in_memory import InMemoryCrm, refuse

SSN = "734-00-1234"
OTHER_SSN = "735-00-1234"


def notice(
    name_line: str = "JOHN SMITH", *, ssn: str | None = SSN, doubt: list[str] | None = None
) -> Reading:
    """A reading of a CP2000 with this name line."""
    last4 = ssn[-4:] if ssn else None
    full = None if ssn and "X" in ssn else ssn
    fields = NoticeFields(notice_type="CP2000", name_line=name_line, ssn=full, ssn_last4=last4)
    return Reading("extract", fields, doubts=make_doubts(doubt or (), "ocr_not_found"))


def found(*cases: Case) -> MatchAnswer:
    """The service calls it a match."""
    return MatchAnswer(found=True, cases=cases)


SMITH = Case(41, "John", "Smith", ssn=SSN)
MASKED = notice(ssn="XXX-XX-1234")


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        ("JOHN SMITH", ["SMITH"]),
        ("JOHN AND MARY SMITH", ["SMITH"]),
        ("JAMES & KAREN Q. HINDS", ["HINDS", "Q HINDS"]),
        ("JOHN SMITH & MARY JONES", ["SMITH", "JONES"]),
        ("JOHN SMITH\nMARY JONES", ["SMITH", "JONES"]),
        ("JOHN Q SMITH JR", ["SMITH", "Q SMITH"]),
        ("MARIA DE LA CRUZ", ["DE LA CRUZ", "LA CRUZ"]),
        ("ANNA SMITH JONES", ["JONES", "SMITH JONES"]),
        ("SHAUN O'BRIEN", ["OBRIEN"]),
        ("ANNA SMITH-JONES", ["SMITHJONES"]),
        ("JOHN SMITH\n% MARY BROWN", ["SMITH"]),
        ("JOHN SMITH\nC/O MARY BROWN", ["SMITH"]),
        ("EST OF JOHN SMITH DECD", ["SMITH"]),
        ("JOSÉ NÚÑEZ", ["NUNEZ"]),
        ("ROBERT PAGE", ["PAGE"]),
        ("VI NGUYEN VI", ["NGUYEN"]),
        ("JOHN SMITH CPA", ["SMITH"]),
        ("CHER", ["CHER"]),
        ("", []),
    ],
)
def test_surnames_are_taken_from_the_whole_name_line(line: str, candidates: list[str]) -> None:
    """The likeliest is the first; the IRS's spelling without apostrophes and hyphens counts."""
    assert find_surname_candidates(NoticeFields(name_line=line)) == candidates


def test_what_the_reader_took_for_the_surname_is_searched_first() -> None:
    """The reader saw more of the page."""
    fields = NoticeFields(name_line="ANNA SMITH JONES", last_name="Smith Jones", spouse_last_name="Brown")
    assert find_surname_candidates(fields) == ["SMITH JONES", "BROWN", "JONES"]


@given(st.text(max_size=60))
def test_any_name_line_gives_few_clean_candidates(line: str) -> None:
    """Whatever is there: at most four, upper case, normal spaces, none twice."""
    candidates = find_surname_candidates(NoticeFields(name_line=line))
    assert len(candidates) <= MOST_CANDIDATES
    assert len(set(candidates)) == len(candidates)
    assert all(name == normalize_name(name) and name for name in candidates)
    assert all(words for words in split_persons(line))


def test_one_clear_case_is_matched_with_one_call() -> None:
    """Full SSN and surname agree."""
    index = InMemoryCrm(answers={"SMITH": found(SMITH)})
    decision = decide(notice("JOHN AND MARY SMITH"), index)
    assert (decision.verdict, decision.case) == ("matched", SMITH)
    assert index.surnames_asked == ["SMITH"]
    assert "Smith" not in repr(decision)


def test_no_case_is_unmatched_after_every_surname_was_asked() -> None:
    """The decision is unmatched when no surname finds a case."""
    index = InMemoryCrm()
    decision = decide(notice("ANNA SMITH JONES"), index)
    assert (decision.verdict, decision.reason) == ("unmatched", "no_case")
    assert index.surnames_asked == ["JONES", "SMITH JONES"]


def test_the_spouses_surname_is_tried_too() -> None:
    """The case may stand under either."""
    case = Case(42, "Mary", "Jones", spouse_last_name="Smith", ssn=OTHER_SSN, spouse_ssn="734001234")
    decision = decide(notice("JOHN SMITH & MARY JONES"), InMemoryCrm(answers={"JONES": found(case)}))
    assert (decision.verdict, decision.case) == ("matched", case)


@pytest.mark.parametrize(
    ("reading", "answer", "verdict", "reason"),
    [
        (notice(), found(Case(41, "John", "Smith", ssn=OTHER_SSN)), "review", "ssn_disagrees"),
        (notice(), found(Case(41, "John", "Smith", ssn="XXX-XX-9999")), "review", "ssn_disagrees"),
        (notice(), MatchAnswer(cases=(Case(41, "John", "Smith", ssn=OTHER_SSN),)), "unmatched", "no_case"),
        (notice(), MatchAnswer(cases=(SMITH,)), "review", "name_doubtful"),
        (notice(), found(SMITH, Case(42, "John", "Smith", ssn=SSN)), "review", "two_cases"),
        (notice(), found(SMITH, Case(42, "Jon", "Smyth", ssn=SSN)), "review", "two_cases"),
        (notice(), found(SMITH, Case(42, "Zoe", "Quill", ssn=SSN)), "review", "two_cases"),
        (MASKED, found(SMITH, Case(42, "Zoe", "Quill", ssn="XXX-XX-1234")), "matched", "matched"),
        (notice(), found(SMITH, Case(42, "John", "Smith", ssn=OTHER_SSN)), "matched", "matched"),
        (notice(), found(Case(41, "John", "Smyth", ssn=SSN)), "review", "name_doubtful"),
        (notice(), found(Case(41, "John", "Quill", ssn=SSN)), "review", "name_doubtful"),
        (notice(), MatchAnswer(cases=(Case(41, "John", "Quill", ssn=SSN),)), "review", "name_doubtful"),
        (MASKED, found(Case(41, "John", "Quill", ssn=SSN)), "unmatched", "no_case"),
        (notice(), MatchAnswer(found=True, incomplete=True), "review", "match_incomplete"),
        (notice(), found(Case(41, "John", "Smith")), "matched", "matched"),
        (notice(), found(Case(41, "Jim", "Smith")), "review", "no_ssn_on_case"),
        (notice("J SMITH"), found(Case(41, "J", "Smith")), "review", "no_ssn_on_case"),
        (notice(), found(Case(41, None, "Smith")), "review", "no_ssn_on_case"),
        (notice(), found(Case(41, "John", "Smith", contradicted=True)), "review", "ssn_disagrees"),
        (MASKED, found(SMITH), "matched", "matched"),
        (MASKED, found(Case(41, "Zoe", "Smith", ssn=SSN)), "review", "first_name_disagrees"),
        (MASKED, found(Case(41, "Jim", "Smith", ssn=SSN)), "review", "first_name_disagrees"),
        (MASKED, found(Case(41, "J", "Smith", ssn=SSN)), "review", "first_name_disagrees"),
        (MASKED, found(Case(41, None, "Smith", ssn=SSN)), "review", "first_name_disagrees"),
        (
            MASKED,
            found(
                Case(41, "Ann", "Smith", spouse_first_name="John", ssn=SSN, spouse_ssn=OTHER_SSN[:-1] + "9")
            ),
            "review",
            "first_name_disagrees",
        ),
        (
            MASKED,
            found(Case(41, "Ann", "Smith", spouse_first_name="John Q", ssn=None, spouse_ssn=SSN)),
            "matched",
            "matched",
        ),
        (notice("J SMITH", ssn="XXX-XX-1234"), found(Case(41, "J.", "Smith", ssn=SSN)), "matched", "matched"),
        (notice("JOHN AND MARY SMITH", ssn="XXX-XX-1234"), found(SMITH), "matched", "matched"),
        (notice("MARY AND JOHN SMITH", ssn="XXX-XX-1234"), found(SMITH), "review", "first_name_disagrees"),
        (notice(), found(Case(41, "Zoe", "Smith", ssn=SSN)), "matched", "matched"),
        (notice(doubt=["ssn_last4"]), found(SMITH), "review", "doubtful_reading"),
        (notice(doubt=["last_name"]), found(SMITH), "matched", "matched"),
        (notice(doubt=["amount_due"]), found(SMITH), "matched", "matched"),
        (notice(ssn=None), found(SMITH), "review", "no_key"),
        (notice(""), found(SMITH), "review", "no_key"),
    ],
)
def test_evidence_makes_the_verdict(reading: Reading, answer: MatchAnswer, verdict: str, reason: str) -> None:
    """Full SSNs must agree, two cases left or a doubtful one are a person's, none is unmatched."""
    decision = decide(reading, InMemoryCrm(answers={"SMITH": answer}))
    assert (decision.verdict, decision.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("line", "surname"),
    [
        ("SHAUN OBRIEN", "O'Brien"),
        ("ANNA SMITHJONES", "Smith-Jones"),
        ("ANNA SMITH JONES", "Smith-Jones"),
        ("RONALD MC DONALD", "McDonald"),
        ("MARIA DE LA CRUZ", "de la Cruz"),
        ("JOSE NUNEZ", "Núñez"),
    ],
)
def test_the_cases_spelling_is_compared_as_the_irs_writes_it(line: str, surname: str) -> None:
    """Apostrophes, hyphens, accents and inner spaces do not part a name from itself."""
    case = Case(41, None, surname, ssn=SSN)
    finder = InMemoryCrm(
        answers={name: found(case) for name in find_surname_candidates(NoticeFields(name_line=line))}
    )
    assert decide(notice(line), finder).verdict == "matched"


def test_a_doubt_is_kept_unless_a_later_surname_is_clear() -> None:
    """A stranger under one surname does not hide the clear case under the next; one with the SSN does."""
    near, clear = Case(41, "Ann", "Jonas", ssn=SSN), Case(42, "Anna", "Smith Jones", ssn=SSN)
    doubtful = InMemoryCrm(answers={"JONES": found(near)})
    assert decide(notice("ANNA SMITH JONES"), doubtful).reason == "name_doubtful"
    both = InMemoryCrm(answers={"JONES": found(near), "SMITH JONES": found(clear)})
    assert decide(notice("ANNA SMITH JONES"), both).reason == "two_cases"
    stranger = Case(41, "Ann", "Jonas", ssn=OTHER_SSN)
    other = InMemoryCrm(answers={"JONES": found(stranger), "SMITH JONES": found(clear)})
    assert decide(notice("ANNA SMITH JONES"), other).case == clear


@pytest.mark.parametrize(
    ("reading_zip", "case", "settled"),
    [
        (None, SMITH, True),
        (None, replace(SMITH, last_name="Smyth"), True),
        (None, replace(SMITH, last_name="Quill"), False),
        ("45402-1234", replace(SMITH, ssn="XXX-XX-1234", zip="45402"), True),
        ("45402", replace(SMITH, ssn="XXX-XX-1234", zip="45403"), False),
        ("45402", replace(SMITH, ssn="XXX-XX-1234"), False),
        ("45402", replace(SMITH, ssn=None, zip="45402"), False),
        ("45402", replace(SMITH, ssn="XXX-XX-1234", zip="45402", last_name="Smyth"), False),
    ],
)
def test_a_case_settles_a_doubtful_name(reading_zip: str | None, case: Case, settled: bool) -> None:
    """By its full SSN and a near surname, or by surname, last four digits and ZIP; nothing less."""
    reading = notice(doubt=["name_line", "last_name", "address"])
    reading = replace(reading, fields=replace(reading.fields, zip=reading_zip, last_name="SMITH"))
    decision = decide(reading, InMemoryCrm(answers={"SMITH": found(case)}))
    assert (decision.verdict == "matched", decision.reason) == (
        settled,
        "matched" if settled else "doubtful_reading",
    )
    masked = replace(reading, fields=replace(reading.fields, ssn=None))
    if reading_zip is None:
        assert decide(masked, InMemoryCrm(answers={"SMITH": found(case)})).verdict != "matched"
    two = found(case, replace(case, case_id=42))
    assert decide(reading, InMemoryCrm(answers={"SMITH": two})).verdict == "review"


def couple(ssn: str | None = SSN, doubt: list[str] | None = None) -> Reading:
    """A joint notice with two surnames, as the reader gives it."""
    reading = notice("JOHN SMITH & MARY JONES", ssn=ssn, doubt=doubt)
    names = ["JOHN SMITH", "MARY JONES"]
    fields = replace(reading.fields, taxpayer_names=names, last_name="SMITH", spouse_last_name="JONES")
    return replace(reading, fields=fields)


JONES = Case(42, "Mary", "Jones", spouse_last_name="Smith", ssn=OTHER_SSN, spouse_ssn=SSN)


@pytest.mark.parametrize("reading", [couple(), notice("JOHN SMITH & MARY JONES")])
def test_two_cases_are_not_overruled_by_a_later_surname(reading: Reading) -> None:
    """SMITH gives two cases, JONES one of them."""
    twin = Case(42, "John", "Smith", spouse_last_name="Jones", ssn=SSN)
    index = InMemoryCrm(answers={"SMITH": found(SMITH, twin), "JONES": found(twin)})
    assert decide(reading, index).reason == "two_cases"
    assert index.surnames_asked == ["SMITH"]


def test_a_couple_with_two_surnames_is_asked_for_under_both() -> None:
    """Each may have a case; the same case twice is one, and nothing under the second name raises no doubt."""
    both = InMemoryCrm(answers={"SMITH": found(SMITH), "JONES": found(JONES)})
    assert decide(couple(), both).reason == "two_cases"
    one = InMemoryCrm(answers={"SMITH": found(JONES), "JONES": found(JONES)})
    assert decide(couple(), one).case == JONES
    assert one.surnames_asked == ["SMITH", "JONES"]
    assert decide(couple(), InMemoryCrm(answers={"SMITH": found(SMITH)})).case == SMITH


def test_a_doubtful_surname_with_four_digits_only_is_asked_for_in_each_reading() -> None:
    """SMITH JONES: a full SSN settles it with one call; the last four do not."""
    jones, both = Case(41, "Anna", "Jones", ssn=SSN), Case(42, "Anna", "Smith Jones", ssn="899-00-1234")
    index = InMemoryCrm(answers={"JONES": found(jones), "SMITH JONES": found(both)})
    assert decide(notice("ANNA SMITH JONES", doubt=["last_name"]), index).case == jones
    assert index.surnames_asked == ["JONES"]
    masked = notice("ANNA SMITH JONES", ssn="XXX-XX-1234", doubt=["last_name"])
    assert decide(masked, index).reason == "two_cases"


def test_the_persons_are_those_that_the_reader_separated() -> None:
    """Lines joined by a space are one line no more: the second spouse is a person too."""
    fields = NoticeFields(name_line="JOHN SMITH MARY JONES", taxpayer_names=["JOHN SMITH", "MARY JONES"])
    assert find_surname_candidates(fields) == ["SMITH", "JONES"]
    joint = Reading("extract", replace(fields, ssn=SSN, ssn_last4=SSN[-4:]))
    assert decide(joint, InMemoryCrm(answers={"SMITH": found(SMITH)})).case == SMITH


def test_a_case_is_found_by_either_spouses_surname_and_ssn() -> None:
    """The CRM searches its cases by each surname that the name line may end with."""
    crm = InMemoryCrm(cases={41: SMITH, 42: replace(JONES, ssn="741-00-9999", spouse_ssn="741-00-8888")})
    assert decide(notice("JOHN Q SMITH"), crm).case == SMITH
    assert decide(notice("ANN OTHER"), crm).verdict == "unmatched"
    assert crm.surnames_asked == ["SMITH", "OTHER"]


@pytest.mark.parametrize("fault", [FileFault("match_refused"), Transient("match_unreachable")], ids=repr)
def test_a_question_without_an_answer_is_not_a_verdict(fault: Exception) -> None:
    """The fault of the search is the caller's."""
    crm = InMemoryCrm(faults={"match": [refuse(fault)]})
    with pytest.raises(type(fault)) as raised:
        decide(notice(), crm)
    assert raised.value is fault


@pytest.mark.parametrize(
    ("case", "is_other"),
    [
        (Case(41, "John", "Smith", ssn=OTHER_SSN[:-4] + "9999"), False),
        (Case(41, "Ann", "Page", ssn="XXX-XX-1234"), False),
        (Case(41, "Ann", "Page", spouse_last_name="Smith"), False),
        (Case(41, "Ann", "Page", spouse_ssn=OTHER_SSN), False),
        (Case(41, "John", "Smith-Jones"), False),
        (Case(41, "John", "Smyth"), False),
        (Case(41, "John", "Page", ssn="734-00-4321", spouse_ssn="735-00-4321"), True),
        # Logiqs may tell no SSN.
        (Case(41, "John", "Page"), True),
        (Case(41), True),
    ],
    ids=["surname", "last four", "spouse's name", "spouse's", "double", "near", "neither", "no SSN", "empty"],
)
def test_a_case_that_a_person_named_may_be_another_clients(case: Case, is_other: bool) -> None:
    """Surname or SSN must be that of a person of it."""
    read = notice()
    assert is_other_client(replace(read, fields=replace(read.fields, last_name="SMITH")), case) is is_other


@pytest.mark.parametrize("doubt", ["last_name", "name_line", "ssn", "ssn_last4"])
def test_what_is_in_doubt_is_not_called_another_clients(doubt: str) -> None:
    """Nor what was not read."""
    fields = replace(notice().fields, last_name="SMITH")
    doubtful = Reading("review", fields, doubts=make_doubts([doubt], "ocr_not_found"))
    assert not is_other_client(doubtful, Case(41, "Ann", "Page"))
    assert not is_other_client(Reading("extract", replace(fields, last_name=None)), Case(41, "Ann", "Page"))
    nobody = replace(fields, ssn=None, ssn_last4=None)
    assert not is_other_client(Reading("extract", nobody), Case(41, "Ann", "Page"))

"""What sentences say: deadlines, tax years, amounts."""

from datetime import date

import pytest

from mailroom.notices.extraction.candidates import Method
from mailroom.notices.extraction.sentences import find_in_sentences
from tests.document.test_page_layout import layout

DAY = date(2024, 11, 6)


def found(*lines: str) -> set[tuple[str, object, Method]]:
    """Field, value and method of everything said in these lines."""
    page = layout(*((line, 40.0, 100.0 + 12 * at) for at, line in enumerate(lines)))
    return {(each.field, each.value, each.method) for each in find_in_sentences(page)}


@pytest.mark.parametrize(
    "lines",
    [
        ["You Must Return the Response Form by November 06, 2024"],
        ["Please respond by November 6, 2024, whether you", "agree or not."],
        ["You must return the enclosed response form to us by", "11/06/2024."],
        ["We need your reply no later than November 6, 2024."],
    ],
)
def test_a_date_to_answer_by_is_the_due_date(lines: list[str]) -> None:
    """The sentence may wrap before its date."""
    assert ("response_due_date", DAY, Method.SENTENCE) in found(*lines)


def test_a_date_to_pay_by_is_distinguished() -> None:
    """Interest if paid by a date asks for no answer."""
    assert found("Interest if paid by November 6, 2024") == {
        ("response_due_date", DAY, Method.SENTENCE_TO_PAY)
    }
    assert found("We must have it by November 6, 2024") == {("response_due_date", DAY, Method.SENTENCE_BY)}


def test_the_date_of_the_notice_may_be_said() -> None:
    """A letter may call itself dated."""
    assert found("our notice dated October 7, 2024") == {("notice_date", date(2024, 10, 7), Method.SENTENCE)}


@pytest.mark.parametrize(
    "line",
    [
        "Proposed changes to your 2022 Form 1040",
        "Changes to your 2022 federal income tax return",
        "Form 1040 for 2022",
        "for tax year 2022",
        "2022 Tax Increase",
    ],
)
def test_headlines_name_the_tax_year(line: str) -> None:
    """The year stands before or behind the form."""
    assert ("tax_year", 2022, Method.SENTENCE) in found(line)


def test_amounts_are_owed_or_refunded() -> None:
    """A refund is negative; a figure without a mark is not money."""
    assert found("You owe $1,200.50 now") == {("amount_due", 1200.5, Method.SENTENCE)}
    assert found("You will get a refund of $90.00") == {("amount_due", -90.0, Method.SENTENCE)}
    assert found("You owe 12 papers") == set()
    assert found("short") == set()

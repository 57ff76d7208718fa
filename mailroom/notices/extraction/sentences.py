"""Candidates from sentences and headlines: "Your response is due by …", "your 2022 Form 1040".

Sentences wrap, so whole paragraphs are searched. What is found here confirms what labels say, and is used
alone where a layout has no label for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailroom.document.page_layout import PageLayout, Paragraph
from mailroom.notices.extraction.candidates import Candidate, Method
from mailroom.notices.fields import AMOUNT, DUE_DATE, NOTICE_DATE, TAX_YEAR
from mailroom.notices.parsing.dates import find_dates
from mailroom.notices.parsing.money import find_amounts
from mailroom.notices.parsing.values import Span, Value
from mailroom.notices.scores import HEADLINE, MENTION, SENTENCE

_ASKS_FOR_ANSWER = re.compile(
    r"\b(?:respon[ds]e?|responding|reply|return|answer|petition|hear from you|contact us|call us|let us know|send)\b",
    re.IGNORECASE,
)
_BY = re.compile(r"\b(?:by|before|than|is|until|on|date|due)\s*:?\s*$", re.IGNORECASE)
_PAID = re.compile(r"\b(?:paid|pay|payment|interest)\b[^.]{0,25}$", re.IGNORECASE)
_DATED = re.compile(r"\b(?:notice|letter)\s+(?:was\s+|is\s+)?dated\s*:?\s*$", re.IGNORECASE)
_YEAR = r"((?:19|20)\d\d)"
_HEADLINE_YEAR = re.compile(
    rf"\b(?:your|the)\s+{_YEAR}\s+(?:(?:u\.?s\.?\s+)?(?:individual\s+)?(?:federal\s+)?(?:income\s+)?"
    rf"(?:form\s+1040|tax|return))|{_YEAR}\s+form\s+1040|form\s+1040\S*\s+(?:for\s+)?(?:tax\s+year\s+)?\(?{_YEAR}"
    rf"|\btax\s+year\s+(?:ended\s+)?(?:december\s+31,\s+)?{_YEAR}|\b{_YEAR}\s+(?:tax\s+(?:return|increase|year)|income tax)",
    re.IGNORECASE,
)
_YOU_OWE = re.compile(
    r"\b(?:you (?:may )?owe|amount due|balance due|amount you owe)(?: \S+){0,3}?\s*$", re.IGNORECASE
)
# How a value was found in a sentence, and how much that counts.
Rating = tuple[Method, float]
MENTIONED = (Method.SENTENCE, MENTION)
_YOU_GET = re.compile(r"\brefund(?: \S+){0,3}?\s*$", re.IGNORECASE)


def find_in_sentences(layout: PageLayout) -> list[Candidate]:
    """Return every candidate that a sentence or a headline of the page gives."""
    return [each for paragraph in layout.paragraphs for each in _find_in_paragraph(layout, paragraph)]


def _find_in_paragraph(layout: PageLayout, paragraph: Paragraph) -> Iterator[Candidate]:
    text = paragraph.text
    if len(text) < 12:
        return

    def make(name: str, value: Value, kind: Rating, place: Span, before: str = "") -> Candidate:
        # The last words before the value take the place of a label.
        words, box = " ".join(before.split()[-5:]), paragraph.box_of(*place)
        return Candidate(name, value, kind[1], kind[0], layout.number, paragraph, words, box)

    for day in find_dates(text):
        before = text[max(0, day.start - 130) : day.start]
        sentence = re.split(r"(?<=[a-z)])[.!?]\s", before)[-1]
        if _DATED.search(before):
            yield make(NOTICE_DATE, day.value, MENTIONED, (day.start, day.end), sentence)
        elif _BY.search(sentence):
            deadline = _rate_deadline(sentence, len(text))
            yield make(DUE_DATE, day.value, deadline, (day.start, day.end), sentence)
    headed = (Method.SENTENCE, HEADLINE if len(text) < 120 else MENTION)
    for match in _HEADLINE_YEAR.finditer(text):
        yield make(TAX_YEAR, int(next(filter(None, match.groups()))), headed, match.span())
    for amount in filter(lambda each: each.marked, find_amounts(text)):
        before = text[max(0, amount.start - 60) : amount.start]
        if _YOU_OWE.search(before):
            yield make(AMOUNT, amount.value, MENTIONED, (amount.start, amount.end), before)
        elif _YOU_GET.search(before):
            yield make(AMOUNT, -abs(amount.value), MENTIONED, (amount.start, amount.end), before)


def _rate_deadline(sentence: str, length: int) -> Rating:
    """Return the method and the score of a date that follows the sentence's start."""
    if _PAID.search(sentence):
        # A bill is answered by a payment, a proposal is not.
        return Method.SENTENCE_TO_PAY, MENTION
    if _ASKS_FOR_ANSWER.search(sentence):
        return Method.SENTENCE, HEADLINE if length < 120 else SENTENCE
    return Method.SENTENCE_BY, MENTION

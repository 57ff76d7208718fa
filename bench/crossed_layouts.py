"""CP2000s with layouts combined at random, with other words for their labels.

The reader was written with the sandbox's layouts in view. These have the block of one, the headline of
another, the summary of a third, and labels that the reader's table may not have: errors here are what a new
IRS notice would show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from mailroom.sandbox.generator.cp2000 import make_cp2000
from mailroom.sandbox.generator.layouts import LAYOUTS, Layout
from mailroom.sandbox.generator.model import SyntheticNotice, make_random
from mailroom.sandbox.generator.people import make_household
from tests.corpora.notices import choose_date

WORDS = {
    "notice": ("Notice", "Notice type", "Notice number:", "Type of notice", "Letter", "Notice ID", "This notice is"),
    "date": ("Notice date", "Date", "Dated", "Letter date:", "Date mailed", "Notice issued on", "Date of this letter"),
    "year": ("Tax year", "For tax year", "Year", "Tax period", "Tax Year:", "Return year", "Tax year under review"),
    "ssn": (
        "Social Security number", "SSN", "Your SSN:", "Taxpayer ID", "Your Social Security No.", "SSN/ITIN",
        "Taxpayer's SSN", "Social Security Number (SSN)", "SOCIAL SECURITY NUMBER", "Your taxpayer number",
    ),
    "aur": (
        "AUR control number", "AUR Control:", "AUR ID", "AUR case no.", "AUR #", "Underreporter control number",
        "Our control number", "AUR control no.", "AUR CONTROL NUMBER", "AUR file number",
    ),
    "due": ("Respond by", "Reply by", "Response due", "Your answer is due", "Response deadline", "Answer by"),
    "phone": ("To contact us", "Telephone", "Call us at", "Phone:", "Questions? Call", "Help line"),
    "caller": ("Your caller ID", "Caller ID:", "When you call, give this ID"),
}  # fmt: skip


def make_crossed_notices(count: int, seed: int) -> Iterator[SyntheticNotice]:
    """Yield ``count`` notices, each decided by the seed and its index."""
    for index in range(count):
        rng = make_random("crossed", seed, index)
        layout = cross_layouts(rng)
        pdf, truth = make_cp2000(rng, layout, make_household(rng), choose_date(rng, layout))
        yield SyntheticNotice(f"{index:05d}.pdf", None, pdf, truth, "crossed")


def cross_layouts(rng: Random) -> Layout:
    """Return a layout combined from several; block and address come from one, so that they do not overlap."""
    base, *others = rng.choices(LAYOUTS, k=6)
    head, amounts, text, foot, style = others
    entries = tuple(
        (rng.choice(WORDS[key]) if key in WORDS else label, key) for label, key in _shuffle_entries(rng, base)
    )
    block = replace(base.block, entries=entries, label_width=0, bold_labels=rng.random() < 0.5)
    return replace(
        base, name=f"{base.name} crossed", years=(2005, 2026), block=block, headline=head.headline,
        summary=amounts.summary, body=text.body, running=foot.running, footer=foot.footer, families=text.families,
        chunkings=style.chunkings, dates=style.dates, spellings=foot.spellings, money=amounts.money, whole=amounts.whole,
        coupon=foot.coupon, mailing=head.mailing, sizes=(8, 8.5, 9),
    )  # fmt: skip


def _shuffle_entries(rng: Random, base: Layout) -> list[tuple[str, str]]:
    entries = list(base.block.entries)
    if rng.random() < 0.5:
        named = [each for each in entries if each[0]]
        rng.shuffle(named)
        return [*named, *(each for each in entries if not each[0])]
    return entries

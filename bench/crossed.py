"""CP2000s that nobody designed: layouts crossed by chance, with other words for their labels.

The reader was made with the sandbox's layouts in view. These have the block of one, the headline of another, the
summary of a third, and labels as somebody might word them who has not seen the reader's table: what is wrong here is
what a new notice of the IRS would show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from mailroom.sandbox.generator import SyntheticNotice
from mailroom.sandbox.generator.cp2000 import choose_date, make_cp2000
from mailroom.sandbox.generator.layouts import LAYOUTS, Layout
from mailroom.sandbox.generator.model import make_random
from mailroom.sandbox.generator.people import make_household

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


def crossed_notices(count: int, seed: int) -> Iterator[SyntheticNotice]:
    """So many, each decided by the seed and its place."""
    for index in range(count):
        rng = make_random("crossed", seed, index)
        layout = crossed(rng)
        pdf, truth = make_cp2000(rng, layout, make_household(rng), choose_date(rng, layout))
        yield SyntheticNotice(f"{index:05d}.pdf", None, pdf, truth, "crossed")


def crossed(rng: Random) -> Layout:
    """A layout made of several; block and window come from one, so that they do not overlap."""
    base, *others = rng.choices(LAYOUTS, k=6)
    head, sums, look, foot, style = others
    entries = tuple(
        (rng.choice(WORDS[key]) if key in WORDS else label, key) for label, key in _in_some_order(rng, base)
    )
    block = replace(base.block, entries=entries, label_width=0, bold_labels=rng.random() < 0.5)
    return replace(
        base, name=f"{base.name} crossed", years=(2005, 2026), block=block, headline=head.headline,
        summary=sums.summary, body=look.body, running=foot.running, footer=foot.footer, families=look.families,
        chunkings=style.chunkings, dates=style.dates, spellings=foot.spellings, money=sums.money, whole=sums.whole,
        coupon=foot.coupon, mailing=head.mailing, sizes=(8, 8.5, 9),
    )  # fmt: skip


def _in_some_order(rng: Random, base: Layout) -> list[tuple[str, str]]:
    entries = list(base.block.entries)
    if rng.random() < 0.5:
        named = [each for each in entries if each[0]]
        rng.shuffle(named)
        return [*named, *(each for each in entries if not each[0])]
    return entries

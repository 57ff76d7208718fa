"""What speaks for a page being the first one of an IRS letter, and what against, with its weights.

One word never undoes a notice: a letter with its letterhead, its block and the IRS's own sentences outweighs
two marks of other senders. The weights were set by hand on the letters and other documents of
`bench/letters.py`, where no other document with a mark of another sender reaches `LEAST`.
"""

from __future__ import annotations

from dataclasses import dataclass

# For: the IRS's name on top of the page, or further down; the letter's number in the notice block, or alone
# on a line or in the headline's words; each other value of the block; each way of speaking that is the IRS's.
ON_TOP, FURTHER_DOWN = 3, 1
NAMED_IN_BLOCK, NAMED_ELSEWHERE = 2, 1
BLOCK_VALUE, PHRASE = 1, 1
# Against: one unit of the weights of `mailroom.notices.classification.foreign_marks`.
FOREIGN_MARK = 2
# What has to be left where anything speaks against a letter.
LEAST = 6


@dataclass(frozen=True)
class TypeEvidence:
    """What was counted on a page.

    Attributes:
        on_top: the IRS's name, or where that is an image the notice block, is the page's letterhead.
        names_irs: the IRS's name leads a line.
        in_block: the notice block names the letter.
        named: the letter is named at all.
        block_values: values of the notice block besides the letter.
        phrases: ways of speaking that are the IRS's.
        foreign: the weight of the marks of other senders.
    """

    on_top: bool
    names_irs: bool
    in_block: bool
    named: bool
    block_values: int
    phrases: int
    foreign: int

    @property
    def weight_for(self) -> int:
        """What speaks for a letter of the IRS."""
        letterhead = 0 if not self.names_irs else ON_TOP if self.on_top else FURTHER_DOWN
        name = NAMED_IN_BLOCK if self.in_block else NAMED_ELSEWHERE if self.named else 0
        return letterhead + name + BLOCK_VALUE * self.block_values + PHRASE * self.phrases

    @property
    def is_foreign(self) -> bool:
        """Whether what speaks against a letter outweighs it."""
        return self.foreign > 0 and self.weight_for - FOREIGN_MARK * self.foreign < LEAST

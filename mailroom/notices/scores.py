"""The reader's weights: how much each kind of finding counts, and from which score on a value is given.

A score is a weight from 0 to 1, not a probability. All of them were set by hand on the development set of
`bench/reading.py` (synthetic notices, layouts crossed by chance), so that what was wrong there came out below
`SURE`. The ones for scans at the end are compared with the engine's own probabilities; docs/benchmarks.md
says how `mailroom.config.ocr_threshold.READING_CONFIDENCE` was measured with `bench/calibration.py`.
"""

from __future__ import annotations

# A value beside its label: behind it, to its right, below it; behind a label in the middle of a line.
INLINE, RIGHT, BELOW, MID_LINE = 0.95, 0.94, 0.9, 0.7
# What is subtracted where the value continues in the next line.
WRAPPED = 0.1
# The factor of a weak label, which may be a word of a sentence.
WEAK_LABEL = 0.82

# A value in a headline, in a sentence that asks for it, and in one that only mentions it.
HEADLINE, SENTENCE, MENTION = 0.85, 0.8, 0.6
# An AUR control number without a label: given with doubt, unless it stands on many other pages too.
SHAPE_ALONE = 0.55
# A number that stands on another page again, whatever is beside it there.
SEEN_AGAIN = 0.5

# Factors: what is read on a later page; an SSN outside of the notice block; a total that its rows do not add
# up to.
LATER_PAGE, OUTSIDE_THE_BLOCK, DOES_NOT_ADD_UP = 0.95, 0.75, 0.8
# What a due date gains that is as far from the notice date as the letter's period, and a notice date
# likewise; neither gets higher than the third figure by it.
DUE_DATE_FITS, NOTICE_DATE_FITS, MOST_BY_DATES = 0.22, 0.1, 0.97
# Each further independent finding of the same value adds this much.
BACKING = 0.05

# From here on a value is given without doubt; below the second figure it is not given at all.
SURE, WORTH_GIVING = 0.8, 0.5
# A sure value is that much better than any other one.
MARGIN = 0.1
# From here on a label "Notice" names the letter, and a field of the notice block shows that there is such a
# block.
NAMES_THE_LETTER, SHOWS_THE_BLOCK = 0.7, 0.75

# What Tesseract says of words on a clean page is 0.9 to 0.97. Where the first engine was unsure, it must say
# so.
CLEAR_ELSEWHERE = 0.9
# Words of a scan that were read less clearly than this tell nothing about whose page it is.
CLEAR = 0.9
# A page with so large a share of words read worse than this cannot be judged.
BADLY, UNCLEAR_SHARE = 0.8, 0.2

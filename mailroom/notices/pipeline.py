"""How a file is read: the stages, one after the other.

A stage takes what is known of the file and returns new `Findings`; it changes nothing in place, and may read
another page. The first stage that gives a reading is the last.
"""

from __future__ import annotations

from collections.abc import Callable

from mailroom.notices import stages
from mailroom.notices.stages import Findings

STAGES: tuple[Callable[[Findings], Findings], ...] = (
    stages.find_first_page,  # behind empty sheets, envelopes, fax covers
    stages.gather_evidence,  # every value that a field could have, and where the other pages repeat it
    stages.classify_document,  # which IRS letter, or another document
    stages.skip_covering_letter,  # a representative's to the client, with the notice behind it
    stages.dismiss_other_documents,
    stages.assemble_fields,  # the best value of each field
    stages.read_more_pages,  # where something is missing or in doubt: the coupon, the pages between
    stages.check_text_layer,  # whether the page shows the numbers that its text layer says
    stages.check_ocr,  # which values of a scan were not read clearly
    stages.check_one_notice,  # whether the other pages belong to the same notice
    stages.judge,  # the outcome, and whether a person has to look
)


def run_stages(findings: Findings) -> Findings:
    """Return what the stages find out, with the reading.

    Raises:
        FileFault: a page cannot be read.
    """
    for stage in STAGES:
        findings = stage(findings)
        if findings.reading is not None:
            break
    return findings

"""How a file is read: the stages, one after the other.

A stage takes what is known of the file and returns new `Findings`; it changes nothing in place, and may read
another page. The first stage that gives a reading is the last.
"""

from __future__ import annotations

from collections.abc import Callable

from mailroom.notices.findings import Findings
from mailroom.notices.stages import (
    assemble_fields,
    check_ocr,
    check_one_notice,
    classify_document,
    dismiss_other_documents,
    find_first_page,
    gather_evidence,
    judge,
    read_more_pages,
)

STAGES: tuple[Callable[[Findings], Findings], ...] = (
    find_first_page,  # behind empty sheets and fax covers
    gather_evidence,  # every value that a field could have, and where the other pages repeat it
    classify_document,  # which IRS letter, or another document
    dismiss_other_documents,
    assemble_fields,  # the best value of each field
    read_more_pages,  # where something is missing or in doubt: the coupon, the pages between
    check_ocr,  # which values of a scan were not read clearly
    check_one_notice,  # whether the other pages belong to the same notice
    judge,  # the outcome, and whether a person has to look
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

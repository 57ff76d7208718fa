"""The stages of `mailroom.notices.pipeline`: what each asks of a file's pages, and which page it has read.

How a value is found, a letter known or a doubt raised is decided in the modules that the stages call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mailroom.document.page_layout import PageLayout
from mailroom.document.pages import Pages
from mailroom.notices.causes import Doubts, join_doubts, make_doubts
from mailroom.notices.classification.covers import is_about, is_cover, may_enclose
from mailroom.notices.classification.document_type import IN_BLOCK, DocumentType, classify_page
from mailroom.notices.classification.multiple_notices import Assignment, assign_pages
from mailroom.notices.confidence.field_choices import ChosenFields, choose_fields, lacks_any, needs_last_page
from mailroom.notices.confidence.ocr_confidence import find_unclear_fields, is_unclear
from mailroom.notices.confidence.text_layer_doubts import find_differences, speaks_against
from mailroom.notices.extraction.candidates import Method
from mailroom.notices.extraction.evidence import Evidence, gather
from mailroom.notices.fields import AMOUNT, KEY_FIELDS, TYPE
from mailroom.notices.reading import NoticeFields, Reading, ReadingOutcome
from mailroom.notices.vocabulary.letter_types import get_letter_type
from mailroom.privacy.client_data import ClientData

# So many blank sheets, envelopes, fax covers and separator sheets may lie before the letter.
COVERS = 5
# Pages read with coordinates at most, when the key is not on the first and the last.
MOST_READ = 8
# The same of a scan, whose pages take a second each: the response form is among them.
MOST_SCANS_READ = 4


@dataclass(frozen=True, repr=False)
class Findings(ClientData):
    """What is known of a file so far: a stage returns new findings that know more.

    ``confidence`` is how clear the least clear char of a scan's value must be (0 to 1), ``assignment`` whose
    the pages are. The stages end with the one that gives the ``reading``.
    """

    pages: Pages
    confidence: float
    evidence: Evidence = field(default_factory=Evidence)
    document: DocumentType = field(default_factory=lambda: DocumentType(None, from_irs=False))
    chosen_fields: ChosenFields = field(default_factory=ChosenFields)
    assignment: Assignment = field(default_factory=Assignment)
    reading: Reading | None = None

    @property
    def first_index(self) -> int:
        """The index of the notice's first page in the file, counted from 0."""
        return self.evidence.first.number - 1

    @property
    def has_scans(self) -> bool:
        """Whether anything was read off a scan so far: such values have to be held against its clarity."""
        return bool(self.pages.scanned_layouts)


def find_first_page(findings: Findings) -> Findings:
    """Read the notice's first page, behind empty sheets, envelopes, fax covers and separator sheets.

    Gives a reading, ``unreadable``, when there is none to be read.
    """
    pages, covers = findings.pages, list[int]()
    for index in range(min(COVERS + 1, pages.page_count)):
        pages = pages.identify(index)
        content = pages.content(index)
        if content == "text":
            pages = pages.read_page(index, begins=True)
            if not is_cover(pages.layout(index)):
                return replace(findings, pages=pages, evidence=Evidence(pages.layout(index)))
            covers.append(index)
        elif content != "blank":
            if covers:
                break
            return _stop_unreadable(replace(findings, pages=pages), "no_ocr_engine")
    if covers:
        # Nothing but covers: the last one shows that it is no letter.
        return replace(findings, pages=pages, evidence=Evidence(pages.layout(covers[-1])))
    return _stop_unreadable(replace(findings, pages=pages), "no_text_layer")


def gather_evidence(findings: Findings) -> Findings:
    """Find what the first page could say, and which of its numbers the other pages have too."""
    pages, texts = findings.pages, []
    for index in range(findings.first_index + 1, pages.page_count):
        pages = pages.identify(index)
        texts.append((index + 1, pages.flat_text(index)))
    return replace(findings, pages=pages, evidence=gather(findings.evidence.first, texts))


def classify_document(findings: Findings) -> Findings:
    """Say which letter it is.

    All of a scanned page is read for it unless the notice block names the letter without doubt.
    """
    found = _classify(findings)
    is_settled = found.document.strength == IN_BLOCK and not found.document.causes
    if not is_settled and found.pages.is_scanned(found.first_index):
        # The letter's number may stand at the foot only, and its headline be another's too.
        return _classify(_read_foot(found))
    return found


def _classify(findings: Findings) -> Findings:
    evidence = findings.evidence
    return replace(findings, document=classify_page(evidence.first, evidence.on_first))


def skip_covering_letter(findings: Findings) -> Findings:
    """Look behind a short letter, such as a representative's to the client, for a notice.

    The IRS's letter to a representative has a copy behind it, some of its letters to the taxpayer an amended
    CP2000. A notice counts only where its notice block names it without doubt, and the letter is about its
    taxpayer: an invoice or a statement before a notice may be anybody's.
    """
    first, document, pages = findings.evidence.first, findings.document, findings.pages
    if not may_enclose(first, document.letter, from_irs=document.from_irs):
        return findings
    for index in range(first.number, pages.page_count):
        pages = pages.identify(index)
        if pages.content(index) != "blank":
            break
    else:
        return replace(findings, pages=pages)
    if pages.content(index) != "text":
        return replace(findings, pages=pages)
    pages = pages.read_page(index, begins=True)
    behind = replace(findings, pages=pages, evidence=Evidence(pages.layout(index)))
    behind = classify_document(gather_evidence(behind))
    is_notice = behind.document.strength == IN_BLOCK and not behind.document.causes
    is_wanted = document.letter is None or get_letter_type(behind.document.letter).needs_key
    is_meant = is_notice and is_wanted and is_about(first, document.letter, behind.evidence)
    return behind if is_meant else replace(findings, pages=pages)


def dismiss_other_documents(findings: Findings) -> Findings:
    """Give the reading of a document that is not the IRS's, and of a scan too unclear to tell."""
    document = findings.document
    if document.letter is None and findings.has_scans and is_unclear(findings.evidence.first):
        return _stop_unreadable(findings, "unclear_scan")
    if not document.from_irs:
        return replace(findings, reading=Reading("not_cp2000", _no_fields(findings), needs_review=True))
    return findings


def assemble_fields(findings: Findings) -> Findings:
    """Choose the fields' values.

    From all of a scanned first page where something is missing without its foot.
    """
    found = _assemble(findings)
    if lacks_any(found.chosen_fields.fields) and found.pages.is_scanned(found.first_index):
        return _assemble(_read_foot(found))
    return found


def read_more_pages(findings: Findings) -> Findings:
    """Read the last page too on any doubt, and the pages between on doubt about the key."""
    if not needs_last_page(findings.chosen_fields, findings.evidence):
        return findings
    count = findings.pages.page_count
    found = _assemble(_read_page(findings, count))
    if _missing_keys(found.chosen_fields):
        most = MOST_SCANS_READ if found.has_scans else MOST_READ
        for number in range(found.evidence.first.number + 1, min(count, most)):
            found = _read_page(found, number)
        found = _assemble(found)
    return found


def check_text_layer(findings: Findings) -> Findings:
    """Doubt the numbers of a text layer that its page shows otherwise, where something speaks against it."""
    chosen, evidence, index = findings.chosen_fields, findings.evidence, findings.first_index
    if findings.pages.is_scanned(index) or not speaks_against(
        chosen.fields, evidence.first, evidence.on_first
    ):
        return findings
    shown = findings.pages.recognize_text_page(index)
    if shown is None:
        return findings
    seen = choose_fields(gather(shown, ()), findings.document.letter, findings.pages.page_count).fields
    differing = make_doubts(find_differences(chosen.fields, seen), "text_layer_differs")
    doubts = join_doubts(chosen.doubts, differing)
    return replace(findings, chosen_fields=replace(chosen, doubts=doubts))


def check_ocr(findings: Findings) -> Findings:
    """Doubt the values of a scan that were not read clearly.

    On any doubt the second engine is asked too, then the last page, which repeats most of them.
    """
    if not findings.has_scans:
        return findings
    again: list[PageLayout] = []
    doubts = _find_ocr_doubts(findings, again)
    if doubts and (second := findings.pages.recognize_again(findings.first_index)):
        again = [second]
        doubts = _find_ocr_doubts(findings, again)
    if doubts and findings.pages.page_count > findings.evidence.first.number:
        # It only confirms here: what else it says is asked for where the first page lacks something.
        findings = replace(findings, pages=_read_last_scan(findings.pages))
        doubts = _find_ocr_doubts(findings, again)
    chosen_fields = findings.chosen_fields
    return replace(
        findings, chosen_fields=replace(chosen_fields, doubts=join_doubts(chosen_fields.doubts, doubts))
    )


def _find_ocr_doubts(findings: Findings, again: Sequence[PageLayout]) -> Doubts:
    """Return the fields that the pages read so far do not confirm, nor what the second engine read."""
    fields = findings.chosen_fields.fields
    adding_up = [each.value for each in findings.evidence.of(AMOUNT) if each.method is Method.ADDS_UP]
    backed = frozenset({"amount_due"} if fields.amount_due in adding_up else ())
    return find_unclear_fields(fields, findings.pages.scanned_layouts, findings.confidence, backed, again)


def check_one_notice(findings: Findings) -> Findings:
    """Find whose the pages are, and the code of why a person has to look, if there is one."""
    if findings.document.letter is None:
        return findings
    chosen = findings.chosen_fields
    # Off a scan a number in doubt may be misread: other pages are not held against it.
    doubts = frozenset(chosen.doubts if findings.has_scans else ())
    pages, assignment = assign_pages(findings.pages, findings.evidence, chosen.fields, doubts)
    return replace(findings, pages=pages, assignment=assignment)


def judge(findings: Findings) -> Findings:
    """Give the reading of an IRS letter: filed as it is, or a person looks first, and for which fields."""
    document, chosen = findings.document, findings.chosen_fields
    fields = chosen.fields
    of_type = [make_doubts([TYPE], code) for code in document.causes]
    doubtful = join_doubts(chosen.doubts, chosen.ambiguous, *of_type)
    doubts = {name: doubtful[name] for name in sorted(doubtful) if getattr(fields, name) is not None}
    is_doubtful = bool(document.causes) or (document.letter is not None and TYPE in chosen.doubts)
    error = document.fault or findings.assignment.fault or ("doubtful_letter_type" if is_doubtful else None)
    if not get_letter_type(document.letter).needs_key:
        # Firms may have other letters filed too: the code says why this one is not to be.
        reading = Reading("not_cp2000", fields, needs_review=True, doubts=doubts, error=error)
    else:
        missing = _missing_keys(chosen)
        error = error or (f"doubtful_{missing[0]}" if missing else None)
        outcome: ReadingOutcome = "review" if error else "extract"
        reading = Reading(outcome, fields, bool(error or doubts), doubts, error)
    ranges = list(findings.assignment.page_ranges)
    return replace(findings, reading=replace(reading, page_ranges=ranges))


def _missing_keys(chosen_fields: ChosenFields) -> list[str]:
    """Return the names of the key's fields that were not read, or are in doubt."""
    return [
        name
        for name in KEY_FIELDS
        if getattr(chosen_fields.fields, name) is None or name in chosen_fields.doubts
    ]


def _assemble(findings: Findings) -> Findings:
    letter, count = findings.document.letter, findings.pages.page_count
    return replace(findings, chosen_fields=choose_fields(findings.evidence, letter, count))


def _read_foot(findings: Findings) -> Findings:
    """Read all of a scanned first page, of which the foot was left out."""
    index = findings.first_index
    pages = findings.pages.read_rest(index)
    return replace(findings, pages=pages, evidence=gather(pages.layout(index), findings.evidence.other_texts))


def _read_page(findings: Findings, number: int) -> Findings:
    """Read a later page, counted from 1, unless there is nothing on it."""
    if number <= findings.evidence.first.number:
        return findings
    pages = findings.pages.identify(number - 1)
    if pages.content(number - 1) != "text":
        return replace(findings, pages=pages)
    pages = pages.read_page(number - 1)
    return replace(findings, pages=pages, evidence=findings.evidence.with_page(pages.layout(number - 1)))


def _read_last_scan(pages: Pages) -> Pages:
    """Read the last page if it is a scan with words on it."""
    index = pages.page_count - 1
    pages = pages.identify(index)
    is_wanted = pages.is_scanned(index) and pages.content(index) == "text"
    return pages.read_page(index) if is_wanted else pages


def _stop_unreadable(findings: Findings, code: str) -> Findings:
    reading = Reading("unreadable", _no_fields(findings), needs_review=True, error=code)
    return replace(findings, reading=reading)


def _no_fields(findings: Findings) -> NoticeFields:
    return NoticeFields(page_count=findings.pages.page_count)

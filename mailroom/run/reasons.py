"""Outcomes and reason codes in words for the people who look after the mail room."""

from __future__ import annotations

MEANING = {
    "matched": "filed in the client's case, with a task; now in MATCHED",
    "unmatched": "no case of this client; now in UNMATCHED",
    "review": "a person must check it; now in REVIEW",
    "duplicate": "the same document was filed before",
    "failed": "permanent error; left in the inbox, see the report",
    "pending": "temporary error; left for the next run",
}
OUTCOMES = tuple(MEANING)

WORDS = {
    "no_case": "no case with this surname and SSN",
    "two_cases": "two cases may be meant",
    "ssn_disagrees": "the case found has another SSN",
    "name_doubtful": "the case found has another surname",
    "first_name_disagrees": "the first names differ, and only four digits of the SSN are known",
    "no_ssn_on_case": "the case found has no SSN, and the names alone are not enough",
    "match_incomplete": "the match service gave no case number",
    "match_refused": "the match service refused the search; search for the case by hand",
    "no_key": "surname or SSN not found on the notice",
    "doubtful_reading": "surname or SSN not read with certainty",
    "another_language": "a letter in a language other than English",
    "first_page_missing": "a letter without its first page",
    "doubtful_letter_type": "either an IRS letter or a document about one",
    "several_notices": "more than one notice in the file; split it before filing",
    "more_pages_than_printed": "more pages than the letter says it has",
    "scanned_page": "a scanned page after the letter's text pages",
    "other_document": "not an IRS letter",
    "no_text_layer": "pages with no readable text, or too little",
    "no_ocr_engine": "a scan, but the OCR engine cannot be loaded on this machine",
    "ocr_failed": "a scan that could not be read",
    "unclear_scan": "a scan too faint or blurred to be read",
    "ocr_timed_out": "a scan that takes too long to read",
    "too_many_scanned_pages": "more scanned pages than a notice has",
    "page_too_large": "a page that is too large",
    "image_too_large": "an image that is too large",
    "encrypted": "protected with a password",
    "dynamic_form": "a form that only Adobe Reader can show",
    "not_a_file": "a pipe or a device, not a file",
    "not_a_pdf": "not a PDF, whatever its name says",
    "broken_pdf": "a damaged PDF",
    "broken_image": "a damaged image",
    "empty_file": "an empty file",
    "too_large_to_file": "over 6 MB, more than Logiqs takes",
    "too_many_pages": "too many pages",
    "too_much_memory": "takes too much memory to read",
    "reading_timed_out": "takes too long to read",
    "too_much_text": "more text on a page than any letter has",
    "garbled_text": "unreadable text layer",
    "turned_text": "text that is turned sideways or upside down",
    "cannot_be_opened": "could not be opened",
    "reader_failed": "could not be read",
    "reader_died": "could not be read: the process that opened it crashed",
    "delivery_unclear": "Logiqs did not confirm the document; look in the case before you file it",
    "document_in_doubt": "Logiqs has not confirmed the document yet; the next run checks before it sends anything",
    "task_in_doubt": "Logiqs has not confirmed the task yet; the next run checks before it sends anything",
    "twin_in_flight": "the same document is being filed from another file",
    "download_corrupt": "the download does not match what Drive lists",
    "ledger_unreachable": "the ledger's database was unreachable",
    "same_document": "the same document was filed before",
    "vanished": "deleted from Drive before it could be read",
    "moved_elsewhere": "moved by a person meanwhile",
    "move_forbidden": "no permission to move it",
    "crm_refused_document": "Logiqs refused the document",
    "crm_refused_task": "Logiqs refused the task",
    "illegal_state_change": "the ledger holds a state for it that does not allow this step",
    "internal_error": "a bug in the mail room; the log shows where",
    "stopped": "the run was stopped",
}

# What a PDF holds besides its pages; none of it is opened or run.
NOTES = {
    "acts_on_opening": "runs an action when it is opened",
    "attachments": "has files attached, which were not read",
    "form_fields": "has form fields, which were not read",
    "javascript": "contains JavaScript",
}


def in_words(code: str) -> str:
    """The reason in words; for codes that need none, the code with its underscores as spaces."""
    if code.startswith("letter_"):
        return f"another IRS letter: {code.removeprefix('letter_').replace('_', ' ').upper()}"
    if code.startswith("doubtful_") and code not in WORDS:
        return f"{code.removeprefix('doubtful_').replace('_', ' ')} read with doubt"
    return WORDS.get(code, code.replace("_", " "))


def meaning(outcome: str, mode: str) -> str:
    """What an outcome means; in a dry run (mode ``test``), what it would have meant."""
    words = MEANING[outcome]
    if mode == "test":
        return words.replace("now in", "would go to").replace("filed in", "would be filed in")
    return words

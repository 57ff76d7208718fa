"""Outcomes and reason codes in words for the people who look after the mail room."""

from __future__ import annotations

MEANING = {
    "matched": "filed in the client's case, with a task; now in MATCHED",
    "unmatched": "no case of this client; now in UNMATCHED",
    "review": "a person should look; now in REVIEW",
    "duplicate": "the same document was filed before",
    "failed": "left in the inbox, see the report",
    "pending": "left for the next run",
}
OUTCOMES = tuple(MEANING)

WORDS = {
    "no_case": "no case with this surname and SSN",
    "two_cases": "two cases may be meant",
    "ssn_disagrees": "the case found has another SSN",
    "name_doubtful": "the case found has another surname",
    "first_name_disagrees": "the first names do not agree, and only four digits of the SSN are known",
    "no_ssn_on_case": "the case found has no SSN, and the names alone do not tell",
    "match_incomplete": "the match service named no case number",
    "match_refused": "the match service did not take the question; search the case by hand",
    "no_key": "surname or SSN not found on the notice",
    "doubtful_reading": "surname or SSN read with doubt",
    "another_language": "a letter in another language than English",
    "first_page_missing": "a letter without its first page",
    "doubtful_letter_type": "perhaps a letter, perhaps a paper about one",
    "several_notices": "more than one letter in the file; part it before filing",
    "more_pages_than_printed": "more pages than the letter says it has",
    "scanned_page": "a scanned page behind the letter's text pages",
    "other_document": "no IRS letter",
    "no_text_layer": "pages on which no text, or too little, can be read",
    "no_ocr_engine": "a scan, and nothing on this machine that reads scans",
    "ocr_failed": "a scan that could not be read",
    "unclear_scan": "a scan too faint or blurred to be read",
    "ocr_timed_out": "a scan that takes too long to read",
    "too_many_scanned_pages": "more scanned pages than a notice has",
    "page_too_large": "a page too large to be looked at",
    "image_too_large": "a picture too large to be looked at",
    "encrypted": "locked with a password",
    "dynamic_form": "a form that only Adobe's reader shows",
    "not_a_file": "a pipe or a device, no file",
    "not_a_pdf": "no PDF, whatever its name says",
    "broken_pdf": "a damaged PDF",
    "broken_image": "a damaged image",
    "empty_file": "an empty file",
    "too_large_to_file": "over 6 MB, more than Logiqs takes",
    "too_many_pages": "too many pages",
    "too_much_memory": "takes too much memory to read",
    "reading_timed_out": "takes too long to read",
    "too_much_text": "more text on a page than any letter has",
    "garbled_text": "text whose letters cannot be told; to be read as a scan",
    "turned_text": "text that stands on its side or its head",
    "cannot_be_opened": "could not be opened",
    "reader_failed": "could not be read",
    "reader_died": "could not be read: it broke the process that opened it",
    "delivery_unclear": "Logiqs did not say whether it took the document; look in the case before filing it",
    "document_in_doubt": "Logiqs has not said yet whether it took the document; it is looked for before anything is sent",
    "task_in_doubt": "Logiqs has not said yet whether it made the task; it is looked for before anything is sent",
    "twin_in_flight": "the same document is being filed from another file",
    "download_corrupt": "Drive does not give the bytes that it lists",
    "ledger_unreachable": "the ledger's database was out of reach",
    "same_document": "the same document was filed before",
    "vanished": "gone from Drive before it could be read",
    "moved_elsewhere": "a person moved it meanwhile",
    "move_forbidden": "no right to move it",
    "crm_refused_document": "Logiqs refused the document",
    "crm_refused_task": "Logiqs refused the task",
    "internal_error": "a bug in the mail room; the log shows where",
    "stopped": "the run was stopped",
}

# What a PDF holds besides its pages; none of it is opened or run.
NOTES = {
    "acts_on_opening": "does something when it is opened",
    "attachments": "has files attached, which were not read",
    "form_fields": "has form fields, which were not read",
    "javascript": "holds JavaScript",
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

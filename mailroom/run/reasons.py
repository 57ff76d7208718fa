"""Outcomes and reason codes in words for the people who look after the mail room."""

from __future__ import annotations

import re

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
    "matched": "filed in the client's case",
    "claim_lost": "another run took it over meanwhile",
    "drive_unreachable": "Google Drive was unreachable",
    "drive_unavailable": "Google Drive had an error",
    "drive_unexpected_answer": "Google Drive gave an answer that the mail room does not know",
    "drive_rate_limited": "Google Drive asked for fewer calls",
    "sharing_rate_limited": "Google Drive asked for fewer changes of permissions",
    "listing_incomplete": "Google Drive did not search every folder",
    "page_token_rejected": "Google Drive does not accept the position in the listing any more",
    "folder_vanished": "its folder was deleted, or is not shared any more",
    "drive_forbidden": "Google Drive does not allow it",
    "drive_bad_request": "Google Drive refused the call",
    "app_not_authorized_to_file": "the mail room's account has no permission for it",
    "insufficient_file_permissions": "the mail room's account has no permission for it",
    "insufficient_parent_permissions": "the mail room's account has no permission for its folder",
    "cannot_add_parent": "Google Drive does not allow to move it to the folder",
    "cannot_download_abusive_file": "Google Drive says that it is malware or spam",
    "cannot_download_file": "its owner does not allow downloads",
    "file_not_downloadable": "not a file that can be downloaded, for example a Google document",
    "download_quota_exceeded": "Google Drive allows no more downloads for now",
    "move_into_shared_drive_disabled": "the firm does not allow to move it into a shared drive",
    "owner_not_member_of_shared_drive": "its owner is not a member of the shared drive",
    "folder_full": "the folder it goes to is full",
    "shared_drive_full": "the shared drive is full",
    "quota_exceeded": "a quota of the Google Drive account is used up",
    "storage_quota_exceeded": "the storage of the Google Drive account is full",
    "daily_limit_exceeded": "Google Drive allows no more calls today",
    "asked_to_wait": "a system asked to wait for more than two minutes",
    "logiqs_unreachable": "Logiqs was unreachable",
    "logiqs_answer_unreadable": "Logiqs gave an answer that the mail room does not know",
    "match_unreachable": "the match service was unreachable",
    "match_answer_unreadable": "the match service gave an answer that the mail room does not know",
    "ledger_full": "the disk of the ledger is full",
    "scratch_full": "the disk for downloads is full",
    "scratch_unwritable": "downloads cannot be written",
    "base_url_not_logiqs": "the Logiqs address is wrong",
    "logiqs_url": "the Logiqs address is wrong",
    "logiqs_credentials_rejected": "Logiqs does not accept the key or the token",
    "logiqs_scope_missing": "the Logiqs key has no permission for this",
    "match_key_rejected": "the match service does not accept the key",
    "match_url_not_the_service": "the address of the match service is wrong",
    "clock_wrong": "the clock of this machine is wrong",
    "drive_access_token_rejected": "Google Drive does not accept the access token",
    "drive_api_disabled": "the Google Drive API is not enabled for the service account's project",
    "drive_credentials_missing": "no Google Drive credential is set",
    "drive_credentials_rejected": "Google Drive does not accept the credential",
    "drive_domain_policy": "the firm's Google policy does not allow access",
    "drive_key_malformed": "the service account's key file is damaged",
    "drive_key_missing": "the service account's key file is missing",
    "drive_key_revoked": "the service account's key was deleted or replaced",
    "drive_proxy_unsupported": "the proxy setting cannot be used",
    "drive_scope_missing": "the Google Drive credential has no permission for files",
    "drive_subject_not_authorised": "the service account may not act for the user that is set",
    "drive_subject_unknown": "the user that the service account acts for does not exist",
    "folder_not_creatable": "an outcome folder cannot be created",
    "folder_not_found": "a Google Drive folder that is set does not exist, or is not shared",
    "folder_trashed": "a Google Drive folder that is set is in the trash",
    "inbox_is_output": "an outcome folder is set as the inbox",
    "not_a_folder": "what is set as a Google Drive folder is a file",
    "illegal_state_change": "the ledger holds a state for it that does not allow this step",
    "internal_error": "a bug in the mail room; the log shows where",
    "stopped": "the run was stopped",
}

SYSTEMS = {"drive": "Google Drive", "logiqs": "Logiqs", "match": "the match service"}

# What a PDF holds besides its pages; none of it is opened or run.
NOTES = {
    "acts_on_opening": "runs an action when it is opened",
    "attachments": "has files attached, which were not read",
    "form_fields": "has form fields, which were not read",
    "javascript": "contains JavaScript",
}


def find_words(code: str) -> str | None:
    """What a reason code means; None for a code that has no words."""
    if code.startswith("letter_"):
        return f"another IRS letter: {code.removeprefix('letter_').replace('_', ' ').upper()}"
    if code.startswith("doubtful_") and code not in WORDS:
        return f"{code.removeprefix('doubtful_').replace('_', ' ')} not read with certainty"
    if found := re.fullmatch(r"(document|task)_(\d{3}|answer_lost|answer_unreadable|without_id)", code):
        return f"Logiqs has not confirmed the {found[1]}"
    if found := re.fullmatch(r"(drive|logiqs|match)_(\d{3})", code):
        return f"{SYSTEMS[found[1]]} answered with HTTP status {found[2]}"
    return WORDS.get(code)


def in_words(code: str) -> str:
    """What a reason code means; a code that has no words, with spaces for its underscores."""
    return find_words(code) or code.replace("_", " ")


def meaning(outcome: str, mode: str) -> str:
    """What an outcome means; in a dry run (mode ``test``), what it would have meant."""
    words = MEANING[outcome]
    if mode == "test":
        return words.replace("now in", "would go to").replace("filed in", "would be filed in")
    return words

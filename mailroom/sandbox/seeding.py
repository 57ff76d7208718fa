"""Seeding the sandbox with a synthetic day, with a local folder of PDFs, or with cases from a CSV."""

from __future__ import annotations

import csv
import errno
import os
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailroom.errors import ConfigError
from mailroom.sandbox.store import FOLDER, Store, format_time

if TYPE_CHECKING:
    from mailroom.sandbox.generator.people import SyntheticCase

COLUMNS = ("CaseID", "FirstName", "LastName", "SpouseLastName", "SSN")
NEEDED = ("CaseID", "LastName", "SSN")
OFFICER_ID = 7001

PDF_ENDINGS = (".pdf",)
ENDINGS = (*PDF_ENDINGS, ".jpg", ".jpeg", ".png", ".tif", ".tiff")

# A run leaves empty files that are newer than an hour in the inbox, and waits for the end of new uploads.
OLD_ENOUGH = timedelta(hours=2)


def ensure_inbox(store: Store) -> str:
    """Return the inbox's id; in a new sandbox it is created, in a folder of its own."""
    inbox = store.fact("inbox")
    if inbox is None:
        root = store.add_folder("Mail room", None)
        inbox = store.add_folder("CP2000_INBOX", root)
        store.fact("inbox", inbox)
    return inbox


def seed_synthetic_day(store: Store, count: int) -> None:
    """Put a day of ``count`` synthetic notices into the inbox, and their cases into the CRM."""
    # The generator is slow to import, and not every sandbox needs it.
    from mailroom.sandbox.generator.day import make_synthetic_day  # noqa: PLC0415

    day = make_synthetic_day(count)
    subfolders = _Subfolders(store, ensure_inbox(store))
    start = datetime.now(UTC) - OLD_ENOUGH - timedelta(seconds=count)
    for number, notice in enumerate(day.notices):
        folder = subfolders.ensure(Path(notice.subfolder or ""))
        created = format_time(start + timedelta(seconds=number))
        store.add_file(notice.filename, folder, notice.pdf, created=created)
    for case in day.cases:
        add_synthetic_case(store, case)


def add_synthetic_case(store: Store, case: SyntheticCase) -> None:
    """Add a synthetic client's case under the CRM's names for its values."""
    home, taxpayer, spouse = case.home, case.home.taxpayer, case.home.spouse
    add_case(
        store,
        {
            "CaseID": case.case_id,
            "FirstName": taxpayer.first,
            "LastName": taxpayer.last,
            "SpouseFirstName": spouse.first if spouse else None,
            "SpouseLastName": spouse.last if spouse else None,
            "SSN": taxpayer.ssn,
            "SpouseSSN": spouse.ssn if spouse else None,
            "SetOfficerID": case.officer_id,
            "StatusName": case.status,
            "City": home.city,
            "State": home.state,
            "Zip": home.zip,
            "CellPhone": home.phone,
            "Email": home.email,
        },
    )


def find_documents(directory: Path, *, images: bool = True) -> list[Path]:
    """Return the PDFs, and with ``images`` the images, below a local folder, in the order of their paths.

    Raises:
        ConfigError: it is not a folder, holds none of them, or one of them cannot be read.
    """
    endings = ENDINGS if images else PDF_ENDINGS
    found = sorted(path for path in directory.rglob("*") if _is_document(path, endings))
    if not found:
        what = "contains no PDF" if directory.is_dir() else "does not name a folder"
        raise ConfigError("files_dir", what=f"--files {what}.", fix="Name a folder that contains PDFs.")
    if unreadable := sum(not os.access(path, os.R_OK) for path in found):
        raise ConfigError(
            "files_unreadable",
            what=f"{unreadable} of {len(found)} files in the --files folder cannot be read.",
            fix="Make them readable for this user, or remove them.",
        )
    return found


def seed_local_folder(store: Store, directory: Path) -> None:
    """Put all PDFs and images below the folder into the inbox, each in its subfolder.

    Files that are already there are skipped. A run lists images only if it reads them.

    Raises:
        ConfigError: as `find_documents`, or there is not enough space for their bytes.
    """
    found = find_documents(directory)
    subfolders = _Subfolders(store, ensure_inbox(store))
    known = {(item["name"], item.get("sha256Checksum")) for item in store.list_files()}
    complete = datetime.now(UTC) - OLD_ENOUGH
    try:
        for path in found:
            content = path.read_bytes()
            # Also for a known file: its bytes were deleted with an earlier run's scratch directory.
            if (path.name, store.keep_content(content)) in known:
                continue
            inside = path.relative_to(directory)
            created = format_time(min(datetime.fromtimestamp(path.stat().st_mtime, UTC), complete))
            mime, _ = guess_type(path.name)
            store.add_file(path.name, subfolders.ensure(inside.parent), content, str(mime), created)
    except OSError as error:
        raise _make_copy_error(error) from None


def check_contents(store: Store) -> None:
    """Make sure that the bytes of all files in the inbox are there.

    Raises:
        ConfigError: they came from a local folder, and were deleted at the end of the run that brought them.
    """
    folders = [ensure_inbox(store)]
    for folder in folders:
        for item in store.list_files(folder):
            if item["mimeType"] == FOLDER:
                folders.append(item["id"])
            elif not store.has_blob(item["sha256Checksum"]):
                raise ConfigError(
                    "files_deleted",
                    what="The files left in this sandbox came from a --files folder; a run does not keep copies.",
                    fix="Add --files with the same folder.",
                )


def _make_copy_error(error: OSError) -> ConfigError:
    """Return the error for a file that could not be copied into the sandbox."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ConfigError(
            "files_do_not_fit",
            what="There is not enough scratch space for the files in the --files folder.",
            fix="Set MAILROOM_SCRATCH_DIR to a directory with more space, or name a smaller folder.",
        )
    return ConfigError(
        "files_changed",
        what=f"A file in the --files folder could not be copied ({error.strerror}).",
        fix="Start again when no other program changes the folder.",
    )


def _is_document(path: Path, endings: Sequence[str]) -> bool:
    """Return whether it is a regular file whose name has one of these endings; links are not followed."""
    return path.suffix.lower() in endings and path.is_file() and not path.is_symlink()


def seed_cases(store: Store, path: Path) -> None:
    """Put the cases of a CSV into the CRM.

    Raises:
        ConfigError: as `read_cases`.
    """
    for row in read_cases(path):
        add_case(store, {**row, "SetOfficerID": OFFICER_ID, "StatusName": "Active"})


def read_cases(path: Path) -> list[dict[str, Any]]:
    """Return the cases of a CSV with the columns `COLUMNS`.

    Raises:
        ConfigError: it cannot be read, a column is missing, or a value is invalid; the message names the
        line.
    """
    rows = list(_read_cases(path))
    if not rows:
        raise _make_cases_error("The cases file contains no cases.")
    return rows


def add_case(store: Store, body: dict[str, Any]) -> None:
    """Add a case, or replace the one with the same number."""
    store.remove_case(body["CaseID"])
    store.add("cases", body["CaseID"], {name: value for name, value in body.items() if value is not None})


def _read_cases(path: Path) -> Iterable[dict[str, Any]]:
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except OSError as error:
        fix = "Name a CSV file that exists and that you can read."
        raise _make_cases_error(f"The --cases file cannot be read: {error.strerror}.", fix) from None
    except UnicodeDecodeError:
        fix = "Save it as CSV UTF-8 (in Excel: Save As, CSV UTF-8)."
        raise _make_cases_error("The --cases file cannot be read as UTF-8 text.", fix) from None
    known = {name.lower(): name for name in COLUMNS}
    heads = [known.get(head.strip().lower().replace(" ", ""), "") for head in rows[0]] if rows else []
    missing = [name for name in NEEDED if name not in heads]
    if missing:
        raise _make_cases_error(f"The cases file has no column {missing[0]}.")
    for line, values in enumerate(rows[1:], 2):
        if any(value.strip() for value in values):
            yield _parse_case(dict(zip(heads, values, strict=False)), line)


def _parse_case(row: dict[str, str], line: int) -> dict[str, Any]:
    case: dict[str, Any] = {name: row[name].strip() for name in COLUMNS if row.get(name, "").strip()}
    if not str(case.get("CaseID", "")).isdigit():
        raise _make_cases_error(
            f"Line {line} of the cases file: CaseID is not a number.", "Correct that line."
        )
    if "SSN" in case and not re.fullmatch(r"\d{9}|[xX*]*\d{4}", re.sub(r"[\s\-.]", "", case["SSN"])):
        raise _make_cases_error(
            f"Line {line} of the cases file: SSN is neither nine digits nor the last four.",
            "Correct that line.",
        )
    return {**case, "CaseID": int(case["CaseID"])}


def _make_cases_error(what: str, fix: str | None = None) -> ConfigError:
    headings = f"The first line must have the headings {', '.join(COLUMNS)}, separated by commas."
    return ConfigError("cases_csv", what=what, fix=fix or headings)


class _Subfolders:
    """The folders below the inbox by path, created on first use."""

    def __init__(self, store: Store, inbox: str) -> None:
        self._store = store
        self._made = {Path(): inbox}

    def ensure(self, path: Path) -> str:
        if path not in self._made:
            self._made[path] = self._store.add_folder(path.name, self.ensure(path.parent))
        return self._made[path]

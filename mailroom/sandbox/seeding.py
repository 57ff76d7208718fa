"""Seeding the sandbox with a synthetic day, with a local folder of PDFs, or with cases from a CSV."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailroom.crm.case_file import read_cases
from mailroom.errors import ConfigError
from mailroom.sandbox.store import FOLDER, Store, format_time

if TYPE_CHECKING:
    from mailroom.sandbox.generator.people import SyntheticCase

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
            "StatusID": case.status_id,
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
        ConfigError: as `mailroom.crm.case_file.open_cases`.
    """
    for case in read_cases(path):
        add_case(
            store,
            {
                "CaseID": case.case_id,
                "FirstName": case.first_name,
                "LastName": case.last_name,
                "SpouseFirstName": case.spouse_first_name,
                "SpouseLastName": case.spouse_last_name,
                "SSN": case.ssn,
                "SpouseSSN": case.spouse_ssn,
                "Zip": case.zip,
                "SetOfficerID": OFFICER_ID,
                "StatusName": "Active",
                "StatusID": 1,
            },
        )


def add_case(store: Store, body: dict[str, Any]) -> None:
    """Add a case, or replace the one with the same number."""
    store.remove_case(body["CaseID"])
    store.add("cases", body["CaseID"], {name: value for name, value in body.items() if value is not None})


class _Subfolders:
    """The folders below the inbox by path, created on first use."""

    def __init__(self, store: Store, inbox: str) -> None:
        self._store = store
        self._made = {Path(): inbox}

    def ensure(self, path: Path) -> str:
        if path not in self._made:
            self._made[path] = self._store.add_folder(path.name, self.ensure(path.parent))
        return self._made[path]

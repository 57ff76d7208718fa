"""Filling the sandbox: with a synthetic day, with a local folder of PDFs, with cases from a CSV."""

from __future__ import annotations

import csv
import errno
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailroom.errors import ConfigError
from mailroom.sandbox.store import Store, rfc3339

if TYPE_CHECKING:
    from mailroom.sandbox.generator import SyntheticCase

COLUMNS = ("CaseID", "FirstName", "LastName", "SpouseLastName", "SSN")
NEEDED = ("CaseID", "LastName", "SSN")
OFFICER_ID = 7001

# As Drive calls what is uploaded with such a name.
MIME_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}


def folders(store: Store) -> str:
    """The inbox's id; it is made, in a folder of its own, when the sandbox is new."""
    inbox = store.fact("inbox")
    if inbox is None:
        root = store.add_folder("Mail room", None)
        inbox = store.add_folder("CP2000_INBOX", root)
        store.fact("inbox", inbox)
    return inbox


def synthetic(store: Store, count: int) -> None:
    """A day of synthetic notices in the inbox, and their cases in the CRM."""
    # It draws PDFs, which takes a while to import, and not every sandbox needs it.
    from mailroom.sandbox.generator import make_synthetic_day  # noqa: PLC0415

    day = make_synthetic_day(count)
    places = _Places(store, folders(store))
    start = datetime.now(UTC) - timedelta(minutes=count)
    for number, notice in enumerate(day.notices):
        folder = places.of(Path(notice.subfolder or ""))
        created = rfc3339(start + timedelta(seconds=number))
        store.add_file(notice.filename, folder, notice.pdf, created=created)
    for case in day.cases:
        add_synthetic_case(store, case)


def add_synthetic_case(store: Store, case: SyntheticCase) -> None:
    """A made-up client's case, by the names that the CRM has for its values."""
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
            "SetOfficerID": case.officer_id,
            "StatusName": case.status,
            "City": case.city,
            "State": case.state,
            "Zip": case.zip,
            "CellPhone": case.phone,
            "Email": case.email,
        },
    )


def local_folder(store: Store, directory: Path) -> int:
    """Every PDF and image (which a run lists only where it reads them) below the folder, under its subfolder, unless it is there already; how many were found.

    Raises:
        ConfigError: it is no folder, files in it cannot be read, or they do not fit where the bytes lie.
    """
    if not directory.is_dir():
        raise ConfigError(
            "files_dir",
            what="--files names no folder.",
            mend="Name a folder with PDFs in it.",
        )
    places = _Places(store, folders(store))
    found = sorted(path for path in directory.rglob("*") if is_pdf(path) or is_image(path))
    if unreadable := sum(not os.access(path, os.R_OK) for path in found):
        raise ConfigError(
            "files_unreadable",
            what=f"{unreadable} of the {len(found)} PDFs below the folder that --files names cannot be read.",
            mend="Give yourself the right to read all of them, or take those away.",
        )
    known = {(item["name"], item.get("sha256Checksum")) for item in store.files()}
    try:
        for path in found:
            content = path.read_bytes()
            # The bytes of a file that is there already went with an earlier run's scratch.
            if (path.name, store.keep(content)) in known:
                continue
            inside = path.relative_to(directory)
            created = rfc3339(datetime.fromtimestamp(path.stat().st_mtime, UTC))
            mime = MIME_TYPES.get(path.suffix.lower(), "application/pdf")
            store.add_file(path.name, places.of(inside.parent), content, mime, created)
    except OSError as error:
        raise _not_copied(error) from None
    return len(found)


def _not_copied(error: OSError) -> ConfigError:
    """What to do where a file could not be copied into the sandbox."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ConfigError(
            "files_do_not_fit",
            what="The PDFs that --files names do not fit into the scratch space.",
            mend="Set MAILROOM_SCRATCH_DIR to a directory with more room, or name a smaller folder.",
        )
    return ConfigError(
        "files_changed",
        what=f"A PDF below the folder that --files names could not be copied ({error.strerror}).",
        mend="Start again when nothing changes the folder any more.",
    )


def is_pdf(path: Path) -> bool:
    """A regular file that is called a PDF; links may lead anywhere, and are not followed."""
    return path.suffix.lower() == ".pdf" and path.is_file() and not path.is_symlink()


def is_image(path: Path) -> bool:
    """The same for images."""
    return path.suffix.lower() in MIME_TYPES and path.is_file() and not path.is_symlink()


def cases_csv(store: Store, path: Path) -> int:
    """The cases of a CSV with the columns CaseID, FirstName, LastName, SpouseLastName, SSN; how many.

    Raises:
        ConfigError: it cannot be read, a column is missing, or a value is not what it must be; names the line.
    """
    rows = list(_rows(path))
    if not rows:
        raise _wrong("The cases file holds no case.")
    for row in rows:
        add_case(store, {**row, "SetOfficerID": OFFICER_ID, "StatusName": "Active"})
    return len(rows)


def add_case(store: Store, body: dict[str, Any]) -> None:
    """One case, in place of one with the same number."""
    store.remove_case(body["CaseID"])
    store.add("cases", body["CaseID"], {name: value for name, value in body.items() if value is not None})


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise _wrong("The file that --cases names cannot be read as text in UTF-8.") from None
    reader = csv.DictReader(lines)
    known = {name.lower(): name for name in COLUMNS}
    heads = [known.get(str(head).strip().lower().replace(" ", ""), "") for head in reader.fieldnames or []]
    missing = [name for name in NEEDED if name not in heads]
    if missing:
        raise _wrong(f"The cases file has no column {missing[0]}.")
    for values in csv.reader(lines[1:]):
        if any(value.strip() for value in values):
            yield _case(dict(zip(heads, values, strict=False)), reader.line_num)
        reader.line_num += 1


def _case(row: dict[str, str], line: int) -> dict[str, Any]:
    case: dict[str, Any] = {name: row[name].strip() for name in COLUMNS if row.get(name, "").strip()}
    if not str(case.get("CaseID", "")).isdigit():
        raise _wrong(f"Line {line + 1} of the cases file: CaseID is not a number.")
    if "SSN" in case and not re.fullmatch(r"\d{9}|[xX*]*\d{4}", re.sub(r"[\s\-.]", "", case["SSN"])):
        raise _wrong(f"Line {line + 1} of the cases file: SSN is neither nine digits nor the last four.")
    return {**case, "CaseID": int(case["CaseID"])}


def _wrong(what: str) -> ConfigError:
    return ConfigError("cases_csv", what=what, mend=f"It needs a line of headings: {', '.join(COLUMNS)}.")


class _Places:
    """Folders below the inbox by their path, made when they are first needed."""

    def __init__(self, store: Store, inbox: str) -> None:
        self._store = store
        self._made = {Path(): inbox}

    def of(self, path: Path) -> str:
        if path not in self._made:
            self._made[path] = self._store.add_folder(path.name, self.of(path.parent))
        return self._made[path]

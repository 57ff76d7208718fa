"""The sandbox's state on disk: folders and files of its Drive, cases, documents, tasks, activities of its
CRM.

One SQLite file in the state directory, and the files' bytes beside it or elsewhere. It holds client data if a
person brings their own files, so only its owner can read the directory.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailroom.errors import ConfigError

FOLDER = "application/vnd.google-apps.folder"
DATABASE = "sandbox.sqlite3"
TABLES = ("cases", "documents", "tasks", "activities")


def format_time(time: datetime | None = None) -> str:
    """Return a time (by default now) as Google writes it: RFC 3339 in UTC with milliseconds."""
    time = (time or datetime.now(UTC)).astimezone(UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def is_in_use(directory: Path) -> bool:
    """Whether a process has opened the store in this directory; also True where that cannot be found out."""
    try:
        lock = os.open(directory, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def is_sandbox(directory: Path) -> bool:
    """Whether this directory keeps a sandbox."""
    return (directory / DATABASE).is_file()


def check_state(directory: Path) -> None:
    """Make sure that a sandbox is in this directory, or that one can be made there.

    Raises:
        ConfigError: it is a file, holds something else, or cannot be read.
    """
    try:
        free = not directory.exists() or is_sandbox(directory) or not any(directory.iterdir())
    except OSError as error:
        free, problem = False, f"cannot be used ({error.strerror})"
    else:
        problem = "is not empty, and not a sandbox"
    if not free:
        raise ConfigError(
            "not_a_sandbox",
            what=f"The folder {directory} {problem}.",
            fix="Name a new or empty folder, or the folder of a sandbox.",
        )


class Store:
    """Rows are JSON objects. Used by one process; its servers call it from one event loop."""

    def __init__(self, directory: Path, blobs: Path | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(directory, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        self.blobs = blobs or directory / "blobs"
        self.blobs.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = directory / DATABASE
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # A sandbox may lose its last changes in a power cut; waiting for the disk would make it slow.
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, parent TEXT, body TEXT)")
        self._db.execute("CREATE INDEX IF NOT EXISTS files_parent ON files (parent)")
        self._db.execute("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT)")
        for table in TABLES:
            self._db.execute(
                f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY, case_id INT, body TEXT)"
            )

    def close(self) -> None:
        """Close the database, and let others remove the directory."""
        self._db.close()
        os.close(self._lock)

    def begin(self) -> None:
        """Begin a transaction: seeding is a hundred times faster in one."""
        self._db.execute("BEGIN")

    def commit(self) -> None:
        """Commit the transaction that `begin` began."""
        self._db.execute("COMMIT")

    def fact(self, name: str, make: str | None = None) -> str | None:
        """Return a stored text; if it is not there and ``make`` is given, store and return that."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        if row is None and make is not None:
            self._db.execute("INSERT INTO facts VALUES (?, ?)", (name, make))
            return make
        return row[0] if row else None

    # Drive

    def add_folder(self, name: str, parent: str | None, drive_id: str | None = None) -> str:
        """Add a folder; return its id."""
        return self._add({"name": name, "mimeType": FOLDER}, parent, drive_id)

    def add_file(
        self,
        name: str,
        parent: str,
        content: bytes,
        mime: str = "application/pdf",
        created: str | None = None,
    ) -> str:
        """Add a file with its bytes; return its id."""
        body = {
            "name": name,
            "mimeType": mime,
            "size": str(len(content)),
            "md5Checksum": hashlib.md5(content).hexdigest(),  # noqa: S324 - what Drive gives
            "sha256Checksum": self.keep_content(content),
        }
        return self._add({**body, "createdTime": created or format_time()}, parent)

    def _add(self, body: dict[str, Any], parent: str | None, drive_id: str | None = None) -> str:
        file_id = "1" + secrets.token_urlsafe(24)
        drive_id = drive_id or (self.find_file(parent).get("driveId") if parent else None)
        body = {
            "kind": "drive#file",
            "id": file_id,
            "trashed": False,
            "starred": False,
            "createdTime": format_time(),
            **body,
            "parents": [parent] if parent else [],
        }
        if drive_id:
            body["driveId"] = drive_id
        body["modifiedTime"] = body["createdTime"]
        self._db.execute("INSERT INTO files VALUES (?, ?, ?)", (file_id, parent, json.dumps(body)))
        return file_id

    def find_file(self, file_id: str) -> dict[str, Any]:
        """Return the file's resource; empty if there is no such file."""
        row = self._db.execute("SELECT body FROM files WHERE id = ?", (file_id,)).fetchone()
        return json.loads(row[0]) if row else {}

    def list_files(self, parent: str | None = None) -> Iterator[dict[str, Any]]:
        """Return all files, or those of one folder, in the order in which they were added."""
        where, values = ("", ()) if parent is None else (" WHERE parent = ?", (parent,))
        rows = self._db.execute(f"SELECT body FROM files{where} ORDER BY rowid", values)  # noqa: S608
        return (json.loads(row[0]) for row in rows.fetchall())

    def change_file(self, file_id: str, **changes: Any) -> dict[str, Any]:
        """Change properties of a file; return the changed resource."""
        body = {**self.find_file(file_id), **changes}
        parent = body["parents"][0] if body["parents"] else None
        self._db.execute(
            "UPDATE files SET parent = ?, body = ? WHERE id = ?", (parent, json.dumps(body), file_id)
        )
        return body

    def read_content(self, file_id: str) -> bytes | None:
        """Return the file's bytes; None for a folder, or if they were deleted with the scratch directory."""
        return self.read_blob(self.find_file(file_id).get("sha256Checksum", "-"))

    def read_blob(self, sha256: str) -> bytes | None:
        """Return the bytes with this SHA-256 digest; None if they are not there."""
        path = self.blobs / sha256
        return path.read_bytes() if path.is_file() else None

    def has_blob(self, sha256: str) -> bool:
        """Return whether the bytes with this SHA-256 digest are there."""
        return (self.blobs / sha256).is_file()

    def keep_content(self, content: bytes) -> str:
        """Store bytes under their SHA-256 digest; return it in hex."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.blobs / sha256
        if not path.exists():
            path.write_bytes(content)
        return sha256

    # CRM

    def add(self, table: str, case_id: int, body: dict[str, Any]) -> int:
        """Add a row to ``cases``, ``documents``, ``tasks`` or ``activities``; return its id."""
        statement = f"INSERT INTO {table} VALUES (NULL, ?, ?)"  # noqa: S608 - one of TABLES
        done = self._db.execute(statement, (case_id, json.dumps(body)))
        return int(done.lastrowid or 0)

    def change_row(self, table: str, row_id: int, **changes: Any) -> None:
        """Change properties of a row."""
        found = self._db.execute(f"SELECT body FROM {table} WHERE id = ?", (row_id,)).fetchone()  # noqa: S608 - one of TABLES
        body = json.dumps({**json.loads(found[0]), **changes})
        self._db.execute(f"UPDATE {table} SET body = ? WHERE id = ?", (body, row_id))  # noqa: S608 - likewise

    def remove_case(self, case_id: int) -> None:
        """Delete a case; its documents and tasks stay."""
        self._db.execute("DELETE FROM cases WHERE case_id = ?", (case_id,))

    def list_rows(self, table: str, case_id: int | None = None) -> list[dict[str, Any]]:
        """Return a table's rows with their ``id``, of one case or of all."""
        where, values = ("", ()) if case_id is None else (" WHERE case_id = ?", (case_id,))
        found = self._db.execute(f"SELECT id, body FROM {table}{where} ORDER BY id", values)  # noqa: S608
        return [{"id": row_id, **json.loads(body)} for row_id, body in found.fetchall()]

"""Searching everything that a run touched for what was planted.

Texts are looked at as they are, and with the escapes of URLs, JSON and HTML and Base64 undone; in lower case,
letters and digits only, so that no way of writing hides a value. SQLite files are read row by row and as
bytes, freed pages and the journal among them; of a PostgreSQL server every table of every database is read.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
import sqlite3
import stat
import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import psycopg
from sqlalchemy.engine import URL

from mailroom.privacy.processes import is_alive
from tests.end_to_end.canaries.clients import Client

# What may be between the groups of a number's digits.
GAP = "[^0-9a-z]{0,3}"
CODE_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
LETTERS, DIGITS = string.ascii_lowercase.encode(), string.digits.encode()
NOT_SQUEEZED = bytes(set(range(256)).difference(LETTERS, DIGITS))
BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}")
BETWEEN = "\n---- 0 ----\n"
SCRATCH = re.compile(r"mailroom-\d+-\w+-(\d+)-(\d+)-[0-9a-f]{8}")
SQLITE = b"SQLite format 3\x00"


@dataclass(frozen=True)
class Found:
    """A planted value that was found: what it is, and where."""

    what: str
    where: str


class Search:
    """Looks for everything about these clients."""

    def __init__(self, clients: Iterable[Client]) -> None:
        self._words: dict[bytes, str] = {}
        self._numbers: dict[bytes, re.Pattern[str]] = {}
        for client in clients:
            names = (
                client.last,
                client.spouse_last,
                client.first,
                client.spouse_first,
                client.representative,
            )
            for name in (*names, client.payer):
                self._words[_squeezed(name.lower())] = "name"
            self._words |= {_squeezed(client.email): "e-mail", _squeezed(client.street.lower()): "address"}
            ssns = [(ssn[:3], ssn[3:5], ssn[5:]) for ssn in (client.ssn, client.spouse_ssn)]
            phone = (client.phone[:3], client.phone[3:6], client.phone[6:])
            for groups in (*ssns, phone, (str(client.case_id),), tuple(client.aur.split("-"))):
                self._numbers["".join(groups).encode()] = re.compile(rf"(?<!\d){GAP.join(groups)}(?!\d)")

    def text(self, text: str, where: str) -> list[Found]:
        """What is found in a text, and in what is encoded in it."""
        plain = _plain(text)
        found = self._plain(plain, where)
        if plain != (low := text.lower()):
            found += self._plain(low, where)
        # Each run once, and all of them searched as one text: what is between them belongs to no value.
        decoded = BETWEEN.join(
            _decoded(run[start:]) for run in set(BASE64.findall(text)) for start in range(4)
        )
        return found + [Found(f"{one.what} in Base64", one.where) for one in self._plain(decoded, where)]

    def _plain(self, text: str, where: str) -> list[Found]:
        squeezed = _squeezed(text)
        found = [Found(what, where) for word, what in self._words.items() if word in squeezed]
        # Looking for all the digits first is quick, and nearly always enough.
        digits = squeezed.translate(None, LETTERS)
        return found + [
            Found("number", where)
            for number, written in self._numbers.items()
            if number in digits and written.search(text)
        ]

    def file(self, path: Path) -> list[Found]:
        """What is found in a file, its name among it."""
        content = path.read_bytes()
        found = self.text(str(path), f"name of {path}")
        found += self.text(content.decode("utf-8", "ignore"), str(path))
        if content.startswith(SQLITE):
            found += self.database(path)
        return found

    def database(self, path: Path) -> list[Found]:
        """What is found in the rows of an SQLite database, by table and column."""
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as opened:
            return [
                found for where, text in _cells(opened) for found in self.text(text, f"{path.name}: {where}")
            ]

    def server(self, url: URL) -> list[Found]:
        """What is found in the rows of all databases of a PostgreSQL server, by table and column."""
        with _connect(url) as opened:
            names = opened.execute("SELECT datname FROM pg_database WHERE NOT datistemplate").fetchall()
        return [
            found
            for (name,) in names
            for where, text in _cells_of_server(url.set(database=name))
            for found in self.text(text, f"{name}: {where}")
        ]

    def tree(self, *roots: Path, newer_than: float = 0.0, but: Iterable[Path] = ()) -> list[Found]:
        """What is found in the files below these directories that were changed since a point in time."""
        return [
            found
            for root in roots
            for path in _files(root, newer_than, list(but))
            for found in self._file_if_it_stays(path)
        ]

    def _file_if_it_stays(self, path: Path) -> list[Found]:
        """What is found in a file; nothing if it goes meanwhile, as the data files of coverage do."""
        try:
            return self.file(path)
        except (FileNotFoundError, sqlite3.OperationalError):
            if path.exists():
                raise
            return []


def _files(root: Path, newer_than: float, but: list[Path]) -> Iterator[Path]:
    """Regular files; one that goes while it is looked for is skipped.

    Scratch of other live processes is left out: another test's run may have a client of the same name.
    """
    left_out = {os.fspath(path) for path in but}
    for directory, folders, files in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if os.path.join(directory, name) not in left_out and not _is_scratch_of_another(name)  # noqa: PTH118 - of many thousands
        ]
        for name in files:
            path = os.path.join(directory, name)  # noqa: PTH118 - likewise
            try:
                found = os.lstat(path)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(found.st_mode) and found.st_mtime >= newer_than:
                yield Path(path)


def _is_scratch_of_another(name: str) -> bool:
    found = SCRATCH.fullmatch(name)
    return found is not None and int(found[1]) != os.getpid() and is_alive(int(found[1]), int(found[2]))


def _cells(opened: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Each table's columns, all rows of one joined: where it is, and its text."""
    tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        rows = opened.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the database's own names
        yield from _columns(table, [column[0] for column in rows.description], rows.fetchall())


def _connect(url: URL) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _cells_of_server(url: URL) -> Iterator[tuple[str, str]]:
    """The same for one database of a PostgreSQL server."""
    tables = (
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT LIKE ALL (ARRAY['pg\\_%', 'inf%'])"
    )
    with _connect(url) as opened:
        for schema, table in opened.execute(tables).fetchall():
            rows = opened.execute(f'SELECT * FROM "{schema}"."{table}"'.encode())  # noqa: S608 - likewise
            yield from _columns(table, [column.name for column in rows.description or ()], rows.fetchall())


def _columns(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, str]]:
    for number, column in enumerate(columns):
        texts = [_as_text(row[number]) for row in rows if row[number] is not None]
        yield f"{table}.{column}", "\n".join(texts)


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _plain(text: str) -> str:
    """Escapes of URLs, JSON, `repr` and HTML undone, accents dropped, in lower case."""
    read = CODE_ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
    read = html.unescape(unquote_plus(read, errors="ignore") if "%" in read else read)
    return (read if read.isascii() else unicodedata.normalize("NFKD", read)).lower()


def _squeezed(text: str) -> bytes:
    return text.encode("ascii", "ignore").translate(None, NOT_SQUEEZED)


def _decoded(run: str) -> str:
    return base64.b64decode(run[: len(run) // 4 * 4]).decode("utf-8", "ignore").lower()

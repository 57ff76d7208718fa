"""Sealing what the ledger keeps of a client, and keyed marks that stand for it.

Authenticated encryption by Fernet (cryptography's recipe of AES-128-CBC and HMAC-SHA256). The key comes from
``MAILROOM_LEDGER_KEY``, or from a 0600 file beside the SQLite ledger, made at first use. Several keys, parted
by commas, open what any of them sealed; the first one seals.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailroom.errors import ConfigError

SHORTEST_KEY = 16


class LedgerKey:
    """Seals and opens texts. Shows nothing of itself."""

    def __init__(self, text: str) -> None:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts or min(map(len, parts)) < SHORTEST_KEY:
            raise ConfigError(
                "ledger_key_short",
                what="The ledger's key is shorter than 16 characters.",
                mend="Set MAILROOM_LEDGER_KEY to a long random text, as `openssl rand -hex 32` gives.",
            )
        self._fernet = MultiFernet([Fernet(_derived(part)) for part in parts])

    def __repr__(self) -> str:
        return "LedgerKey(…)"

    def seal(self, text: str) -> str:
        """The text, readable only with this key; two seals of one text differ."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text that was sealed.

        Raises:
            ConfigError: it was sealed with another key, or was changed.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise wrong_key() from None


def wrong_key() -> ConfigError:
    """The ledger was sealed with another key."""
    return ConfigError(
        "ledger_key_wrong",
        what="The ledger was sealed with another key; nothing was changed in it.",
        mend="Set MAILROOM_LEDGER_KEY to the key it was made with, or put its ledger.key file back.",
    )


def keyed_mark(key: str, *parts: str) -> str:
    """26 letters and digits that stand for ``parts`` and tell nothing of them without the key."""
    digest = hmac.new(key.encode(), "\x1f".join(parts).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:26]


def key_beside(database: Path) -> LedgerKey:
    """The key in the file beside a SQLite ledger; made, for its owner only, when there is no ledger yet.

    Raises:
        ConfigError: the ledger is there and its key file is not, or it cannot be read or made.
    """
    path = database.with_name("ledger.key")
    if not path.exists():
        if database.exists() and database.stat().st_size > 0:
            raise ConfigError(
                "ledger_key_missing",
                what=f"The ledger is there, but its key file {path} is not.",
                mend="Put the file back, or set MAILROOM_LEDGER_KEY to what it held.",
            )
        _make(path)
    try:
        return LedgerKey(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            "ledger_key_unreadable",
            what=f"The ledger's key file {path} cannot be read.",
            mend="Give the account that runs the mail room the right to read it.",
        ) from None


def _make(path: Path) -> None:
    """Write a new key whole or not at all; of two processes that do so at once, the first one's stays."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    except OSError as error:
        raise ConfigError(
            "ledger_key_unwritable",
            what=f"The ledger's key file {path} cannot be written: {error.strerror}.",
            mend="Make room on its disk and give this user the right to write there.",
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def _derived(text: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mailroom ledger seal").derive(
        text.encode()
    )
    return base64.urlsafe_b64encode(derived)

"""Encrypts what the ledger keeps of a client, and makes keyed marks of it.

Authenticated encryption by Fernet (cryptography's recipe of AES-128-CBC and HMAC-SHA256). The key comes from
``MAILROOM_LEDGER_KEY``, from the Prefect block ``secret/mailroom-ledger-key``, or from a 0600 file beside the
SQLite ledger, made at first use. Several keys, separated by commas, decrypt what any of them encrypted. The
ledger says which of them encrypts (`mailroom.ledger.key_rotation`), so that a change of keys takes effect for
every process at the same time.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailroom.errors import ConfigError

SHORTEST_KEY = 16
OWNER_ONLY = 0o600
# A file that another process is just writing is younger.
PARTIAL_SECONDS = 60.0


class LedgerKey:
    """Encrypts and decrypts texts. Shows nothing of itself.

    Args:
        text: one key or several, separated by commas, the newest first.
        reread: gives the text again, where its source may change under a process that continues.
    """

    def __init__(self, text: str, reread: Callable[[], str] | None = None) -> None:
        self._set_keys(_derive_keys(text))
        self._reread = reread
        # What `choose_like` found last: nearly all texts of a process are encrypted like one token.
        self._chosen: tuple[str, Fernet] | None = None

    def __repr__(self) -> str:
        return "LedgerKey(…)"

    def __len__(self) -> int:
        return len(self._keys)

    def encrypt(self, text: str) -> str:
        """The text, encrypted with the first key; two encryptions of one text differ."""
        return self._fernet.encrypt(text.encode()).decode()

    def encrypt_like(self, token: str, text: str) -> str:
        """The text, encrypted with the key that encrypted ``token``.

        Raises:
            ConfigError: that key is not available.
        """
        return self.choose_like(token)(text)

    def choose_like(self, token: str) -> Callable[[str], str]:
        """What encrypts texts with the key that encrypted ``token``; for many texts in one transaction.

        Raises:
            ConfigError: that key is not available.
        """
        if self._chosen is None or self._chosen[0] != token:
            self.decrypt(token)
            self._chosen = token, next(key for key in map(Fernet, self._keys) if _decrypts(key, token))
        same = self._chosen[1]
        return lambda text: same.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The text that was encrypted.

        Raises:
            ConfigError: it was encrypted with another key, or was changed.
        """
        return self._try_keys(lambda: self._fernet.decrypt(token.encode())).decode()

    def reencrypt(self, token: str) -> str:
        """The same text, encrypted with the first key.

        Raises:
            ConfigError: as `decrypt`.
        """
        return self._try_keys(lambda: self._fernet.rotate(token.encode())).decode()

    def is_current(self, token: str) -> bool:
        """Whether it was encrypted with the first key."""
        return _decrypts(Fernet(self._keys[0]), token)

    def derive_marker_key(self) -> str:
        """The key of a new ledger's markers: the same for every ledger that is begun with this key.

        Of several keys the oldest one counts, since earlier markers were made with it.
        """
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mailroom delivery markers")
        return base64.urlsafe_b64encode(hkdf.derive(self._keys[-1])).decode()

    def reload(self) -> None:
        """Read the source again: `keys rotate` may have put a new key there. Keys known before stay known."""
        if self._reread is not None:
            self._set_keys([*_derive_keys(self._reread()), *self._keys])

    def _set_keys(self, keys: Iterable[bytes]) -> None:
        self._keys = list(dict.fromkeys(keys))
        self._fernet = MultiFernet([Fernet(key) for key in self._keys])

    def _try_keys(self, call: Callable[[], bytes]) -> bytes:
        """The call's result with the keys that are known, else with those that the source holds now."""
        with contextlib.suppress(InvalidToken):
            return call()
        self.reload()
        try:
            return call()
        except InvalidToken:
            raise wrong_key() from None


def wrong_key() -> ConfigError:
    """Return the error for a ledger that is encrypted with another key."""
    return ConfigError(
        "ledger_key_wrong",
        what="The ledger is encrypted with another key. Nothing in it was changed.",
        fix="If its key file is beside it, do not set MAILROOM_LEDGER_KEY or the block secret/mailroom-ledger-key. "
        "Else set one of them to the ledger's key (after `keys rotate` the new one), or restore the key file.",
    )


def keyed_hash(key: str, *parts: str) -> str:
    """26 letters and digits that stand for ``parts`` and tell nothing of them without the key."""
    digest = hmac.new(key.encode(), "\x1f".join(parts).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:26]


class KeyFile:
    """The key in the file beside a SQLite ledger: one key, or the new and the old one during a change."""

    def __init__(self, database: Path) -> None:
        self.database = database
        # Each ledger has its own: two in one folder must not lose their key to each other's change.
        own = "ledger.key" if database.name == "ledger.sqlite3" else f"{database.name}.key"
        beside = database.with_name(own)
        # Where a link leads to the place of secrets, the key is changed there and not put in the link's
        # place.
        self.path = beside.resolve() if beside.is_symlink() else beside

    def key(self) -> LedgerKey:
        """The key; made, for its owner only, when there is no ledger yet.

        Raises:
            ConfigError: the ledger is there and its key file is not, or it cannot be read or made.
        """
        if not self.path.exists():
            has_ledger = self.database.exists() and self.database.stat().st_size > 0
            # Checked again: another process may have made both since.
            if has_ledger and not self.path.exists():
                raise ConfigError(
                    "ledger_key_missing",
                    what=f"The ledger is there, but its key file {self.path} is not.",
                    fix="Put the file back, or set MAILROOM_LEDGER_KEY to what it held.",
                )
            self._make()
        return LedgerKey(self.read(), self.read)

    def read(self) -> str:
        """What the file holds.

        Raises:
            ConfigError: it cannot be read.
        """
        try:
            if self.path.stat().st_mode & 0o077:
                # Put back from a backup, as likely as not; what others may have read of it is not undone.
                self.path.chmod(OWNER_ONLY)
            return self.path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise ConfigError(
                "ledger_key_unreadable",
                what=f"The ledger's key file {self.path} cannot be read.",
                fix="Give the account that runs the mail room permission to read it.",
            ) from None

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """One change of keys at a time.

        Raises:
            ConfigError: another one is under way.
        """
        with self.path.with_name(f"{self.path.name}.lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigError(
                    "keys_rotate_under_way",
                    what="Another `keys rotate` of this ledger is under way.",
                    fix="Wait until it ends. If it was killed, start the command again; it continues where it stopped.",
                ) from None
            self._sweep()
            yield

    def _sweep(self) -> None:
        """Remove what a killed change or making left half done: it holds a key."""
        for partial in self.path.parent.glob(f".{self.path.name}.{'[0-9a-f]' * 16}"):
            with contextlib.suppress(OSError):
                if time.time() - partial.stat().st_mtime > PARTIAL_SECONDS:
                    partial.unlink()

    def add_new_key(self) -> None:
        """Put a new key before the present one; where two stand there, a change was broken off and continues.

        Raises:
            ConfigError: it cannot be read or written; the present key stands.
        """
        text = self.read()
        if len(_derive_keys(text)) == 1:
            with self._written(f"{secrets.token_urlsafe(32)},{text.strip()}") as partial:
                partial.replace(self.path)

    def keep_first_key(self) -> None:
        """Nothing is encrypted with the others any more.

        Raises:
            ConfigError: it cannot be read or written; all of them stand.
        """
        with self._written(_split_keys(self.read())[0]) as partial:
            partial.replace(self.path)

    def _make(self) -> None:
        """Write a new key whole or not at all; of two processes that do so at once, the first one's stays."""
        with self._written(secrets.token_urlsafe(32)) as partial, contextlib.suppress(FileExistsError):
            os.link(partial, self.path)

    @contextlib.contextmanager
    def _written(self, text: str) -> Iterator[Path]:
        """A file beside the key file, for its owner only, that holds the text also after a power cut.

        What is made of it in the block stands after one too; the file itself is gone after the block.

        Raises:
            ConfigError: it cannot be written, or nothing can be made of it.
        """
        partial = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            yield partial
            _sync_folder(self.path)
        except OSError as error:
            raise ConfigError(
                "ledger_key_unwritable",
                what=f"The ledger's key file {self.path} cannot be written: {error.strerror}.",
                fix="Free space on its disk, and give this user permission to write there.",
            ) from None
        finally:
            partial.unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    """A name in a folder stands after a power cut only when the folder was written too."""
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _split_keys(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _derive_keys(text: str) -> list[bytes]:
    """The Fernet keys that are derived from the keys in the text.

    Raises:
        ConfigError: one of them is too short.
    """
    keys = _split_keys(text)
    if not keys or min(map(len, keys)) < SHORTEST_KEY:
        raise ConfigError(
            "ledger_key_short",
            what="The ledger's key is shorter than 16 characters.",
            fix="Set MAILROOM_LEDGER_KEY to a long random text, as `openssl rand -hex 32` gives.",
        )
    return list(map(_derive_key, keys))


def _derive_key(text: str) -> bytes:
    # The info is part of every key that is in use: never change it.
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mailroom ledger seal")
    return base64.urlsafe_b64encode(hkdf.derive(text.encode()))


def _decrypts(key: Fernet, token: str) -> bool:
    try:
        key.decrypt(token.encode())
    except InvalidToken:
        return False
    return True

"""Types of settings: what they accept, and why they refuse the rest. A message names the problem, never the
value.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, JsonValue, SecretStr


def blank_to_none(value: object) -> object:
    """None for a text or secret of nothing but spaces; any other value as it is."""
    bare = value.get_secret_value() if isinstance(value, SecretStr) else value
    return None if isinstance(bare, str) and not bare.strip() else value


def check_root(value: object) -> object:
    """An http(s) address; paths are appended to it, so it ends in a slash."""
    value = check_address(value)
    if not isinstance(value, str):
        return value
    if "?" in value or "#" in value:
        raise ValueError("must end with its path, without ? and #")
    if is_unencrypted(value):
        raise ValueError("must begin with https:// (http:// sends documents and keys unencrypted)")
    return value if value.endswith("/") else f"{value}/"


def check_address(value: object) -> object:
    """An http(s) address of a host."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// (or http:// for a server on this machine)")
    try:
        address = urlsplit(value)
        host, port = address.hostname, address.port
        # What cannot be asked for in the domain name system fails here, and not at the first call.
        (host or "").encode("idna").decode("idna")
    except ValueError:
        host = port = None
    if not host or port == 0 or not value.isprintable() or " " in value:
        raise ValueError("must name a host, if any a port from 1 to 65535, and hold no spaces")
    return value


def is_unencrypted(address: str) -> bool:
    """Whether what is sent to this address crosses a network unencrypted."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        here = (ip := ip_address(host)).is_loopback or ip.is_unspecified
    except ValueError:
        here = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "http" and not here


def check_token(value: object) -> object:
    """A secret that is sent in a header; a line end that it has in a file is removed."""
    bare = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(bare, str):
        return value
    bare = bare.strip()
    if not (bare.isascii() and bare.isprintable()) or " " in bare:
        raise ValueError("must be plain letters, digits and signs (ASCII), without spaces or line ends")
    return SecretStr(bare)


def check_email(value: object) -> object:
    """An e-mail address of one person or list, as a secret, so that no message shows it."""
    bare = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(bare, str):
        return value
    bare = bare.strip()
    if bare and not (len(bare) <= LONGEST_EMAIL and re.fullmatch(EMAIL, bare, re.ASCII)):
        raise ValueError("must be one e-mail address, such as mailroom@firm.example")
    return SecretStr(bare)


def check_absolute(value: object) -> object:
    """A path that means the same place from every working directory; ``~`` is this user's home."""
    if not isinstance(value, (str, Path)):
        return value
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("begins with ~, but this user has no home folder") from None
    if not path.is_absolute():
        raise ValueError(
            "must be an absolute path, or begin with ~/: a relative one depends on the working directory"
        )
    return path


# What mail servers accept in practice; RFC 5321 limits the length.
EMAIL = r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
LONGEST_EMAIL = 254

Blankable = BeforeValidator(blank_to_none)
OptionalText = Annotated[str | None, Blankable]
OptionalSecret = Annotated[SecretStr | None, Blankable]
OptionalToken = Annotated[SecretStr | None, BeforeValidator(check_token), Blankable]
OptionalEmail = Annotated[SecretStr | None, BeforeValidator(check_email), Blankable]
AbsolutePath = Annotated[Path, BeforeValidator(check_absolute)]
OptionalPath = Annotated[Path | None, BeforeValidator(check_absolute), Blankable]
Root = Annotated[str, BeforeValidator(check_root)]
OptionalRoot = Annotated[str | None, BeforeValidator(check_root), Blankable]
OptionalAddress = Annotated[str | None, BeforeValidator(check_address), Blankable]


def in_words(default: str) -> dict[str, JsonValue]:
    """What docs/settings.md gives as the default of a setting whose default depends on the machine.

    For the argument ``json_schema_extra`` of a field.
    """
    return {"default_in_words": default}

"""Shows which proxy and which certificates the calls to Drive and Logiqs use. Never shows a login."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.request import getproxies

from mailroom.doctor.configuration import format_address
from mailroom.doctor.lines import Line, ok, wrong
from mailroom.errors import ConfigError
from mailroom.http_client import TimedClient

PROXY, CERTIFICATES = "proxy", "certificates"
# httpx uses the first of these that is set.
CERTIFICATE_SETTINGS = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def check_network() -> Iterator[Line]:
    """Yield a line for the proxy and one for the certificates; a wrong one where they cannot be used."""
    try:
        TimedClient(1.0).close()
    except ConfigError as error:
        topic = PROXY if error.code == "proxy_setting" else CERTIFICATES
        yield wrong(topic, error.what, error.fix)
        return
    yield ok(PROXY, _describe_proxies())
    named = next((name for name in CERTIFICATE_SETTINGS if os.environ.get(name)), None)
    yield ok(
        CERTIFICATES,
        f"{named} = {os.environ[named]}" if named else "the public ones that Python's certifi package holds",
    )


def _describe_proxies() -> str:
    """The proxies of the environment, or of the system on macOS, as httpx reads them."""
    found = getproxies()
    exempt = [*filter(None, map(str.strip, found.get("no", "").split(",")))]
    used = [kind for kind in ("http", "https", "all") if found.get(kind)]
    if not used or "*" in exempt:
        return "none is used"
    shown = [f"{kind.upper()}_PROXY = {format_address(_complete(found[kind]))}" for kind in used]
    return ", ".join([*shown, f"NO_PROXY = {','.join(exempt)}" if exempt else "NO_PROXY is not set"])


def _complete(address: str) -> str:
    return address if "://" in address else f"http://{address}"

"""The proxy and the certificates that calls use, without a login."""

from pathlib import Path

import pytest

from mailroom.doctor.network import check_network

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set."""
    for name in (*NAMES, *map(str.lower, NAMES), "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_without_settings() -> None:
    """Calls go directly, and the public certificates count."""
    proxy, certificates = check_network()
    assert (proxy.level, proxy.words) == ("ok", "none is used")
    assert (certificates.level, "certifi" in certificates.words) == ("ok", True)


def test_what_is_set_is_shown_without_its_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An address may be without a scheme."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:made-up@proxy.example:3128")
    monkeypatch.setenv("ALL_PROXY", "other:made-up@proxy.example:3129")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    proxy, certificates = check_network()
    assert proxy.words == (
        "HTTPS_PROXY = http://proxy.example:3128, ALL_PROXY = http://proxy.example:3129, NO_PROXY is not set"
    )
    assert certificates.words == f"SSL_CERT_DIR = {tmp_path}"
    monkeypatch.setenv("NO_PROXY", "localhost, .firm.example")
    assert next(check_network()).words.endswith("NO_PROXY = localhost,.firm.example")
    monkeypatch.setenv("NO_PROXY", "*")
    assert next(check_network()).words == "none is used"


def test_what_cannot_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A proxy of another kind, and certificates that cannot be read."""
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy.example")
    assert [(line.topic, line.level) for line in check_network()] == [("proxy", "wrong")]
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert [(line.topic, line.level) for line in check_network()] == [("certificates", "wrong")]

"""Bearer tokens of the sandbox's Drive, and the token server for service accounts.

The server takes the JWT grant as Google's does (RFC 7523): an RS256 assertion signed with the account's key.
Its error messages are those that issues of Google's client libraries quote.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mailroom.sandbox.faults import Behaviour

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DRIVE_SCOPE = "https://www.googleapis.com/auth/drive"
# Seconds: the longest life of an assertion, and how far a clock may be off.
LIFETIME, SKEW = 3600, 300

SHORT_LIVED = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)
# Fault name → status, OAuth code, description.
REFUSALS = {
    "invalid_grant": (400, "invalid_grant", "Invalid JWT Signature."),
    "short_lived_token": (400, "invalid_grant", SHORT_LIVED),
    "unauthorized_client": (
        401,
        "unauthorized_client",
        "Client is unauthorized to retrieve access tokens using this method.",
    ),
}


class Refused(Exception):
    """The assertion is not accepted; the message names one of `REFUSALS`."""


@dataclass(frozen=True)
class Account:
    """A service account: its public key, and the users that it may act for."""

    public_key: rsa.RSAPublicKey
    subjects: frozenset[str]


class Tokens:
    """The valid bearer tokens: the sandbox's own, and those granted here."""

    def __init__(self, own: str, behaviour: Behaviour) -> None:
        self._own, self._behaviour = own, behaviour
        self._accounts: dict[str, Account] = {}
        self._given: set[str] = set()

    def register(self, told: dict[str, Any]) -> None:
        """Register a service account: ``email``, ``public_key`` (PEM), and ``subjects``."""
        key = serialization.load_pem_public_key(told["public_key"].encode())
        if not isinstance(key, rsa.RSAPublicKey):
            raise TypeError(told["email"])
        self._accounts[told["email"]] = Account(key, frozenset(told.get("subjects", ())))

    def accepts(self, authorization: str) -> bool:
        """Return whether the token in this ``Authorization`` header is valid."""
        given = authorization.removeprefix("Bearer ")
        return hmac.compare_digest(authorization, f"Bearer {self._own}") or given in self._given

    async def grant(self, request: Request) -> Response:
        """Handle ``POST /token``: return a bearer token for a valid assertion."""
        form = parse_qs((await request.body()).decode())
        if form.get("grant_type") != [GRANT] or "assertion" not in form:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        try:
            self._check(form["assertion"][0])
        except Refused as refused:
            status, code, description = REFUSALS[str(refused)]
            return JSONResponse({"error": code, "error_description": description}, status)
        token = secrets.token_urlsafe(24)
        self._given.add(token)
        return JSONResponse({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _check(self, assertion: str) -> None:
        for name in REFUSALS:
            if self._behaviour.hits(name, "token"):
                raise Refused(name)
        try:
            head, claims, signature = map(_decode, assertion.split("."))
            said = json.loads(claims)
            account = self._accounts[said["iss"]]
            signed = assertion.rpartition(".")[0].encode()
            account.public_key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
            is_rs256 = json.loads(head)["alg"] == "RS256"
        except (ValueError, LookupError, TypeError, InvalidSignature):
            is_rs256 = False
        if not is_rs256:
            raise Refused("invalid_grant")
        now = time.time()
        if said["exp"] - said["iat"] > LIFETIME or not said["iat"] - SKEW <= now <= said["exp"]:
            raise Refused("short_lived_token")
        wrong_scope = DRIVE_SCOPE not in said.get("scope", "").split()
        if wrong_scope or ("sub" in said and said["sub"] not in account.subjects):
            raise Refused("unauthorized_client")


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

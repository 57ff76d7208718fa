"""Service accounts of the sandbox's Drive: keys as the Google Cloud console gives them out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mailroom.sandbox.launcher import Sandbox


def create_service_account(email: str, token_uri: str) -> tuple[dict[str, str], str]:
    """Return a service account's JSON key, as the Cloud console issues it, and its public key (PEM)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    told = {
        "type": "service_account",
        "project_id": "made-up-project",
        "private_key_id": secrets.token_hex(20),
        "private_key": private.decode(),
        "client_email": email,
        "client_id": str(secrets.randbits(64)),
        "token_uri": token_uri,
    }
    return told, public.decode()


def add_service_account(sandbox: Sandbox, email: str, subjects: Sequence[str] = ()) -> dict[str, str]:
    """Return the JSON key of a new service account that the sandbox's Drive accepts, also for these users."""
    key, public_key = create_service_account(email, f"{sandbox.pages['drive']}token")
    sandbox.accept_account(email, public_key, subjects)
    return key

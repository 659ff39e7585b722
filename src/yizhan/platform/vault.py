"""The secret of this installation: seals what must not lie open in the database.

A value is sealed with AES-256-GCM under a key derived from the secret, and bound to the row it
belongs to, so that a sealed value copied to another row does not open there. What must be found
without being opened is looked up by a keyed hash (HMAC-SHA256) under a second key.
"""

import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
_NONCE_BYTES = 12


class VaultTrouble(RuntimeError):
    """The vault is shut, or a value was not sealed by this installation."""


class Vault:
    """Seals and finds under one secret. Its ``repr`` tells nothing."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise VaultTrouble(f"The secret must have at least {SECRET_BYTES} bytes.")
        self._sealing = AESGCM(_derive(secret, b"seal"))
        self._finding = _derive(secret, b"find")

    def seal(self, text: str, *, bound_to: bytes) -> bytes:
        """*text*, readable only here and only together with the same *bound_to*."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, text.encode(), bound_to)

    def unseal(self, sealed: bytes, *, bound_to: bytes) -> str:
        """What was sealed. Raises `VaultTrouble` for another secret, row or changed bytes."""
        try:
            plain = self._sealing.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
        except InvalidTag:
            raise VaultTrouble(
                "A sealed value does not open: the secret of this installation is not the one "
                "it was sealed with. Put the original secret file back."
            ) from None
        return plain.decode()

    def fingerprint(self, text: str) -> bytes:
        """A keyed hash that is the same for the same text: 32 bytes, for equality only."""
        return hmac.digest(self._finding, text.encode(), sha256)


_open: list[Vault] = []


def unlock(secret: bytes) -> None:
    """Open the vault of this process; done once at start by whoever composes it."""
    _open[:] = [Vault(secret)]


def current() -> Vault:
    """The open vault. Raises `VaultTrouble` when nobody unlocked it."""
    if not _open:
        raise VaultTrouble("The vault is shut: unlock it with the installation's secret first.")
    return _open[0]


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"yizhan/" + purpose).derive(secret)

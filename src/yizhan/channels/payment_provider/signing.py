"""The signature agreed on with the provider: HMAC-SHA256 over a purpose and sorted parameters."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

CLOCK_SECONDS = 300
"""How far a message's moment may be from ours."""
_FORM = "%Y-%m-%dT%H:%M:%SZ"


def _mac(secret: bytes, purpose: str, parameters: Mapping[str, str]) -> HMAC:
    said = "&".join(f"{k}={v}" for k, v in sorted(parameters.items()) if k != "sign" and v != "")
    mac = HMAC(secret, SHA256())
    mac.update(f"{purpose}\n{said}".encode())
    return mac


def sign(secret: bytes, purpose: str, parameters: Mapping[str, str]) -> str:
    """The signature in hex."""
    return _mac(secret, purpose, parameters).finalize().hex()


def signed(
    secret: bytes, purpose: str, parameters: Mapping[str, str], *, now: datetime
) -> dict[str, str]:
    """The parameters with moment, nonce and signature."""
    whole = {
        **parameters,
        "timestamp": now.astimezone(UTC).strftime(_FORM),
        "nonce": secrets.token_hex(16),
    }
    return {**whole, "sign": sign(secret, purpose, whole)}


def fault(secret: bytes, purpose: str, parameters: Mapping[str, str], *, now: datetime) -> str:
    """What is wrong with a signed message; empty if nothing is."""
    try:
        given = bytes.fromhex(parameters.get("sign", ""))
        _mac(secret, purpose, parameters).verify(given)
    except (ValueError, InvalidSignature):
        return "bad signature"
    moment = moment_of(parameters.get("timestamp", ""))
    if moment is None or not parameters.get("nonce"):
        return "no moment or nonce"
    if abs((now - moment).total_seconds()) > CLOCK_SECONDS:
        return "stale"
    return ""


def moment_of(text: str) -> datetime | None:
    """A moment as the provider writes it; None for anything else."""
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None

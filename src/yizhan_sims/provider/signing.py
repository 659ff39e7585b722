"""The provider's signature: HMAC-SHA256 over the purpose and the sorted parameters."""

import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

CLOCK_SECONDS = 300


def sign(secret: bytes, purpose: str, parameters: Mapping[str, str]) -> str:
    """The signature in hex."""
    said = "&".join(f"{k}={v}" for k, v in sorted(parameters.items()) if k != "sign" and v != "")
    return hmac.new(secret, f"{purpose}\n{said}".encode(), sha256).hexdigest()


def signed(secret: bytes, purpose: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters with moment, nonce and signature."""
    whole = {
        **parameters,
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "nonce": secrets.token_hex(16),
    }
    return {**whole, "sign": sign(secret, purpose, whole)}


def fault(secret: bytes, purpose: str, parameters: Mapping[str, str]) -> str:
    """What is wrong with a signed message; empty if nothing is."""
    if not hmac.compare_digest(
        sign(secret, purpose, parameters).encode(), parameters.get("sign", "").encode()
    ):
        return "bad signature"
    try:
        said = datetime.strptime(parameters["timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return "no timestamp"
    if purpose.startswith("GET"):
        return (
            ""
            if parameters.get("expires_at", "9") > f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            else "link has expired"
        )
    if abs((datetime.now(UTC) - said).total_seconds()) > CLOCK_SECONDS:
        return "stale timestamp"
    return ""

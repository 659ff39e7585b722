"""Calling somebody else's listener without being led astray.

A callback is an address a client gave us. Unless the operator allows it, it must not lead to a
private, loopback or otherwise special address, neither when it is given nor when it is called: the
name is resolved here, every address it has is judged, and the call goes to the very address that
was judged. Redirects are not followed.
"""

import asyncio
import ipaddress
import socket
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
import msgspec

from yizhan.kernel.errors import Invalid, Refused

TIMEOUT_SECONDS = 5.0


async def check(address: str, *, private: bool) -> None:
    """Raise ``Invalid`` or ``Refused`` for a callback that may not be called."""
    await _judged(_parts(address), private=private)


async def send(address: str, body: Any, *, private: bool) -> str | None:
    """POST *body* as JSON; why it failed, or None when the listener took it.

    Raises ``Refused`` for an address that may not be called.
    """
    parts = _parts(address)
    host = await _judged(parts, private=private)
    port = f":{parts.port}" if parts.port else ""
    shown = f"[{host}]" if ":" in host else host
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            answer = await client.post(
                parts._replace(netloc=f"{shown}{port}").geturl(),
                content=msgspec.json.encode(body),
                headers={
                    "Content-Type": "application/json;charset=utf-8",
                    "Host": f"{parts.hostname}{port}",
                },
                extensions={"sni_hostname": parts.hostname or ""},
            )
    except httpx.HTTPError as error:
        return type(error).__name__
    if 200 <= answer.status_code < 300:
        return None
    return f"status {answer.status_code}"


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
        or parts.query
        or parts.fragment
        or port == 0
        or len(address) > 500
    ):
        raise Invalid("A callback is an http or https address without a query.", field="callback")
    return parts


async def _judged(parts: SplitResult, *, private: bool) -> str:
    """An address of the host that may be called."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("The host of this callback cannot be found.", field="callback") from None
    addresses = [str(one[4][0]) for one in found]
    if not private and not all(public(address) for address in addresses):
        raise Refused("A callback to a private address is not allowed here.", field="callback")
    return addresses[0]


def public(address: str) -> bool:
    """Whether an address is one of the open internet."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast

"""Finds a port to listen on, and says how a browser gets there."""

import socket
import time
from collections.abc import Collection

from yizhan.commands._settings import CommandTrouble
from yizhan.settings import Settings

_TRIES = 50
_PATIENCE_SECONDS = 3.0


def free_port(host: str, port: int, *, only: bool, but: Collection[int] = ()) -> int:
    """`port` if it is free, else the next free one; `only` allows no other.

    A port that a killed predecessor held is given a moment to come free; `but` are promised to
    somebody who does not listen yet. Raises `CommandTrouble`.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while port in but or not _is_free(host, port):
        if time.monotonic() > deadline:
            break
        if not only:
            for other in range(port + 1, min(port + _TRIES, 65536)):
                if other not in but and _is_free(host, other):
                    return other
        time.sleep(0.1)
    else:
        return port
    raise CommandTrouble(
        f"Port {port} of {host} is taken by another program. Choose one with --port."
    )


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (socket.EAI_ADDRFAMILY, 99, 13):
                raise CommandTrouble(
                    f"Cannot listen on {host}, port {port}: {error.strerror}."
                ) from error
            return False
        return True


def shown_address(settings: Settings) -> str:
    """The address to type into a browser."""
    if settings.public_url:
        return settings.public_url
    host = settings.host
    if host in ("0.0.0.0", ""):  # noqa: S104
        host = "127.0.0.1"
    return f"http://[{host}]:{settings.port}/" if ":" in host else f"http://{host}:{settings.port}/"

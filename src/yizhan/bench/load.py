"""A lean HTTP client for measuring: many kept-alive connections, each waiting for its answer.

It runs in a process of its own, so that the server under measure pays only for itself.
"""

import asyncio
import time
from collections.abc import Callable

import msgspec

Request = Callable[[int], bytes]
"""Number of the client -> the bytes to send."""


class Load(msgspec.Struct, frozen=True):
    """What a run of requests came to. Latencies in milliseconds."""

    requests: int
    seconds: float
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float
    failed: int
    statuses: dict[str, int]


def request(
    method: str, path: str, *, host: str, headers: dict[str, str], body: bytes = b""
) -> bytes:
    """An HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: keep-alive"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def run(
    host: str, port: int, make: Request, *, clients: int, seconds: float, warm_up: float = 1.0
) -> Load:
    """Keep *clients* connections busy for *seconds* after *warm_up*."""
    started = time.perf_counter()
    begin, end = started + warm_up, started + warm_up + seconds
    taken: list[float] = []
    statuses: dict[str, int] = {}

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            while (now := time.perf_counter()) < end:
                writer.write(make(number))
                status = await _answer(reader)
                after = time.perf_counter()
                if now >= begin:
                    taken.append(after - now)
                    statuses[status] = statuses.get(status, 0) + 1
        finally:
            writer.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return _summary(taken, statuses, seconds)


async def _answer(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = 0
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
        elif name.lower() == "transfer-encoding":
            raise ValueError("The bench reads answers of known length only.")
    if length:
        await reader.readexactly(length)
    return head[9:12]


def _summary(taken: list[float], statuses: dict[str, int], seconds: float) -> Load:
    taken.sort()

    def at(share: float) -> float:
        return round(taken[min(len(taken) - 1, int(len(taken) * share))] * 1000, 2)

    if not taken:
        return Load(0, seconds, 0, 0, 0, 0, 0, 0, statuses)
    return Load(
        requests=len(taken),
        seconds=seconds,
        per_second=round(len(taken) / seconds, 1),
        p50_ms=at(0.5),
        p95_ms=at(0.95),
        p99_ms=at(0.99),
        worst_ms=round(taken[-1] * 1000, 2),
        failed=sum(count for status, count in statuses.items() if not status.startswith("2")),
        statuses=statuses,
    )

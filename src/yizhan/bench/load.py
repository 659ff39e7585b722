"""A lean HTTP client for measuring: many kept-alive connections, each waiting for its answer.

It runs in a process of its own, so that the server under measure pays only for itself.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec

Request = Callable[[int], bytes]
"""Number of the client -> the bytes to send."""
ANSWER_SECONDS = 60.0


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


class Answer(msgspec.Struct, frozen=True):
    """What came back. Header names are in small letters; of several the last."""

    status: str
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection, from an address of this machine if one is given. Times each answer."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.steps: dict[str, list[float]] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, step: str, data: bytes) -> Answer:
        """Send *data* and wait for the answer; the time it took is kept under *step*."""
        if self._streams is None:
            await self.open()
        assert self._streams is not None
        reader, writer = self._streams
        begun = time.perf_counter()
        writer.write(data)
        answer = await asyncio.wait_for(_whole(reader), ANSWER_SECONDS)
        self.steps.setdefault(step, []).append(time.perf_counter() - begun)
        return answer

    async def open(self, address: str = "") -> None:
        """A new connection instead of the old one, coming from *address*."""
        self.close()
        self._streams = await asyncio.open_connection(
            self.host, self.port, local_addr=(address, 0) if address else None
        )

    def close(self) -> None:
        """Give the connection back."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


Act = Callable[[Wire, int], Awaitable[str]]
"""(connection, number of the client) -> the last status; one act may be several requests."""


class Acted(msgspec.Struct, frozen=True):
    """Acts, and each of their steps. ``done`` counts those of the warm-up too."""

    whole: Load
    steps: dict[str, Load]
    done: int
    kinds: dict[str, int] = msgspec.field(default_factory=dict)
    """How many of each kind were done, if there were several."""


async def acts(
    host: str,
    port: int,
    act: Act,
    *,
    clients: int,
    seconds: float = 0.0,
    total: int = 0,
    warm_up: float = 1.0,
) -> Acted:
    """Let *clients* act at once, for *seconds* after *warm_up*, or *total* times without one."""
    started = time.perf_counter()
    begin = started if total else started + warm_up
    end = started + warm_up + seconds
    taken: list[float] = []
    statuses: dict[str, int] = {}
    wires = [Wire(host, port) for _ in range(clients)]
    begun = done = 0

    async def client(number: int) -> None:
        nonlocal begun, done
        while (begun < total) if total else (time.perf_counter() < end):
            begun += 1
            now = time.perf_counter()
            status = await act(wires[number], number)
            done += status.startswith(("2", "3"))
            if now >= begin:
                taken.append(time.perf_counter() - now)
                statuses[status] = statuses.get(status, 0) + 1
        wires[number].close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    lasted = time.perf_counter() - begin if total else seconds
    steps: dict[str, list[float]] = {}
    for wire in wires:
        for step, times in wire.steps.items():
            steps.setdefault(step, []).extend(times)
    return Acted(
        _summary(taken, statuses, round(lasted, 2)),
        {step: _summary(times, {}, round(lasted, 2)) for step, times in steps.items()},
        done,
    )


async def _answer(reader: asyncio.StreamReader) -> str:
    return (await _whole(reader)).status


async def _whole(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    headers: dict[str, str] = {}
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise ValueError("The bench reads answers of known length only.")
    length = int(headers.get("content-length", "0"))
    return Answer(head[9:12], headers, await reader.readexactly(length) if length else b"")


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
        failed=sum(n for status, n in statuses.items() if not status.startswith(("2", "3"))),
        statuses=statuses,
    )

"""A house of its own to measure: started as an operator would, on a fresh folder, and stopped."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from yizhan import main, settings
from yizhan.bench.desk import CLIENTS, House
from yizhan.domain import staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.postgres import Postgres
from yizhan.platform.processes import die_with_parent
from yizhan.platform.work import Works

PASSWORD = "Tianjin-1001"  # noqa: S105  the demo's
READY_SECONDS = 3600


@asynccontextmanager
async def standing(
    *,
    subscribers: int,
    with_usage: int = 10_000,
    catalogue: str = "2004",
    data: Path | None = None,
    port: int = 8790,
) -> AsyncIterator[House]:
    """A running house with a demo of *subscribers*; an existing *data* folder is used again."""
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as made:
        folder = data or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yizhan.cli", "up", "--data", str(folder)),
            *("--port", str(port), "--demo", catalogue),
            *("--subscribers", str(subscribers), "--with-usage", str(with_usage)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        try:
            await asyncio.wait_for(_ready(process), READY_SECONDS)
            yield await _house(folder, port)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 120)


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        if line.startswith(b"ready "):
            return
    raise RuntimeError(f"The house did not start (status {await process.wait()}).")


async def _house(folder: Path, port: int) -> House:
    chosen = settings.load(data_dir=str(folder), port=port)
    server = Postgres(folder / "postgres")
    url = chosen.database_url or server.running_url()
    chosen = msgspec.structs.replace(chosen, database_url=url)
    async with main.open_works(chosen, connections=2) as works:
        tokens = [await _clerk(works, number) for number in range(CLIENTS)]
        every_right = await _client(works)
    return House(
        settings=chosen,
        url=url,
        host="127.0.0.1",
        port=port,
        tokens=tuple(tokens),
        every_right=every_right,
        password=PASSWORD,
    )


async def _client(works: Works) -> str:
    """Another system that may do everything: its token."""
    async with works.begin(SYSTEM) as work:
        client, secret = await staff.create_client(
            work, name="bench", scopes=sorted(staff.PERMISSIONS)
        )
    token, _, _ = await staff.grant(works, str(client.id), secret)
    return token


async def _clerk(works: Works, number: int) -> str:
    """A clerk with a till of his own, signed in."""
    login = f"till.{number:02d}"
    with contextlib.suppress(staff.LoginTaken):
        async with works.begin(SYSTEM) as work:
            await staff.create_user(
                work,
                login=login,
                name=f"Till {number}",
                roles=("clerk",),
                password=PASSWORD,
                change_due=False,
            )
    token, _ = await staff.sign_in(works, login, PASSWORD, address=f"127.0.1.{number}")
    return token


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    return {"cores": os.cpu_count(), "python": sys.version.split()[0], "load": os.getloadavg()[0]}


def show(result: object) -> str:
    """The result as JSON."""
    return json.dumps(msgspec.to_builtins(result), indent=2, ensure_ascii=False)

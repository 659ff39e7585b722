"""Writes down the lines of the house for the network's simulator, so that it knows them at once."""

import json
from pathlib import Path

import msgspec

from yizhan import main
from yizhan.domain import provisioning
from yizhan.kernel.actor import SYSTEM
from yizhan.settings import Settings

_AT_A_TIME = 5_000


async def write_register(settings: Settings, path: Path) -> int:
    """Write every line as it should be into *path*, a line each; how many there are."""
    count, after = 0, None
    fresh = path.with_suffix(".new")
    async with main.open_works(settings, connections=2) as works:
        with fresh.open("w", encoding="utf-8") as file:
            while True:
                async with works.read(SYSTEM) as work:
                    lines = await provisioning.lines_as_they_should_be(
                        work, after=after, limit=_AT_A_TIME
                    )
                for line in lines:
                    said = msgspec.to_builtins(line)
                    file.write(json.dumps({"line": said}, ensure_ascii=False) + "\n")
                count += len(lines)
                if len(lines) < _AT_A_TIME:
                    break
                after = lines[-1].line_id
    fresh.replace(path)
    return count

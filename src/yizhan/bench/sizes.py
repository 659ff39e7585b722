"""Does the desk slow down as the base grows? Search and customer view, small and large."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from yizhan.bench import desk, house

SMALL, LARGE = 10_000, 1_500_000
WITH_USAGE = 300
"""Neither search nor the view reads usage; loading it would only take long."""


def folder_of(data: Path | None, size: int) -> Path | None:
    """Where the house of this size is kept under *data*, each size in a folder of its own."""
    return data / f"{size}-subscribers" if data else None


async def compare(
    *, port: int, seconds: int, told: Callable[[str], None], data: Path | None = None
) -> dict[str, Any]:
    """Both sizes one after the other, and how much slower the large one is (goal 1.3).

    With *data* each house stays there and is used again by the next call; else both are
    thrown away.
    """
    found: dict[str, dict[str, Any]] = {}
    for size in (SMALL, LARGE):
        folder = folder_of(data, size)
        kept = folder is not None and folder.is_dir()
        told(f"{'opening' if kept else 'loading'} {size} subscribers")
        async with house.standing(
            subscribers=size, with_usage=WITH_USAGE, data=folder, port=port
        ) as there:
            await desk.conditions(there.url)
            found[str(size)] = {
                "views": await desk.views(there, rounds=3, seconds=seconds),
                "searches": await desk.searches(there, seconds=seconds),
            }
    small, large = found[str(SMALL)], found[str(LARGE)]
    return {
        **found,
        "slower": {
            "view_p50": _times(large["views"]["p50_ms"], small["views"]["p50_ms"]),
            "search_number_p50": _times(
                large["searches"]["number"]["p50_ms"], small["searches"]["number"]["p50_ms"]
            ),
            "search_name_p50": _times(
                large["searches"]["name"]["p50_ms"], small["searches"]["name"]["p50_ms"]
            ),
        },
    }


def _times(large: float, small: float) -> float:
    return round(large / small, 2) if small else 0.0

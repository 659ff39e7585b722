"""What is too long for every test run: millions of comparisons, gone on with where they stopped."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

from yizhan.bench.compare import Compared, compare

STEP = 50
"""Plans of one step; a step is either recorded whole or done again."""


def comparisons(
    file: Path, plans: int, *, first_seed: int, workers: int, told: Callable[[str], None]
) -> dict[str, Any]:
    """Compare *plans* random plans from *first_seed* on; *file* records which seeds are done."""
    state: dict[str, Any] = (
        json.loads(file.read_text(encoding="utf-8"))
        if file.exists()
        else {"seeds": [], "months": 0, "records": 0, "beyond": 0, "seconds": 0.0,
              "features": {}, "differences": []}
    )  # fmt: skip
    waiting = [
        seed
        for seed in range(first_seed, first_seed + plans, STEP)
        if seed not in set(state["seeds"])
    ]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for seed, done in zip(waiting, pool.map(_step, waiting), strict=True):
            _add(state, seed, done)
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(".new")
            fresh.write_text(json.dumps(state), encoding="utf-8")
            fresh.replace(file)
            told(f"{len(state['seeds']) * STEP} plans, {state['records']} records")
    return state


def _step(seed: int) -> Compared:
    return compare(seed, STEP)


def _add(state: dict[str, Any], seed: int, done: Compared) -> None:
    state["seeds"].append(seed)
    for name in ("months", "records", "beyond", "seconds"):
        state[name] = round(state[name] + getattr(done, name), 2)
    state["features"] = dict(Counter(state["features"]) + Counter(done.features))
    state["differences"] += msgspec.to_builtins(done.differences)

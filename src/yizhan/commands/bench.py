"""Measure: each figure as a ratio to the bare limit or a peer, taken in the same run.

Starts a house of its own on a fresh folder and refuses to measure without durability.

  yizhan bench                     payment, customer view, search, intake, bill run
  yizhan bench payments views --rounds 5 --seconds 10 --json
  yizhan bench resume              200 payments of stopped accounts: until the resume order is out
  yizhan bench callbacks orders signins   online payments, orders, sign-ins a second, and p99
  yizhan bench live                200 open pages: from a commit to the bytes at the page
  yizhan bench day --subscribers 10000           300,000 payments and orders, then every invariant
  yizhan bench day --scale 0.01 --mix cash=1,online=1,order=2
  yizhan bench sizes               search and customer view at 10 thousand and 1.5 million
  yizhan bench kill --rounds 50    kill -9 of every part at work: what was lost, doubled, stuck
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from yizhan.bench import acts, day, desk, house, live, resume, sizes, volumes
from yizhan.bench.kill import rounds_of_killing

DESK = ("payments", "views", "searches")
VOLUMES = ("intake", "billing")
RESUME = ("resume",)
ACTS = {
    "callbacks": acts.callbacks,
    "orders": acts.orders,
    "signins": acts.signins,
    "live": live.live,
}
WORDS = (*DESK, *VOLUMES, *RESUME, *ACTS, "day", "sizes", "kill")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.add_argument(
        "what",
        nargs="*",
        choices=[*WORDS, []],
        help=f"which (default: {', '.join(DESK + VOLUMES)})",
    )
    parser.add_argument("--subscribers", type=int, default=2000, help="size of the house (2000)")
    parser.add_argument("--rounds", type=int, default=3, help="pairs, or kills (3)")
    parser.add_argument("--seconds", type=int, default=10, help="of each measured run (10)")
    parser.add_argument(
        "--data",
        type=Path,
        help="a folder to keep the house in and use it again; sizes keep one each in it",
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of the day's 300,000 acts (1.0)")
    parser.add_argument("--mix", type=_mix, default=day.MIX, help="of the day: cash=45,order=30 …")
    parser.add_argument("--port", type=int, default=8790, help="port of the measured house (8790)")


def run(args: argparse.Namespace) -> int:
    """Measure and say."""
    result = asyncio.run(_run(args, set(args.what or (*DESK, *VOLUMES))))
    print(house.show(result))
    broken = result.get("kill", {}).get("broken") or result.get("day", {}).get("broken")
    return 1 if broken else 0


def _mix(text: str) -> dict[str, int]:
    try:
        return day.mix_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


async def _run(args: argparse.Namespace, what: set[str]) -> dict[str, Any]:
    result: dict[str, Any] = {"machine": house.machine()}
    if what & {*DESK, *VOLUMES, *RESUME, *ACTS, "day"}:
        async with house.standing(
            subscribers=args.subscribers, data=args.data, port=args.port
        ) as there:
            result["conditions"] = await desk.conditions(there.url)
            if "payments" in what:
                _told("payments")
                result["payments"] = await desk.payments(
                    there, rounds=args.rounds, seconds=args.seconds
                )
            if "views" in what:
                _told("views")
                result["views"] = await desk.views(there, rounds=args.rounds, seconds=args.seconds)
            if "searches" in what:
                _told("searches")
                result["searches"] = await desk.searches(there, seconds=args.seconds)
            for word, measure in ACTS.items():
                if word in what:
                    _told(word)
                    result[word] = await measure(there, seconds=args.seconds)
            if "day" in what:
                _told("day")
                result["day"] = await day.day(there, scale=args.scale, mix=args.mix)
            if "resume" in what:
                _told("resume")
                result["resume"] = await resume.resume(there)
            if "billing" in what:
                _told("billing")
                result["billing"] = await volumes.billing_run(there)
            if "intake" in what:
                _told("intake")
                result["intake"] = await volumes.intake(there)
    if "sizes" in what:
        result["sizes"] = await sizes.compare(
            port=args.port, seconds=args.seconds, told=_told, data=args.data
        )
    if "kill" in what:
        result["kill"] = await rounds_of_killing(args.rounds, port=args.port, told=_told)
    return result


def _told(words: str) -> None:
    print(f"… {words}", file=sys.stderr, flush=True)

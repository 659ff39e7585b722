"""Publish plans and add-ons from YAML files: all of them, or none when one is refused.

A plan goes on sale only when it has neither gap nor overlap, its add-ons fit and every one of its
worked examples comes out as written; otherwise file, line and reason are told. What is published
already with the same text is passed over. See docs/guides/plans.md.

  yizhan publish plans/                      every .yaml of a folder
  yizhan publish mine.yaml pack.yaml --dry-run
  yizhan publish --list                      what the catalogue holds, by id
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from yizhan import main
from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.commands._settings import CommandTrouble
from yizhan.domain import catalog
from yizhan.domain.tariff import PlanRefused
from yizhan.kernel.actor import SYSTEM
from yizhan.settings import Settings


class _Undone(Exception):
    """Nothing of a dry run is kept."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("files", nargs="*", metavar="FILE|DIR", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="prove everything, keep nothing")
    parser.add_argument("--list", action="store_true", help="name what is published and stop")


def run(args: argparse.Namespace) -> int:
    """Read, prove, publish, tell."""
    if args.list:
        return _list(_settings.of(args), as_json=args.json)
    if not args.files:
        raise CommandTrouble("Name a file or folder to publish, or see yizhan publish --help.")
    texts = _texts(args.files)
    settings = _settings.of(args)
    with database(settings) as url:
        opened = msgspec.structs.replace(settings, database_url=url)
        try:
            offers = asyncio.run(_publish(opened, texts, dry=args.dry_run))
        except PlanRefused as refused:
            if len(refused.problems) == 1:
                raise
            raise CommandTrouble("\n".join(map(str, refused.problems))) from refused
    if args.json:
        print(json.dumps([msgspec.to_builtins(one) for one in offers], ensure_ascii=False))
        return 0
    did = "would be published" if args.dry_run else "published"
    for one in offers:
        print(f"{one.id} version {one.version}  {one.name.en} {one.name.zh}  "
              f"{one.examples} examples hold: {did}")  # fmt: skip
    if not offers:
        print("nothing new in these files")
    return 0


def _list(settings: Settings, *, as_json: bool) -> int:
    with database(settings) as url:
        offers = asyncio.run(_offers(msgspec.structs.replace(settings, database_url=url)))
    if as_json:
        print(json.dumps([msgspec.to_builtins(one) for one in offers], ensure_ascii=False))
        return 0
    for one in offers:
        print(f"{one.kind:<7} {one.id}:{one.version:<4} {', '.join(one.line_kinds):<24} "
              f"{one.name.en} {one.name.zh}")  # fmt: skip
    return 0


async def _offers(settings: Settings) -> Sequence[catalog.Offer]:
    async with main.open_works(settings, connections=1) as works, works.read(SYSTEM) as work:
        return await catalog.list_offers(work, limit=2000)


def _texts(places: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for place in places:
        paths = [place]
        if place.is_dir():
            paths = sorted(p for p in place.iterdir() if p.suffix in (".yaml", ".yml"))
        if not paths:
            raise CommandTrouble(f"{place} holds no .yaml file.")
        for path in paths:
            try:
                found[path.name] = path.read_text(encoding="utf-8-sig")
            except OSError as error:
                raise CommandTrouble(f"{path} cannot be read: {error.strerror}.") from error
            except UnicodeDecodeError:
                raise CommandTrouble(f"{path} is not UTF-8.") from None
    return found


async def _publish(settings: Settings, texts: dict[str, str], *, dry: bool) -> list[catalog.Offer]:
    offers: list[catalog.Offer] = []
    async with main.open_works(settings, connections=1) as works:
        try:
            async with works.begin(SYSTEM) as work:
                offers = await catalog.publish_all(work, texts)
                if dry:
                    raise _Undone
        except _Undone:
            pass
    return offers

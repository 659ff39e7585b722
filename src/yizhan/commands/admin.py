"""Make the first administrator of a house in which nobody works yet, and show the password once.

`up` does it by itself when it starts a house without a demo. The password has to be changed at the
first sign-in; everybody else is then added on the page of users.

  yizhan admin
  yizhan admin --database-url postgresql://yizhan@db/yizhan
"""

import argparse
import asyncio
import json

import msgspec

from yizhan import main
from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.domain import staff
from yizhan.kernel.actor import SYSTEM
from yizhan.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Make it, or say that somebody is there already."""
    settings = _settings.of(args)
    with database(settings) as url:
        made = asyncio.run(_make(msgspec.structs.replace(settings, database_url=url)))
    if args.json:
        login, password = made or (None, None)
        print(json.dumps({"login": login, "password": password}))
    elif made is None:
        print("Somebody works here already; an administrator adds others on the page of users.")
    else:
        print(f"{made[0]}  {made[1]}  to be changed at the first sign-in 首次登录须修改")
    return 0


async def _make(settings: Settings) -> tuple[str, str] | None:
    async with main.open_works(settings, connections=1) as works, works.begin(SYSTEM) as work:
        return await staff.first_administrator(work)

"""Take in a letter that a mail server returned, so that its message counts as not delivered.

Reads one letter from standard input and understands delivery status notifications (RFC 3464).
Have your mail server pipe what comes to YIZHAN_MAIL_FROM into it; with a status other than 0 it is
to try again, nothing was written then.

  yizhan bounce < returned.eml
  yizhan-returned: "|/opt/yizhan/yizhan bounce"        as a line of /etc/aliases
"""

import argparse
import asyncio
import json
import sys

import msgspec

from yizhan import main
from yizhan.channels.email import Returned, read_returned
from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.domain import messages
from yizhan.kernel.actor import SYSTEM
from yizhan.settings import Settings

_ENDS = {"failed": False, "delivered": True}
LETTER_BYTES_MAX = 10_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Read, and tell what was made of it."""
    found = read_returned(sys.stdin.buffer.read(LETTER_BYTES_MAX))
    settled = [one for one in found if one.action in _ENDS]
    known = 0
    if settled:
        chosen = _settings.of(args)
        with database(chosen) as url:
            there = msgspec.structs.replace(chosen, database_url=url)
            known = asyncio.run(_tell(there, settled))
    if args.json:
        print(json.dumps({"told": len(found), "settled": known}))
    elif not found:
        print("This is no delivery status notification; nothing was written.")
    else:
        print(f"{len(found)} recipients named, {known} messages of ours settled")
    return 0


async def _tell(settings: Settings, settled: list[Returned]) -> int:
    known = 0
    async with main.open_works(settings, connections=1) as works, works.begin(SYSTEM) as work:
        for one in settled:
            known += await messages.receipt(
                work, wire_id=one.message_id, arrived=_ENDS[one.action], text=one.text
            )
    return known

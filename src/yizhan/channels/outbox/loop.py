"""Hands over what is due in the outbox, over and over, until told to stop.

A message is leased in one transaction, handed over outside any, and what came of it is written in
another. Who is killed between leaves it leased; when that is over it is handed over again.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import structlog

from yizhan.domain import messages
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.jobs import DATABASE_ERRORS
from yizhan.platform.work import Works

log = structlog.get_logger()

IDLE_SECONDS = 0.5
BATCH = 10
PATIENCE_SECONDS = 90
"""Less than a lease: what takes longer would be handed over twice."""


class Wire(Protocol):
    """What carries messages of one medium.

    It tells what became of a message, trouble of its own included: a server that cannot be reached
    or asks for patience is ``later``, one that will never take this message is ``refused``. The
    message's id must lead the other side to know a second handing over from the first.
    """

    async def send(self, message: messages.Message) -> messages.Outcome:
        """Hand one message over."""


Wires = Mapping[messages.Medium, Wire]


async def carry(works: Works, wires: Wires, stopping: asyncio.Event) -> None:
    """Carry until *stopping*; an outage of the database is waited out."""
    while not stopping.is_set():
        did = 0
        try:
            did = await carry_due(works, wires)
        except DATABASE_ERRORS as error:
            log.warning("outbox.database_unavailable", error=type(error).__name__)
        if not did:
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), IDLE_SECONDS)


async def carry_due(works: Works, wires: Wires, *, limit: int = BATCH) -> int:
    """Hand over what is due now, side by side; how many there were."""
    async with works.begin(SYSTEM) as work:
        due = await messages.claim(work, [medium.value for medium in wires], limit=limit)
    await asyncio.gather(*(_one(works, wires[message.channel], message) for message in due))
    return len(due)


async def _one(works: Works, wire: Wire, message: messages.Message) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            outcome = await wire.send(message)
    except Exception as error:
        log.warning("outbox.wire_failed", message=str(message.id), error=repr(error)[:300])
        outcome = messages.Outcome(kind="later", text=repr(error)[:300])
    async with works.begin(SYSTEM) as work:
        await messages.settle(work, message, outcome)

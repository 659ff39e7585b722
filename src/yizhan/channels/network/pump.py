"""Asks the network what is due and writes down what it says, over and over, until told to stop.

A request is taken in one transaction, asked outside any, and its answer written in another. Who is
killed between leaves it as sent; when its lease is over it is asked again under the same id.
"""

import asyncio
from contextlib import suppress

import structlog

from yizhan.domain import provisioning
from yizhan.domain.provisioning import Ask, Network, NoAnswer, Request, Said, State, Verdict
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.jobs import DATABASE_ERRORS
from yizhan.platform.work import Works

log = structlog.get_logger()

IDLE_SECONDS = 0.1
AT_A_TIME = 32
AUDIT_EVERY_SECONDS = 5.0
PAGE = 1000


class Pump:
    """Between one house and one network."""

    def __init__(self, works: Works, network: Network) -> None:
        self.works, self.network = works, network

    async def run(self, stopping: asyncio.Event) -> None:
        """Ask until *stopping*; an outage of the database is waited out."""
        clock = asyncio.get_running_loop().time
        audit_at = 0.0
        while not stopping.is_set():
            did = 0
            try:
                did = await self.run_due()
                if clock() >= audit_at:
                    audit_at = clock() + AUDIT_EVERY_SECONDS
                    await self.audit()
            except DATABASE_ERRORS as error:
                log.warning("network.database_unavailable", error=type(error).__name__)
            if not did:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), IDLE_SECONDS)

    async def run_due(self) -> int:
        """Ask what is due now; how many requests that was."""
        async with self.works.begin(SYSTEM) as work:
            taken = await provisioning.claim(work, limit=AT_A_TIME)
        await asyncio.gather(*(self._ask(one) for one in taken))
        return len(taken)

    async def _ask(self, one: Request) -> None:
        try:
            said = await self._say(one)
        except NoAnswer as silence:
            async with self.works.begin(SYSTEM) as work:
                await provisioning.unheard(work, one.id, str(silence))
            return
        async with self.works.begin(SYSTEM) as work:
            await provisioning.heard(work, one.id, said)

    async def _say(self, one: Request) -> Said:
        """Look for the answer to what the network took; ask what it has not, or forgot."""
        if one.state is State.ACCEPTED:
            return await self.network.look(one.id)
        said = await self.network.send(
            Ask(
                id=one.id,
                line_id=one.line_id,
                number=one.number,
                action=one.action,
                facts=one.facts,
            )
        )
        if said.verdict is Verdict.UNKNOWN:
            raise NoAnswer("the network does not know where requests are put")
        return said

    async def audit(self) -> bool:
        """Do a comparison that waits; False when none does."""
        async with self.works.begin(SYSTEM) as work:
            audit_id = await provisioning.take_audit(work)
        if audit_id is None:
            return False
        after, trouble = None, ""
        while True:
            try:
                lines = await self.network.list_lines(after=after, limit=PAGE)
            except NoAnswer as silence:
                trouble = str(silence)
                break
            upto = lines[-1].line_id if len(lines) == PAGE else None
            async with self.works.begin(SYSTEM) as work:
                await provisioning.compare(work, audit_id, after=after, upto=upto, lines=lines)
            if upto is None:
                break
            after = upto
        async with self.works.begin(SYSTEM) as work:
            await provisioning.close_audit(work, audit_id, trouble=trouble)
        return True

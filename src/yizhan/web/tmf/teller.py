"""The worker's part in TM Forum events: gather and deliver, over and over, until told to stop."""

import asyncio
from contextlib import suppress

import structlog

from yizhan.platform.jobs import DATABASE_ERRORS
from yizhan.platform.work import Works
from yizhan.web.config import WebConfig
from yizhan.web.tmf import hubs
from yizhan.web.tmf.hub import deliver, gather
from yizhan.web.tmf.resource import Hrefs

log = structlog.get_logger()

IDLE_SECONDS = 1.0


async def tell(works: Works, config: WebConfig, stopping: asyncio.Event) -> None:
    """Tell subscribers until *stopping*; an outage of the database is waited out."""
    hrefs = Hrefs(config.public_url, config.zone)
    while not stopping.is_set():
        did = 0
        try:
            did = await gather(works, hubs.HUBS, hrefs)
            did += await deliver(works, private=config.private_callbacks)
        except DATABASE_ERRORS as error:
            log.warning("tmf.database_unavailable", error=type(error).__name__)
        if not did:
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), IDLE_SECONDS)

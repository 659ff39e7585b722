"""Where a unit of work begins and ends: inside the handler, before the answer is made.

    async with acting(request) as work:
        receipt = await payments.take_cash(work, ...)
    return Response(receipt)

Leaving the block commits. If that fails it raises there, so the answer is an error and never 200.
"""

from contextlib import AbstractAsyncContextManager
from typing import cast

from yizhan.platform.work import UnitOfWork, Works
from yizhan.web.visit import Connection, visit_of


def works_of(connection: Connection) -> Works:
    """Where units of work come from."""
    return cast("Works", connection.app.state.works)


def acting(connection: Connection) -> AbstractAsyncContextManager[UnitOfWork]:
    """One act of who asks, in the contact he is in. It commits on leaving the block."""
    visit = visit_of(connection)
    return works_of(connection).begin(visit.actor, contact_id=visit.contact_id)


def stating(connection: Connection) -> AbstractAsyncContextManager[UnitOfWork]:
    """An act that is one statement, such as taking cash: no transaction around it."""
    visit = visit_of(connection)
    return works_of(connection).single(visit.actor, contact_id=visit.contact_id)


def reading(connection: Connection) -> AbstractAsyncContextManager[UnitOfWork]:
    """A look that changes and records nothing."""
    visit = visit_of(connection)
    return works_of(connection).read(visit.actor, contact_id=visit.contact_id)

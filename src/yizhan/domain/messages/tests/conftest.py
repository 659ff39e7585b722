"""Hashes of codes are keyed, so the vault is open; a customer, and noon in the operator's zone."""

from datetime import UTC, datetime, timedelta

import pytest

from yizhan.domain import customers
from yizhan.domain.customers import ContactKind, Customer
from yizhan.kernel.actor import SYSTEM
from yizhan.platform import vault
from yizhan.platform.work import Works

NOON = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
NIGHT = datetime(2026, 5, 20, 15, 30, tzinfo=UTC)
"""Half past eleven at night there."""
MORNING = datetime(2026, 5, 21, 0, 0, tzinfo=UTC)
"""Eight o'clock after that night."""


@pytest.fixture(autouse=True)
def _open_vault() -> None:
    vault.unlock(b"a secret of thirty-two bytes, 1!")


@pytest.fixture
async def wang(works: Works) -> Customer:
    async with works.begin(SYSTEM, now=NOON - timedelta(days=30)) as work:
        one = await customers.create_customer(work, name="王小明")
        for kind, value in (
            (ContactKind.PHONE, "13012340001"),
            (ContactKind.EMAIL, "wang@example.com"),
        ):
            await customers.add_contact_point(work, one.id, kind=kind, value=value)
    return one

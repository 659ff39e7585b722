"""A house in the middle of December 2004 with the demo's plans on sale, and a line."""

import pytest

from yizhan.domain import (
    catalog,
    subscriptions,
)
from yizhan.domain.orders.tests.desk import PLANS, line_on
from yizhan.domain.orders.tests.shop import NOW, contract_text, text
from yizhan.kernel.actor import SYSTEM
from yizhan.platform import vault
from yizhan.platform.work import Works


@pytest.fixture
def shop(works: Works) -> Works:
    vault.unlock(b"a secret of thirty-two bytes, 1!")
    return Works(works.pool, clock=lambda: NOW, listeners=works.listeners)


@pytest.fixture
async def line(shop: Works) -> subscriptions.Line:
    async with shop.begin(SYSTEM) as work:
        files = {f"{name}.yaml": text(name) for name in PLANS}
        await catalog.publish_all(work, files | {"contract.yaml": contract_text()})
        await subscriptions.add_numbers(
            work,
            subscriptions.LineKind.MOBILE,
            ["13000000001", "13000000777", "13000000778"],
            area="022",
        )
        return await line_on(work, "gsm_std", "13000000001")

"""Weighing a password happens outside the act: no connection waits for it, and no try is lost."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher

from yizhan.domain import contacts, staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works
from yizhan.web import sessions
from yizhan.web.site.tests.conftest import PASSWORD, WANG, Browser, Person

AGENTS = "four horses run north"


class SlowScales(PasswordHasher):
    """Compares rightly, but waits in its thread until it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.weighing, self.go_on = threading.Event(), threading.Event()

    def verify(self, hash: Any, password: Any) -> Any:
        self.weighing.set()
        assert self.go_on.wait(30), "nobody let it go on"
        return super().verify(hash, password)


@pytest.fixture
def slow(_quick: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowScales]:
    scales = SlowScales()
    monkeypatch.setattr("yizhan.domain.contacts.proof._hasher", scales)
    yield scales
    scales.go_on.set()


def free(works: Works) -> bool:
    """Whether nobody holds a connection."""
    return works.pool.get_idle_size() == works.pool.get_size()


async def let_in(works: Works, password: str = PASSWORD) -> str:
    return await sessions.sign_in(
        works, WANG, password, channel="website", address="10.0.0.1", agent="x"
    )


async def test_signing_in_holds_no_connection_while_the_password_is_weighed(
    works: Works, town: dict[str, Person], slow: SlowScales
) -> None:
    coming = asyncio.create_task(let_in(works))
    assert await asyncio.to_thread(slow.weighing.wait, 30)
    assert free(works)
    slow.go_on.set()
    assert await coming


async def test_a_desk_and_a_page_of_his_own_hold_none_either(
    works: Works, town: dict[str, Person], slow: SlowScales, browse: Browser
) -> None:
    slow.go_on.set()
    reader = await browse(WANG)
    desk = await browse()
    async with works.begin(SYSTEM) as work:
        await staff.create_user(
            work, login="li", name="李娜", roles=["agent"], password=AGENTS, change_due=False
        )
    token, _ = await staff.sign_in(works, "li", AGENTS)
    headers = {"Authorization": f"Bearer {token}"}
    begun = await desk.client.post(
        "/api/v1/contacts",
        json={"channel": "call_centre", "customer_id": str(town[WANG].customer)},
        headers=headers,
    )
    checked = f"/api/v1/contacts/{begun.json()['id']}/verification"
    said = {"method": "service_password", "evidence": {"password": PASSWORD}}
    form = {"old": "000001", "new": "864203", "again": "864203"}
    for ask in (
        lambda: desk.client.post(checked, json=said, headers=headers),
        lambda: reader.post("/my/settings/password", **form),
        lambda: reader.post(
            "/my/orders", kind="loss", line=str(town[WANG].line), key="k", token="t", proof="000001"
        ),
    ):
        slow.weighing.clear()
        slow.go_on.clear()
        asking = asyncio.create_task(ask())
        assert await asyncio.to_thread(slow.weighing.wait, 30)
        assert free(works)
        slow.go_on.set()
        assert (await asking).status_code in (200, 422)


async def test_three_wrong_ones_at_once_leave_no_fourth(
    works: Works, town: dict[str, Person], slow: SlowScales
) -> None:
    coming = [asyncio.create_task(let_in(works, "975310")) for _ in range(5)]
    assert await asyncio.to_thread(slow.weighing.wait, 30)
    slow.go_on.set()
    ended = await asyncio.gather(*coming, return_exceptions=True)
    assert sum(isinstance(one, sessions.WrongPassword) for one in ended) == 3
    assert sum(isinstance(one, contacts.Locked) for one in ended) == 2
    async with works.read(SYSTEM) as work:
        wrong = await work.db.fetchval("SELECT count(*) FROM verification_try WHERE NOT right_one")
    assert wrong == 3
    with pytest.raises(contacts.Locked):
        await let_in(works)


async def test_a_password_changed_meanwhile_does_not_let_the_old_one_in(
    works: Works, town: dict[str, Person], slow: SlowScales
) -> None:
    coming = asyncio.create_task(let_in(works))
    assert await asyncio.to_thread(slow.weighing.wait, 30)
    async with works.begin(SYSTEM) as work:
        await contacts.set_service_password(work, town[WANG].customer, "864203")
    slow.go_on.set()
    with pytest.raises(sessions.WrongPassword):
        await coming
    assert await let_in(works, "864203")

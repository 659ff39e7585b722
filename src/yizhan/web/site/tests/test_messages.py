"""Messages not read yet: counted in the bar, marked once when their list is looked at."""

import asyncio
import re

import pytest

from yizhan.domain import messages
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import Forbidden
from yizhan.platform.work import Works
from yizhan.web import sessions
from yizhan.web.site.tests.conftest import LIU, WANG, Browser, Person

COUNT = re.compile(r'<span class="count"[^>]*>([^<]+)</span>')


async def tell(works: Works, person: Person, times: int = 1) -> None:
    async with works.begin(SYSTEM) as work:
        for _ in range(times):
            await messages.send(
                work,
                customer_id=person.customer,
                template="line_resumed",
                facts={"number": person.number},
            )


async def all_seen(works: Works, person: Person) -> None:
    async with works.begin(sessions.actor_of(person.customer, "")) as work:
        await messages.mark_seen(work, person.customer)


async def test_what_is_new_is_counted_until_the_list_is_seen(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, neighbour = await browse(WANG), await browse(LIU)
    for person in town.values():
        await all_seen(works, person)
    assert COUNT.findall((await reader.get("/my")).text) == []
    await tell(works, town[WANG], 2)
    page = (await reader.get("/my")).text
    assert set(COUNT.findall(page)) == {"2"}
    assert "Messages: 2 not read" in page
    assert "2 not read" in (await reader.get("/my/all")).text
    assert COUNT.findall((await neighbour.get("/my")).text) == []
    await neighbour.get("/my/messages")
    listed = (await reader.get("/my/messages")).text
    assert listed.count(">New</span>") == 2
    assert COUNT.findall(listed) == []
    assert ">New</span>" not in (await reader.get("/my/messages")).text
    assert COUNT.findall((await reader.get("/my")).text) == []
    await tell(works, town[WANG])
    assert (await reader.get("/my/messages")).text.count(">New</span>") == 1


async def test_a_code_is_no_message_to_read_and_many_are_not_counted(
    works: Works, town: dict[str, Person], browse: Browser
) -> None:
    reader, person = await browse(WANG), town[WANG]
    await all_seen(works, person)
    async with works.begin(SYSTEM) as work:
        await messages.send_code(
            work, customer_id=person.customer, number=person.number, purpose="x"
        )
    assert COUNT.findall((await reader.get("/my")).text) == []
    await tell(works, person, messages.COUNTED_MAX + 5)
    assert set(COUNT.findall((await reader.get("/my")).text)) == {"99+"}


async def test_each_is_marked_once_and_by_nobody_else(
    works: Works, town: dict[str, Person]
) -> None:
    person = town[WANG]
    await all_seen(works, person)
    await tell(works, person, 3)

    async def look() -> int:
        async with works.begin(sessions.actor_of(person.customer, "")) as work:
            return len(await messages.mark_seen(work, person.customer))

    assert sum(await asyncio.gather(look(), look(), look())) == 3
    for other in (SYSTEM, sessions.actor_of(town[LIU].customer, "")):
        async with works.read(other) as work:
            with pytest.raises(Forbidden):
                await messages.mark_seen(work, person.customer)

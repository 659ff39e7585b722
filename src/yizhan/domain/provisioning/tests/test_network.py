"""The queue against the real simulator over HTTP: every mood, and who dies in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from conftest import ObedientHouse, playing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yizhan.domain import contacts, customers, provisioning, subscriptions
from yizhan.domain.provisioning import NewCard, State
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Forbidden
from yizhan.kernel.ids import new_id
from yizhan.platform import vault
from yizhan.platform.invariants import breaches
from yizhan.platform.work import Works

NUMBERS = [f"1300000000{n}" for n in range(1, 5)]
CARDS = [
    NewCard(iccid=iccid, imsi=f"46001000000000{n}", pin="1234", puk="12345678")
    for n, iccid in enumerate(("89860100000000000018", "89860100000000000026"), start=1)
]


class Town:
    """A house with a clock of our own, and some lines."""

    def __init__(self, works: Works) -> None:
        self.now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
        self.works = Works(works.pool, clock=lambda: self.now)
        self.lines: list[subscriptions.Line] = []

    async def found(self) -> None:
        vault.unlock(b"a secret of thirty-two bytes, 1!")
        async with self.works.begin(SYSTEM) as work:
            customer = await customers.create_customer(work, name="陈先生")
            account = await customers.open_account(work, customer.id)
            mobile = subscriptions.LineKind.MOBILE
            await subscriptions.add_numbers(work, mobile, NUMBERS, area="022")
            self.lines = [
                await subscriptions.create_line(
                    work,
                    customer_id=customer.id,
                    kind=mobile,
                    number=number,
                    account_id=account.id,
                    area="022",
                )
                for number in NUMBERS[:3]
            ]

    async def ask(
        self, action: str, *, key: str, line: int = 0, reference: UUID | None = None
    ) -> UUID:
        async with self.works.begin(SYSTEM) as work:
            asked = await provisioning.request(
                work,
                line_id=self.lines[line].id,
                action=action,
                key=key,
                reference=reference,
            )
        return asked.id

    async def standing(self, request_id: UUID) -> State:
        async with self.works.read(SYSTEM) as work:
            return (await provisioning.get(work, request_id)).state

    async def well(self) -> None:
        async with self.works.read(SYSTEM) as work:
            for one in provisioning.INVARIANTS:
                assert await breaches(work.db, one) == [], one.name


@pytest.fixture
async def town(works: Works, network: ObedientHouse) -> AsyncIterator[Town]:
    made = Town(works)
    await made.found()
    await network.teach(made.works)
    yield made
    await made.well()


async def effects(network: ObedientHouse) -> list[str]:
    return [request_id for _, request_id in network.register.effects]


async def test_asked_twice_under_one_key_it_is_one_request(
    town: Town, network: ObedientHouse
) -> None:
    assert await town.ask("line.bar", key="a") == await town.ask("line.bar", key="a")
    await network.obey(town.works)
    assert len(await effects(network)) == 1


async def test_answered_late_it_is_done_when_the_network_says_so(
    town: Town, network: ObedientHouse
) -> None:
    network.behave("late", seconds=0.2)
    asked = await town.ask("line.bar", key="a")
    await network.obey(town.works)
    assert await town.standing(asked) is State.ACCEPTED
    assert not network.register.lines[str(town.lines[0].id)].barred
    await asyncio.sleep(0.3)
    town.now += timedelta(seconds=5)
    await network.obey(town.works)
    assert await town.standing(asked) is State.DONE
    assert network.register.lines[str(town.lines[0].id)].barred


@pytest.mark.parametrize("mood", ["silent", "break", "forget"])
async def test_without_an_answer_it_is_asked_again_and_done_once(
    town: Town, network: ObedientHouse, mood: str
) -> None:
    network.behave(mood, times=1)
    asked = await town.ask("line.bar", key="a")
    await network.obey(town.works)
    assert await town.standing(asked) in (State.UNANSWERED, State.ACCEPTED)
    for _ in range(3):
        town.now += timedelta(seconds=3)
        await network.obey(town.works)
    assert await town.standing(asked) is State.DONE
    assert await effects(network) == [str(asked)]


async def test_answered_twice_it_happens_once(town: Town, network: ObedientHouse) -> None:
    network.behave("twice")
    asked = await town.ask("line.bar", key="a")
    await network.obey(town.works)
    async with town.works.begin(SYSTEM) as work:
        said = provisioning.Said(verdict=provisioning.Verdict.DONE)
        again = await provisioning.heard(work, asked, said)
    assert again.state is State.DONE and await effects(network) == [str(asked)]


async def test_a_network_that_stays_silent_is_given_up(town: Town, network: ObedientHouse) -> None:
    network.behave("silent", action="line.bar")
    asked = await town.ask("line.bar", key="a")
    behind = await town.ask("line.unbar", key="b")
    for _ in range(provisioning.ATTEMPTS_MAX):
        await network.obey(town.works)
        town.now += timedelta(seconds=300)
    assert await town.standing(asked) is State.GIVEN_UP
    assert await town.standing(behind) is State.DONE, "the line's lane goes on"
    async with town.works.read(SYSTEM) as work:
        subjects = await work.db.fetch("SELECT subject FROM care_case WHERE source = 'monitor'")
    assert ["Bar 13000000001" in row["subject"] for row in subjects] == [True]


async def test_what_failed_half_way_is_taken_back_last_first(
    town: Town, network: ObedientHouse
) -> None:
    order = new_id()
    network.behave("refuse", action="feature.forwarding.on")
    first = await town.ask("line.bar", key="1", reference=order)
    second = await town.ask("feature.roaming.on", key="2", reference=order)
    third = await town.ask("feature.forwarding.on", key="3", reference=order)
    fourth = await town.ask("feature.caller_display.on", key="4", reference=order)
    later = await town.ask("feature.voicemail.on", key="5")
    await network.obey(town.works)
    stand = [await town.standing(one) for one in (first, second, third, fourth, later)]
    assert stand == [State.UNDONE, State.UNDONE, State.REFUSED, State.CANCELLED, State.DONE]
    done = [network.register.requests[one].action for one in await effects(network)]
    assert done == [
        "line.bar",
        "feature.roaming.on",
        "feature.roaming.off",
        "line.unbar",
        "feature.voicemail.on",
    ]
    line = network.register.lines[str(town.lines[0].id)]
    assert (line.barred, line.services) == (False, ["voicemail"])


async def test_a_worker_killed_between_asking_and_answer_loses_and_doubles_nothing(
    town: Town, network: ObedientHouse
) -> None:
    asked = await town.ask("line.bar", key="a")
    async with town.works.begin(SYSTEM) as work:
        (taken,) = await provisioning.claim(work)
    await network.network.send(  # the network obeys, and here its asker dies
        provisioning.Ask(
            id=taken.id,
            line_id=taken.line_id,
            number=taken.number,
            action=taken.action,
            facts=taken.facts,
        )
    )
    await network.obey(town.works)
    assert await town.standing(asked) is State.SENT, "its lease is not over yet"
    town.now += timedelta(seconds=11)
    await network.obey(town.works)
    assert await town.standing(asked) is State.DONE
    assert await effects(network) == [str(asked)]


async def test_people_retry_cancel_and_answer(town: Town, network: ObedientHouse) -> None:
    asked = await town.ask("line.bar", key="a")
    nobody = Actor(kind=ActorKind.STAFF, id=new_id(), permissions=frozenset({"network.read"}))
    async with town.works.begin(nobody) as work:
        with pytest.raises(Forbidden):
            await provisioning.retry(work, asked)
    network.behave("silent", times=1)
    await network.obey(town.works)
    async with town.works.begin(SYSTEM) as work:
        with pytest.raises(provisioning.RequestNotNow):
            await provisioning.cancel(work, asked, reason="客户改主意")
        await provisioning.retry(work, asked)
    await network.obey(town.works)
    assert await town.standing(asked) is State.DONE
    other = await town.ask("line.unbar", key="b")
    async with town.works.begin(SYSTEM) as work:
        await provisioning.answer_by_hand(work, other, done=True, note="机房已处理")
    assert await town.standing(other) is State.DONE
    async with town.works.read(SYSTEM) as work:
        (row,) = await provisioning.list_queue(work, state=State.DONE, limit=1)
        steps = await provisioning.steps_of(work, [row])
    assert [step.what for step in steps[row.id]] == ["queued", "done"]


async def test_the_comparison_finds_what_was_changed_behind_our_back(
    town: Town, network: ObedientHouse
) -> None:
    ids = [str(line.id) for line in town.lines]
    network.register.lines[ids[0]].barred = True
    network.register.lines[ids[0]].services = ["roaming"]
    network.register.lines[ids[1]].number = "13999999999"
    network.register.drop(ids[2])
    ghost = str(new_id())
    network.register.lines[ghost] = type(network.register.lines[ids[0]])(ghost, "13800000000")
    async with town.works.begin(SYSTEM) as work:
        audit = await provisioning.ask_audit(work)
    await network.compare(town.works)
    async with town.works.read(SYSTEM) as work:
        (done, *_) = await provisioning.list_audits(work)
        found = await provisioning.list_differences(work, audit)
    assert (done.state, done.compared, done.differences) == ("done", 3, 5)
    assert {(str(one.line_id), one.field, one.here, one.there) for one in found} == {
        (ids[0], "barred", "false", "true"),
        (ids[0], "services", "", "roaming"),
        (ids[1], "number", NUMBERS[1], "13999999999"),
        (ids[2], "line", "there", "unknown"),
        (ghost, "line", "unknown", "there"),
    }


async def test_cards_are_reserved_given_and_retired(town: Town) -> None:
    line, other = town.lines[0], town.lines[1]
    async with town.works.begin(SYSTEM) as work:
        assert await provisioning.add_cards(work, [*CARDS, CARDS[0]]) == 2
        stranger = await customers.create_customer(work, name="王先生")
        held = await provisioning.reserve_card(work, customer_id=stranger.id)
        assert held is not None and held.iccid == CARDS[0].iccid
        with pytest.raises(provisioning.CardTaken):
            await provisioning.give_card(work, line.id, held.iccid)
    town.now += timedelta(hours=25)
    async with town.works.begin(SYSTEM) as work:
        given = await provisioning.give_card(work, line.id, CARDS[0].iccid)
        assert (given.state, given.line_id) == ("in_use", line.id)
        codes = await provisioning.show_codes(work, line.id)
        assert (codes.pin, codes.puk) == ("1234", "12345678")
        sealed = await work.db.fetchval("SELECT puk FROM sim_card LIMIT 1")
        assert b"12345678" not in sealed
        await provisioning.give_card(work, line.id, CARDS[1].iccid, reason="lost")
        with pytest.raises(provisioning.CardTaken):
            await provisioning.give_card(work, other.id, CARDS[0].iccid)
        assert await provisioning.reserve_card(work, customer_id=stranger.id) is None
    agent = Actor(kind=ActorKind.STAFF, id=new_id(), permissions=frozenset({"orders.place"}))
    async with town.works.begin(agent) as work:
        with pytest.raises(contacts.NotVerified):
            await provisioning.show_codes(work, line.id)


ACTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["line.bar", "line.unbar", "feature.roaming.on", "feature.roaming.off"]),
        st.sampled_from(["done", "done", "break", "late", "refuse", "forget"]),
    ),
    min_size=1,
    max_size=8,
)


@given(acts=ACTS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_each_line_the_network_does_what_was_asked_in_the_order_asked(
    database: str, acts: Sequence[tuple[int, str, str]]
) -> None:
    asyncio.run(_in_order(database, acts))


async def _in_order(database: str, acts: Sequence[tuple[int, str, str]]) -> None:
    from yizhan.platform import db

    async with await db.open_pool(database, min_size=1, max_size=8) as pool, playing() as network:
        await _empty(pool)
        town = Town(Works(pool))
        await town.found()
        await network.teach(town.works)
        asked: list[tuple[int, UUID]] = []
        for place, (line, action, mood) in enumerate(acts):
            asked.append((line, await town.ask(action, key=f"{place}", line=line)))
            if mood != "done":
                network.behave(mood, times=1, line=str(town.lines[line].id), action=action)
        for _ in range(40):
            await network.obey(town.works)
            town.now += timedelta(seconds=15)
            stand = [await town.standing(one) for _, one in asked]
            if all(state in (State.DONE, State.REFUSED) for state in stand):
                break
        assert all(state in (State.DONE, State.REFUSED) for state in stand), stand
        done = [request_id for _, request_id in network.register.effects]
        assert len(set(done)) == len(done), "nothing was done twice"
        for line in range(3):
            wanted = [
                str(one)
                for (where, one), state in zip(asked, stand, strict=True)
                if where == line and state is State.DONE
            ]
            assert [one for one in done if one in wanted] == wanted
        await town.well()


async def _empty(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "TRUNCATE network_request, network_step, line, line_number, line_state, number_stock,"
        " customer, account, event, job, search_key, sim_card CASCADE"
    )

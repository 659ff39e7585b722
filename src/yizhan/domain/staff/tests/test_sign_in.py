"""Coming in and going out, against the real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pyotp
import pytest

from yizhan.domain import staff
from yizhan.domain.staff import passwords
from yizhan.kernel.actor import SYSTEM, Actor
from yizhan.kernel.errors import Forbidden, Invalid, NotFound, Refused, Unauthenticated
from yizhan.kernel.ids import new_id
from yizhan.kernel.text import Text
from yizhan.platform.clock import utc_now
from yizhan.platform.work import UnitOfWork, Works

PASSWORD = "four horses run north"


class Hands:
    """A clock that is moved by hand."""

    def __init__(self, works: Works) -> None:
        self.now: datetime = utc_now()
        works.clock = lambda: self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture
def hands(works: Works) -> Hands:
    return Hands(works)


async def hired(works: Works, login: str = "wangli", *roles: str, due: bool = False) -> staff.User:
    async with works.begin(SYSTEM) as work:
        return await staff.create_user(
            work,
            login=login,
            name="王丽",
            roles=roles or ("agent",),
            password=PASSWORD,
            change_due=due,
        )


async def entry(works: Works, token: str) -> staff.Entry:
    async with works.read(SYSTEM) as work:
        return await staff.entry_of_token(work.db, token, now=work.now, channel="desk")


@asynccontextmanager
async def acting_as(works: Works, token: str) -> AsyncIterator[UnitOfWork]:
    actor: Actor = (await entry(works, token)).actor
    async with works.begin(actor) as work:
        yield work


async def names(works: Works) -> list[str]:
    async with works.read(SYSTEM) as work:
        rows = await work.db.fetch("SELECT name FROM event WHERE name LIKE 'staff.%' ORDER BY id")
    return [row["name"] for row in rows]


async def test_a_right_password_opens_a_session_with_the_rights_of_the_roles(works: Works) -> None:
    user = await hired(works, "wangli", "agent", "lead")
    token, _ = await staff.sign_in(works, "WangLi", PASSWORD, address="10.0.0.1")
    actor = (await entry(works, token)).actor
    assert actor.id == user.id and actor.name == "王丽" and actor.kind == "staff"
    assert actor.may("payments.take") and actor.may("orders.place")
    assert not actor.may("staff.manage")
    assert await names(works) == ["staff.user_created", "staff.signed_in"]


async def test_the_token_is_nowhere_in_the_database(works: Works) -> None:
    await hired(works)
    token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    async with works.read(SYSTEM) as work:
        rows = await work.db.fetch("SELECT t::text AS said FROM staff_token t")
        logged = await work.db.fetch("SELECT payload::text AS said FROM event")
    assert all(token not in row["said"] for row in [*rows, *logged])


async def test_a_wrong_name_and_a_wrong_password_are_told_alike(works: Works) -> None:
    await hired(works)
    said = []
    for login, password in (("wangli", "wrong wrong wrong"), ("nobody", PASSWORD)):
        with pytest.raises(staff.WrongCredentials) as refused:
            await staff.sign_in(works, login, password)
        said.append(str(refused.value))
    assert said[0] == said[1]


async def test_a_name_that_does_not_exist_costs_as_much_as_one_that_does() -> None:
    assert not passwords.outdated(passwords.NOBODYS)
    assert await passwords.matches(passwords.NOBODYS, "nobody at all, never")


async def test_after_five_wrong_tries_even_the_right_password_waits(
    works: Works, hands: Hands
) -> None:
    await hired(works)
    for _ in range(5):
        with pytest.raises(staff.WrongCredentials):
            await staff.sign_in(works, "wangli", "wrong wrong wrong")
    with pytest.raises(staff.LockedOut) as refused:
        await staff.sign_in(works, "wangli", PASSWORD)
    assert refused.value.facts["seconds"] == 60
    hands.forward(seconds=61)
    with pytest.raises(staff.WrongCredentials):
        await staff.sign_in(works, "wangli", "wrong wrong wrong")
    with pytest.raises(staff.LockedOut) as refused:
        await staff.sign_in(works, "wangli", PASSWORD)
    assert refused.value.facts["seconds"] == 120
    hands.forward(seconds=121)
    assert await staff.sign_in(works, "wangli", PASSWORD)


async def test_guessing_in_parallel_gains_nothing(works: Works) -> None:
    await hired(works)
    tries = [staff.sign_in(works, "wangli", f"wrong wrong {n}") for n in range(20)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, staff.WrongCredentials) for one in answers) == 5
    assert sum(isinstance(one, staff.LockedOut) for one in answers) == 15


async def test_a_right_password_wipes_the_slate(works: Works) -> None:
    await hired(works)
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(staff.WrongCredentials):
                await staff.sign_in(works, "wangli", "wrong wrong wrong")
        await staff.sign_in(works, "wangli", PASSWORD)


async def test_an_unused_session_ends_and_a_used_one_lives_on(works: Works, hands: Hands) -> None:
    await hired(works)
    idle, _ = await staff.sign_in(works, "wangli", PASSWORD)
    busy, _ = await staff.sign_in(works, "wangli", PASSWORD)
    for _ in range(4):
        hands.forward(minutes=20)
        await entry(works, busy)
    with pytest.raises(Unauthenticated):
        await entry(works, idle)


async def test_no_session_outlives_its_day(works: Works, hands: Hands) -> None:
    await hired(works)
    token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    for _ in range(35):
        hands.forward(minutes=20)
        await entry(works, token)
    hands.forward(minutes=21)
    with pytest.raises(Unauthenticated):
        await entry(works, token)


async def test_who_signs_out_is_out(works: Works) -> None:
    await hired(works)
    token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    async with acting_as(works, token) as work:
        await staff.sign_out(work, (await entry(works, token)).token_id)
    with pytest.raises(Unauthenticated):
        await entry(works, token)


async def test_nobody_ends_anothers_session_without_the_right(works: Works) -> None:
    await hired(works, "wangli")
    await hired(works, "zhangwei")
    hers, _ = await staff.sign_in(works, "wangli", PASSWORD)
    his, _ = await staff.sign_in(works, "zhangwei", PASSWORD)
    victim = (await entry(works, hers)).token_id
    with pytest.raises(Forbidden):
        async with acting_as(works, his) as work:
            await staff.sign_out(work, victim)
    assert await entry(works, hers)


async def test_a_disabled_account_is_out_at_once_and_cannot_come_back(works: Works) -> None:
    user = await hired(works)
    token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    await hired(works, "root", "admin")
    async with works.begin(SYSTEM) as work:
        await staff.disable_user(work, user.id)
    with pytest.raises(Unauthenticated):
        await entry(works, token)
    with pytest.raises(staff.WrongCredentials):
        await staff.sign_in(works, "wangli", PASSWORD)


async def test_changing_ones_password_ends_the_other_sessions(works: Works) -> None:
    await hired(works, due=True)
    here, _ = await staff.sign_in(works, "wangli", PASSWORD)
    there, _ = await staff.sign_in(works, "wangli", PASSWORD)
    assert (await entry(works, here)).password_change_due
    mine = await entry(works, here)
    await staff.change_password(
        works, mine.actor, old=PASSWORD, new="five horses run south", keep_session=mine.token_id
    )
    assert not (await entry(works, here)).password_change_due
    with pytest.raises(Unauthenticated):
        await entry(works, there)
    with pytest.raises(staff.WrongCredentials):
        await staff.sign_in(works, "wangli", PASSWORD)


async def test_a_password_set_by_somebody_else_must_be_changed(works: Works) -> None:
    user = await hired(works)
    async with works.begin(SYSTEM) as work:
        await staff.set_password(work, user.id, "a first password to change")
    token, _ = await staff.sign_in(works, "wangli", "a first password to change")
    assert (await entry(works, token)).password_change_due


async def test_a_wrong_present_password_counts_as_a_try(works: Works) -> None:
    await hired(works)
    token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    actor = (await entry(works, token)).actor
    for expected in [staff.WrongCredentials] * 5 + [staff.LockedOut]:
        with pytest.raises(expected):
            await staff.change_password(works, actor, old="not this one", new="five horses run")


async def test_one_time_codes_are_asked_for_once_enrolled_and_open_once(
    works: Works, hands: Hands
) -> None:
    await hired(works)
    token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    async with acting_as(works, token) as work:
        secret, address = await staff.begin_enrolment(work)
    assert address.startswith("otpauth://totp/")
    codes = pyotp.TOTP(secret)
    assert await staff.sign_in(works, "wangli", PASSWORD)  # waiting for its first code: not yet on
    async with acting_as(works, token) as work:
        await staff.confirm_enrolment(work, codes.at(hands.now))
    with pytest.raises(staff.CodeNeeded):
        await staff.sign_in(works, "wangli", PASSWORD)
    with pytest.raises(staff.CodeNeeded):  # the code that enrolled was used
        await staff.sign_in(works, "wangli", PASSWORD, code=codes.at(hands.now))
    hands.forward(seconds=30)
    code = codes.at(hands.now)
    assert await staff.sign_in(works, "wangli", PASSWORD, code=code)
    with pytest.raises(staff.CodeNeeded):
        await staff.sign_in(works, "wangli", PASSWORD, code=code)


async def test_the_secret_of_one_time_codes_is_sealed(works: Works) -> None:
    await hired(works)
    token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    async with acting_as(works, token) as work:
        secret, _ = await staff.begin_enrolment(work)
    async with works.read(SYSTEM) as work:
        kept = await work.db.fetchval("SELECT staff_user::text FROM staff_user")
    assert secret not in kept and secret.encode().hex() not in kept


async def test_a_changed_role_counts_from_the_next_request_on(works: Works) -> None:
    await hired(works)
    await hired(works, "root", "admin")
    token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    assert not (await entry(works, token)).actor.may("payments.take")
    async with works.begin(SYSTEM) as work:
        await staff.set_role(
            work, "agent", label=Text("客服", "Agent"), permissions={"payments.take"}
        )
    actor = (await entry(works, token)).actor
    assert actor.permissions == {"payments.take"}


async def test_somebody_who_can_manage_staff_remains(works: Works) -> None:
    user = await hired(works, "root", "admin")
    with pytest.raises(Refused):
        async with works.begin(SYSTEM) as work:
            await staff.disable_user(work, user.id)
    with pytest.raises(Refused):
        async with works.begin(SYSTEM) as work:
            await staff.set_role(
                work, "admin", label=Text("管", "Admin"), permissions={"audit.read"}
            )


async def test_a_taken_login_is_refused_whatever_its_letters(works: Works) -> None:
    await hired(works)
    with pytest.raises(staff.LoginTaken):
        await hired(works, "WANGLI")


async def test_an_unknown_role_is_refused(works: Works) -> None:
    with pytest.raises(Invalid):
        await hired(works, "wangli", "emperor")


async def test_only_who_may_manage_staff_hires(works: Works) -> None:
    await hired(works)
    token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    with pytest.raises(Forbidden):
        async with acting_as(works, token) as work:
            await staff.create_user(
                work, login="friend", name="x", roles=["admin"], password=PASSWORD
            )


async def test_the_first_administrator_is_made_once(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        first = await staff.first_administrator(work)
    async with works.begin(SYSTEM) as work:
        second = await staff.first_administrator(work)
    assert first is not None and second is None
    token, user = await staff.sign_in(works, *first)
    assert user.roles == ("admin",)
    assert (await entry(works, token)).password_change_due


async def test_a_client_gets_a_token_for_the_scopes_it_asks(works: Works, hands: Hands) -> None:
    async with works.begin(SYSTEM) as work:
        client, secret = await staff.create_client(
            work, name="shop till", scopes=["bills.read", "payments.take"]
        )
    token, scopes, _ = await staff.grant(works, str(client.id), secret, scopes=["bills.read"])
    actor = (await entry(works, token)).actor
    assert scopes == ("bills.read",) == tuple(actor.permissions)
    assert actor.kind == "client" and actor.name == "shop till"
    hands.forward(minutes=61)
    with pytest.raises(Unauthenticated):
        await entry(works, token)


async def test_a_client_gets_no_more_than_it_was_given(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        client, secret = await staff.create_client(work, name="till", scopes=["bills.read"])
    with pytest.raises(Refused):
        await staff.grant(works, str(client.id), secret, scopes=["staff.manage"])


async def test_a_clients_key_taken_back_closes_its_tokens(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        client, secret = await staff.create_client(work, name="till", scopes=["bills.read"])
    token, _, _ = await staff.grant(works, str(client.id), secret)
    async with works.begin(SYSTEM) as work:
        await staff.disable_client(work, client.id)
    with pytest.raises(Unauthenticated):
        await entry(works, token)
    with pytest.raises(staff.WrongCredentials):
        await staff.grant(works, str(client.id), secret)


@pytest.mark.parametrize("client_id", ["not an id", "01890000-0000-7000-8000-000000000000"])
async def test_an_unknown_client_is_told_what_a_wrong_secret_is_told(
    works: Works, client_id: str
) -> None:
    with pytest.raises(staff.WrongCredentials):
        await staff.grant(works, client_id, "x" * 40)


async def test_the_sweep_leaves_what_is_still_open(works: Works, hands: Hands) -> None:
    await hired(works)
    await staff.sign_in(works, "wangli", PASSWORD)
    hands.forward(minutes=31)
    open_token, _ = await staff.sign_in(works, "wangli", PASSWORD)
    async with works.begin(SYSTEM) as work:
        await staff.JOBS[staff.SWEEP](work, {})
    async with works.read(SYSTEM) as work:
        assert await work.db.fetchval("SELECT count(*) FROM staff_token") == 1
    assert await entry(works, open_token)


async def test_a_user_of_another_id_is_not_found(works: Works) -> None:
    user = await hired(works)
    async with works.begin(SYSTEM) as work:
        assert (await staff.get_user(work, user.id)).login == "wangli"
        with pytest.raises(NotFound):
            await staff.get_user(work, new_id())

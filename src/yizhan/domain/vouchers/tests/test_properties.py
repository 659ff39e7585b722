"""Secrets, serials and guards for all inputs; the life of cards against one kept by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yizhan.domain import vouchers
from yizhan.domain.vouchers.guard import LOCK, WINDOW, Guard
from yizhan.domain.vouchers.model import clean_secret, clean_serial, new_secret, serial_of
from yizhan.kernel.errors import Invalid
from yizhan.platform import vault
from yizhan.platform.work import Works

from .house import FINANCE, NOW, assert_whole, balance, batch, line, redeem

DIGITS = st.text("0123456789", min_size=19, max_size=19)


@pytest.fixture(autouse=True)
def _open_vault() -> None:
    vault.unlock(b"a secret of thirty-two bytes, 1!")


@given(DIGITS, st.lists(st.tuples(st.integers(0, 19), st.sampled_from(" -　–")), max_size=8))
def test_gaps_do_not_matter(secret: str, gaps: list[tuple[int, str]]) -> None:
    typed = secret
    for place, gap in gaps:
        typed = typed[:place] + gap + typed[place:]
    assert clean_secret(typed) == secret


@given(st.text(max_size=40))
def test_what_is_typed_is_19_digits_or_refused_without_being_repeated(typed: str) -> None:
    refused: Invalid | None = None
    found = "0" * 19
    try:
        found = clean_secret(typed)
    except Invalid as error:
        refused = error
    assert len(found) == 19 and found.isascii() and found.isdigit()
    assert refused is None or (refused.field == "secret" and set(refused.facts) <= {"count"})


@given(st.integers(10_000_001, 99_999_999), st.integers(1, 100_000))
def test_a_serial_has_15_digits_and_is_read_back(batch_number: int, running: int) -> None:
    serial = serial_of(batch_number, running)
    assert clean_serial(f"{serial}") == serial
    assert divmod(serial, 10**7) == (batch_number, running)


def test_secrets_do_not_repeat_and_use_all_digits() -> None:
    made = [new_secret() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert all(len(one) == 19 for one in made)
    for place in range(19):
        assert len({one[place] for one in made}) == 10


START = datetime(2026, 3, 1, tzinfo=UTC)


@given(st.lists(st.integers(0, 40), max_size=40), st.integers(1, 5))
def test_no_more_than_the_limit_is_tried_in_any_day(hours: list[int], limit: int) -> None:
    guard, now, tried = Guard("x", 0, START), START, []
    for gap in hours:
        now += timedelta(hours=gap)
        if not guard.is_locked(now):
            guard = guard.after_wrong(limit, now)
            tried.append(now)
    assert WINDOW == LOCK == timedelta(hours=24)
    # Two windows may meet within a day, so never as many as two limits; after a lock, none.
    for moment in tried:
        within = [one for one in tried if moment <= one < moment + WINDOW]
        assert len(within) < 2 * limit or limit == 1
        if limit == 1:
            assert len(within) == 1


STATES = ("made", "active", "redeemed", "voided")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["activate", "redeem", "void"]), st.integers(0, 5), st.integers(0, 5)
    ),
    min_size=1,
    max_size=14,
)


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(acts=ACTS)
async def test_any_life_of_cards_leaves_the_books_whole(
    works: Works, acts: list[tuple[str, int, int]]
) -> None:
    works = Works(works.pool, clock=lambda: NOW)
    number = f"130{await _next(works):08d}"
    account = await line(works, number)
    made, secrets = await batch(works, 6, 10_00, active=False)
    serials = sorted(secrets)
    state = dict.fromkeys(serials, "made")
    for n, (act, a, b) in enumerate(acts):
        span = [one for one in serials if serials[min(a, b)] <= one <= serials[max(a, b)]]
        if act == "redeem":
            answer = await redeem(works, secrets[serials[a]], number)
            assert (answer.redemption is not None) == (state[serials[a]] == "active")
            if answer.redemption:
                state[serials[a]] = "redeemed"
            continue
        out_of = ("made",) if act == "activate" else ("made", "active")
        hit = [one for one in span if state[one] in out_of]
        try:
            async with works.begin(FINANCE) as work:
                command = vouchers.activate if act == "activate" else vouchers.void
                said = {"seller": "甲"} if act == "activate" else {"reason": "乙"}
                done = await command(
                    work, made.id, key=f"{made.id}{n}", first=span[0], last=span[-1], **said
                )
            assert done.cards == len(hit)
        except vouchers.NothingThere:
            assert not hit
        state |= dict.fromkeys(hit, "active" if act == "activate" else "voided")
    async with works.read(FINANCE) as work:
        standing = await vouchers.standing(work, await vouchers.get_batch(work, made.id))
    assert standing.cards == {
        name: list(state.values()).count(name) for name in set(state.values())
    }
    assert await balance(works, account) == 10_00 * list(state.values()).count("redeemed")
    await assert_whole(works)


async def _next(works: Works) -> int:
    async with works.pool.acquire() as db:
        return int(await db.fetchval("SELECT count(*) FROM line"))


def test_the_day_of_expiry_is_the_first_that_is_too_late() -> None:
    card = vouchers.Voucher(
        serial=1, batch_id=FINANCE.id, value_fen=1, state="active", expires_on=date(2027, 3, 1)
    )
    assert card.refusal(today=date(2027, 2, 28)) is None
    refused = card.refusal(today=date(2027, 3, 1))
    assert refused is not None and refused[0] == "expired"

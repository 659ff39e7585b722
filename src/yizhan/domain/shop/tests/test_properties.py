"""Baskets for all texts; any life of any orders against shelves counted by hand."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yizhan.domain import shop, subscriptions
from yizhan.domain.shop.model import LINES_MAX
from yizhan.kernel.errors import CareError
from yizhan.platform.work import Works

from .house import (
    CASE,
    CLERK,
    KEEPER,
    NOW,
    PHONE,
    SHOP,
    assert_whole,
    buyer,
    customer,
    look,
    order,
    shelf,
    stocked,
)

CODES = st.from_regex(r"[a-z0-9][a-z0-9_]{1,20}", fullmatch=True)
WISHES = st.builds(
    shop.Wish, goods=CODES, quantity=st.integers(1, shop.QUANTITY_MAX), contract=st.just(False)
)


@given(st.lists(WISHES, max_size=LINES_MAX, unique_by=lambda one: one.goods))
def test_a_basket_is_read_as_it_was_said(wishes: list[shop.Wish]) -> None:
    basket = shop.Basket(wishes=tuple(wishes))
    assert shop.Basket.parse(basket.say()) == basket


@given(st.text(max_size=300))
def test_any_text_is_a_basket_of_allowed_things(text: str) -> None:
    found = shop.Basket.parse(text)
    assert len(found.wishes) <= LINES_MAX
    assert all(1 <= one.quantity <= shop.QUANTITY_MAX for one in found.wishes)
    assert shop.Basket.parse(found.say()) == found


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["order", "order", "order", "cancel", "expire", "pack", "hand", "ask", "back", "count"]
        ),
        st.integers(0, 5),
        st.sampled_from([PHONE, CASE]),
        st.integers(1, 3),
    ),
    min_size=4,
    max_size=24,
)
ALL = {PHONE: 900_00, CASE: 30_00}


@settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(acts=ACTS)
async def test_any_life_of_orders_leaves_the_shelves_right(
    works: Works, acts: list[tuple[str, int, str, int]]
) -> None:
    """The shelves against a dictionary; after each life the invariants of all books."""
    works = Works(works.pool, clock=lambda: NOW)
    await stocked(works)
    line = await _line(works)
    here = {PHONE: 3, CASE: 9}
    kept = {PHONE: (await shelf(works))[1], CASE: (await shelf(works, CASE))[1]}
    made: list[tuple[shop.Order, str, int]] = []
    for act, which, code, number in acts:
        if act == "order":
            amount = ALL[code] * number
            try:
                one = await order(
                    works,
                    line,
                    shop.Wish(goods=code, quantity=number),
                    seen=amount,
                    means="account" if amount <= shop.ON_ACCOUNT_FEN_MAX else "online",
                )
            except shop.SoldOut:
                assert here[code] - kept[code] < number
                continue
            assert here[code] - kept[code] >= number
            kept[code] += number
            made.append((one, code, number))
        elif act == "count":
            try:
                async with works.begin(KEEPER) as work:
                    await shop.count(work, place=SHOP, goods=code, on_hand=number, reason="盘点")
            except CareError:
                assert number < kept[code]
            else:
                assert number >= kept[code]
                here[code] = number
        elif made:
            one, code, number = made[which % len(made)]
            before = (await look(works, one)).state
            await _do(works, act, one)
            after = (await look(works, one)).state
            if before != after:
                gone = after in ("cancelled", "handed_over")
                kept[code] -= number if gone else 0
                here[code] += {"handed_over": -number, "returned": number}.get(after.value, 0)
        for each in ALL:
            assert await shelf(works, each) == (here[each], kept[each])
    await assert_whole(works)


async def _do(works: Works, act: str, one: shop.Order) -> None:
    whose = one.customer_id
    late = Works(works.pool, clock=lambda: NOW + timedelta(hours=3))
    actor = customer(whose) if act in ("cancel", "ask") else CLERK
    try:
        async with (late if act == "expire" else works).begin(actor) as work:
            match act:
                case "cancel":
                    await shop.cancel(work, whose, one.id)
                case "expire":
                    await shop.JOBS["shop.expire"](work, {"customer_id": whose, "order_id": one.id})
                case "pack":
                    await shop.pack(work, whose, one.id)
                case "hand":
                    await shop.hand_over(work, whose, one.id, code=one.pickup_code)
                case "ask":
                    await shop.ask_return(work, whose, one.id)
                case _:
                    await shop.take_back(work, whose, one.id)
    except CareError:
        pass


async def _line(works: Works) -> subscriptions.Line:
    async with works.pool.acquire() as db:
        count = await db.fetchval("SELECT count(*) FROM account")
    return await buyer(works, f"131{count:08d}")

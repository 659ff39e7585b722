"""Allowances: order, blocks, straddling calls, windows, pools, rollover, and what comes after."""

from datetime import date
from fractions import Fraction
from uuid import UUID

from yizhan.domain import rating
from yizhan.domain.rating.tests.making import TEXT, calls, month, plan, use, voice_plan


def allowance(id="a", unit="s", size="10min", wanted="{service: voice}", draw="60s", more=""):
    return (
        f"  - {{id: {id}, unit: {unit}, size: {size}, for: {wanted}, draw: {draw}, {more}{TEXT}}}\n"
    )


def rated(terms, usages, **how):
    return rating.rate_month(terms, usages, month(), **how)


def left(found, id="a"):
    return next(bucket.left for bucket in found.buckets if bucket.allowance == id)


def test_free_minutes_cover_the_local_part_and_long_distance_is_paid():
    terms = plan("allowances:\n" + allowance(more="items: [local], "))
    found = rated(terms, [use("2004-03-01 10:00", quantity=61, zone="domestic")])
    assert found.exact_total == 11 * Fraction("0.07")
    assert left(found) == 480


def test_a_straddling_call_pays_for_what_is_left_in_started_minutes():
    terms = plan("allowances:\n" + allowance(size="2min"))
    found = rated(terms, [use("2004-03-01 10:00", quantity=200)])
    # 120 s from the allowance, 80 s are two started minutes.
    assert found.exact_total == Fraction("0.60")
    assert found.charges[0].drawn == (("a", 120),)


def test_long_distance_goes_on_in_its_blocks_where_the_local_minutes_run_out():
    terms = plan("allowances:\n" + allowance(size="1min", more="items: [local], "))
    found = rated(terms, [use("2004-03-01 10:00", quantity=90, zone="domestic")])
    assert found.exact_total == Fraction("0.30") + 15 * Fraction("0.07")


def test_smaller_orders_are_drawn_first():
    terms = plan(
        "allowances:\n"
        + allowance("late", more="order: 20, ")
        + allowance("first", size="1min", more="order: 10, ")
    )
    found = rated(terms, [use("2004-03-01 10:00", quantity=120)])
    assert (left(found, "first"), left(found, "late")) == (0, 540)


def test_a_night_allowance_gives_only_at_night():
    terms = voice_plan(
        f'  - {{id: all, if: {{service: voice}}, item: local, price: "0.30", per: 60s, {TEXT}}}\n',
        'calendars: {c: {night: "21:00-08:00", day: else}}\nallowances:\n'
        + allowance(wanted="{service: voice, band: night}"),
    )
    found = rated(terms, [use("2004-03-01 20:58:00", quantity=300)])
    # Two minutes by day are paid, three at night are taken.
    assert found.exact_total == Fraction("0.60")
    assert left(found) == 600 - 180


def test_a_paid_minute_that_reaches_into_the_night_is_not_drawn_again():
    terms = voice_plan(
        f'  - {{id: all, if: {{service: voice}}, item: local, price: "0.30", per: 60s, {TEXT}}}\n',
        'calendars: {c: {night: "21:00-08:00", day: else}}\nallowances:\n'
        + allowance(size="1min", wanted="{service: voice, band: night}"),
    )
    found = rated(terms, [use("2004-03-01 20:58:30", quantity=300)])
    # Two day minutes to 21:00:30, one from the allowance, two night minutes are paid.
    assert found.exact_total == 4 * Fraction("0.30")
    assert [(p.kind, p.count) for p in found.charges[0].pieces] == [
        ("allowance", 60),
        ("blocks", 2),
        ("blocks", 2),
    ]


def test_long_distance_is_paid_by_day_and_night_while_local_minutes_are_drawn_at_night():
    rules = f"""\
  - id: long
    if: {{service: voice}}
    parts: [{{item: local, price: "0.30", per: 60s}}, {{item: long, price: "0.07", per: 6s}}]
    {TEXT}
"""
    terms = voice_plan(
        rules,
        'calendars: {c: {night: "21:00-08:00", day: else}}\nallowances:\n'
        + allowance(wanted="{service: voice, band: night}", more="items: [local], "),
    )
    found = rated(terms, [use("2004-03-01 20:59:00", quantity=180)])
    assert found.exact_total == Fraction("0.30") + 30 * Fraction("0.07")


def test_what_slows_down_waits_for_packs_bought_besides():
    slow = "then: {throttle: 1Mbps}, order: 1, "
    terms = plan(
        "allowances:\n"
        + allowance(unit="B", size="1MiB", draw="1KiB", wanted="{service: data}", more=slow)
        + allowance("b", unit="B", size="1MiB", draw="1KiB", wanted="{service: data}")
    )
    found = rated(terms, [use("2004-03-01 10:00", "data", 2 << 20)])
    assert (found.exact_total, found.blocked, left(found, "b")) == (0, 0, 0)


def test_points_are_worth_what_the_plan_says():
    terms = plan(
        "allowances:\n"
        + allowance(
            unit="points",
            size="10",
            draw="1",
            wanted="{service: [voice, sms, data]}",
            more="points: {voice: 60s, sms: 2, data: 1MiB}, ",
        )
    )
    usages = [
        use("2004-03-01 10:00", quantity=61),
        use("2004-03-01 11:00", "sms", 1),
        use("2004-03-01 12:00", "data", (1 << 20) + 1),
    ]
    found = rated(terms, usages)
    assert [charge.drawn for charge in found.charges] == [(("a", 2),), (("a", 1),), (("a", 2),)]
    assert left(found) == 5


def test_what_is_drawn_may_have_its_own_price():
    terms = plan(
        "allowances:\n" + allowance(more='price: {amount: "0.10", per: 60s, item: local}, ')
    )
    found = rated(terms, calls(11))
    assert found.exact_total == 10 * Fraction("0.10") + Fraction("0.30")


def test_usage_beyond_a_blocking_allowance_is_stopped_and_not_charged():
    terms = plan("allowances:\n" + allowance(size="1min", more="then: block, "))
    found = rated(terms, [use("2004-03-01 10:00", quantity=100)])
    assert (found.exact_total, found.blocked) == (0, 1)
    assert [(p.kind, p.quantity) for p in found.charges[0].pieces] == [
        ("allowance", 60),
        ("blocked", 40),
    ]


def test_usage_beyond_a_throttled_allowance_is_slow_and_free():
    terms = plan(
        "allowances:\n"
        + allowance(unit="B", size="1MiB", draw="1KiB", wanted="{service: data}",
                    more="then: {throttle: 1Mbps}, ")
    )  # fmt: skip
    found = rated(terms, [use("2004-03-01 10:00", "data", 3 << 20)])
    assert (found.exact_total, found.blocked) == (0, 1)


def test_packs_are_bought_by_themselves_up_to_the_most():
    terms = plan(
        "allowances:\n"
        + allowance(unit="B", size="1GiB", draw="1KiB", wanted="{service: data}",
                    more='then: {pack: {size: 1GiB, price: "10", most: 2, item: data}}, ')
    )  # fmt: skip
    gib = 1 << 30
    found = rated(terms, [use("2004-03-01 10:00", "data", 4 * gib)])
    # One included, two packs, the fourth at 5 yuan a GiB.
    assert found.exact_total == 25
    assert found.buckets[0].packs == 2


def test_no_pack_is_bought_while_another_allowance_has_units():
    first = 'then: {pack: {size: 1MiB, price: "10", item: data}}, order: 1, '
    terms = plan(
        "allowances:\n"
        + allowance(unit="B", size="1MiB", draw="1KiB", wanted="{service: data}", more=first)
        + allowance("b", unit="B", size="1MiB", draw="1KiB", wanted="{service: data}")
    )
    assert rated(terms, [use("2004-03-01 10:00", "data", 2 << 20)]).exact_total == 0
    assert rated(terms, [use("2004-03-01 10:00", "data", 3 << 20)]).exact_total == 10


def test_a_day_pass_is_paid_once_on_each_day_it_is_used():
    terms = plan(
        "allowances:\n"
        + allowance(unit="B", size="1GiB", draw="1KiB", wanted="{service: data}",
                    more='period: day, entry: {amount: "25", item: data}, ')
    )  # fmt: skip
    usages = [
        use(f"2004-03-0{day} {hour}:00", "data", 1 << 20) for day in (1, 2) for hour in (10, 12)
    ]
    found = rated(terms, usages)
    assert found.exact_total == 50


def test_unused_units_live_one_more_month_and_are_drawn_first():
    terms = plan(
        "allowances:\n" + allowance(more="rollover: {cap: 6min, periods: 1, first: rolled}, ")
    )
    march = rated(terms, calls(2))
    assert march.carry.lots == (rating.Lot(allowance="a", units=360, periods_left=1),)
    april = rating.rate_month(
        terms,
        [use("2004-04-02 10:00", quantity=300)],
        month("2004-04"),
        context=rating.Context(carry=march.carry),
    )
    # 300 of the 360 carried in; its own 600 stay, 360 of them roll on; the 60 left expire.
    assert april.buckets[0].left == 660
    assert april.carry.lots == (rating.Lot(allowance="a", units=360, periods_left=1),)


def test_units_rolled_over_expire_after_their_periods():
    terms = plan("allowances:\n" + allowance(size="1min", more="rollover: {periods: 2}, "))
    carry = rating.Carry()
    left_over = []
    for number in (3, 4, 5, 6):
        found = rating.rate_month(
            terms, [], month(f"2004-0{number}"), context=rating.Context(carry=carry)
        )
        carry = found.carry
        left_over.append(sum(lot.units for lot in carry.lots))
    # Each month's minute lives two more months: never more than two on the way.
    assert left_over == [60, 120, 120, 120]


def test_a_week_open_at_the_end_of_the_month_goes_on_in_the_next():
    terms = plan("allowances:\n" + allowance(more="period: week, "))
    # 2004-03-29 is a Monday; its week ends with 4 April.
    march = rated(terms, [use("2004-03-30 10:00", quantity=540)])
    (window,) = march.carry.windows
    assert (window.starts, window.left) == (date(2004, 3, 29), 60)
    april = rating.rate_month(
        terms,
        [use("2004-04-02 10:00", quantity=120), use("2004-04-06 10:00", quantity=120)],
        month("2004-04"),
        context=rating.Context(carry=march.carry),
    )
    assert [charge.yuan for charge in april.charges] == [Fraction("0.30"), 0]


def test_a_half_month_has_its_share_in_whole_draw_blocks():
    terms = plan("allowances:\n" + allowance(more="prorate: by_day, "))
    context = rating.Context(active_from=date(2004, 3, 17))
    found = rated(terms, [], context=context)
    # 600 s x 15/31 = 290.3, five started minutes.
    assert found.buckets[0].size == 300


def test_a_family_shares_its_pool_in_event_time_order_and_each_has_his_cap():
    pool = "scope: account, pool: {grow: per_member, member_cap: 8min}, "
    mother, son = UUID(int=101), UUID(int=102)
    owner = plan("allowances:\n" + allowance("pool", size="10min", more=pool))
    member = plan("allowances:\n" + allowance("pool", size="0min", more=pool))
    found = rating.rate_account(
        [
            rating.LineUsage(
                line_id=mother,
                plan=owner,
                usages=(use("2004-03-01 11:00", quantity=300, line=mother),),
            ),
            rating.LineUsage(
                line_id=son,
                plan=member,
                usages=(use("2004-03-01 10:00", quantity=540, line=son),),
            ),
        ],
        month(),
    )
    # The son came first: 8 minutes and a paid one; the mother has the two that were left.
    assert found[son].exact_total == Fraction("0.30")
    assert found[mother].exact_total == 3 * Fraction("0.30")
    assert found[mother].buckets[0].left == 0


def test_a_late_record_takes_its_place_when_the_month_is_rated_again():
    terms = plan("allowances:\n" + allowance(size="1min"))
    late = use("2004-03-01 09:00", quantity=60)
    known = use("2004-03-01 10:00", quantity=60)
    before = rated(terms, [known])
    after = rated(terms, [known, late])
    assert [c.yuan for c in before.charges] == [0]
    assert [(c.usage_id, c.yuan) for c in after.charges] == [
        (late.id, 0),
        (known.id, Fraction("0.30")),
    ]

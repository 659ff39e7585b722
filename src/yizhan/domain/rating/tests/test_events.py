"""What single events cost: bands, blocks, parts, sessions, and what is refused."""

from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from yizhan.domain import rating
from yizhan.domain.rating.tests.making import TEXT, month, plan, use, voice_plan

NIGHT = 'calendars: {c: {night: "21:00-08:00", day: else}}\n'
DAY_AND_NIGHT = f"""\
  - {{id: night, if: {{service: voice, band: night}}, item: local, connect: "0.50", price: "0.10",
      per: 60s, {TEXT}}}
  - {{id: day, if: {{service: voice}}, item: local, connect: "0.05", price: "0.30", per: 60s,
      {TEXT}}}
"""


def cost(terms, usage, **how) -> Fraction:
    return rating.rate_event(terms, usage, month("2004-03"), **how).yuan


def test_one_call_adds_its_local_minutes_and_its_long_distance():
    # 61 s: two minutes at 0.30, eleven blocks of 6 s at 0.07.
    charge = rating.rate_event(
        plan(), use("2004-03-01 20:00", quantity=61, zone="domestic"), month()
    )
    assert charge.yuan == Fraction("0.60") + 11 * Fraction("0.07")
    assert [(p.kind, p.item, p.count) for p in charge.pieces] == [
        ("blocks", "local", 2),
        ("blocks", "long", 11),
    ]


def test_a_finer_zone_falls_under_its_prefix():
    assert cost(plan(), use("2004-03-01 20:00", zone="domestic.heilongjiang")) == 1


def test_a_minute_begun_by_day_is_a_day_minute():
    # 20:58:30 for 5 minutes: day minutes begin at :00, 1:00, 2:00 (the third at 21:00:30 is night).
    terms = voice_plan(DAY_AND_NIGHT, NIGHT)
    charge = rating.rate_event(terms, use("2004-03-01 20:58:30", quantity=300), month())
    blocks = [(p.band, p.count) for p in charge.pieces if p.kind == "blocks"]
    assert blocks == [("day", 2), ("night", 3)]
    assert charge.yuan == Fraction("0.05") + 2 * Fraction("0.30") + 3 * Fraction("0.10")


def test_a_block_that_reaches_over_the_edge_is_not_paid_twice():
    # 20:59:30 for 60 s: one minute, begun by day.
    terms = voice_plan(DAY_AND_NIGHT, NIGHT)
    assert cost(terms, use("2004-03-01 20:59:30")) == Fraction("0.35")


def test_a_second_begun_before_the_edge_belongs_to_the_earlier_band():
    rules = f"""\
  - {{id: night, if: {{service: voice, band: night}}, item: local, free: true, {TEXT}}}
  - {{id: day, if: {{service: voice}}, item: local, price: "0.01", per: 1s, {TEXT}}}
"""
    terms = voice_plan(rules, NIGHT)
    assert cost(terms, use("2004-03-01 20:59:50.500000", quantity=30)) == Fraction("0.10")


def test_at_start_keeps_the_first_band_to_the_end():
    terms = voice_plan(DAY_AND_NIGHT, NIGHT + "split: {voice: at_start}\n")
    assert cost(terms, use("2004-03-01 20:58:30", quantity=300)) == Fraction("1.55")


def test_a_call_over_midnight_of_a_holiday_changes_at_midnight():
    rules = f"""\
  - {{id: off, if: {{service: voice, band: off}}, item: local, free: true, {TEXT}}}
  - {{id: day, if: {{service: voice}}, item: local, price: "0.01", per: 1s, {TEXT}}}
"""
    terms = voice_plan(rules, "calendars: {c: {off: holiday, on: else}}\n")
    context = rating.Context(holidays=frozenset({date(2004, 3, 9)}))
    call = use("2004-03-08 23:59:00", quantity=100)
    assert cost(terms, call, context=context) == Fraction("0.60")
    assert cost(terms, call) == Fraction("1.00")


@pytest.mark.parametrize(
    ("at", "seconds_by_day"),
    [("2024-03-31 01:30:00", 1800), ("2024-10-27 02:30:00", 5400)],
)
def test_a_day_whose_clocks_shift_is_divided_as_they_show(at, seconds_by_day):
    # Berlin: 2024-03-31 02:00 becomes 03:00; 2024-10-27 03:00 becomes 02:00 again.
    berlin = ZoneInfo("Europe/Berlin")
    rules = f"""\
  - {{id: early, if: {{service: voice, band: early}}, item: local, price: "1", per: 1s, {TEXT}}}
  - {{id: late, if: {{service: voice}}, item: local, free: true, {TEXT}}}
"""
    terms = voice_plan(rules, 'calendars: {c: {early: "00:00-03:00", late: else}}\n')
    call = use(at, quantity=10_000, tz=berlin)
    charge = rating.rate_event(terms, call, month(at[:7], berlin), tz=berlin)
    assert charge.yuan == seconds_by_day


def test_the_parts_of_a_session_are_summed_before_they_are_rounded():
    # 3 x 20 s is one started minute, not three.
    parts = [use(f"2004-03-01 10:0{n}", quantity=20, session="s", sequence=n) for n in range(3)]
    rated = rating.rate_month(plan(), reversed(parts), month())
    assert rated.exact_total == Fraction("0.30")
    heads = [charge.part_of for charge in rated.charges]
    assert heads == [None, parts[0].id, parts[0].id]


def test_zero_length_costs_nothing_not_even_to_connect():
    terms = voice_plan(DAY_AND_NIGHT, NIGHT)
    charge = rating.rate_event(terms, use("2004-03-01 22:00", quantity=0), month())
    assert (charge.amount, charge.pieces) == (0, ())


def test_a_class_without_a_price_is_an_error_that_names_it():
    terms = plan(covers="{voice: {roam: home}, sms: {roam: home}, data: {roam: home}, content: {}}")
    no_mms = use("2004-03-01 10:00", "mms", 1)
    with pytest.raises(rating.NoPrice, match=r"“test” has no price for mms/out/direct/local"):
        rating.rate_month(terms, [no_mms], month())


def test_a_negative_quantity_is_refused_where_the_rule_does_not_allow_it():
    with pytest.raises(rating.RatingError, match="below zero"):
        cost(plan(), use("2004-03-01 10:00", quantity=-60))


def test_content_without_an_amount_is_refused():
    with pytest.raises(rating.RatingError, match="no amount"):
        cost(plan(), use("2004-03-01 10:00", "content", 1))
    assert cost(plan(), use("2004-03-01 10:00", "content", 1, amount=200)) == 2


def test_a_record_outside_the_period_is_refused():
    with pytest.raises(rating.RatingError, match="outside the period"):
        cost(plan(), use("2004-04-01 00:00"))


def test_family_ranks_beyond_the_plans_numbers_are_ordinary():
    rule = f"""\
  - {{id: family, if: {{service: voice, family: true}}, item: local, price: "0.15", per: 60s,
      {TEXT}}}
"""
    terms = plan(f"family: {{numbers: 3, {TEXT}}}\n", price=rule)
    costs = [cost(terms, use("2004-03-01 10:00", family_rank=rank)) for rank in (0, 1, 3, 4)]
    assert costs == [Fraction("0.30"), Fraction("0.15"), Fraction("0.15"), Fraction("0.30")]


def test_each_record_is_rounded_where_the_plan_says():
    # 1 KiB at 5 yuan a GiB is 0.0000047...: nothing, or one fen, or kept until the line.
    kibibyte = use("2004-03-01 10:00", "data", 1024)
    usages = [kibibyte, *(use("2004-03-01 11:00", "data", 1024) for _ in range(1023))]
    event = "rounding: {event: {digits: 2, mode: %s}}\n"
    assert rating.rate_month(plan(event % "half_up"), usages, month()).total == 0
    assert rating.rate_month(plan(event % "up"), usages, month()).total == 1024
    rated = rating.rate_month(plan(), usages, month())
    assert rated.exact_total == Fraction(5, 1024)
    assert rated.total == 0


def test_the_balance_says_how_long_a_call_may_go_on():
    # 0.37 is one minute with one block of 6 s... then 0.30 + 6 x 0.07 = 0.72 buys 36 s.
    meter = rating.Meter(plan(), month())
    call = use("2004-03-01 10:00", quantity=0, zone="domestic")
    assert rating.allowed_quantity(meter, call, balance=72) == 36
    assert rating.allowed_quantity(meter, call, balance=36) == 0
    assert meter.close().charges == ()


def test_purses_pay_in_order_and_none_goes_below_zero():
    own, mother = rating.Purse(owner="own", fen=30), rating.Purse(owner="mother", fen=100)
    paid = rating.spend(110, [own, mother])
    assert [(p.owner, p.fen) for p in paid.left] == [("own", 0), ("mother", 20)]
    assert paid.unpaid == 0
    assert rating.spend(200, [own, mother]).unpaid == 70

"""Bill lines: the two callers of the article, proration, discounts, caps, taxes, tiers, words."""

from datetime import date

import pytest

from yizhan.domain import rating
from yizhan.domain.rating.tests.making import TEXT, calls, month, plan, use, voice_plan

MINIMUM = f'limits: {{min_spend: {{amount: "108", items: [local, long], {TEXT}}}}}\n'
IP = f"""\
  - id: ip
    if: {{service: voice, access: 17911, zone: domestic}}
    parts: [{{item: local, price: "0.30", per: 60s}}, {{item: long, price: "0.30", per: 60s}}]
    {TEXT}
"""


def rated(terms, usages, **context):
    return rating.rate_month(terms, usages, month(), context=rating.Context(**context))


def fees(more: str) -> str:
    return f'recurring: [{{id: fee, item: rent, amount: "50.00", {more} {TEXT}}}]\n'


def test_the_caller_of_360_minutes_160_of_them_long_distance_pays_220():
    usages = calls(200) + calls(160, day=10, zone="domestic")
    found = rated(plan(MINIMUM), usages)
    assert found.total == 22000
    assert found.line("local").amount == 10800  # 360 x 0.30
    assert found.line("long").amount == 11200  # 160 x 10 x 0.07
    assert [line.kind for line in found.lines] == ["usage", "usage"]


def test_over_17911_he_pays_156():
    usages = calls(200) + calls(160, day=10, zone="domestic", access="17911")
    assert rated(plan(MINIMUM, price=IP), usages).total == 15600  # 108.00 + 160 x 0.30


def test_the_neighbour_of_71_40_is_filled_up_to_108():
    found = rated(plan(MINIMUM), calls(238))  # 238 x 0.30 = 71.40
    top_up = found.line("min_spend")
    assert (top_up.base, top_up.counted, top_up.amount) == (10800, 7140, 3660)
    assert found.total == 10800
    words = rating.explain_line(plan(MINIMUM), top_up)
    assert words.en == "minimum 108.00; your calls came to 71.40; 36.60 was added"
    assert words.zh == "最低消费 108.00 元；您的通话费为 71.40 元；补足 36.60 元"


def test_what_does_not_count_towards_the_minimum_is_added_to_it():
    found = rated(plan(MINIMUM), [use("2004-03-01 10:00", "content", 1, amount=300)])
    assert found.total == 10800 + 300


@pytest.mark.parametrize(
    ("how", "held_from", "fen"),
    [
        ("full", 17, 5000),
        ("none", 17, 0),
        ("by_day", 17, 2419),  # 50 x 15/31
        ("by_day_of_year", 17, 2466),  # 15 days of 1.6438
        ("half_month", 17, 2500),  # fifteen days
        ("half_month", 16, 5000),  # sixteen
    ],
)
def test_a_month_begun_late_is_prorated_as_the_plan_says(how, held_from, fen):
    terms = plan(fees(f"prorate: {{start: {how}}},"))
    assert rated(terms, [], active_from=date(2004, 3, held_from)).total == fen


def test_a_fee_by_the_day_of_the_year_never_passes_the_monthly_fee():
    terms = plan(fees("prorate: {end: by_day_of_year},"))
    assert rated(terms, [], active_to=date(2004, 3, 31)).total == 4932
    assert rated(terms, []).total == 5000


def test_a_change_of_plan_uses_its_own_proration():
    terms = plan(fees("prorate: {start: full, end: none, change: by_day},"))
    half = {"active_to": date(2004, 3, 17)}
    assert rated(terms, [], **half).total == 0
    assert rated(terms, [], **half, ended_by="change").total == 2581  # 50 x 16/31


def test_a_yearly_fee_is_due_in_each_twelfth_month():
    terms = plan(fees("every: 12,"))
    due = [rated(terms, [], months_since_start=n).total for n in (0, 1, 11, 12)]
    assert due == [5000, 0, 0, 5000]


def test_discounts_come_before_caps_and_caps_before_tax():
    terms = plan(
        f'discounts: [{{id: d, items: [message], percent: "50", months: 6, {TEXT}}}]\n'
        f'limits: {{caps: [{{id: c, items: [message], amount: "3.00", {TEXT}}}]}}\n'
        f'tax: [{{code: VAT, rate: "0.10", included: false, {TEXT}}}]\n'
    )
    usages = [use("2004-03-01 10:00", "sms", 100)]
    found = rated(terms, usages)
    # 10.00 - 5.00 = 5.00, capped at 3.00, 0.30 of tax.
    assert [(line.kind, line.amount) for line in found.lines] == [
        ("usage", 1000),
        ("discount", -500),
        ("cap", -200),
        ("tax", 30),
    ]
    assert found.total == 330
    assert rated(terms, usages, months_since_start=6).line("c").amount == -700


def test_a_day_cap_limits_each_day_by_itself():
    terms = plan(
        f'limits: {{caps: [{{id: c, items: [message], amount: "1", per: day, {TEXT}}}]}}\n'
    )
    usages = [use(f"2004-03-0{day} {hour}:00", "sms", 8) for day in (1, 2) for hour in (10, 12)]
    usages.append(use("2004-03-03 10:00", "sms", 5))
    # 1.60 twice is cut to 1.00 twice, 0.50 stays.
    assert rated(terms, usages).total == 250


def test_a_tax_contained_in_prices_is_named_and_not_added():
    terms = plan(fees("") + f'tax: [{{code: VAT, rate: "0.06", included: true, {TEXT}}}]\n')
    found = rated(terms, [])
    vat = found.line("VAT")
    assert (vat.amount, vat.counted, found.total) == (0, 283, 5000)


def test_a_tier_goes_on_counting_over_the_contract_year():
    tier = f"""\
tiers:
  - {{id: t, item: content, kind: graduated, over: contract_year,
      steps: [{{upto: 100, price: "0.10"}}, {{price: "0.05", flat: "1"}}], {TEXT}}}
"""
    rule = f"  - {{id: mms, if: {{service: mms}}, item: content, tier: t, {TEXT}}}\n"
    terms = plan(tier, price=rule, covers="[voice, sms, mms, data, content]")
    first = rated(terms, [use("2004-03-01 10:00", "mms", 90)])
    second = rated(terms, [use("2004-03-02 10:00", "mms", 20)], carry=first.carry)
    third = rated(terms, [use("2004-03-03 10:00", "mms", 20)], carry=second.carry)
    assert [first.total, second.total, third.total] == [900, 100 + 50 + 100, 100]


def test_a_call_that_reaches_into_a_counted_band_is_counted_there():
    rules = f"""\
  - {{id: night, if: {{service: voice, band: night}}, item: local, tier: t, {TEXT}}}
  - {{id: day, if: {{service: voice}}, item: local, free: true, {TEXT}}}
"""
    terms = voice_plan(
        rules,
        f"""\
calendars: {{c: {{night: "21:00-08:00", day: else}}}}
tiers: [{{id: t, item: local, kind: graduated, unit: 60s, steps: [{{price: "1"}}], {TEXT}}}]
""",
    )
    assert rated(terms, [use("2004-03-01 20:58:00", quantity=300)]).total == 300


def test_lines_in_fen_add_up_where_only_the_invoice_is_rounded():
    terms = plan("rounding: {line: none, invoice: {digits: 2, mode: half_up}}\n")
    # 0.5 fen of each: two lines shown as 0.01 each, together 0.01.
    half = (1 << 30) // 1000
    usages = [use("2004-03-01 10:00", "data", half)]
    found = rated(terms, usages)
    assert sum(line.amount for line in found.lines) == found.total


def test_each_charge_is_said_in_both_languages():
    terms = plan()
    call = use("2004-03-01 20:00", quantity=61, zone="domestic")
    charge = rating.rate_event(terms, call, month())
    words = rating.explain_charge(terms, charge)
    assert words[1].en == "Local: 61 s, 2 started blocks of 1 min x 0.30 = 0.60"
    assert words[2].zh == "长途：61 秒，每 6 秒 0.07 元，计 11 次 × 0.07 = 0.77 元"
    assert words[-1].en == "In all 1.37"


def test_rows_of_a_file_are_rated_by_bill_period():
    text = (
        "at,service,quantity,zone\n"
        "2004-03-14 10:00:00,voice,61,local\n"
        "2004-03-15T02:00:00+00:00,sms,1,local\n"
    )
    periods = rating.rate_rows(plan(), rating.usage_rows(text), cycle_day=15)
    assert [(str(p.starts), p.month.total) for p in periods] == [
        ("2004-02-15", 60),
        ("2004-03-15", 10),
    ]
    data = rating.as_data(plan(), periods)
    assert data["periods"][0]["charges"][0]["amount"] == "0.60"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"service": "voice"}, "Row 1: “at” is missing"),
        ({"at": "noon", "service": "voice"}, "no moment"),
        ({"at": "2004-03-01", "service": "fax"}, "“fax” is not a service"),
        ({"at": "2004-03-01", "service": "voice", "quantity": "1MiB"}, "no quantity of voice"),
        ({"at": "2004-03-01", "service": "voice", "colour": "red"}, "column “colour”"),
        ({"at": "2004-03-01", "service": "content", "amount": "much"}, "not an amount"),
        ({"at": "2004-03-01", "service": "sms", "id": "x"}, "no identifier"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row, reason):
    with pytest.raises(
        rating.model.Invalid if hasattr(rating.model, "Invalid") else Exception
    ) as e:
        rating.rate_rows(plan(), [row])
    assert reason in str(e.value)

"""What holds for all usage, not only for the examples."""

from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from yizhan.domain import rating, tariff
from yizhan.domain.rating.tests.making import LINE, TEXT, month, plan

PERIOD = month()
BUSY = plan(
    f"""\
calendars: {{c: {{night: "21:00-08:00; Sat,Sun", day: else}}}}
family: {{numbers: 2, {TEXT}}}
recurring: [{{id: fee, item: rent, amount: "9.90", {TEXT}}}]
allowances:
  - {{id: night, unit: s, size: 20min, for: {{service: voice, band: night}}, draw: 60s, order: 1,
      items: [local], {TEXT}}}
  - {{id: minutes, unit: s, size: 30min, for: {{service: voice, zone: local}}, draw: 60s, order: 2,
      rollover: {{cap: 10min, periods: 2}}, {TEXT}}}
  - {{id: daily, unit: count, size: 3, for: {{service: sms}}, period: day, order: 1, {TEXT}}}
  - {{id: data, unit: B, size: 2MiB, for: {{service: data}}, draw: 1KiB, order: 1,
      then: {{pack: {{size: 1MiB, price: "3", most: 2, item: data}}}}, {TEXT}}}
tiers:
  - {{id: steps, item: message, kind: graduated,
      steps: [{{upto: 10, price: "0.10"}}, {{upto: 30, price: "0.07", flat: "0.50"}},
              {{price: "0.03"}}], {TEXT}}}
limits:
  min_spend: {{amount: "20", items: [rent, local, long, message], {TEXT}}}
  caps:
    - {{id: daycap, items: [message], amount: "0.80", per: day, {TEXT}}}
    - {{id: data_cap, items: [data], amount: "15", {TEXT}}}
discounts: [{{id: tenth, items: [local], percent: "10", {TEXT}}}]
tax: [{{code: VAT, rate: "0.06", included: false, {TEXT}}}]
rounding: {{event: {{digits: 2, mode: half_up}}}}
""",
    price=f"""\
  - {{id: family, if: {{service: voice, family: true}}, item: local, price: "0.10",
      per: 60s, {TEXT}}}
  - id: night
    if: {{service: voice, band: night}}
    item: local
    connect: "0.05"
    steps:
      - {{from: 0s, inc: 60s, per: 60s, price: "0.20"}}
      - {{from: 180s, inc: 6s, per: 60s, price: "0.11"}}
    {TEXT}
  - {{id: texts, if: {{service: sms, direction: out}}, item: message, tier: steps, {TEXT}}}
""",
)
QUANTITIES = {
    tariff.Service.VOICE: st.one_of(
        st.sampled_from([0, 1, 59, 60, 61, 180, 181]), st.integers(0, 9000)
    ),
    tariff.Service.SMS: st.integers(0, 12),
    tariff.Service.DATA: st.one_of(st.sampled_from([0, 1024, 1 << 20]), st.integers(0, 1 << 22)),
    tariff.Service.CONTENT: st.just(1),
}
SECONDS = int((PERIOD.end - PERIOD.start).total_seconds())


@st.composite
def records(draw, services=tuple(QUANTITIES)):
    service = draw(st.sampled_from(services))
    return rating.Usage(
        id=UUID(int=draw(st.integers(1, 1 << 60))),
        line_id=LINE,
        at=PERIOD.start + timedelta(seconds=draw(st.integers(0, SECONDS - 1))),
        service=service,
        quantity=draw(QUANTITIES[service]),
        direction=draw(st.sampled_from(["out", "in"])),
        zone=draw(st.sampled_from(["local", "domestic", "domestic.far"])),
        family_rank=draw(st.integers(0, 3)),
        amount=draw(st.integers(0, 500)) if service is tariff.Service.CONTENT else None,
    )


MONTHS = st.lists(records(), max_size=25, unique_by=lambda usage: usage.id)


def rated(usages, terms=BUSY):
    return rating.rate_month(terms, usages, PERIOD)


@given(MONTHS, st.randoms())
@settings(max_examples=120, deadline=None)
def test_the_order_of_the_records_does_not_matter(usages, random):
    shuffled = list(usages)
    random.shuffle(shuffled)
    assert rated(shuffled) == rated(usages)


@given(MONTHS)
@settings(max_examples=120, deadline=None)
def test_rating_again_changes_nothing(usages):
    assert rated(usages) == rated(usages)


@given(MONTHS)
@settings(max_examples=150, deadline=None)
def test_lines_add_up_and_each_stands_on_its_charges(usages):
    found = rated(usages)
    assert found.total == sum(line.amount for line in found.lines)
    assert found.exact_total == sum((line.exact for line in found.lines), Fraction(0))
    charged = sum((charge.yuan for charge in found.charges), Fraction(0))
    assert charged == sum((line.exact for line in found.lines if line.kind == "usage"), Fraction(0))
    for charge in found.charges:
        assert charge.amount == sum(piece.amount for piece in charge.pieces)
    assert {charge.usage_id for charge in found.charges} == {usage.id for usage in usages}


@given(MONTHS)
@settings(max_examples=120, deadline=None)
def test_allowances_give_no_more_than_they_have(usages):
    found = rated(usages)
    for bucket in found.buckets:
        assert bucket.left >= 0
        if bucket.allowance != "daily":
            assert bucket.drawn + bucket.left == bucket.size + bucket.carried_in
    for charge, usage in ((c, u) for c in found.charges for u in usages if c.usage_id == u.id):
        covered = sum(piece.quantity for piece in charge.pieces if piece.kind == "allowance")
        assert covered <= usage.quantity


@given(records(services=(tariff.Service.VOICE,)), st.data())
@settings(max_examples=150, deadline=None)
def test_splitting_a_session_into_parts_does_not_matter(call, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, call.quantity), max_size=4)))
    edges = [0, *cuts, call.quantity]
    parts = [
        msgspec.structs.replace(
            call,
            id=UUID(int=call.id.int + number),
            at=call.at + timedelta(seconds=start),
            quantity=end - start,
            session="s",
            sequence=number,
        )
        for number, (start, end) in enumerate(pairwise(edges))
    ]
    whole, split = rated([call]), rated(parts)
    assert split.total == whole.total
    assert split.buckets == whole.buckets
    assert sum(charge.amount for charge in split.charges) == whole.charges[0].amount


@given(MONTHS, records())
@settings(max_examples=200, deadline=None)
def test_more_usage_never_costs_less_under_graduated_prices(usages, more):
    plain = msgspec.structs.replace(BUSY, allowances=())
    others = [usage for usage in usages if usage.id != more.id]
    assert rated([*others, more], plain).total >= rated(others, plain).total


@given(MONTHS)
@settings(max_examples=60, deadline=None)
def test_every_charge_and_line_can_be_said(usages):
    found = rated(usages)
    for charge in found.charges:
        assert all(text.zh and text.en for text in rating.explain_charge(BUSY, charge))
    for line in found.lines:
        assert rating.explain_line(BUSY, line).zh


@given(records(services=(tariff.Service.VOICE,)), st.integers(0, 3000))
@settings(max_examples=60, deadline=None)
def test_what_is_allowed_is_affordable_and_a_second_more_is_not(call, balance):
    meter = rating.Meter(BUSY, PERIOD)
    asked = msgspec.structs.replace(call, quantity=0)
    allowed = rating.allowed_quantity(meter, asked, balance=balance)
    limit = Fraction(balance, 100)

    def cost(quantity):
        return meter.fork().rate(msgspec.structs.replace(call, quantity=quantity)).yuan

    assert cost(allowed) <= limit
    if allowed < 86_400:
        assert cost(allowed + 1) > limit

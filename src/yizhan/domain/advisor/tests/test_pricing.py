"""What advice follows from, on plans small enough to be priced with a pencil."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from yizhan.domain import advisor
from yizhan.domain.advisor import Candidate, Month, Verdict
from yizhan.domain.rating import NoPrice, Usage
from yizhan.domain.tariff import AddOn, Plan, Service, parse
from yizhan.kernel.ids import new_id
from yizhan.kernel.period import add_months

TZ = ZoneInfo("Asia/Shanghai")
STARTS = [date(2026, month, 1) for month in (1, 2, 3, 4)]
PLAN = """\
plan: {id}
version: {version}
name: {{zh: {id} 卡, en: "{id}"}}
kind: mobile
payment: postpaid
may_carry: [pack, half, quiet]
items:
  rent: {{zh: 月租费, en: Monthly fee}}
  local: {{zh: 通话费, en: Calls}}
  long: {{zh: 长途费, en: Long distance}}
covers:
  voice: {{net: [on, off, fixed], zone: [{zones}], access: [direct, 17911]}}
recurring:
  - {{id: fee, item: rent, amount: "{fee}", every: {every}, text: {{zh: 月租, en: Fee}}}}
price:
  - id: ip
    if: {{service: voice, zone: domestic, access: 17911}}
    parts: [{{item: local, price: "{minute}", per: 60s}}, {{item: long, price: "0.30", per: 60s}}]
    text: {{zh: 17911 长途, en: Over 17911}}
  - id: long
    if: {{service: voice, zone: domestic}}
    parts: [{{item: local, price: "{minute}", per: 60s}}, {{item: long, price: "0.07", per: 6s}}]
    text: {{zh: 直拨长途, en: Direct long distance}}
  - {{id: call, if: {{service: voice}}, item: local, price: "{minute}", per: 60s,
     text: {{zh: 按分钟, en: By the minute}}}}
{more}
"""
ADD_ON = """\
addon: {id}
version: 1
name: {{zh: {id} 包, en: "{id}"}}
kinds: [mobile]
items:
  rent: {{zh: 月租费, en: Monthly fee}}
  local: {{zh: 通话费, en: Calls}}
recurring:
  - {{id: {id}_fee, item: rent, amount: "{fee}", every: 1, text: {{zh: 包月费, en: Pack fee}}}}
{more}
"""


def plan(
    id: str = "p", *, fee: str = "10.00", minute: str = "0.50", every: int = 1, version: int = 1,
    zones: str = "local, domestic", more: str = "",
) -> Plan:  # fmt: skip
    text = PLAN.format(
        id=id, fee=fee, minute=minute, every=every, version=version, zones=zones, more=more
    )
    if "domestic" not in zones:
        head, _, tail = text.partition("  - id: ip\n")
        text = head + tail[tail.index("  - {id: call") :]
        text = text.replace("  long: {zh: 长途费, en: Long distance}\n", "")
        text = text.replace("if: {service: voice}", "if: {service: voice, zone: local}")
    found = parse(text, file=f"{id}.yaml")
    assert isinstance(found, Plan)
    return found


def add_on(id: str, *, fee: str, more: str) -> AddOn:
    found = parse(ADD_ON.format(id=id, fee=fee, more=more), file=f"{id}.yaml")
    assert isinstance(found, AddOn)
    return found


PACK = add_on(
    "pack", fee="5.00",
    more="""allowances:
  - {id: pack, unit: s, size: 60min, for: {service: voice, direction: out}, draw: 60s, order: 1,
     text: {zh: 60 分钟, en: 60 minutes}}""",
)  # fmt: skip
HALF = add_on(
    "half", fee="8.00",
    more="""discounts:
  - {id: half, items: [local], percent: "50", text: {zh: 半价, en: Half price}}""",
)  # fmt: skip
MESSAGES = add_on(
    "quiet", fee="1.00",
    more="""allowances:
  - {id: quiet, unit: count, size: 10, for: {service: sms, direction: out}, draw: 1, order: 1,
     text: {zh: 10 条, en: 10 messages}}""",
)  # fmt: skip
ADD_ONS = {one.id: one for one in (PACK, HALF, MESSAGES)}


def call(at: datetime, seconds: int = 60, zone: str = "local", access: str = "direct") -> Usage:
    return Usage(
        id=new_id(), line_id=UUID(int=1), at=at, service=Service.VOICE, quantity=seconds,
        zone=zone, access=access, net="off",
    )  # fmt: skip


def months(minutes: Sequence[int], *, zone: str = "local", access: str = "direct") -> list[Month]:
    """A month for each number: so many calls of one minute, an hour apart."""
    found = []
    for start, count in zip(STARTS, minutes, strict=False):
        first = datetime(start.year, start.month, 1, 8, tzinfo=TZ)
        calls = [call(first + timedelta(hours=n), zone=zone, access=access) for n in range(count)]
        found.append(Month(start, add_months(start, 1), calls))
    return found


def held(of: Plan, *add_ons: AddOn) -> Candidate:
    return advisor.candidate(of, add_ons, current=True)


def advise(current: Candidate, plans: Sequence[Plan], past: Sequence[Month]) -> advisor.Advice:
    used = [one for month in past for one in month.usages]
    return advisor.advise_on(current, advisor.candidates(plans, ADD_ONS, used), past, TZ)


def totals(advice: advisor.Advice) -> dict[str, int]:
    return {one.candidate.key: one.total for one in advice.options}


# ---------------------------------------------------------------- candidates


def test_every_legal_set_that_could_pay_off_is_priced() -> None:
    advice = advise(held(plan()), [plan()], months([100, 100, 100]))
    # 10 + 50; the pack 15 + 20; half price 18 + 25; both 23 + 10; the messages meet no record.
    assert totals(advice) == {
        "p": 3 * 6_000, "p+pack": 3 * 3_500, "p+half": 3 * 4_300, "p+pack+half": 3 * 3_300,
    }  # fmt: skip
    assert advice.best is not None and advice.best.candidate.key == "p+pack+half"
    assert (advice.verdict, advice.saving) == (Verdict.SWITCH, 3 * 2_700)


def test_a_discount_may_pay_off_though_it_meets_no_record_by_itself() -> None:
    (with_half,) = [
        one for one in advisor.candidates([plan()], {"half": HALF}, [call(datetime.now(TZ))])
        if one.add_ons
    ]  # fmt: skip
    assert with_half.key == "p+half"


def test_a_newer_version_of_the_plan_held_is_a_choice() -> None:
    advice = advise(held(plan(minute="0.50")), [plan(minute="0.20", version=2)], months([100] * 3))
    assert advice.best is not None and advice.best.candidate.version == 2
    assert advice.verdict is Verdict.SWITCH


def test_equal_totals_keep_what_is_held() -> None:
    advice = advise(held(plan("b")), [plan("a"), plan("b")], months([10, 10, 10]))
    assert advice.best is advice.current
    assert (advice.verdict, advice.saving) == (Verdict.STAY, 0)


def test_a_plan_without_a_price_for_what_was_used_is_named_and_left_out() -> None:
    near = plan("near", minute="0.01", zones="local")
    advice = advise(held(plan()), [plan(), near], months([10] * 3, zone="domestic"))
    assert not any(one.candidate.plan_id == "near" for one in advice.options)
    (left_out,) = advice.excluded
    assert left_out.plan_id == "near"
    assert left_out.reasons[0].en == "It has no price for what was used: calls (domestic)"


def test_the_plan_held_must_price_what_it_billed() -> None:
    with pytest.raises(NoPrice):
        advise(held(plan(zones="local")), [plan()], months([1], zone="domestic"))


def test_nothing_can_be_said_of_no_month() -> None:
    with pytest.raises(advisor.NothingToPrice):
        advise(held(plan()), [plan()], [])


# ---------------------------------------------------------------- pricing


def test_a_fee_of_a_quarter_falls_due_once_a_quarter() -> None:
    past = months([0, 0, 0, 0])
    priced = advisor.price(held(plan(fee="30.00", every=3)), past[:3], TZ)
    assert [month.total for month in priced.months] == [3_000, 0, 0]


def test_a_plan_dearer_in_more_than_a_third_of_the_months_is_not_recommended() -> None:
    # 10 + 0.50 a minute against 40 + 0.10: dearer below 75 minutes, cheaper above.
    current, flat = plan(), plan("flat", fee="40.00", minute="0.10")
    both = [advisor.candidate(current, ()), advisor.candidate(flat, ())]
    often = advisor.advise_on(held(current), both, months([50, 50, 400]), TZ)
    seldom = advisor.advise_on(held(current), both, months([50, 200, 400]), TZ)
    assert (often.months_worse, often.verdict, often.saving) == (2, Verdict.STAY, 0)
    assert (seldom.months_worse, seldom.verdict) == (1, Verdict.SWITCH)
    # 35 + 110 + 210 now, 45 + 60 + 80 then.
    assert seldom.saving == 35_500 - 18_500


# ---------------------------------------------------------------- another way of dialling


def test_the_same_calls_over_17911() -> None:
    advice = advise(held(plan()), [plan()], months([100] * 3, zone="domestic"))
    assert advice.habit is not None
    # 100 x 10 x 0.07 = 70.00 direct, 100 x 0.30 = 30.00 over 17911.
    assert (advice.habit.saving, advice.habit.calls, advice.habit.seconds) == (12_000, 300, 18_000)


def test_there_is_no_such_advice_for_who_dials_it_already() -> None:
    past = months([100] * 3, zone="domestic", access="17911")
    assert advise(held(plan()), [plan()], past).habit is None


# ---------------------------------------------------------------- how far it holds


def test_the_break_even_can_be_checked_by_hand() -> None:
    """10 + 0.50 a minute against 30 + 0.10: equal at 50 minutes; calls of one minute, stretched."""
    flat = plan("flat", fee="30.00", minute="0.10")
    current = held(plan())
    choices = [advisor.candidate(plan(), ()), advisor.candidate(flat, ())]
    advice = advisor.advise_on(current, choices, months([30] * 3), TZ)
    (limit,) = advice.break_even
    # Stretched by 1.1 to 2.0 each call of a minute becomes two: 30 x 2 x 0.50 + 10 > 30 x 2 x 0.10
    # + 30, so that the plan held is beaten with the first tenth.
    assert (limit.service, limit.now) == ("voice", 1_800)
    assert limit.limit == 1_800 and limit.then is not None and limit.then.en == "flat"


def test_a_plan_far_down_the_list_is_found_when_use_grows() -> None:
    rivals = [plan(f"r{n}", fee=f"{11 + n}.00", minute="0.50") for n in range(8)]
    large = plan("large", fee="60.00", minute="0.01")
    current = held(plan(fee="10.00"))
    choices = [advisor.candidate(one, ()) for one in (*rivals, large)]
    advice = advisor.advise_on(current, choices, months([30] * 3), TZ)
    (limit,) = advice.break_even
    assert limit.then is not None and limit.then.en == "large"


# ---------------------------------------------------------------- the months of a file


@pytest.mark.parametrize(
    ("first", "until", "cycle_day", "expected"),
    [
        (date(2026, 1, 1), date(2026, 3, 1), 1, [date(2026, 1, 1), date(2026, 2, 1)]),
        (date(2026, 1, 2), date(2026, 3, 1), 1, [date(2026, 2, 1)]),
        (date(2026, 1, 1), date(2026, 2, 28), 1, [date(2026, 1, 1)]),
        (date(2026, 1, 15), date(2026, 3, 15), 15, [date(2026, 1, 15), date(2026, 2, 15)]),
        (date(2026, 1, 16), date(2026, 3, 14), 15, []),
        (date(2025, 12, 20), date(2026, 1, 10), 1, []),
    ],
)
def test_only_months_wholly_inside_count(
    first: date, until: date, cycle_day: int, expected: list[date]
) -> None:
    assert advisor.whole_months(first, until, cycle_day) == expected


def test_records_fall_into_their_months_by_local_time() -> None:
    late = datetime(2026, 1, 31, 23, 59, 59, tzinfo=TZ)
    first, second = advisor.months_of([call(late + timedelta(seconds=1)), call(late)],
                                      STARTS[:2], TZ)  # fmt: skip
    assert [len(first.usages), len(second.usages)] == [1, 1]
    assert first.usages[0].at == late

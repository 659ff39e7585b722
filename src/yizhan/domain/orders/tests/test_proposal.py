"""What a change would do, by calling the decision."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from yizhan.domain import subscriptions
from yizhan.domain.orders.changes import (
    ChangePlan,
    DropAddOn,
    OpenLine,
    ReportLoss,
    Resume,
    SetFamilyNumbers,
    Suspend,
    SwitchFeature,
    TakeAddOn,
    When,
    parse,
)
from yizhan.domain.orders.tests.shop import (
    CUSTOMER,
    NOW,
    account,
    codes,
    line,
    seen,
    situation,
)
from yizhan.domain.subscriptions import NumberState, StockNumber, StopReason
from yizhan.kernel.errors import Invalid
from yizhan.kernel.text import Text

FIRST_OF_JANUARY = datetime(2004, 12, 31, 16, 0, tzinfo=UTC)


def test_another_plan_next_month_leaves_this_month_alone() -> None:
    preview = seen(ChangePlan(plan_id="zhuoyue", when=When.NEXT_MONTH), situation(), to="zhuoyue")
    assert preview.allowed
    assert preview.effective_at == FIRST_OF_JANUARY
    assert preview.this_month_before_fen == preview.this_month_after_fen == 5000
    assert (preview.monthly_before_fen, preview.monthly_after_fen) == (5000, 10800)
    assert preview.can_be_undone
    assert preview.summary == Text(
        "套餐变更：GSM 标准 → 卓越联合卡（次月生效）",
        "Plan change: GSM Standard → Zhuoyue United Card (from next month)",
    )


def test_another_plan_now_splits_the_month_by_the_day() -> None:
    preview = seen(ChangePlan(plan_id="gsm_std", when=When.NOW), situation("zhuoyue"), to="gsm_std")
    assert preview.effective_at is None
    assert preview.this_month_before_fen == 10800
    # 10 of 31 days of the minimum: 34.84; 21 days of 50 x 12 / 365: 34.52.
    minimum = Decimal("108.00") * 10 / 31
    rent = Decimal(50) * 12 / 365 * 21
    expected = round(minimum * 100) + round(rent * 100)
    assert preview.this_month_after_fen == expected == 3484 + 3452
    assert not preview.can_be_undone


def test_leaving_a_term_costs_each_month_left() -> None:
    at = situation("gsm_contract", term_until=date(2005, 3, 15))
    now = seen(ChangePlan(plan_id="zhuoyue", when=When.NOW), at, to="zhuoyue")
    later = seen(ChangePlan(plan_id="zhuoyue", when=When.NEXT_MONTH), at, to="zhuoyue")
    assert now.due_now_fen == 4000  # 11 Dec to 15 Mar: four started months
    assert later.due_now_fen == 3000  # 1 Jan to 15 Mar: three
    over = situation("gsm_contract", term_until=date(2004, 12, 11))
    assert seen(ChangePlan(plan_id="zhuoyue", when=When.NOW), over, to="zhuoyue").due_now == ()


def test_a_withdrawn_plan_names_what_took_its_place() -> None:
    preview = seen(ChangePlan(plan_id="xiuxian"), situation("ruyitong"), to="xiuxian")
    assert codes(preview) == ["withdrawn"]
    assert "campus_a" in preview.refusals[0].text.zh


def test_leaving_a_withdrawn_plan_says_there_is_no_way_back() -> None:
    preview = seen(ChangePlan(plan_id="ruyitong"), situation("xiuxian"), to="ruyitong")
    assert preview.allowed
    assert any("不能换回" in text.zh for text in preview.lost)


def test_a_condition_not_met_and_one_nobody_asked_about_are_told_apart() -> None:
    change = ChangePlan(plan_id="campus_a")
    worker = situation("ruyitong", attributes={"student": "false"})
    unknown = situation("ruyitong")
    student = situation("ruyitong", attributes={"student": "true"})
    assert codes(seen(change, worker, to="campus_a")) == ["needs_student"]
    assert codes(seen(change, unknown, to="campus_a")) == ["not_known"]
    assert codes(seen(change, student, to="campus_a")) == []


def test_what_is_lost_and_won_between_two_plans_is_said() -> None:
    at = situation(
        "xinshili",
        carries=("upower_sms_330", "upower_family"),
        family_numbers=("02227000001", "045188880001", "13000000009", "13000000008"),
        attributes={"student": "true", "age": 19},
    )
    preview = seen(ChangePlan(plan_id="campus_a"), at, to="campus_a")
    assert preview.allowed
    lost = [text.zh for text in preview.lost]
    assert "附加包：短信包 330 条" in lost and "附加包：畅听亲情包" in lost
    assert "亲情号码：13000000008" in lost  # room for three
    assert any("130" in text.zh for text in preview.gained)


def test_prepaid_and_postpaid_do_not_share_an_account() -> None:
    preview = seen(ChangePlan(plan_id="ruyitong"), situation("gsm_std"), to="ruyitong")
    assert codes(preview) == ["other_payment"]


def test_the_same_plan_or_a_second_order_is_refused() -> None:
    same = seen(ChangePlan(plan_id="gsm_std"), situation(), to="gsm_std")
    assert codes(same) == ["same_plan"]
    waiting = situation(waiting=frozenset({"change_plan"}))
    assert codes(seen(ChangePlan(plan_id="zhuoyue"), waiting, to="zhuoyue")) == ["order_waiting"]
    planned = situation(planned=True)
    assert codes(seen(ChangePlan(plan_id="zhuoyue"), planned, to="zhuoyue")) == ["plan_planned"]


def test_arrears_and_loss_block_everything_but_their_own_remedy() -> None:
    for reason in (StopReason.ARREARS, StopReason.LOST, StopReason.FORCED):
        at = situation(line=line(reason))
        change = ChangePlan(plan_id="zhuoyue")
        assert codes(seen(change, at, to="zhuoyue")) == [f"line_{reason.value}"]
    lost = situation(line=line(StopReason.LOST))
    assert seen(Resume(lost=True), lost).allowed
    assert codes(seen(Resume(), lost)) == ["line_state_refused"]
    assert seen(ReportLoss(), situation(line=line(StopReason.ARREARS))).allowed


def test_a_line_is_suspended_once() -> None:
    assert seen(Suspend(), situation()).allowed
    again = seen(Suspend(), situation(line=line(StopReason.REQUESTED)))
    assert codes(again) == ["line_state_refused"]
    assert again.refusals[0].text.zh != again.refusals[0].text.en
    assert seen(Resume(), situation(line=line(StopReason.REQUESTED))).allowed


def test_an_add_on_costs_its_fee_now_and_every_month() -> None:
    preview = seen(TakeAddOn(add_on_id="caller_id"), situation(), with_add_ons=("caller_id",))
    assert preview.allowed
    assert preview.this_month_after_fen - preview.this_month_before_fen == 600
    assert preview.monthly_after_fen - preview.monthly_before_fen == 600


def test_an_add_on_that_clashes_is_refused() -> None:
    at = situation("xinshili", carries=("upower_sms_330",), attributes={"age": 19})
    both = seen(TakeAddOn(add_on_id="upower_sms_500"), at, with_add_ons=("upower_sms_500",))
    assert "add_ons_clash" in codes(both)
    wrong_plan = seen(
        TakeAddOn(add_on_id="upower_sms_500"), situation(), with_add_ons=("upower_sms_500",)
    )
    assert "not_carried" in codes(wrong_plan)
    twice = seen(
        TakeAddOn(add_on_id="caller_id"),
        situation(carries=("caller_id",)),
        with_add_ons=("caller_id",),
    )
    assert "has_add_on" in codes(twice)


def test_dropping_an_add_on_says_what_goes_with_it() -> None:
    at = situation("xinshili", carries=("upower_family",), family_numbers=("02227000001",))
    preview = seen(DropAddOn(add_on_id="upower_family"), at)
    assert preview.effective_at == FIRST_OF_JANUARY
    assert preview.monthly_before_fen - preview.monthly_after_fen == 500
    assert "亲情号码：02227000001" in [text.zh for text in preview.lost]
    assert codes(seen(DropAddOn(add_on_id="caller_id"), at)) == ["no_add_on"]


def test_family_numbers_have_room_and_a_form() -> None:
    at = situation("campus_b")  # five, one of another province
    numbers = ("045188880001", "13000000009", "02227000001")
    assert seen(SetFamilyNumbers(numbers=numbers), at).allowed
    away = seen(SetFamilyNumbers(numbers=("045188880001", "01065550001")), at)
    assert codes(away) == ["family_numbers_away"]
    many = tuple(f"1300000001{n}" for n in range(6))
    assert codes(seen(SetFamilyNumbers(numbers=many), at)) == ["too_many_family_numbers"]
    own = seen(SetFamilyNumbers(numbers=("13000000001",)), at)
    assert codes(own) == ["invalid"]
    none = seen(SetFamilyNumbers(numbers=numbers), situation("gsm_std"))
    assert codes(none) == ["no_family_numbers"]


def test_a_feature_is_switched_to_what_it_is_not() -> None:
    at = situation(features=frozenset({"roaming"}))
    assert seen(SwitchFeature(feature="roaming", on=False), at).allowed
    assert codes(seen(SwitchFeature(feature="roaming", on=True), at)) == ["feature_is_so"]


def _stock(state: NumberState, reserved_for: object = None) -> StockNumber:
    return StockNumber(
        number="13000000777",
        kind=subscriptions.LineKind.MOBILE,
        area="022",
        grade="plain",
        state=state,
        until=None if state in (NumberState.FREE, NumberState.IN_USE) else FIRST_OF_JANUARY,
        reserved_for=reserved_for,  # type: ignore[arg-type]
    )


def test_the_student_opens_a_campus_card_in_the_first_half_of_the_month() -> None:
    change = OpenLine(
        plan_id="campus_a",
        number="13000000777",
        area="022",
        family_numbers=("045188880001", "13000000009", "02227000001"),
    )
    at = situation("campus_a", line=None, plan=None, account=None,
                   attributes={"student": "true"}, documents=1,
                   stock=_stock(NumberState.FREE))  # fmt: skip
    preview = seen(change, at, to="campus_a")
    assert codes(preview) == ["family_numbers_away"]  # none of another province on card A
    home = msgspec.structs.replace(change, family_numbers=("13000000009",))
    preview = seen(home, at, to="campus_a")
    assert preview.allowed and preview.hold is None
    assert preview.monthly_after_fen == 1000
    assert preview.this_month_after_fen == 1000  # opened on the 11th: more than 15 days
    late = msgspec.structs.replace(at, now=NOW.replace(day=20))
    assert seen(home, late, to="campus_a").this_month_after_fen == 500


def test_a_new_line_waits_for_the_papers() -> None:
    at = situation("gsm_std", line=None, plan=None, account=None,
                   stock=_stock(NumberState.FREE))  # fmt: skip
    preview = seen(OpenLine(plan_id="gsm_std", number="13000000777"), at, to="gsm_std")
    assert preview.allowed
    assert preview.hold is not None and "证件" in preview.hold.zh


def test_a_number_must_be_free_or_reserved_for_him() -> None:
    for stock, expected in (
        (_stock(NumberState.FREE), []),
        (_stock(NumberState.RESERVED, CUSTOMER), []),
        (_stock(NumberState.RESERVED, line().id), ["number_taken"]),
        (_stock(NumberState.IN_USE), ["number_taken"]),
        (_stock(NumberState.COOLING), ["number_taken"]),
        (None, ["number_unknown"]),
    ):
        at = situation("gsm_std", line=None, plan=None, account=None, documents=1, stock=stock)
        preview = seen(OpenLine(plan_id="gsm_std", number="13000000777"), at, to="gsm_std")
        assert codes(preview) == expected
    at = situation("gsm_std", line=None, plan=None, account=account("prepaid"), documents=1,
                   stock=_stock(NumberState.FREE))  # fmt: skip
    assert codes(seen(OpenLine(plan_id="gsm_std", number="13000000777"), at, to="gsm_std")) == [
        "other_payment"
    ]


def test_the_token_stands_for_the_content() -> None:
    change = ChangePlan(plan_id="zhuoyue", when=When.NOW)
    first, again = seen(change, situation(), to="zhuoyue"), seen(change, situation(), to="zhuoyue")
    moved = seen(change, situation(now=NOW.replace(day=12)), to="zhuoyue")
    assert first.token == again.token
    assert first.token != moved.token, "another day, another split"


def test_a_change_from_outside_is_understood_or_named() -> None:
    assert parse({"kind": "change_plan", "plan_id": "x", "when": "now"}) == ChangePlan(
        plan_id="x", when=When.NOW
    )
    assert parse({"kind": "family_numbers", "numbers": ["1", "2"]}).kind == "family_numbers"
    for wrong in ({}, {"kind": "fly"}, {"kind": "add_on"}, {"kind": "suspend"} | {"kind": 7}):
        with pytest.raises(Invalid):
            parse(wrong)

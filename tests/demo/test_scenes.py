"""The figures of the article, told by the adviser from the records themselves."""

import pytest
from town import TZ, catalogue, choices, history

from yizhan.demo.scenes import scenes
from yizhan.domain import advisor
from yizhan.domain.advisor import Verdict


def advice_for(key: str) -> advisor.Advice:
    scene = next(scene for scene in scenes("2004") if scene.key == key)
    months = history(scene)
    held = advisor.candidate(catalogue("2004")[0][scene.plan], [], current=True)
    records = [record for month in months for record in month.usages]
    return advisor.advise_on(held, choices("2004", records), months, TZ)


def test_the_caller_of_108_pays_220_direct_and_156_over_17911() -> None:
    advice = advice_for("trader")
    assert advice.current is not None
    assert advice.habit is not None
    assert advice.current.months[-1].total == 22_000
    assert advice.current.months[-1].items == {"local": 10_800, "long": 11_200}
    assert advice.habit.months[-1].total == 15_600
    assert advice.verdict is Verdict.CHANGE_HABIT
    said = advisor.sentences(advice)
    assert any("220.00" in line.zh and "156.00" in line.zh and "64.00" in line.zh for line in said)
    assert any("220.00" in line.en and "156.00" in line.en and "64.00" in line.en for line in said)


def test_the_neighbour_saves_nothing_over_17911_and_is_told_why() -> None:
    advice = advice_for("neighbour")
    assert advice.current is not None
    assert advice.habit is not None
    assert advice.current.months[-1].total == 10_800
    assert advice.current.months[-1].items["minimum"] == 3_660
    assert advice.habit.saving == 0
    assert advice.habit.why_none is not None
    assert "最低消费" in advice.habit.why_none.zh
    assert advice.verdict is Verdict.STAY


def test_the_student_is_offered_the_campus_cards_and_nobody_else_is() -> None:
    from datetime import date

    from yizhan.domain.advisor import Habits

    habits = Habits(
        minutes_out=110,
        minutes_in=40,
        long_distance_percent=25,
        home_province="heilongjiang",
        family_percent=35,
        campus_percent=80,
        messages=120,
    )
    months = advisor.months_of_habits(habits, until=date(2026, 11, 22), tz=TZ)
    records = [record for month in months for record in month.usages]
    student = advisor.advise_on(
        None, choices("2004", records, student=True, age=19), months, TZ, estimated=True
    )
    assert student.best is not None
    assert student.best.candidate.plan_id == "campus_a"
    assert student.verdict is Verdict.SWITCH
    grown = advisor.advise_on(
        None, choices("2004", records, student=False, age=40), months, TZ, estimated=True
    )
    assert not {o.candidate.plan_id for o in grown.options} & {"campus_a", "campus_b", "xinshili"}


@pytest.mark.parametrize("months", [1, 2])
def test_little_history_is_said_to_be_too_little(months: int) -> None:
    scene = scenes("2004")[0]
    past = history(scene, months)
    held = advisor.candidate(catalogue("2004")[0][scene.plan], [], current=True)
    records = [record for month in past for record in month.usages]
    advice = advisor.advise_on(held, choices("2004", records), past, TZ)
    assert advice.verdict is Verdict.NOT_ENOUGH_HISTORY


def test_what_is_left_out_could_not_have_been_cheaper() -> None:
    scene = next(scene for scene in scenes("today") if scene.key == "light")
    months = history(scene, 3)
    records = [record for month in months for record in month.usages]
    held = advisor.candidate(catalogue("today")[0][scene.plan], [], current=True)
    offered = choices("today", records)
    advice = advisor.advise_on(held, offered, months, TZ, limits=False)
    assert advice.best is not None
    assert len(advice.options) < len(offered)
    everything = min(advisor.price(one, months, TZ).total for one in offered)
    assert advice.best.total == everything

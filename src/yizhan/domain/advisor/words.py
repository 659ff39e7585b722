"""Advice as sentences an agent can read aloud, in Chinese and English.

Every figure in a sentence is one of the advice's own; nothing is said that cannot be recomputed
from the table printed beside it.
"""

from datetime import date

from yizhan.domain.advisor.candidates import label
from yizhan.domain.advisor.model import Advice, BreakEven, HabitAdvice, Priced, Verdict
from yizhan.kernel.money import yuan
from yizhan.kernel.text import Text

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SERVICES = {
    "voice": Text("主叫", "You call"),
    "data": Text("流量", "You use"),
    "sms": Text("短信", "You send"),
}


def sentences(advice: Advice) -> tuple[Text, ...]:
    """The advice, said in order: what was paid, what is better, why, and what to watch for."""
    said: list[Text] = []
    limits = advice.verdict in (Verdict.SWITCH, Verdict.CHANGE_HABIT) or (
        advice.best is advice.current
    )
    if advice.current is not None:
        said.append(_paid(advice, advice.current))
    match advice.verdict:
        case Verdict.NOT_ENOUGH_HISTORY:
            said.append(_not_enough(advice))
        case Verdict.STAY:
            said.append(_stay(advice))
        case Verdict.CHANGE_HABIT:
            pass
        case Verdict.SWITCH:
            said += _switch(advice)
    if advice.habit is not None:
        said.append(_habit(advice, advice.habit))
    if limits:
        said += [_limit(limit) for limit in advice.break_even]
    said += list(advice.not_counted)
    return tuple(said)


def gist(advice: Advice) -> Text:
    """The advice in half a sentence, for the timeline."""
    habit, best = advice.habit, advice.best
    match advice.verdict:
        case Verdict.NOT_ENOUGH_HISTORY:
            return Text("记录不足三个月，未作推荐", "fewer than three months, nothing recommended")
        case Verdict.STAY:
            return Text("现用套餐合适，不必更换", "the plan held is right, no change")
        case Verdict.CHANGE_HABIT:
            assert habit is not None
            return Text(
                f"套餐不变，长途先拨 17911，可省 {yuan(habit.saving)} 元",
                f"keep the plan and dial 17911 first, {yuan(habit.saving)} saved",
            )
        case Verdict.SWITCH:
            assert best is not None
            name = label(best.candidate)
            if advice.current is None:
                return Text(
                    f"{name.zh}，大约每月 {yuan(best.mean)} 元",
                    f"{name.en}, about {yuan(best.mean)} a month",
                )
            return Text(
                f"改用{name.zh}，可省 {yuan(advice.saving)} 元",
                f"change to {name.en}, {yuan(advice.saving)} saved",
            )


def _paid(advice: Advice, current: Priced) -> Text:
    count = len(advice.months)
    worst = current.worst
    name = label(current.candidate)
    if all(month.total == worst.total for month in current.months):
        return Text(
            f"您现用{name.zh}，最近 {count} 个月共 {yuan(current.total)} 元，"
            f"每月都是 {yuan(worst.total)} 元。",
            f"You are on {name.en}. The last {count} months came to {yuan(current.total)} yuan,"
            f" {yuan(worst.total)} in each of them.",
        )
    return Text(
        f"您现用{name.zh}，最近 {count} 个月共 {yuan(current.total)} 元，"
        f"平均每月 {yuan(current.mean)} 元，"
        f"最高的 {_month(worst.start).zh}是 {yuan(worst.total)} 元。",
        f"You are on {name.en}. The last {count} months came to {yuan(current.total)} yuan,"
        f" {yuan(current.mean)} a month on average; the dearest, {_month(worst.start).en},"
        f" was {yuan(worst.total)}.",
    )


def _not_enough(advice: Advice) -> Text:
    count = len(advice.months)
    return Text(
        f"目前只有 {count} 个整月的记录，不足三个月，先不作推荐；下面的比较仅供参考。",
        f"There are only {count} whole months of records, fewer than three, so nothing is"
        " recommended yet; the comparison is for information.",
    )


def _stay(advice: Advice) -> Text:
    current = advice.current
    assert current is not None
    others = [option for option in advice.options if option is not current]
    if not others:
        return Text("没有其他可选的套餐。", "There is no other plan to choose.")
    nearest = others[0]
    gap = nearest.total - current.total
    name = label(nearest.candidate)
    if gap < 0:
        return Text(
            f"{name.zh}同期是 {yuan(nearest.total)} 元，只少 {yuan(-gap)} 元，"
            f"其中 {advice.months_worse} 个月反而更贵，不值得换。",
            f"{name.en} would have cost {yuan(nearest.total)} over the same months, only"
            f" {yuan(-gap)} less and dearer in {advice.months_worse} of them: not worth a change.",
        )
    return Text(
        f"按您的实际使用，现用套餐已是最省的；次选{name.zh}同期要 {yuan(nearest.total)} 元，"
        f"多 {yuan(gap)} 元。",
        f"For how you use it your plan is already the cheapest; the next, {name.en}, would have"
        f" cost {yuan(nearest.total)} over the same months, {yuan(gap)} more.",
    )


def _switch(advice: Advice) -> list[Text]:
    best = advice.best
    assert best is not None
    name = label(best.candidate)
    count = len(advice.months)
    if advice.current is None:
        return [
            Text(
                f"按您说的习惯，{name.zh}大约每月 {yuan(best.mean)} 元，是可选套餐里最省的。",
                f"From the habits you describe, {name.en} comes to about {yuan(best.mean)} a"
                " month, the least of the plans you can have.",
            )
        ]
    said = [
        Text(
            f"同样的使用，{name.zh}这 {count} 个月共 {yuan(best.total)} 元，"
            f"比现在少 {yuan(advice.saving)} 元。",
            f"For the same use, {name.en} would have cost {yuan(best.total)} over these {count}"
            f" months, {yuan(advice.saving)} less than now.",
        ),
        _worse(advice),
    ]
    if advice.driver is not None:
        driver = advice.driver
        said.append(
            Text(
                f"差别主要在{driver.text.zh}：现在 {yuan(driver.now)} 元，"
                f"换后 {yuan(driver.then)} 元。",
                f"The difference lies mainly in “{driver.text.en}”: {yuan(driver.now)} now,"
                f" {yuan(driver.then)} then.",
            )
        )
    return said


def _worse(advice: Advice) -> Text:
    best = advice.best
    assert best is not None
    worst = best.worst
    if advice.months_worse == 0:
        return Text(
            f"每个月都不会更贵，最高的 {_month(worst.start).zh}是 {yuan(worst.total)} 元。",
            f"No month would have been dearer; the worst, {_month(worst.start).en}, would have been"
            f" {yuan(worst.total)}.",
        )
    return Text(
        f"其中 {advice.months_worse} 个月会比现在贵，最高的 {_month(worst.start).zh}是"
        f" {yuan(worst.total)} 元。",
        f"{advice.months_worse} of the months would have been dearer; the worst,"
        f" {_month(worst.start).en}, would have been {yuan(worst.total)}.",
    )


def _habit(advice: Advice, habit: HabitAdvice) -> Text:
    minutes = (habit.seconds + 59) // 60
    if habit.why_none is not None:
        return Text(
            f"您有 {habit.calls} 次直拨长途，共 {minutes} 分钟。{habit.why_none.zh}",
            f"You made {habit.calls} direct long-distance calls, {minutes} minutes."
            f" {habit.why_none.en}",
        )
    last = habit.months[-1]
    assert advice.current is not None
    then = _falls(_month(last.start), advice.current.months[-1].total, last.total)
    return Text(
        f"套餐不变，长途先拨 17911：{habit.calls} 次直拨长途共 {minutes} 分钟，"
        f"这几个月可省 {yuan(habit.saving)} 元；{then.zh}",
        f"Keep the plan and dial 17911 first for long distance: {habit.calls} direct calls,"
        f" {minutes} minutes, {yuan(habit.saving)} saved over these months; {then.en}",
    )


def _falls(month: Text, before: int, after: int) -> Text:
    """What becomes of one month, in fen: over all a saving, it may still be dearer or the same."""
    if before == after:
        return Text(f"{month.zh}仍是 {yuan(after)} 元。", f"{month.en} stays at {yuan(after)}.")
    less = before > after
    difference = yuan(abs(before - after))
    return Text(
        f"{month.zh}由 {yuan(before)} 元变为 {yuan(after)} 元，"
        f"{'省' if less else '多'} {difference} 元。",
        f"{month.en} {'falls' if less else 'rises'} from {yuan(before)} to {yuan(after)},"
        f" {difference} {'less' if less else 'more'}.",
    )


def _limit(limit: BreakEven) -> Text:
    service = _SERVICES[limit.service]
    now = amount(limit.service, limit.now)
    if limit.limit is None or limit.then is None:
        return Text(
            f"{service.zh}平均每月 {now.zh}，增到五倍它仍是最省的。",
            f"{service.en} {now.en} a month on average; at five times that it is still cheapest.",
        )
    most = amount(limit.service, limit.limit)
    return Text(
        f"{service.zh}平均每月 {now.zh}；不超过 {most.zh}时它最省，再多则{limit.then.zh}更合适。",
        f"{service.en} {now.en} a month on average; it stays cheapest up to {most.en}, beyond that"
        f" {limit.then.en} is better.",
    )


def _month(day: date) -> Text:
    return Text(f"{day.year} 年 {day.month} 月", f"{_MONTHS[day.month - 1]} {day.year}")


def amount(service: str, quantity: int) -> Text:
    """A quantity as people say it: minutes, messages, MB or GB."""
    if service == "voice":
        minutes = quantity // 60
        return Text(f"{minutes} 分钟", f"{minutes} minutes")
    if service == "data":
        if quantity >= 1 << 30:
            tenths = quantity * 10 >> 30
            return Text(f"{tenths // 10}.{tenths % 10} GB", f"{tenths // 10}.{tenths % 10} GB")
        return Text(f"{quantity >> 20} MB", f"{quantity >> 20} MB")
    return Text(f"{quantity} 条", f"{quantity} messages")


def dialling_guide(home_area: str, *, catalogue_has_17911: bool) -> tuple[Text, ...]:
    """How to dial home from another province, in the order of the keys (facts, section 4.2)."""
    guide = [
        Text(
            f"直拨长途：0{home_area.lstrip('0')} + 电话号码",
            f"Direct: 0{home_area.lstrip('0')} and the number",
        )
    ]
    if catalogue_has_17911:
        guide.insert(
            0,
            Text(
                f"更省的拨法：17911 0{home_area.lstrip('0')} + 电话号码",
                f"Cheaper: 17911 0{home_area.lstrip('0')} and the number",
            ),
        )
    return tuple(guide)


WORDS: dict[str, Text] = {
    "advisor.advice_given": Text(
        "给出消费建议（按 {months} 个月的使用）：{said}",
        "Advice given, from {months} months of use: {said}",
    )
}

"""Saying in Chinese and English how a charge or a bill line came about.

The words are the rule's own; the arithmetic is what the engine kept. Nothing is reckoned here.
"""

from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from yizhan.domain.rating.model import Charge, Line, Piece
from yizhan.domain.tariff import MEASURES, Measure, Plan, PriceRule
from yizhan.kernel.money import yuan
from yizhan.kernel.text import Text

_SHOWN_DIGITS = 6


def explain_charge(plan: Plan, charge: Charge) -> tuple[Text, ...]:
    """The rule in its own words, then one sentence for each step of the arithmetic.

    *plan* is the one the charge was rated under, add-ons combined.
    """
    if charge.part_of is not None:
        return (
            Text(
                "同一次会话的后续话单，已并入首张话单计费",
                "A later part of a session, charged with its first record",
            ),
        )
    rule = _rule(plan, charge.rule)
    measure = Measure.COUNT
    if rule is not None and rule.when.services:
        measure = MEASURES[rule.when.services[0]]
    sentences = [rule.text] if rule is not None else []
    if not charge.pieces:
        sentences.append(Text("用量为零，不收费", "Nothing was used, nothing is charged"))
    sentences.extend(_piece(plan, piece, charge.scale, measure) for piece in charge.pieces)
    total = money(charge.yuan)
    sentences.append(Text(f"合计 {total} 元", f"In all {total}"))
    return tuple(sentences)


def explain_line(plan: Plan, line: Line) -> Text:
    """One bill line in words, its figures included."""
    amount = yuan(line.amount)
    name = line.text
    match line.kind:
        case "recurring":
            if line.days == line.of_days:
                return Text(f"{name.zh}：{amount} 元", f"{name.en}: {amount}")
            return Text(
                f"{name.zh}：全月 {yuan(line.base)} 元，本期 {line.days}/{line.of_days} 天，"
                f"计 {amount} 元",
                f"{name.en}: {yuan(line.base)} a month, held {line.days} of {line.of_days} days, "
                f"{amount}",
            )
        case "usage":
            used = _used(line)
            return Text(
                f"{name.zh}：{line.records} 笔{used.zh}，{amount} 元",
                f"{name.en}: {line.records} records{used.en}, {amount}",
            )
        case "tier":
            return Text(
                f"{name.zh}：累计 {line.quantity}，{amount} 元",
                f"{name.en}: {line.quantity} counted, {amount}",
            )
        case "allowance":
            measure = _allowance_measure(line.unit)
            used, left, size = (
                quantity(number, measure) for number in (line.quantity, line.left, line.size)
            )
            return Text(
                f"{name.zh}：共 {size.zh}，已用 {used.zh}，剩 {left.zh}",
                f"{name.en}: {used.en} of {size.en} used, {left.en} left",
            )
        case "day_cap":
            return Text(
                f"{name.zh}：每日封顶 {yuan(line.base)} 元，{line.days} 天共 "
                f"{yuan(line.counted)} 元，减 {yuan(-line.amount)} 元",
                f"{name.en}: at most {yuan(line.base)} a day; {line.days} days came to "
                f"{yuan(line.counted)}; {yuan(-line.amount)} was taken off",
            )
        case "discount":
            share = f" × {_plain(line.percent)}%" if line.percent else ""
            return Text(
                f"{name.zh}：{yuan(line.base)} 元{share}，减 {yuan(-line.amount)} 元",
                f"{name.en}: {yuan(-line.amount)} off {yuan(line.base)}"
                + (f" ({_plain(line.percent)} %)" if line.percent else ""),
            )
        case "cap":
            return Text(
                f"{name.zh}：封顶 {yuan(line.base)} 元；应计 {yuan(line.counted)} 元；"
                f"减 {yuan(-line.amount)} 元",
                f"{name.en}: at most {yuan(line.base)}; it came to {yuan(line.counted)}; "
                f"{yuan(-line.amount)} was taken off",
            )
        case "minimum":
            zh, en = (
                ("您的通话费为", "your calls") if line.unit == "s" else ("您的消费为", "your use")
            )
            return Text(
                f"最低消费 {yuan(line.base)} 元；{zh} {yuan(line.counted)} 元；补足 {amount} 元",
                f"minimum {yuan(line.base)}; {en} came to {yuan(line.counted)}; {amount} was added",
            )
        case "tax":
            if line.included:
                return Text(
                    f"{name.zh}：{yuan(line.base)} 元中含税 {yuan(line.counted)} 元",
                    f"{name.en}: {yuan(line.counted)} contained in {yuan(line.base)}",
                )
            return Text(
                f"{name.zh}：{yuan(line.base)} 元 × {_plain(line.percent)}% = {amount} 元",
                f"{name.en}: {_plain(line.percent)} % of {yuan(line.base)}, {amount}",
            )
        case _:
            return Text(f"{name.zh}：{amount} 元", f"{name.en}: {amount}")


# ---------------------------------------------------------------- pieces


def _piece(plan: Plan, piece: Piece, scale: int, measure: Measure) -> Text:
    amount = money(Fraction(piece.amount, scale))
    price = money(Fraction(piece.price, scale))
    item = plan.item_text(piece.item)
    band = _band(plan, piece.band)
    used = quantity(piece.quantity, measure)
    bucket = _bucket(plan, piece.key)
    match piece.kind:
        case "connect":
            return Text(f"{item.zh}：接通费 {amount} 元", f"{item.en}: connect fee {amount}")
        case "blocks":
            if not piece.price:
                return Text(
                    f"{item.zh}{band.zh}：{used.zh}，免费", f"{item.en}{band.en}: {used.en}, free"
                )
            block = quantity(piece.size, measure)
            return Text(
                f"{item.zh}{band.zh}：{used.zh}，每 {block.zh} {price} 元，计 {piece.count} 次"
                f" × {price} = {amount} 元",
                f"{item.en}{band.en}: {used.en}, {piece.count} started "
                f"block{'' if piece.count == 1 else 's'} of {block.en} x {price} = {amount}",
            )
        case "allowance":
            inside = Text("", "")
            if piece.amount:
                inside = Text(f"，套内计 {amount} 元", f", charged {amount} inside it")
            return Text(
                f"{used.zh}{band.zh}由“{bucket.zh}”抵扣{inside.zh}",
                f"{used.en}{band.en} taken from “{bucket.en}”{inside.en}",
            )
        case "own":
            return Text(
                f"{item.zh}：按服务商标价 {amount} 元", f"{item.en}: the partner's price {amount}"
            )
        case "tier":
            text = next((tier.text for tier in plan.tiers if tier.id == piece.key), item)
            cost = Text(f"，{amount} 元", f", {amount}") if piece.amount else Text("", "")
            return Text(
                f"计入“{text.zh}” {piece.count} 个单位{cost.zh}",
                f"{piece.count} units counted in “{text.en}”{cost.en}",
            )
        case "pack":
            return Text(
                f"“{bucket.zh}”用完，自动续购一份 {amount} 元",
                f"“{bucket.en}” was used up; another pack for {amount}",
            )
        case "entry":
            return Text(
                f"“{bucket.zh}”当期首次使用 {amount} 元", f"“{bucket.en}”, first use: {amount}"
            )
        case "blocked":
            return Text(
                f"“{bucket.zh}”已用完，{used.zh}停止提供，不收费",
                f"“{bucket.en}” was used up; {used.en} stopped and not charged",
            )
        case "throttled":
            return Text(
                f"“{bucket.zh}”已用完，{used.zh}限速提供，不收费",
                f"“{bucket.en}” was used up; {used.en} slowed and not charged",
            )
        case "free":
            return Text(f"其余 {used.zh}免费", f"the other {used.en} are free")
        case "cap":
            return Text(
                f"单次封顶，减 {money(Fraction(-piece.amount, scale))} 元",
                f"capped for one event, {money(Fraction(-piece.amount, scale))} taken off",
            )
        case _:
            sign = "+" if piece.amount > 0 else ""
            return Text(f"取整 {sign}{amount} 元", f"rounding {sign}{amount}")


def _rule(plan: Plan, id: str) -> PriceRule | None:
    return next((rule for rule in plan.price if rule.id == id), None)


def _bucket(plan: Plan, id: str) -> Text:
    return next((a.text for a in plan.allowances if a.id == id), Text(id, id))


def _band(plan: Plan, bands: str) -> Text:
    if not bands:
        return Text("", "")
    names = {band.id: band.text for calendar in plan.calendars for band in calendar.bands}
    texts = [names.get(id, Text(id, id)) for id in bands.split("+")]
    return Text(
        f"（{'、'.join(text.zh for text in texts)}）", f" ({', '.join(text.en for text in texts)})"
    )


# ---------------------------------------------------------------- figures


def money(value: Fraction) -> str:
    """An amount of yuan with all its decimals, two at least; ``~`` before one that never ends."""
    digits = 2
    while digits < _SHOWN_DIGITS and (value * 10**digits).denominator != 1:
        digits += 1
    scaled = value * 10**digits
    sign = "" if scaled.denominator == 1 else "~"
    number = round(scaled)
    whole, rest = divmod(abs(number), 10**digits)
    return f"{sign}{'-' if number < 0 else ''}{whole}.{rest:0{digits}d}"


def quantity(number: int, measure: Measure) -> Text:
    """A quantity as people say it: whole minutes, bytes in the largest whole unit."""
    match measure:
        case Measure.TIME:
            if number and number % 60 == 0:
                return Text(f"{number // 60} 分钟", f"{number // 60} min")
            return Text(f"{number} 秒", f"{number} s")
        case Measure.BYTES:
            return _bytes(number)
        case Measure.COUNT:
            return Text(f"{number} 次", f"{number}")
        case _:
            assert_never(measure)


def _bytes(number: int) -> Text:
    for size, unit in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")):
        if abs(number) >= size:
            shown = Decimal(number) / size
            word = f"{shown:.2f}".rstrip("0").rstrip(".")
            return Text(f"{word} {unit}", f"{word} {unit}")
    return Text(f"{number} 字节", f"{number} bytes")


def _allowance_measure(unit: str) -> Measure:
    return {"s": Measure.TIME, "B": Measure.BYTES}.get(unit, Measure.COUNT)


def _used(line: Line) -> Text:
    if not line.unit or line.unit == "count":
        return Text("", "")
    used = quantity(line.quantity, _allowance_measure(line.unit))
    return Text(f"，{used.zh}", f", {used.en}")


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")

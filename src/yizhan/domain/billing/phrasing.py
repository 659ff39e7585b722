"""Amounts and quantities as people say them, and the sentences a bill is explained with."""

from fractions import Fraction

from yizhan.kernel.money import yuan
from yizhan.kernel.text import Text

_KIB, _MIB, _GIB = 1024, 1024**2, 1024**3
_DIGITS = 4


def signed(fen: int) -> str:
    """An amount with its sign: ``+42.10``."""
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen)


def exact(amount: int, scale: int) -> str:
    """An amount of ``1/scale`` yuan: exact when four decimals are enough, else marked as near."""
    value = Fraction(amount, scale)
    shown = round(value * 10**_DIGITS)
    sign = "-" if shown < 0 else ""
    whole, rest = divmod(abs(shown), 10**_DIGITS)
    digits = f"{rest:0{_DIGITS}d}".rstrip("0").ljust(2, "0")
    near = "" if Fraction(shown, 10**_DIGITS) == value else "≈"
    return f"{near}{sign}{whole}.{digits}"


def quantity(amount: int, unit: str) -> Text:
    """Seconds, bytes or a count as one says it: 360 minutes, 1.5 GB, 30."""
    match unit:
        case "s":
            minutes, seconds = divmod(amount, 60)
            if not seconds:
                return Text(f"{minutes} 分钟", f"{minutes} min")
            if not minutes:
                return Text(f"{seconds} 秒", f"{seconds} s")
            return Text(f"{minutes} 分 {seconds} 秒", f"{minutes} min {seconds} s")
        case "B":
            return _bytes(amount)
        case "points":
            return Text(f"{amount} 点", f"{amount} points")
        case _:
            return Text(f"{amount} 次", f"{amount}")


def _bytes(amount: int) -> Text:
    for size, name in ((_GIB, "GB"), (_MIB, "MB"), (_KIB, "KB")):
        if amount >= size:
            hundredths = amount * 100 // size
            shown = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
            return Text(f"{shown} {name}", f"{shown} {name}")
    return Text(f"{amount} 字节", f"{amount} bytes")


def minutes_of(seconds: int) -> int:
    """Whole minutes, the nearest."""
    return (abs(seconds) + 30) // 60


STEPS: dict[str, Text] = {
    "recurring": Text("{text}：{amount} 元", "{text}: {amount}"),
    "recurring_part": Text(
        "{text}：使用 {days} 天（本期共 {of_days} 天），全月 {base} 元，计 {amount} 元",
        "{text}: {days} of {of_days} days at {base} a month, {amount}",
    ),
    "usage": Text("{text}：{records} 次，{amount} 元", "{text}: {records} records, {amount}"),
    "usage_quantity": Text(
        "{text}：{records} 次共 {quantity}，{amount} 元",
        "{text}: {records} records, {quantity} in all, {amount}",
    ),
    "tier": Text("{text}：用量 {quantity}，{amount} 元", "{text}: {quantity} counted, {amount}"),
    "allowance": Text("{text}：已用 {used}，剩余 {left}", "{text}: {used} used, {left} left"),
    "cap": Text(
        "{text}：原为 {counted} 元，封顶 {base} 元，减 {off} 元",
        "{text}: it came to {counted}, capped at {base}; {off} was taken off",
    ),
    "day_cap": Text(
        "{text}：{days} 天达到每日封顶 {base} 元，减 {off} 元",
        "{text}: {days} days reached the daily cap of {base}; {off} was taken off",
    ),
    "discount": Text("{text}：减 {off} 元", "{text}: {off} off"),
    "discount_percent": Text(
        "{text}：{base} 元的 {percent}%，减 {off} 元", "{text}: {percent} % of {base}, {off} off"
    ),
    "minimum": Text(
        "最低消费 {base} 元；您的费用合计 {counted} 元；补足 {amount} 元",
        "minimum {base}; your calls came to {counted}; {amount} was added",
    ),
    "tax": Text(
        "{text}：{base} 元的 {percent}%，{amount} 元", "{text}: {percent} % of {base}, {amount}"
    ),
    "tax_included": Text("以上已含{text} {counted} 元", "{text}: {counted} of it, contained"),
    "rounding": Text("{text}：{amount} 元", "{text}: {amount}"),
    "adjustment": Text(
        "{text}：原为 {before} 元，计入 {records} 条迟到或更正的记录后为 {after} 元，"
        "差额 {amount} 元",
        "{text}: billed {before}; with {records} late or corrected records it comes to {after};"
        " difference {amount}",
    ),
    "settled": Text("已从预存余额支付 {amount} 元", "{amount} was paid from the prepaid balance"),
    "total": Text("合计 {amount} 元", "total {amount}"),
}

PIECES: dict[str, Text] = {
    "connect": Text("接通费 {amount} 元", "connection {amount}"),
    "blocks": Text(
        "{count}×{size}，每 {size} {price} 元 = {amount} 元",
        "{count} x {size} at {price} = {amount}",
    ),
    "allowance": Text("套餐内 {quantity}", "{quantity} from the allowance"),
    "allowance_priced": Text(
        "套餐内 {quantity}，{amount} 元", "{quantity} from the allowance, {amount}"
    ),
    "own": Text("合作方价格 {amount} 元", "the partner's price {amount}"),
    "tier": Text("计入阶梯，{amount} 元", "counted in steps, {amount}"),
    "pack": Text(
        "自动加购 {count} 包，每包 {price} 元 = {amount} 元",
        "{count} packs bought at {price} = {amount}",
    ),
    "entry": Text("当期首次使用费 {amount} 元", "first use of the day or period {amount}"),
    "blocked": Text("套餐用完，未计费", "allowance used up, not charged"),
    "throttled": Text("已限速，未计费", "slowed down, not charged"),
    "free": Text("超出部分免费", "the rest is free"),
    "cap": Text("单次封顶，减 {off} 元", "capped, {off} off"),
    "rounding": Text("取整 {signed} 元", "rounding {signed}"),
}

CHANGES: dict[str, Text] = {
    "plain": Text("{text} {difference} 元", "{text} {difference}"),
    "new": Text("{text} {difference} 元：上期没有", "{text} {difference}: not on the bill before"),
    "gone": Text("{text} {difference} 元：本期没有", "{text} {difference}: not on this bill"),
    "more": Text(
        "{text} {difference} 元：{to}多用 {quantity}", "{text} {difference}: {quantity} more{to}"
    ),
    "less": Text(
        "{text} {difference} 元：{to}少用 {quantity}", "{text} {difference}: {quantity} less{to}"
    ),
    "more_minutes": Text(
        "{text} {difference} 元：{to}多打 {count} 分钟",
        "{text} {difference}: {count} more minutes{to}",
    ),
    "less_minutes": Text(
        "{text} {difference} 元：{to}少打 {count} 分钟",
        "{text} {difference}: {count} fewer minutes{to}",
    ),
}
TO = Text("到{place}", " to {place}")

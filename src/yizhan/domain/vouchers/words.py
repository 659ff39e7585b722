"""Recharge cards in words, for the timeline and the pages."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

WORDS: Mapping[str, Text] = {
    "vouchers.redeemed": Text(
        zh="充值卡 {serial} 为 {number} 充值 {amount_fen} 元，收据 {receipt}",
        en="Card {serial} put {amount_fen} yuan on {number}, receipt {receipt}",
    ),
    "vouchers.refused": Text(
        zh="为 {number} 充值卡充值未成功：{outcome}",
        en="A recharge card for {number} was not taken: {outcome}",
    ),
    "vouchers.locked": Text(
        zh="充值卡密码多次错误，{number} 的充值卡充值锁定至 {until}",
        en="Too many wrong card secrets: recharge of {number} by card is locked until {until}",
    ),
    "vouchers.unlocked": Text(
        zh="已解除 {number} 的充值卡充值锁定", en="Recharge of {number} by card was unlocked"
    ),
    "vouchers.batch_ordered": Text(
        zh="制卡 {size} 张，每张 {value_fen} 元，批次 {number}",
        en="{size} cards of {value_fen} yuan ordered, batch {number}",
    ),
    "vouchers.batch_made": Text(
        zh="批次 {number} 的 {size} 张卡已制成", en="Batch {number}: {size} cards made"
    ),
    "vouchers.batch_printed": Text(
        zh="批次 {number} 的卡密已一次性导出（{size} 张）",
        en="Batch {number}: the secrets of {size} cards were handed out, once",
    ),
    "vouchers.activated": Text(
        zh="激活充值卡 {cards} 张，面值合计 {value_fen} 元：{note}",
        en="{cards} cards of {value_fen} yuan in all activated: {note}",
    ),
    "vouchers.void_asked": Text(
        zh="申请作废充值卡 {cards} 张，面值合计 {value_fen} 元：{note}",
        en="{cards} cards of {value_fen} yuan in all are to be voided: {note}",
    ),
    "vouchers.void_refused": Text(
        zh="作废申请未获批准：{note}", en="The cards stay in force: {note}"
    ),
    "vouchers.voided": Text(
        zh="作废充值卡 {cards} 张，面值合计 {value_fen} 元：{note}",
        en="{cards} cards of {value_fen} yuan in all voided: {note}",
    ),
    "vouchers.expired": Text(
        zh="批次 {number} 到期：{cards} 张未用，{moved_fen} 元转为收入",
        en="Batch {number} expired: {cards} cards unused, {moved_fen} yuan became income",
    ),
}

OUTCOMES: Mapping[str, Text] = {
    "redeemed": Text(zh="充值成功", en="taken"),
    "repeated": Text(zh="重复提交", en="sent again"),
    "unknown": Text(zh="密码不正确", en="wrong secret"),
    "locked": Text(zh="已锁定", en="locked"),
    "used": Text(zh="该卡已使用", en="used before"),
    "inactive": Text(zh="该卡未激活", en="not in force yet"),
    "voided": Text(zh="该卡已作废", en="voided"),
    "expired": Text(zh="该卡已过期", en="expired"),
}
VALUES: Mapping[str, Mapping[str, Text]] = {"outcome": OUTCOMES}
STATES: Mapping[str, Text] = {
    "made": Text(zh="未激活", en="not in force yet"),
    "active": Text(zh="可使用", en="in force"),
    "redeemed": Text(zh="已使用", en="used"),
    "voided": Text(zh="已作废", en="voided"),
    "expired": Text(zh="已过期", en="expired"),
}

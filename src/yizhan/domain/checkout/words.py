"""Paying through the provider in words: the timeline's, states', and kinds of differences."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

WORDS: Mapping[str, Text] = {
    "checkout.payment_started": Text(
        zh="发起在线缴费 {amount_fen} 元", en="Online payment of {amount_fen} yuan begun"
    ),
    "checkout.payment_refused": Text(
        zh="在线缴费 {amount_fen} 元未成功：{reason}",
        en="Online payment of {amount_fen} yuan refused: {reason}",
    ),
    "checkout.payment_expired": Text(
        zh="在线缴费 {amount_fen} 元超时未付，已关闭",
        en="Online payment of {amount_fen} yuan lapsed: nobody paid in time",
    ),
    "checkout.payment_held": Text(
        zh="收到 {amount_fen} 元但无法入账，暂存待处理：{reason}",
        en="{amount_fen} yuan arrived and could not be credited; held: {reason}",
    ),
    "checkout.purchase_paid": Text(
        zh="为购物在线支付 {amount_fen} 元", en="{amount_fen} yuan paid online for a purchase"
    ),
    "checkout.payment_disputed": Text(
        zh="支付方称收到 {said_fen} 元，应为 {amount_fen} 元，未入账",
        en="The provider says {said_fen} yuan instead of {amount_fen}; nothing was posted",
    ),
    "checkout.payment_taken_back": Text(
        zh="支付方撤回了 {amount_fen} 元缴费",
        en="The provider took a payment of {amount_fen} yuan back",
    ),
    "checkout.token_bound": Text(zh="绑定 {label}", en="{label} bound"),
    "checkout.token_unbound": Text(zh="解绑 {label}", en="{label} unbound"),
    "checkout.refund_requested": Text(
        zh="申请原路退款 {amount_fen} 元，待复核：{reason}",
        en="Refund of {amount_fen} yuan asked for, waits for a second person: {reason}",
    ),
    "checkout.refund_sent": Text(
        zh="原路退款 {amount_fen} 元已发出：{reason}",
        en="Refund of {amount_fen} yuan sent to its source: {reason}",
    ),
    "checkout.refund_declined": Text(
        zh="原路退款 {amount_fen} 元未获同意：{note}",
        en="Refund of {amount_fen} yuan declined: {note}",
    ),
    "checkout.refund_done": Text(
        zh="原路退款 {amount_fen} 元已到账", en="Refund of {amount_fen} yuan arrived at its source"
    ),
    "checkout.refund_failed": Text(
        zh="原路退款 {amount_fen} 元失败，款项已退回账户：{reason}",
        en="Refund of {amount_fen} yuan failed, the money is on the account again: {reason}",
    ),
    "checkout.difference_found": Text(
        zh="{day} 对账差异（{kind}）：{reference}",
        en="Difference in the settlement of {day} ({kind}): {reference}",
    ),
    "checkout.settlement_matched": Text(
        zh="{day} 对账完成：{rows} 笔，差异 {differences} 笔",
        en="Settlement of {day} matched: {rows} rows, {differences} differences",
    ),
}

STATES: Mapping[str, Text] = {
    "started": Text("处理中", "under way"),
    "sent": Text("待支付", "waiting for the payer"),
    "paid": Text("已入账", "paid"),
    "held": Text("已收款、待处理", "received, held"),
    "refused": Text("未成功", "refused"),
    "expired": Text("超时关闭", "lapsed"),
    "refunded": Text("已全额退款", "refunded"),
    "reversed": Text("被支付方撤回", "taken back by the provider"),
}

REASONS: Mapping[str, Text] = {
    "refused by the payer": Text(
        "您在支付方页面上取消了", "It was cancelled on the provider's page"
    ),
    "insufficient funds": Text("卡或钱包余额不足", "The card or wallet has too little money"),
    "expired": Text("已超过付款时限", "The time to pay was over"),
    "token is not bound": Text("该卡或钱包已解绑", "The card or wallet is not bound any more"),
}
"""What a provider says why it did not collect. It may say other things: they are shown as said."""

REFUND_STATES: Mapping[str, Text] = {
    "waiting": Text("待复核", "waits for a second person"),
    "sent": Text("退款中", "under way"),
    "done": Text("已到账", "arrived"),
    "failed": Text("失败", "failed"),
    "declined": Text("未同意", "declined"),
}

_NAMES: Mapping[str, Text] = {
    "missing_here": Text("对方有、我方无", "they have it, we do not"),
    "missing_there": Text("我方有、对方无", "we have it, they do not"),
    "state_differs": Text("状态不一致", "state differs"),
    "day_differs": Text("日期不一致", "day differs"),
    "amount_differs": Text("金额不一致", "amount differs"),
    "doubled": Text("对方重复", "listed more than once"),
}
_MOVED: Mapping[str, Text] = {
    "": Text("缴费", "Payment"),
    "refund_": Text("退款", "Refund"),
    "reversal_": Text("撤回", "Reversal"),
}
DIFFERENCES: Mapping[str, Text] = {
    f"{prefix}{name}": Text(f"{moved.zh}：{said.zh}", f"{moved.en}: {said.en}")
    for prefix, moved in _MOVED.items()
    for name, said in _NAMES.items()
}

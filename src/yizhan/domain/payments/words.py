"""The desk's money in words, for the timeline; and the reasons of an adjustment."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

WORDS: Mapping[str, Text] = {
    "payments.payment_taken": Text(
        zh="缴费 {amount_fen} 元，收据 {receipt}",
        en="Paid {amount_fen} yuan, receipt {receipt}",
    ),
    "payments.payment_reversed": Text(
        zh="冲正缴费 {amount_fen} 元（原收据 {reversed_receipt}），原因：{reason}",
        en="Payment of {amount_fen} yuan reversed (receipt {reversed_receipt}): {reason}",
    ),
    "payments.adjustment_requested": Text(
        zh="申请账务调整 {amount_fen} 元：{note}",
        en="Adjustment of {amount_fen} yuan requested: {note}",
    ),
    "payments.adjustment_approved": Text(
        zh="账务调整 {amount_fen} 元已批准入账",
        en="Adjustment of {amount_fen} yuan approved and posted",
    ),
    "payments.adjustment_refused": Text(
        zh="账务调整 {amount_fen} 元未获批准：{note}",
        en="Adjustment of {amount_fen} yuan refused: {note}",
    ),
    "payments.adjustment_expired": Text(
        zh="账务调整 {amount_fen} 元逾期未审批，已失效",
        en="Adjustment of {amount_fen} yuan lapsed: nobody decided in time",
    ),
    "payments.till_closed": Text(
        zh="{day} 收银台 {till_code} 日结：{receipts} 张收据，现金 {cash_fen} 元",
        en="Till {till_code} closed for {day}: {receipts} receipts, {cash_fen} yuan in cash",
    ),
}

REASONS: Mapping[str, Text] = {
    "billing_error": Text(zh="计费差错", en="billing error"),
    "service_failure": Text(zh="服务故障补偿", en="service failure"),
    "goodwill": Text(zh="客户关怀", en="goodwill"),
    "late_fee_waiver": Text(zh="减免滞纳金", en="late fee waived"),
    "payment_error": Text(zh="缴费差错", en="payment error"),
    "other": Text(zh="其他", en="other"),
}

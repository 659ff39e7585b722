"""Collections in words, for the timeline and the pages."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

WORDS: Mapping[str, Text] = {
    "collections.reminded": Text(
        "提醒缴费：{amount_fen} 元，最后缴费日 {due_date}",
        "Reminded to pay {amount_fen} yuan by {due_date}",
    ),
    "collections.fell_due": Text(
        "{due_date} 到期未缴：{amount_fen} 元", "Not paid by {due_date}: {amount_fen} yuan"
    ),
    "collections.stop_announced": Text(
        "预告停机：欠费 {amount_fen} 元，{stop_at} 起停机",
        "Told of the stop at {stop_at}: {amount_fen} yuan overdue",
    ),
    "collections.stopped": Text(
        "欠费停机（{how}）：欠费 {amount_fen} 元，{lines} 条线路",
        "Stopped for arrears ({how}): {amount_fen} yuan overdue, {lines} lines",
    ),
    "collections.resumed": Text(
        "下达复机指令（{why}），{lines} 条线路", "Resumed ({why}), {lines} lines"
    ),
    "collections.end_announced": Text(
        "预告终止合同：欠费 {amount_fen} 元，{end_at} 起销户",
        "Told that the contract ends at {end_at}: {amount_fen} yuan overdue",
    ),
    "collections.ended": Text(
        "欠费销户：{lines} 条线路，尚欠 {amount_fen} 元",
        "Contract ended for arrears: {lines} lines, {amount_fen} yuan still owed",
    ),
    "collections.late_fee_charged": Text(
        "计收滞纳金 {amount_fen} 元（逾期 {base_fen} 元的每日千分之三，{first_day} 起至"
        " {until_day} 前）",
        "Late fee of {amount_fen} yuan (0.3% a day of {base_fen} yuan overdue, from {first_day} to"
        " before {until_day})",
    ),
    "collections.deferred": Text(
        "{kind}至 {until}：{reason}（{by}）", "{kind} until {until}: {reason} ({by})"
    ),
    "collections.deferral_ended": Text("提前结束暂缓（{by}）", "Deferral ended early ({by})"),
    "collections.stop_asked": Text(
        "要求提前停机：{reason}（{by}）", "Asked to stop now: {reason} ({by})"
    ),
    "collections.dispute_began": Text(
        "账单争议处理中，争议金额暂停催缴", "Bill in dispute: its amount is not dunned meanwhile"
    ),
    "collections.dispute_ended": Text("账单争议结束，恢复催缴", "Dispute over: dunning goes on"),
    "collections.credit_extended": Text(
        "充值 {amount_fen} 元，有效期延至 {valid_until}",
        "Recharge of {amount_fen} yuan: valid until {valid_until}",
    ),
    "collections.credit_moved": Text(
        "预付费状态由{from_credit}变为{to_credit}，余额 {balance_fen} 元",
        "Prepaid credit went from {from_credit} to {to_credit}, balance {balance_fen} yuan",
    ),
    "collections.recharge_kept": Text(
        "锁定期内充值 {amount_fen} 元已入账，余额 {balance_fen} 元；须到营业厅办理恢复",
        "Recharge of {amount_fen} yuan kept while locked, balance {balance_fen} yuan; only the"
        " counter revives the line",
    ),
    "collections.low_balance": Text(
        "余额不足提醒：{balance_fen} 元", "Low balance: {balance_fen} yuan"
    ),
    "collections.balance_used_up": Text(
        "余额用尽停机，透支 {overdraw_fen} 元",
        "Balance used up: stopped, overdrawn by {overdraw_fen} yuan",
    ),
}

_CREDIT = {
    "active": Text("有效期", "valid"),
    "recharge_only": Text("充值期", "recharge window"),
    "locked": Text("锁定期", "locked"),
    "recycled": Text("已回收", "recycled"),
}
VALUES: Mapping[str, Mapping[str, Text]] = {
    "how": {
        "one_way": Text("单向停机", "outgoing only"),
        "full": Text("双向停机", "fully"),
    },
    "why": {
        "paid": Text("已缴费", "paid"),
        "deferred": Text("已获缓缴", "deferred"),
        "dispute": Text("争议处理中", "in dispute"),
        "recharged": Text("已充值", "recharged"),
    },
    "kind": {
        "promise": Text("承诺缴费，缓停", "Promised to pay, deferred"),
        "hold": Text("暂停催缴", "Dunning on hold"),
    },
    "from_credit": _CREDIT,
    "to_credit": _CREDIT,
    "step": {
        "clear": Text("无欠费", "Nothing owed"),
        "billed": Text("待缴费", "To be paid"),
        "reminded": Text("已提醒", "Reminded"),
        "overdue": Text("逾期", "Overdue"),
        "noticed": Text("已预告停机", "Stop announced"),
        "one_way": Text("单向停机", "Outgoing stopped"),
        "full": Text("双向停机", "Fully stopped"),
        "ended": Text("欠费销户", "Ended"),
    },
    "act": {
        "remind": Text("提醒缴费", "Remind"),
        "fall_due": Text("转入逾期", "Becomes overdue"),
        "announce": Text("预告停机", "Announce the stop"),
        "stop_one_way": Text("单向停机", "Stop outgoing"),
        "stop_full": Text("双向停机", "Stop fully"),
        "announce_end": Text("预告终止", "Announce the end"),
        "end": Text("销户", "End"),
        "resume": Text("复机", "Resume"),
        "settle": Text("结清", "Settled"),
        "late_fee": Text("计收滞纳金", "Late fee"),
        "by_hand": Text("等待人工决定", "Waits for a person"),
        "": Text("无", "Nothing"),
    },
}

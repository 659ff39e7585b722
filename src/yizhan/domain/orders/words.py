"""The order events as sentences for the timeline, and the words of their codes."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "orders.placed": Text(
        "受理订单 {number}：{summary}，{effective_at} 生效",
        "Order {number} placed: {summary}, in effect {effective_at}",
    ),
    "orders.held": Text(
        "订单 {number} 暂停：{summary}（{reason}）", "Order {number} waits: {summary} ({reason})"
    ),
    "orders.released": Text(
        "订单 {number} 继续办理：{summary}", "Order {number} goes on: {summary}"
    ),
    "orders.completed": Text(
        "订单 {number} 竣工：{summary}，一次性费用 {charged_fen} 元",
        "Order {number} done: {summary}, charged once {charged_fen} yuan",
    ),
    "orders.cancelled": Text(
        "订单 {number} 撤销：{summary}（{reason}）",
        "Order {number} taken back: {summary} ({reason})",
    ),
    "orders.failed": Text(
        "订单 {number} 失败：{summary}（{reason}）", "Order {number} failed: {summary} ({reason})"
    ),
}

VALUES: dict[str, dict[str, Text]] = {
    "kind": {
        "change_plan": Text("套餐变更", "Plan change"),
        "add_on": Text("开通附加包", "Add-on"),
        "drop_add_on": Text("关闭附加包", "Drop an add-on"),
        "suspend": Text("报停", "Suspend"),
        "resume": Text("复机", "Resume"),
        "loss": Text("挂失", "Report loss"),
        "bar": Text("停机", "Stop"),
        "unbar": Text("缴费复机", "Resume after payment"),
        "end_for_arrears": Text("欠费销户", "End for arrears"),
        "family_numbers": Text("亲情号码", "Family numbers"),
        "feature": Text("功能开关", "Feature"),
        "change_number": Text("改号", "Change number"),
        "change_sim": Text("补换卡", "New SIM card"),
        "close_line": Text("销户", "Close line"),
        "open_line": Text("新开线路", "New line"),
    },
    "state": {
        "acknowledged": Text("已受理", "Acknowledged"),
        "in_progress": Text("办理中", "In progress"),
        "held": Text("暂停", "Held"),
        "completed": Text("竣工", "Completed"),
        "cancelled": Text("已撤销", "Cancelled"),
        "failed": Text("失败", "Failed"),
    },
    "when": {
        "now": Text("立即", "Now"),
        "next_month": Text("次月", "Next month"),
    },
}
"""Field -> value -> its words; pages use them too."""

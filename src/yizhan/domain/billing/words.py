"""Billing's events in words, for the timeline."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

WORDS: Mapping[str, Text] = {
    "billing.bill_issued": Text(
        zh="出账：账单 {number}，{total_fen} 元，{due_date} 前缴清",
        en="Bill {number} issued: {total_fen} yuan, due by {due_date}",
    ),
    "billing.period_adjusted": Text(
        zh="{period} 账单因迟到或更正的话单调整 {difference_fen} 元，计入本期",
        en="{period} corrected by {difference_fen} yuan for late or corrected records",
    ),
    "billing.run_started": Text(zh="开始 {month} 出账", en="The bills of {month} were started"),
    "billing.run_finished": Text(
        zh="{month} 出账完成：{billed} 张，失败 {failed} 张，合计 {total_fen} 元",
        en="The bills of {month} are done: {billed} issued, {failed} failed, {total_fen} yuan",
    ),
}

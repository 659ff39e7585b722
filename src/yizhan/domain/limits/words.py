"""Limits in words, for the timeline, the messages and the pages."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

WORDS: Mapping[str, Text] = {
    "limits.spend_cap_set": Text(
        "{number} 设置消费限额：每月 {cap_fen} 元，{at_full}",
        "{number}: spending cap of {cap_fen} yuan a month, {at_full}",
    ),
    "limits.data_cap_set": Text(
        "{number} 设置流量限额：每月 {cap_mb} MB，{at_full}",
        "{number}: data cap of {cap_mb} MB a month, {at_full}",
    ),
    "limits.cap_removed": Text("{number} 取消{kind}限额", "{number}: {kind} cap removed"),
    "limits.cap_lifted": Text(
        "{number} 本月解除{kind}限额的停用", "{number}: {kind} cap lifted until the month ends"
    ),
    "limits.spend_cap_told": Text(
        "{number} 本月消费 {used_fen} 元，达到限额 {cap_fen} 元的 {percent}%，已提醒",
        "{number}: told that {used_fen} yuan are {percent}% of the cap of {cap_fen} yuan",
    ),
    "limits.data_cap_told": Text(
        "{number} 本月流量 {used_mb} MB，达到限额 {cap_mb} MB 的 {percent}%，已提醒",
        "{number}: told that {used_mb} MB are {percent}% of the cap of {cap_mb} MB",
    ),
    "limits.allowance_told": Text(
        "{number} 套餐余量“{allowance}”已用 {percent}%，已提醒",
        "{number}: told that {percent}% of “{allowance}” is used",
    ),
    "limits.service_stopped": Text(
        "{number} 因{why}停用{service}", "{number}: {service} stopped by the {why}"
    ),
    "limits.service_back": Text(
        "{number} 恢复{service}（{why}）", "{number}: {service} brought back ({why})"
    ),
    "limits.credit_warned": Text(
        "信用额度提醒：已用 {used_fen} 元，为额度 {credit_fen} 元的 {percent}%",
        "Told that {used_fen} yuan are {percent}% of the credit limit of {credit_fen} yuan",
    ),
    "limits.credit_exceeded": Text(
        "超信用额度：{used_fen} 元，额度 {credit_fen} 元（免停客户：{exempt}）",
        "Over the credit limit: {used_fen} yuan of {credit_fen} yuan (exempt: {exempt})",
    ),
    "limits.credit_back": Text(
        "已回到信用额度内：{used_fen} 元，额度 {credit_fen} 元",
        "Under the credit limit again: {used_fen} yuan of {credit_fen} yuan",
    ),
    "limits.credit_rule_changed": Text(
        "信用规则第 {version} 版：{warn_percent}% 时提醒（{reason}）",
        "Version {version} of the credit rule: warned at {warn_percent}% ({reason})",
    ),
}

KIND = {"spend": Text("消费", "spending"), "data": Text("流量", "data")}
SERVICE = {"outgoing": Text("呼出", "outgoing service"), "data": Text("上网", "data")}
WHY = {
    "spend": Text("消费限额", "spending cap"),
    "data": Text("流量限额", "data cap"),
    "credit": Text("信用额度", "credit limit"),
}
AT_FULL = {
    "tell": Text("用满仅提醒", "only told when it is used up"),
    "stop": Text("用满即停", "stopped when it is used up"),
}
VALUES: Mapping[str, Mapping[str, Text]] = {
    "kind": KIND,
    "service": SERVICE,
    "why": WHY,
    "at_full": AT_FULL,
    "exempt": {"True": Text("是", "yes"), "False": Text("否", "no")},
}
THEN = {
    "tell": Text("仅作提醒，不停服务。", "We only tell you; nothing is stopped."),
    "spend": Text(
        "现停止呼出，下月初自动恢复，您也可随时在网上营业厅解除。",
        "Outgoing service is being stopped. It comes back with the new month, or when you lift the"
        " cap on our site.",
    ),
    "data": Text(
        "现停止上网，下月初自动恢复，您也可随时在网上营业厅解除。",
        "Data is being stopped. It comes back with the new month, or when you lift the cap on our"
        " site.",
    ),
    "credit": Text(
        "现停止呼出，缴费后自动恢复。",
        "Outgoing service is being stopped; it comes back by itself once you pay.",
    ),
    "exempt": Text("请尽快缴费。", "Please pay soon."),
}
"""What follows, said at the end of a message."""

"""The events as sentences for the timeline."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "privacy.hold_placed": Text(
        "应{authority}要求保全资料（{reference}）", "Legal hold by {authority} ({reference})"
    ),
    "privacy.hold_lifted": Text("解除资料保全（{reference}）", "Legal hold lifted ({reference})"),
    "privacy.erasure_asked": Text(
        "客户要求删除个人信息，{due_at} 执行", "Asked to be forgotten; due {due_at}"
    ),
    "privacy.erasure_taken_back": Text(
        "撤回删除个人信息的要求", "Is not to be forgotten after all"
    ),
    "privacy.customer_erased": Text("个人信息已删除（{rows} 条）", "Forgotten ({rows} rows)"),
}

"""The contact events as sentences for the timeline."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "contacts.contact_began": Text(
        "接触开始（{via}）{number_dialled} {purpose}",
        "Contact began ({via}) {number_dialled} {purpose}",
    ),
    "contacts.contact_identified": Text("确认来电客户", "Contact attached to this customer"),
    "contacts.contact_finished": Text(
        "接触结束（{disposition}）{note}", "Contact finished ({disposition}) {note}"
    ),
    "contacts.caller_verified": Text("身份核验通过：{method}", "Caller verified by {method}"),
    "contacts.verification_failed": Text(
        "身份核验未通过：{method}，还可尝试 {tries_left} 次",
        "Verification by {method} failed, {tries_left} tries left",
    ),
    "contacts.code_sent": Text("验证码已发送至 {sent_to}", "One-time code sent to {sent_to}"),
    "contacts.service_password_set": Text("设置服务密码", "Service password set"),
    "contacts.message_queued": Text("待发消息（{medium}）", "Message queued ({medium})"),
}

"""The events of messages as sentences for the timeline."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "messages.message_queued": Text("待发消息（{medium}）", "Message queued ({medium})"),
    "messages.message_suppressed": Text("消息未发送：{why}", "Message not sent: {why}"),
    "messages.message_sent": Text("消息已发出（{medium}）", "Message sent ({medium})"),
    "messages.message_delivered": Text("消息已送达（{medium}）", "Message delivered ({medium})"),
    "messages.message_failed": Text(
        "消息未送达（{medium}）：{why}", "Message not delivered ({medium}): {why}"
    ),
    "messages.template_written": Text(
        "修改消息模板 {template}，第 {version} 版", "Template {template} worded, version {version}"
    ),
}
VALUES: dict[str, dict[str, Text]] = {
    "medium": {"sms": Text("短信", "text message"), "email": Text("电子邮件", "e-mail")},
    "why": {
        "no_address": Text("没有可用的号码或地址", "no number or address on record"),
        "no_consent": Text("客户未同意接收", "the customer did not consent"),
        "too_often": Text("已达发送上限", "the limit was reached"),
        "expired": Text("已过时效", "it was of no use any more"),
        "refused": Text("对方拒收", "refused by the other side"),
        "bounced": Text("被退回", "returned"),
    },
}

"""What this room keeps of people, and for how long."""

from yizhan.kernel.text import Text
from yizhan.platform.keeping import Aged, Ended, deleting, of_customer

AGED: tuple[Aged, ...] = (
    Aged(
        name="messages.sent",
        title=Text("发送的消息及地址", "Messages sent, and where to"),
        why=Text("收发记录至少保存五个月", "records of what was sent are kept for five months"),
        months=12,
        least=5,
        let_go=deleting("message", "created_at", also="state NOT IN ('queued', 'deferred')"),
    ),
    Aged(
        name="messages.replies",
        title=Text("通道回执", "What mail servers answered"),
        why=Text("与消息一同保存", "kept as long as the messages"),
        months=12,
        least=5,
        let_go=deleting("message_reply", "at"),
    ),
    Aged(
        name="messages.codes",
        title=Text("验证码的号码与来源地址", "Numbers and addresses codes were asked from"),
        why=Text("用于查明冒用", "to look into impostors"),
        months=3,
        least=1,
        let_go=deleting("message_code", "created_at"),
    ),
)

ENDED: tuple[Ended, ...] = (
    Ended(
        name="messages.all",
        title=Text("消息内容与地址", "Texts and addresses of messages"),
        let_go=of_customer(
            "DELETE FROM message_reply WHERE customer_id = $1",
            "DELETE FROM message_code WHERE customer_id = $1",
            "DELETE FROM message WHERE customer_id = $1",
        ),
    ),
)

"""The case events as sentences for the timeline, and the words of their coded values."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "cases.opened": Text(
        "新建{kind}工单 {number}：{class_name} – {subject}",
        "{kind} {number} opened: {class_name} – {subject}",
    ),
    "cases.taken": Text("{taken_by} 接手工单 {number}", "Case {number} taken by {taken_by}"),
    "cases.dispatched": Text("工单 {number} 派往{to}", "Case {number} sent to {to}"),
    "cases.noted": Text("工单 {number} 新增内部备注", "Note for ourselves on case {number}"),
    "cases.replied": Text("工单 {number} 留言：{text}", "Message on case {number}: {text}"),
    "cases.attached": Text("工单 {number} 附件：{file}", "File put to case {number}: {file}"),
    "cases.linked": Text(
        "工单 {number} 关联{link} {label}", "Case {number} tied to {link} {label}"
    ),
    "cases.held": Text(
        "工单 {number} 挂起：{reason_name}，最迟至 {until}",
        "Case {number} waits: {reason_name}, until {until} at the latest",
    ),
    "cases.resumed": Text("工单 {number} 恢复处理", "Case {number} goes on"),
    "cases.urged": Text(
        "客户第 {times} 次催办工单 {number}", "Customer asked after {number} ({times})"
    ),
    "cases.answered": Text("工单 {number} 回单：{outcome}", "Case {number} answered: {outcome}"),
    "cases.approved": Text("工单 {number} 审核通过", "Answer of case {number} approved"),
    "cases.sent_back": Text("工单 {number} 退回：{reason}", "Case {number} sent back: {reason}"),
    "cases.followed_up": Text(
        "工单 {number} 第 {attempt} 次回访：{result}",
        "Case {number} followed up ({attempt}): {result}",
    ),
    "cases.closed": Text("工单 {number} 归档：{outcome}", "Case {number} closed: {outcome}"),
    "cases.reopened": Text("工单 {number} 重开：{reason}", "Case {number} reopened: {reason}"),
    "cases.cancelled": Text("工单 {number} 撤销：{reason}", "Case {number} withdrawn: {reason}"),
    "cases.reclassified": Text(
        "工单 {number} 改为：{class_name}", "Case {number} is now: {class_name}"
    ),
    "cases.escalated": Text(
        "工单 {number} 升至 {level} 级：{reason}", "Case {number} up to level {level}: {reason}"
    ),
    "cases.due_soon": Text(
        "工单 {number} 即将到期（{clock}，规则 {rule}）：{due_at}",
        "Case {number} is due soon ({clock}, rule {rule}): {due_at}",
    ),
    "cases.overdue": Text(
        "工单 {number} 已超时（{clock}，规则 {rule}）：{due_at}",
        "Case {number} is overdue ({clock}, rule {rule}): {due_at}",
    ),
}

VALUES: dict[str, dict[str, Text]] = {
    "kind": {
        "consultation": Text("咨询", "Consultation"),
        "order": Text("受理异常", "Order in trouble"),
        "fault": Text("申告", "Fault"),
        "complaint": Text("投诉", "Complaint"),
        "suggestion": Text("建议", "Suggestion"),
        "praise": Text("表扬", "Praise"),
    },
    "state": {
        "new": Text("新建", "New"),
        "to_take": Text("待派", "Waiting to be taken"),
        "in_progress": Text("处理中", "In progress"),
        "held": Text("挂起", "Waiting"),
        "in_review": Text("待审核", "In review"),
        "to_follow_up": Text("待回访", "To follow up"),
        "archived": Text("归档", "Closed"),
        "sent_back": Text("退回", "Sent back"),
        "escalated": Text("升级", "Escalated"),
        "cancelled": Text("撤销", "Withdrawn"),
    },
    "urgency": {
        "normal": Text("一般", "Normal"),
        "urgent": Text("紧急", "Urgent"),
        "critical": Text("特急", "Critical"),
    },
    "outcome": {
        "solved": Text("已解决", "Solved"),
        "explained": Text("已解释", "Explained"),
        "upheld": Text("投诉成立", "Upheld"),
        "not_upheld": Text("投诉不成立", "Not upheld"),
        "passed_on": Text("已转达", "Passed on"),
    },
    "result": {
        "satisfied": Text("满意", "Satisfied"),
        "fair": Text("一般", "Fair"),
        "dissatisfied": Text("不满意", "Not satisfied"),
        "unreachable": Text("未联系上", "Not reached"),
    },
    "clock": {
        "first_contact": Text("首次回复", "First reply"),
        "resolution": Text("答复", "Answer"),
        "take": Text("接单", "Taking"),
        "follow_up": Text("回访", "Follow-up"),
    },
    "link": {
        "contact": Text("接触", "contact"),
        "line": Text("号码", "line"),
        "account": Text("账户", "account"),
        "bill": Text("账单", "bill"),
        "order": Text("订单", "order"),
        "payment": Text("缴费", "payment"),
        "usage": Text("详单", "usage record"),
        "case": Text("工单", "case"),
        "staff": Text("员工", "member of staff"),
    },
    "act": {
        "take": Text("接手", "Take"),
        "dispatch": Text("派单", "Send to"),
        "hold": Text("挂起", "Wait"),
        "resume": Text("恢复", "Go on"),
        "answer": Text("回单", "Answer"),
        "approve": Text("审核通过", "Approve"),
        "send_back": Text("退回", "Send back"),
        "follow_up": Text("回访", "Follow up"),
        "close": Text("归档", "Close"),
        "reopen": Text("重开", "Reopen"),
        "escalate": Text("升级", "Escalate"),
        "reclassify": Text("改分类", "Reclassify"),
        "cancel": Text("撤销", "Withdraw"),
    },
    "role": {
        "agent": Text("客服代表", "Agents"),
        "clerk": Text("营业员", "Shop clerks"),
        "lead": Text("班组长", "Team leads"),
        "manager": Text("经理", "Managers"),
        "back_office": Text("后台支撑", "Back office"),
        "finance": Text("财务", "Finance"),
        "product": Text("产品经理", "Product managers"),
    },
    "basis": {
        "law": Text("法规", "Law"),
        "promise": Text("承诺", "Promise"),
        "house": Text("内部", "House rule"),
    },
}
"""Field -> value -> its words; pages use them too."""

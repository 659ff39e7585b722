"""The events of this room as sentences for the timeline, and the words of its codes."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "provisioning.requested": Text(
        "请求网络：{action} {number}", "Asked the network: {action} {number}"
    ),
    "provisioning.unanswered": Text(
        "网络未应答，将重试：{action} {number}",
        "The network did not answer and will be asked again: {action} {number}",
    ),
    "provisioning.done": Text(
        "网络已执行：{action} {number}", "The network did it: {action} {number}"
    ),
    "provisioning.refused": Text(
        "网络未执行：{action} {number}（{why}）",
        "The network did not do it: {action} {number} ({why})",
    ),
    "provisioning.given_up": Text(
        "网络请求已放弃，须人工核实：{action} {number}（{why}）",
        "Given up, a person must look: {action} {number} ({why})",
    ),
    "provisioning.card_given": Text("发放 SIM 卡 {iccid}", "SIM card {iccid} given"),
    "provisioning.card_retired": Text("SIM 卡 {iccid} 作废", "SIM card {iccid} retired"),
    "provisioning.card_codes_shown": Text(
        "查看 SIM 卡 {iccid} 的 PIN/PUK", "PIN and PUK of SIM card {iccid} looked at"
    ),
    "provisioning.cards_taken_in": Text(
        "SIM 卡入库：批次 {batch}，{count} 张", "SIM cards taken in: {count} of delivery {batch}"
    ),
    "provisioning.card_spoiled": Text(
        "库存 SIM 卡 {iccid} 报废（{what}）", "SIM card {iccid} of the stock spoiled ({what})"
    ),
    "provisioning.compared": Text(
        "与网络核对：{compared} 条线路，{differences} 处不一致",
        "Compared with the network: {compared} lines, {differences} differences",
    ),
}

_FEATURES = {
    "caller_display": Text("来电显示", "caller display"),
    "call_forwarding": Text("呼叫转移", "call forwarding"),
    "call_waiting": Text("呼叫等待", "call waiting"),
    "long_distance": Text("国内长途", "domestic long distance"),
    "international": Text("国际长途", "international calls"),
    "roaming": Text("国内漫游", "domestic roaming"),
    "international_roaming": Text("国际漫游", "international roaming"),
    "partner_content": Text("合作内容服务", "partner content"),
    "data_barring": Text("上网限制", "data barring"),
}


def feature(code: str) -> Text:
    """A feature's name; an unknown one by its code."""
    return _FEATURES.get(code, Text(code.replace("_", " "), code.replace("_", " ")))


def _switches() -> dict[str, Text]:
    on, off = Text("开通", "on"), Text("关闭", "off")
    return {
        f"feature.{code}.{state}": Text(f"{how.zh}{text.zh}", f"{text.en} {how.en}")
        for code, text in _FEATURES.items()
        for state, how in (("on", on), ("off", off))
    }


VALUES: dict[str, dict[str, Text]] = {
    "action": {
        **_switches(),
        "line.activate": Text("开通", "activate"),
        "line.deactivate": Text("拆机", "deactivate"),
        "line.bar": Text("停机", "bar"),
        "line.bar_outgoing": Text("单向停机", "bar outgoing calls"),
        "line.unbar": Text("复机", "unbar"),
        "line.renumber": Text("改号", "renumber"),
        "line.change_sim": Text("换卡", "another SIM card"),
    },
    "state": {
        "queued": Text("排队", "Queued"),
        "by_hand": Text("待人工", "By hand"),
        "sent": Text("已发送", "Sent"),
        "accepted": Text("网络已接收", "Accepted"),
        "unanswered": Text("未应答，待重试", "No answer, will be retried"),
        "done": Text("完成", "Done"),
        "undone": Text("已回退", "Undone"),
        "refused": Text("拒绝", "Refused"),
        "cancelled": Text("已取消", "Cancelled"),
        "given_up": Text("已放弃", "Given up"),
        "retry": Text("人工重试", "Retried by hand"),
        "told_late": Text("网络事后告知", "The network told after the end"),
    },
    "card": {
        "free": Text("可用", "Free"),
        "reserved": Text("已预留", "Reserved"),
        "in_use": Text("在用", "In use"),
        "retired": Text("作废", "Retired"),
    },
    "what": {
        "lost": Text("遗失", "lost"),
        "damaged": Text("损坏", "damaged"),
    },
    "heard": {
        "taken": Text("已采信", "Taken"),
        "repeated": Text("重复", "Repeated"),
        "nothing_new": Text("无新内容", "Nothing new"),
        "too_late": Text("结束后才到", "Came after the end"),
        "unknown_request": Text("没有这条请求", "No such request"),
        "forged": Text("伪造", "Forged"),
    },
    "field": {
        "line": Text("线路", "Line"),
        "number": Text("号码", "Number"),
        "barred": Text("停机标志", "Barred"),
        "iccid": Text("SIM 卡", "SIM card"),
        "services": Text("功能", "Services"),
    },
}
"""Field -> value -> its words; pages use them too."""

"""Every right there is, with its words, and the roles the house ships with.

A right is ``room.act``. Rooms check it where the act is done; pages and APIs say it at the route.
The migration puts ``ROLES`` on the table; from then on an operator may change them there.
"""

import msgspec

from yizhan.kernel.text import Text

PERMISSIONS: dict[str, Text] = {
    "customers.search": Text("查找客户", "find customers"),
    "customers.read": Text("查看客户资料", "see a customer's record"),
    "customers.write": Text("修改客户资料", "change a customer's record"),
    "documents.read": Text("查看完整证件号码", "see identity documents in full"),
    "contacts.write": Text("记录接触、核验来电者", "record contacts, verify callers"),
    "contacts.waive": Text("客户不在场时处理资料", "work on a record without the customer"),
    "messages.read": Text("查看发件箱", "see the outbox with its texts"),
    "messages.send": Text("向客户发送消息", "send messages to customers"),
    "messages.manage": Text("管理消息模板", "word the templates of messages"),
    "knowledge.read": Text("查询知识库", "search the knowledge base"),
    "knowledge.write": Text("撰写知识", "write articles"),
    "bills.read": Text("查看账单与余额", "see bills and balances"),
    "usage.read": Text("查看使用详单", "see usage records"),
    "payments.read": Text("查看缴费记录", "see payments"),
    "payments.take": Text("收取现金缴费", "take cash payments"),
    "payments.reverse": Text("冲正缴费", "reverse payments"),
    "invoices.read": Text("查看发票", "see invoices"),
    "invoices.issue": Text("开具发票", "issue invoices over what was paid"),
    "invoices.void": Text("红字冲销发票", "take invoices back by red ones"),
    "checkout.start": Text("发起在线缴费", "begin a payment through the provider"),
    "checkout.refund": Text("原路退款", "refund a payment to its source"),
    "checkout.approve": Text("复核大额退款", "agree to larger refunds to source"),
    "checkout.reconcile": Text("支付对账", "reconcile with the payment provider"),
    "adjustments.request": Text("申请账务调整", "ask for an adjustment"),
    "adjustments.approve": Text("审批小额账务调整", "approve small adjustments"),
    "adjustments.approve_large": Text("审批较大账务调整", "approve larger adjustments"),
    "adjustments.approve_any": Text("审批任何金额的账务调整", "approve adjustments of any amount"),
    "vouchers.read": Text("查看充值卡", "see batches of cards and look one up"),
    "vouchers.redeem": Text("充值卡充值", "recharge by card"),
    "vouchers.unlock": Text("解除充值卡充值锁定", "unlock recharge by card"),
    "vouchers.make": Text("制作充值卡", "have cards made"),
    "vouchers.print": Text("导出卡密（一次性）", "take the secrets of cards out, once"),
    "vouchers.activate": Text("激活充值卡", "put cards into force"),
    "vouchers.void": Text("作废充值卡", "void cards"),
    "vouchers.approve": Text("审批大额作废", "approve voids of cards of much value"),
    "club.read": Text("查看俱乐部等级与积分", "see tiers and points of the club"),
    "club.redeem": Text("积分兑换", "spend a customer's points"),
    "club.manage": Text("评定等级、指定客户经理", "set tiers and account managers"),
    "club.publish": Text("发布俱乐部规则", "publish the club's rule"),
    "orders.read": Text("查看订单", "see orders"),
    "orders.place": Text("受理业务", "place orders"),
    "lines.force": Text("强制停机或销户", "stop or close a line against its owner's wish"),
    "lines.collect": Text("欠费停机与复机", "stop a line for arrears, and lift it"),
    "collections.read": Text("查看催缴情况", "see dunning"),
    "collections.defer": Text("同意缓缴", "let a customer pay later"),
    "collections.work": Text("处理催缴：暂停、停机、复机", "work on dunning: hold, stop, resume"),
    "shop.read": Text("查看商城商品与订单", "see the shop's goods and orders"),
    "shop.work": Text("商城备货、发货、交付、退货", "pack, send, hand over and take back goods"),
    "shop.stock": Text("管理商城商品与库存", "write down goods and stock"),
    "limits.read": Text("查看限额与信用额度", "see caps and credit"),
    "limits.set": Text("为客户设置限额", "set a customer's caps for him"),
    "limits.rule": Text("查看与修改信用规则", "see and change the credit rule"),
    "numbers.manage": Text("管理号码资源", "manage numbers in stock"),
    "network.read": Text("查看网络指令队列", "see what the network was asked"),
    "network.work": Text("处理网络指令", "retry, cancel, answer for the network"),
    "cards.manage": Text("管理 SIM 卡库存", "manage SIM cards in stock"),
    "cases.read": Text("查看工单", "see cases"),
    "cases.open": Text("新建工单", "open cases"),
    "cases.work": Text("处理工单", "work on cases"),
    "cases.review": Text("审核工单答复", "review the answers to cases"),
    "advice.give": Text("套餐顾问", "give plan advice"),
    "plans.read": Text("查看资费", "see plans"),
    "plans.publish": Text("发布资费", "publish plans"),
    "intake.run": Text("导入话单", "take usage in"),
    "quarantine.correct": Text("修正异常话单", "correct quarantined records"),
    "billing.run": Text("出账", "run the bills"),
    "staff.manage": Text("管理用户、角色与接口客户端", "manage users, roles and API clients"),
    "audit.read": Text("查看操作日志", "see the audit log"),
    "privacy.read": Text("查看资料保存期限与保全", "see terms of keeping and legal holds"),
    "privacy.manage": Text(
        "设置保存期限、保全资料、删除个人信息", "set terms, place holds, forget customers"
    ),
    "health.read": Text("查看系统健康", "see the health of the system"),
    "tmf.subscribe": Text("订阅 TM Forum 事件", "subscribe to TM Forum events"),
}

_SEE = (
    "customers.search customers.read bills.read usage.read payments.read orders.read cases.read"
    " plans.read knowledge.read"
)
_SERVE = (
    f"{_SEE} customers.write contacts.write cases.open cases.work orders.place advice.give"
    " messages.send club.read club.redeem limits.read limits.set"
    " invoices.read invoices.issue"
)

_DEFER = "collections.read collections.defer"
_DUN = f"{_DEFER} collections.work"


class Role(msgspec.Struct, frozen=True):
    """A set of rights with a name people know."""

    name: str
    label: Text
    permissions: frozenset[str]


def _role(name: str, zh: str, en: str, rights: str) -> Role:
    return Role(name, Text(zh, en), frozenset(rights.split()))


ROLES: tuple[Role, ...] = (
    _role(
        "agent",
        "客服代表",
        "Agent",
        f"{_SERVE} adjustments.request vouchers.read vouchers.redeem {_DEFER} checkout.start"
        " shop.read",
    ),
    _role(
        "lead",
        "班组长",
        "Team lead",
        "knowledge.write "
        f"{_SERVE} {_DUN} contacts.waive lines.force cases.review documents.read payments.take"
        " payments.reverse adjustments.request adjustments.approve health.read"
        " vouchers.read vouchers.redeem vouchers.unlock"
        " network.read network.work shop.read shop.work"
        " checkout.start checkout.refund invoices.void",
    ),
    _role(
        "manager",
        "经理",
        "Manager",
        "knowledge.write "
        f"{_SERVE} {_DUN} contacts.waive cases.review documents.read payments.reverse"
        " adjustments.request"
        " adjustments.approve adjustments.approve_large lines.force audit.read health.read"
        " vouchers.approve vouchers.read vouchers.redeem vouchers.unlock vouchers.void"
        " messages.manage privacy.read privacy.manage club.manage limits.rule"
        " network.read shop.read shop.stock shop.work"
        " checkout.start checkout.refund checkout.approve invoices.void",
    ),
    _role(
        "finance",
        "财务",
        "Finance",
        f"{_SEE} {_DUN} limits.read limits.rule contacts.waive payments.reverse adjustments.request"
        " adjustments.approve"
        " adjustments.approve_large adjustments.approve_any billing.run audit.read"
        " vouchers.activate vouchers.approve vouchers.make vouchers.print vouchers.read"
        " vouchers.void shop.read"
        " checkout.refund checkout.approve checkout.reconcile"
        " invoices.read invoices.issue invoices.void",
    ),
    _role(
        "clerk",
        "营业员",
        "Shop clerk",
        f"{_SERVE} {_DEFER} documents.read payments.take adjustments.request vouchers.read"
        " vouchers.redeem shop.read shop.work"
        " checkout.start",
    ),
    _role(
        "back_office",
        "后台支撑",
        "Back office",
        f"{_SEE} {_DUN} limits.read contacts.write contacts.waive messages.send cases.open"
        " cases.work adjustments.request intake.run"
        " quarantine.correct billing.run lines.collect lines.force numbers.manage health.read"
        " vouchers.activate vouchers.read vouchers.void"
        " network.read network.work cards.manage shop.read shop.stock shop.work"
        " checkout.reconcile invoices.read invoices.issue",
    ),
    _role(
        "product",
        "产品经理",
        "Product manager",
        "knowledge.read knowledge.write "
        "plans.read plans.publish messages.manage health.read club.read club.publish"
        " shop.read shop.stock",
    ),
    _role(
        "admin",
        "系统管理员",
        "Administrator",
        "staff.manage privacy.read audit.read health.read plans.read messages.read messages.manage"
        " tmf.subscribe",
    ),
)

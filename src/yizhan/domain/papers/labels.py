"""The words printed on sheets besides those of the bill's own rules."""

from collections.abc import Mapping

from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.text import Text

COMMON: Mapping[str, Text] = {
    "hotline": Text("客服热线 10010", "Service line 10010"),
    "printed": Text("{day} 打印", "Printed on {day}"),
}

SYSTEM_WORDS = Text("系统", "the system")


def by_words(name: str, language: str) -> str:
    """Who did it, as it is printed: the house itself is no name."""
    return SYSTEM_WORDS[language] if name == SYSTEM.name else name


BILL: Mapping[str, Text] = {
    "total": Text("本期费用合计（元）", "In all, yuan"),
    "against": Text("与上月相比", "Against the month before"),
    "first": Text("此前没有账单。", "There is no bill before this one."),
    "nothing_changed": Text("没有变化。", "Nothing changed."),
    "bars": Text("最近各期（元）", "The last bills, in yuan"),
    "lines": Text("费用明细", "What it is made of"),
    "payments": Text("缴费情况", "Payments"),
    "no_payments": Text("本期开始以来没有缴费记录。", "No payment since this period began."),
    "pay": Text("扫码缴费", "How to pay"),
    "records": Text("使用详单", "Itemised records"),
    "wrong": Text(
        "如对账单有疑问，请致电 10010 或在网上营业厅提出；多收的费用双倍返还。",
        "Something wrong? Call 10010 or tell us on our site. What we charged by mistake, we give"
        " back twice.",
    ),
}
PAYMENT_COLUMNS = (Text("日期", "Day"), Text("收据", "Receipt"), Text("元", "Yuan"))
RECORD_COLUMNS = (
    Text("时间", "When"),
    Text("对方", "With"),
    Text("用量", "How much"),
    Text("计费规则与算法", "Rule and arithmetic"),
    Text("元", "Yuan"),
)

BILL_SAID: Mapping[str, Text] = {
    "title": Text("{month}账单", "Bill of {month}"),
    "period": Text("计费周期 {first} 至 {last}", "Period {first} to {last}"),
    "customer": Text("客户", "Customer"),
    "account": Text("账户", "Account"),
    "number": Text("账单号", "Number"),
    "issued": Text("出账日期", "Issued"),
    "tax": Text("其中税额", "Tax contained"),
    "paid": Text("已结清", "Paid"),
    "due": Text("待缴 {open} 元，请于 {due} 前缴纳", "{open} yuan to be paid by {due}"),
    "overdue": Text("已逾期，欠 {open} 元（应于 {due} 前缴纳）", "{open} yuan overdue since {due}"),
    "before": Text("{month}为 {total} 元", "{month}: {total} yuan"),
    "account_itself": Text("账户级费用", "The account itself"),
    "minimum": Text(
        "什么是最低消费：所选套餐约定每月至少 {base} 元。本期实际费用合计 {counted} 元，不足部分"
        " {amount} 元以“补足”计入；实际费用达到 {base} 元后不再补足。",
        "The minimum spend: the plan costs at least {base} yuan a month. This month's charges came"
        " to {counted}, so {amount} were added; from {base} on nothing is added.",
    ),
    "pay_amount": Text("应缴 {open} 元", "{open} yuan"),
    "pay_words": Text(
        "用手机扫码，登录网上营业厅缴费；也可到营业厅或致电 10010 办理。",
        "Scan with your phone and pay on our site after signing in; or at a shop, or by calling"
        " 10010.",
    ),
    "pay_alt": Text("缴费二维码，网址：{url}", "Code to pay with; it leads to {url}"),
    "prepaid": Text(
        "预付费账户：费用已从余额扣除。", "Prepaid: the charges were taken from the balance."
    ),
    "more": Text(
        "此处列出前 {count} 条，其余见网上营业厅。",
        "The first {count} are listed here; see the others on our site.",
    ),
    "reversal": Text("（冲正）", " (reversal)"),
    "taken_back": Text("（已冲正）", " (taken back)"),
}

RECEIPT: Mapping[str, Text] = {
    "amount": Text("金额（元）", "Amount, yuan"),
    "keep": Text(
        "请妥善保管本收据。收据不是发票；如需发票，请在网上营业厅或营业厅申请。",
        "Please keep this receipt. It is no invoice: ask for one on our site or at a shop.",
    ),
}
RECEIPT_SAID: Mapping[str, Text] = {
    "payment": Text("缴费收据", "Receipt"),
    "reversal": Text("冲正收据", "Receipt of a reversal"),
    "number": Text("收据号", "Number"),
    "at": Text("时间", "When"),
    "customer": Text("客户", "Customer"),
    "account": Text("账户", "Account"),
    "method": Text("方式", "Paid by"),
    "by": Text("经办", "Taken by"),
    "left": Text("缴费后余额", "Balance after"),
    "owed": Text("缴费后仍欠", "Still owed after"),
    "reason": Text("原因", "Reason"),
    "taken_back": Text("本笔缴费已冲正，本收据作废。", "This payment was taken back: void."),
}
METHODS: Mapping[str, Text] = {
    "cash": Text("现金", "cash"),
    "voucher": Text("充值卡", "recharge card"),
    "provider": Text("在线支付", "online"),
}

INVOICE: Mapping[str, Text] = {
    "buyer": Text("购买方", "Buyer"),
    "seller": Text("销售方", "Seller"),
    "in_words": Text("价税合计（大写）", "Total"),
    "together": Text("（小写）¥", "CNY"),
}
INVOICE_COLUMNS = (
    Text("项目名称", "Item"),
    Text("金额", "Net"),
    Text("税率", "Rate"),
    Text("税额", "Tax"),
)
INVOICE_SAID: Mapping[str, Text] = {
    "blue": Text("电子发票", "Invoice"),
    "red": Text("红字电子发票", "Red invoice (credit)"),
    "number": Text("发票号码 {number}　开票日期 {day}", "Number {number}, issued {day}"),
    "name": Text("名称", "Name"),
    "taxpayer": Text("统一社会信用代码", "Taxpayer number"),
    "person": Text("（个人）", "(a person)"),
    "unregistered": Text("演示运营商，未登记", "demonstration, not registered"),
    "bill": Text("*电信服务*通信费", "Telecommunication services"),
    "payment": Text("*预付款*通信费预存", "Prepayment for telecommunication services"),
    "untaxed": Text("不征税", "not taxed"),
    "about_bill": Text("对应账单", "Bill"),
    "about_payment": Text("对应收据", "Receipt"),
    "reverses": Text("冲销发票", "Takes back"),
    "reason": Text("冲销原因", "Reason"),
    "taken_back": Text("状态", "State"),
    "void": Text("已被红字发票 {number} 冲销", "taken back by red invoice {number}"),
    "by": Text("开票人", "Issued by"),
    "seal": Text(
        "说明：本票由演示系统按实缴金额开具，编号连续，但未接入税务机关的电子发票平台，没有税务数字签名与"
        "监制章，不能用于抵扣或报销。",
        "Please note: this demonstration issues invoices over what was paid, numbered without a"
        " gap. It is not connected to the tax office's platform: this paper bears no fiscal seal"
        " or signature and proves nothing to a tax office.",
    ),
}

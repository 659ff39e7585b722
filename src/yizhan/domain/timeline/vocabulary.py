"""Words of the codes that stand in events, for rooms that do not bring their own.

A room may export ``VALUES`` (field -> code -> words) at its door; what it says goes before this.
"""

from collections.abc import Mapping

from yizhan.kernel.text import Text

_CHANNELS = {
    "call_centre": Text("呼叫中心", "call centre"),
    "website": Text("服务网站", "website"),
    "shop": Text("营业厅", "shop"),
    "partner_shop": Text("合作厅", "partner shop"),
    "agency": Text("代办点", "agency"),
    "email": Text("电子邮件", "e-mail"),
    "mobile_payment": Text("移动支付", "mobile payment"),
    "rich_message": Text("彩e", "rich message"),
    "handset": Text("手机营业厅", "handset"),
    "api": Text("接口", "API"),
    "system": Text("系统", "system"),
}
_LINE_STATES = {
    "testing": Text("测试期", "testing"),
    "active": Text("正使用", "active"),
    "silent": Text("沉默期", "silent"),
    "stopped": Text("停机", "stopped"),
    "kept": Text("停机保号", "number kept"),
    "closing": Text("预销户", "closing"),
    "closed": Text("销户", "closed"),
}
_REASONS = {
    "arrears": Text("欠费", "arrears"),
    "requested": Text("报停", "at the owner's wish"),
    "lost": Text("挂失", "lost"),
    "forced": Text("强停", "forced"),
    "overuse": Text("超量", "overuse"),
    "billing_error": Text("计费差错", "billing error"),
    "service_failure": Text("服务故障补偿", "service failure"),
    "goodwill": Text("客户关怀", "goodwill"),
    "late_fee_waiver": Text("减免滞纳金", "late fee waived"),
    "payment_error": Text("缴费差错", "payment error"),
    "other": Text("其他", "other"),
}

COMMON: Mapping[str, Mapping[str, Text]] = {
    "via": _CHANNELS,
    "channel": _CHANNELS,
    "direction": {"in": Text("呼入", "incoming"), "out": Text("呼出", "outgoing")},
    "method": {
        "service_password": Text("服务密码", "service password"),
        "document": Text("证件", "identity document"),
        "call_back": Text("回拨", "call-back"),
        "one_time_code": Text("一次性验证码", "one-time code"),
    },
    "disposition": {
        "answered": Text("已解答", "answered"),
        "ordered": Text("已受理", "ordered"),
        "case_opened": Text("已建工单", "case opened"),
        "paid": Text("已缴费", "paid"),
        "referred": Text("已转办", "referred"),
        "abandoned": Text("客户挂断", "abandoned"),
        "wrong_number": Text("打错", "wrong number"),
        "other": Text("其他", "other"),
    },
    "purpose": {
        "bill": Text("话费账单", "bill"),
        "plan": Text("资费咨询", "plans"),
        "order": Text("业务办理", "order"),
        "payment": Text("缴费充值", "payment"),
        "fault": Text("故障申告", "fault"),
        "complaint": Text("投诉建议", "complaint"),
        "other": Text("其他", "other"),
        "advice": Text("资费建议", "plan advice"),
    },
    "state": _LINE_STATES,
    "from_state": _LINE_STATES,
    "to_state": _LINE_STATES,
    "reason": _REASONS,
    "reasons": _REASONS,
    "kind": {
        "mobile": Text("移动电话", "mobile"),
        "fixed": Text("固定电话", "fixed"),
        "data": Text("数据专线", "data line"),
        "internet": Text("宽带", "internet"),
        "plan": Text("套餐", "plan"),
        "add_on": Text("附加包", "add-on"),
        "person": Text("个人", "person"),
        "organisation": Text("单位", "organisation"),
    },
    "medium": {
        "sms": Text("短信", "SMS"),
        "email": Text("邮件", "e-mail"),
        "paper": Text("纸质", "paper"),
    },
    "payment_kind": {
        "postpaid": Text("后付费", "post-paid"),
        "prepaid": Text("预付费", "prepaid"),
    },
    "role": {
        "customer": Text("客户", "customer"),
        "user": Text("使用人", "user"),
        "agent": Text("经办人", "agent"),
        "guardian": Text("监护人", "guardian"),
    },
    "fields": {
        "name": Text("姓名", "name"),
        "gender": Text("性别", "gender"),
        "birth_date": Text("出生日期", "birth date"),
        "tier": Text("会员等级", "tier"),
        "segment": Text("客户群", "segment"),
        "language": Text("语言", "language"),
        "status": Text("状态", "status"),
        "bill_medium": Text("账单方式", "bill medium"),
        "bill_enclosed": Text("账单附 PDF", "bill enclosed as PDF"),
        "cycle_day": Text("账期日", "cycle day"),
        "credit_limit_fen": Text("信用额度", "credit limit"),
    },
    "attribute": {
        "student": Text("学生", "student"),
        "home_province": Text("家乡省份", "home province"),
        "age_band": Text("年龄段", "age band"),
    },
}

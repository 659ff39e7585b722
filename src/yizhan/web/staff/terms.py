"""The words of coded values that several pages show: tiers, kinds, states."""

from yizhan.kernel.text import Text

TIER = {
    "none": Text("普通", "Standard"),
    "silver": Text("银卡", "Silver"),
    "gold": Text("金卡", "Gold"),
    "diamond": Text("钻石", "Diamond"),
}
SEGMENT = {
    "personal": Text("个人", "Personal"),
    "family": Text("家庭", "Family"),
    "business": Text("企业", "Business"),
    "government": Text("政府", "Government"),
}
STATUS = {
    "prospect": Text("潜在客户", "Prospect"),
    "active": Text("在用", "Active"),
    "closed": Text("已销户", "Closed"),
}
LANGUAGE = {"zh": Text("中文", "Chinese"), "en": Text("英文", "English")}
PAYMENT_KIND = {
    "postpaid": Text("后付费", "postpaid"),
    "prepaid": Text("预付费", "prepaid"),
}
BILL_MEDIUM = {
    "none": Text("不寄送", "none"),
    "paper": Text("纸质账单", "paper"),
    "email": Text("电子邮件", "e-mail"),
    "sms": Text("短信", "SMS"),
    "fax": Text("传真", "fax"),
}
DOCUMENT = {
    "resident_id": Text("居民身份证", "Resident ID"),
    "household": Text("户口簿", "Household register"),
    "passport": Text("护照", "Passport"),
    "military": Text("军官证", "Military ID"),
    "travel_permit": Text("通行证", "Travel permit"),
    "student_card": Text("学生证", "Student card"),
    "business_licence": Text("营业执照", "Business licence"),
}
CONTACT_KIND = {
    "phone": Text("电话", "Phone"),
    "email": Text("电子邮件", "E-mail"),
    "address": Text("地址", "Address"),
    "fax": Text("传真", "Fax"),
}
ORIGIN = {
    "asked": Text("询问所得", "asked"),
    "document": Text("证件所载", "from a document"),
    "order": Text("订单所载", "from an order"),
    "import": Text("数据迁入", "imported"),
    "inferred": Text("推断", "inferred"),
}
ATTRIBUTE = {
    "student": Text("学生", "Student"),
    "home_province": Text("家乡省份", "Home province"),
    "age_band": Text("年龄段", "Age band"),
    "occupation": Text("职业", "Occupation"),
    "school": Text("学校", "School"),
}
PURPOSE = {
    "advice": Text("资费建议", "plan advice"),
    "marketing_call": Text("营销电话", "marketing calls"),
    "marketing_sms": Text("营销短信", "marketing SMS"),
    "recording": Text("通话录音", "recording"),
    "service_notices": Text("服务通知", "service notices"),
}
KEY_KIND = {
    "customer": Text("客户编号", "Customer number"),
    "name": Text("姓名", "Name"),
    "name_part": Text("姓名", "Name"),
    "document": Text("证件", "Document"),
    "account": Text("账户", "Account"),
    "case": Text("工单", "Case"),
    "phone": Text("联系电话", "Contact number"),
    "number": Text("业务号码", "Line"),
    "line": Text("业务号码", "Line"),
}
LINE_KIND = {
    "mobile": Text("移动电话", "Mobile"),
    "fixed": Text("固定电话", "Fixed line"),
    "data": Text("数据专线", "Data line"),
    "internet": Text("宽带上网", "Internet"),
}
CHANNEL = {
    "call_centre": Text("呼叫中心", "Call centre"),
    "desk": Text("工作台", "Desk"),
    "shop": Text("自有营业厅", "Own shop"),
    "website": Text("服务网站", "Website"),
    "partner_shop": Text("合作厅", "Partner shop"),
    "agency": Text("代办点", "Agency outlet"),
    "email": Text("电子邮件", "E-mail"),
    "mobile_payment": Text("移动支付", "Mobile payment"),
    "rich_message": Text("彩e", "Rich message"),
    "handset": Text("手机营业厅", "Handset shop"),
    "sms": Text("短信", "SMS"),
    "api": Text("系统接口", "API"),
    "system": Text("系统", "System"),
}
LINE_STATE = {
    "testing": Text("测试期", "Testing"),
    "active": Text("正使用", "In use"),
    "silent": Text("沉默期", "Silent"),
    "stopped": Text("停机", "Stopped"),
    "kept": Text("停机保号", "Number kept"),
    "closing": Text("预销户", "Closing"),
    "closed": Text("销户", "Closed"),
}
STOP_REASON = {
    "arrears": Text("欠费", "arrears"),
    "requested": Text("报停", "asked for"),
    "lost": Text("挂失", "reported lost"),
    "forced": Text("强停", "forced"),
    "overuse": Text("超量", "over the limit"),
}
METHOD = {
    "service_password": Text("服务密码", "service password"),
    "document": Text("证件", "identity document"),
    "call_back": Text("回拨", "call-back"),
    "one_time_code": Text("验证码", "one-time code"),
}
CONTACT_PURPOSE = {
    "bill": Text("话费账单", "Bill"),
    "plan": Text("资费咨询", "Plans"),
    "order": Text("业务办理", "Order"),
    "payment": Text("缴费充值", "Payment"),
    "fault": Text("故障申告", "Fault"),
    "complaint": Text("投诉建议", "Complaint"),
    "other": Text("其他", "Other"),
}
DISPOSITION = {
    "answered": Text("已答复", "Answered"),
    "ordered": Text("已办理", "Order placed"),
    "case_opened": Text("已建工单", "Case opened"),
    "paid": Text("已缴费", "Paid"),
    "referred": Text("已转介", "Referred"),
    "abandoned": Text("中断", "Broken off"),
    "wrong_number": Text("打错号码", "Wrong number"),
    "other": Text("其他", "Other"),
}
ROOM = {
    "messages": Text("消息", "Messages"),
    "contacts": Text("接触", "Contacts"),
    "cases": Text("工单", "Cases"),
    "orders": Text("订单", "Orders"),
    "payments": Text("缴费", "Payments"),
    "billing": Text("账单", "Bills"),
    "subscriptions": Text("号码与产品", "Lines and products"),
    "advisor": Text("顾问", "Advice"),
    "customers": Text("资料", "Record"),
}
SERVICE = {
    "voice": Text("通话", "Call"),
    "sms": Text("短信", "SMS"),
    "mms": Text("彩信", "MMS"),
    "data": Text("上网流量", "Data"),
    "content": Text("信息费（代收）", "Partner content"),
    "internet": Text("宽带", "Internet"),
}
FEATURE = {
    "caller_display": Text("来电显示", "Caller display"),
    "call_forwarding": Text("呼叫转移", "Call forwarding"),
    "call_waiting": Text("呼叫等待", "Call waiting"),
    "long_distance": Text("国内长途", "Domestic long distance"),
    "international": Text("国际长途", "International calls"),
    "roaming": Text("国内漫游", "Domestic roaming"),
    "international_roaming": Text("国际漫游", "International roaming"),
    "partner_content": Text("合作内容服务", "Partner content"),
}
PROVINCE = {
    "beijing": Text("北京", "Beijing"),
    "tianjin": Text("天津", "Tianjin"),
    "hebei": Text("河北", "Hebei"),
    "shanxi": Text("山西", "Shanxi"),
    "neimenggu": Text("内蒙古", "Inner Mongolia"),
    "liaoning": Text("辽宁", "Liaoning"),
    "jilin": Text("吉林", "Jilin"),
    "heilongjiang": Text("黑龙江", "Heilongjiang"),
    "shanghai": Text("上海", "Shanghai"),
    "jiangsu": Text("江苏", "Jiangsu"),
    "zhejiang": Text("浙江", "Zhejiang"),
    "anhui": Text("安徽", "Anhui"),
    "fujian": Text("福建", "Fujian"),
    "jiangxi": Text("江西", "Jiangxi"),
    "shandong": Text("山东", "Shandong"),
    "henan": Text("河南", "Henan"),
    "hubei": Text("湖北", "Hubei"),
    "hunan": Text("湖南", "Hunan"),
    "guangdong": Text("广东", "Guangdong"),
    "guangxi": Text("广西", "Guangxi"),
    "hainan": Text("海南", "Hainan"),
    "chongqing": Text("重庆", "Chongqing"),
    "sichuan": Text("四川", "Sichuan"),
    "guizhou": Text("贵州", "Guizhou"),
    "yunnan": Text("云南", "Yunnan"),
    "xizang": Text("西藏", "Tibet"),
    "shaanxi": Text("陕西", "Shaanxi"),
    "gansu": Text("甘肃", "Gansu"),
    "qinghai": Text("青海", "Qinghai"),
    "ningxia": Text("宁夏", "Ningxia"),
    "xinjiang": Text("新疆", "Xinjiang"),
}

QUARANTINE_REASON = {
    "bad_encoding": Text("编码不符", "wrong encoding"),
    "bad_character": Text("含控制字符", "control character"),
    "too_long": Text("行过长", "row too long"),
    "column_count": Text("列数不符", "wrong number of columns"),
    "unbalanced_quote": Text("引号未配对", "open quotation mark"),
    "bad_json": Text("不是 JSON", "not JSON"),
    "not_json": Text("不是 JSON", "not JSON"),
    "not_an_object": Text("JSON 不是对象", "JSON is no object"),
    "missing_field": Text("缺少字段", "field missing"),
    "key_too_long": Text("记录号过长", "key too long"),
    "field_too_long": Text("字段过长", "field too long"),
    "bad_time": Text("时间无法识别", "not a time"),
    "time_gap": Text("当地不存在的时刻", "a moment clocks never showed"),
    "future": Text("时间在将来", "in the future"),
    "too_old": Text("时间过早", "too old"),
    "bad_quantity": Text("数量无法识别", "not a quantity"),
    "negative_quantity": Text("数量为负", "negative quantity"),
    "inexact_quantity": Text("数量不能整除", "no whole number of units"),
    "absurd_quantity": Text("数量过大", "absurd quantity"),
    "unknown_service": Text("业务未知", "unknown service"),
    "unknown_value": Text("取值未知", "unknown value"),
    "bad_number": Text("号码无法识别", "not a number"),
    "unknown_zone": Text("区域未知", "unknown zone"),
    "missing_partner": Text("缺少合作方", "partner missing"),
    "bad_amount": Text("金额无法识别", "not an amount"),
    "wrong_currency": Text("币种不符", "wrong currency"),
    "unknown_action": Text("操作未知", "unknown action"),
    "unknown_line": Text("号码无归属线路", "number of no line"),
    "number_unassigned": Text("通话时号码无归属", "number of no line at that moment"),
    "line_terminated": Text("线路已销户", "line closed"),
    "key_conflict": Text("记录号重复而内容不同", "same key, other content"),
    "session_gap": Text("会话缺段", "part of a session missing"),
    "session_conflict": Text("会话段重复", "part of a session repeated"),
    "correction_unknown": Text("被更正的记录不存在", "corrected record not here"),
    "correction_repeated": Text("记录已更正过", "corrected before"),
}
"""Why a row is kept aside, short enough for a list; the row itself says it with its values."""
MESSAGE_MEDIUM = {"sms": Text("短信", "Text message"), "email": Text("电子邮件", "E-mail")}
MESSAGE_KIND = {
    "transactional": Text("服务", "Service"),
    "marketing": Text("营销", "Offer"),
}
MESSAGE_STATE = {
    "queued": Text("待发送", "Waiting"),
    "deferred": Text("延后发送", "After the quiet hours"),
    "sent": Text("已发出", "Sent"),
    "delivered": Text("已送达", "Delivered"),
    "failed": Text("未送达", "Not delivered"),
    "suppressed": Text("不发送", "Not sent"),
}
MESSAGE_REASON = {
    "no_address": Text("没有可用的号码或地址", "No number or address on record"),
    "no_consent": Text("客户未同意接收", "The customer did not consent"),
    "too_often": Text("已达发送上限", "The limit was reached"),
    "expired": Text("已过时效", "Of no use any more"),
    "refused": Text("对方拒收", "Refused by the other side"),
    "bounced": Text("被退回", "Returned"),
}
ARTICLE_AUDIENCE = {
    "everybody": Text("所有人", "Everybody"),
    "staff": Text("仅员工", "Staff only"),
}

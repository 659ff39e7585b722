"""The customer events as sentences for the timeline."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "customers.customer_created": Text("建立客户档案 {number}", "Customer record {number} created"),
    "customers.customer_changed": Text(
        "客户资料变更：{fields}", "Customer record changed: {fields}"
    ),
    "customers.account_opened": Text("开立账户 {number}", "Billing account {number} opened"),
    "customers.account_changed": Text(
        "账户 {number} 变更：{fields}", "Billing account {number} changed: {fields}"
    ),
    "customers.document_added": Text(
        "登记证件 {number_masked}", "Identity document {number_masked} recorded"
    ),
    "customers.document_revealed": Text(
        "查看证件全号 {number_masked}，原因：{reason}",
        "Document number {number_masked} shown in full, reason: {reason}",
    ),
    "customers.contact_point_added": Text("新增联系方式", "Contact point added"),
    "customers.contact_point_ended": Text("停用联系方式", "Contact point no longer used"),
    "customers.consent_granted": Text("客户同意：{purpose}", "Consent given: {purpose}"),
    "customers.consent_withdrawn": Text("客户撤回同意：{purpose}", "Consent withdrawn: {purpose}"),
    "customers.attribute_set": Text("记录客户属性：{attribute}", "Attribute recorded: {attribute}"),
    "customers.party_added": Text("登记关系人（{role}）", "Related party recorded ({role})"),
}

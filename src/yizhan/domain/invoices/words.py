"""Invoices in words, for the timeline and the pages."""

from collections.abc import Mapping

from yizhan.kernel.text import Text

WORDS: Mapping[str, Text] = {
    "invoices.invoice_issued": Text(
        "开具发票 {number}，{amount_fen} 元（{subject} {subject_number}）",
        "Invoice {number} issued over {amount_fen} yuan ({subject} {subject_number})",
    ),
    "invoices.invoice_taken_back": Text(
        "红字发票 {number} 冲销发票 {taken_back}，{amount_fen} 元：{reason}",
        "Red invoice {number} takes back {taken_back}, {amount_fen} yuan: {reason}",
    ),
}
SUBJECT: Mapping[str, Text] = {"bill": Text("账单", "bill"), "payment": Text("缴费", "receipt")}
TITLE: Mapping[str, Text] = {
    "personal": Text("个人", "Personal"),
    "company": Text("单位", "Company"),
}
VALUES: Mapping[str, Mapping[str, Text]] = {"subject": SUBJECT}

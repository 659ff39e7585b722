"""How the timeline tells what happens to usage."""

from yizhan.domain.usage import events
from yizhan.kernel.text import Text

WORDS = {
    events.IntakeFinished.name: Text(
        "话单文件“{file}”入库完毕：{rows_read} 行，入库 {accepted}，重复 {duplicates}，"
        "隔离 {quarantined}",
        "File “{file}” was taken in: {rows_read} rows, {accepted} accepted, "
        "{duplicates} duplicates, {quarantined} quarantined",
    ),
    events.UsageArrivedLate.name: Text(
        "迟到话单 {records} 条，计入下期账单", "{records} late records, settled in the next bill"
    ),
    events.UsageCorrected.name: Text("一条话单被更正", "A usage record was corrected"),
    events.QuarantinedCorrected.name: Text(
        "修改了一条隔离话单（{reason}）", "A quarantined record was edited ({reason})"
    ),
    events.QuarantinedReplayed.name: Text(
        "一条隔离话单重新入库（{reason}）", "A quarantined record was taken in ({reason})"
    ),
    events.QuarantinedDismissed.name: Text(
        "一条隔离话单不予入库：{note}", "A quarantined record was dismissed: {note}"
    ),
}
"""Event name -> words with the payload's placeholders."""

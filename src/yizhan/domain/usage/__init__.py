"""Usage records: intake, canonical classes, quarantine, corrections, late arrivals."""

from yizhan.domain.usage.bulk import NewUsage, bulk_load, months_between
from yizhan.domain.usage.dialling import (
    Dialled,
    Dialling,
    PrefixRow,
    built_in_rows,
)
from yizhan.domain.usage.filing import Outcome
from yizhan.domain.usage.intake import BATCH_ROWS, intake
from yizhan.domain.usage.keeping import AGED, ENDED
from yizhan.domain.usage.mapping import Mapping, built_in, built_in_mapping
from yizhan.domain.usage.mapping import parse as parse_mapping
from yizhan.domain.usage.model import (
    REASONS,
    Broken,
    Counts,
    Intake,
    Quarantined,
    Record,
    record_id,
)
from yizhan.domain.usage.offline import BrokenRow, ReadFile, read_usages
from yizhan.domain.usage.permissions import PERMISSIONS
from yizhan.domain.usage.queries import (
    FiledRecord,
    LateRecord,
    count_quarantined,
    destinations,
    get_quarantined,
    get_record,
    late_of_lines,
    lines_with_late,
    list_intakes,
    list_late,
    list_quarantined,
    list_records,
    months_of_line,
    of_line,
    of_lines,
)
from yizhan.domain.usage.service import (
    Replayed,
    cells_of,
    close_period,
    close_periods,
    correct,
    dismiss,
    put_prefix,
    put_records,
    replay,
    replay_all,
    settle_late,
)
from yizhan.domain.usage.words import WORDS

__all__ = [
    "AGED",
    "BATCH_ROWS",
    "ENDED",
    "PERMISSIONS",
    "REASONS",
    "WORDS",
    "Broken",
    "BrokenRow",
    "Counts",
    "Dialled",
    "Dialling",
    "FiledRecord",
    "Intake",
    "LateRecord",
    "Mapping",
    "NewUsage",
    "Outcome",
    "PrefixRow",
    "Quarantined",
    "ReadFile",
    "Record",
    "Replayed",
    "built_in",
    "built_in_mapping",
    "built_in_rows",
    "bulk_load",
    "cells_of",
    "close_period",
    "close_periods",
    "correct",
    "count_quarantined",
    "destinations",
    "dismiss",
    "get_quarantined",
    "get_record",
    "intake",
    "late_of_lines",
    "lines_with_late",
    "list_intakes",
    "list_late",
    "list_quarantined",
    "list_records",
    "months_between",
    "months_of_line",
    "of_line",
    "of_lines",
    "parse_mapping",
    "put_prefix",
    "put_records",
    "read_usages",
    "record_id",
    "replay",
    "replay_all",
    "settle_late",
]

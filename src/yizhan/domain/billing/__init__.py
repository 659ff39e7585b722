"""The monthly run, bills with their evidence, explanation and comparison, the running month."""

from yizhan.domain.billing.compare import Change, Comparison, compare
from yizhan.domain.billing.current import Current, current_month, current_month_of_line
from yizhan.domain.billing.events import (
    BillIssued,
    BillRunFinished,
    BillRunStarted,
    PeriodAdjusted,
)
from yizhan.domain.billing.explain import (
    Explanation,
    Part,
    RecordCost,
    Step,
    explain,
    records,
    words_of,
)
from yizhan.domain.billing.invariants import INVARIANTS
from yizhan.domain.billing.jobs import JOBS
from yizhan.domain.billing.model import (
    AlreadyBilled,
    Bill,
    BillLine,
    Cycle,
    NeverBilled,
    NoPlan,
    NoSuchBill,
    NotOver,
    Stretch,
    bill_id_of,
    stretches,
)
from yizhan.domain.billing.permissions import PERMISSIONS
from yizhan.domain.billing.queries import (
    Evidence,
    FailedAccount,
    RunReport,
    count_waiting,
    find_previous,
    get_bill,
    get_evidence,
    get_run,
    list_bills,
    list_failures,
    list_runs,
)
from yizhan.domain.billing.run import Outcome, cycle_days
from yizhan.domain.billing.service import (
    Header,
    begin_run,
    end_run,
    load_headers,
    run,
    start_run,
)
from yizhan.domain.billing.words import WORDS

__all__ = [
    "INVARIANTS",
    "JOBS",
    "PERMISSIONS",
    "WORDS",
    "AlreadyBilled",
    "Bill",
    "BillIssued",
    "BillLine",
    "BillRunFinished",
    "BillRunStarted",
    "Change",
    "Comparison",
    "Current",
    "Cycle",
    "Evidence",
    "Explanation",
    "FailedAccount",
    "Header",
    "NeverBilled",
    "NoPlan",
    "NoSuchBill",
    "NotOver",
    "Outcome",
    "Part",
    "PeriodAdjusted",
    "RecordCost",
    "RunReport",
    "Step",
    "Stretch",
    "begin_run",
    "bill_id_of",
    "compare",
    "count_waiting",
    "current_month",
    "current_month_of_line",
    "cycle_days",
    "end_run",
    "explain",
    "find_previous",
    "get_bill",
    "get_evidence",
    "get_run",
    "list_bills",
    "list_failures",
    "list_runs",
    "load_headers",
    "records",
    "run",
    "start_run",
    "stretches",
    "words_of",
]

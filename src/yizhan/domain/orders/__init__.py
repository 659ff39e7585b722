"""What customers order: looked at, confirmed, taken back in time, carried out once."""

from yizhan.domain.orders.changes import (
    Bar,
    Change,
    ChangePlan,
    DropAddOn,
    EndForArrears,
    OpenLine,
    ReportLoss,
    Resume,
    SetFamilyNumbers,
    Suspend,
    SwitchFeature,
    TakeAddOn,
    Unbar,
    When,
    parse,
)
from yizhan.domain.orders.flow import MOVES, OPEN, OrderNotNow, State
from yizhan.domain.orders.invariants import INVARIANTS
from yizhan.domain.orders.jobs import JOBS
from yizhan.domain.orders.model import Order
from yizhan.domain.orders.network import Answer, TaskRow
from yizhan.domain.orders.permissions import PERMISSIONS
from yizhan.domain.orders.pricing import Item
from yizhan.domain.orders.queries import (
    get,
    get_by_number,
    list_of_customer,
    list_open,
    list_tasks,
    preview,
    preview_opening,
)
from yizhan.domain.orders.service import (
    NotOrderable,
    Outdated,
    answered,
    hold,
    place,
    place_opening,
    release,
    undo,
)
from yizhan.domain.orders.situation import PlanBrief, Preview, Refusal
from yizhan.domain.orders.words import VALUES, WORDS

__all__ = [
    "INVARIANTS",
    "JOBS",
    "MOVES",
    "OPEN",
    "PERMISSIONS",
    "VALUES",
    "WORDS",
    "Answer",
    "Bar",
    "Change",
    "ChangePlan",
    "DropAddOn",
    "EndForArrears",
    "Item",
    "NotOrderable",
    "OpenLine",
    "Order",
    "OrderNotNow",
    "Outdated",
    "PlanBrief",
    "Preview",
    "Refusal",
    "ReportLoss",
    "Resume",
    "SetFamilyNumbers",
    "State",
    "Suspend",
    "SwitchFeature",
    "TakeAddOn",
    "TaskRow",
    "Unbar",
    "When",
    "answered",
    "get",
    "get_by_number",
    "hold",
    "list_of_customer",
    "list_open",
    "list_tasks",
    "parse",
    "place",
    "place_opening",
    "preview",
    "preview_opening",
    "release",
    "undo",
]

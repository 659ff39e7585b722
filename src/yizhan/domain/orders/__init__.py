"""What customers order: looked at, confirmed, taken back in time, carried out once."""

from yizhan.domain.orders.changes import (
    Bar,
    Change,
    ChangeNumber,
    ChangePlan,
    ChangeSim,
    CloseLine,
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
from yizhan.domain.orders.permissions import PERMISSIONS
from yizhan.domain.orders.pricing import Item
from yizhan.domain.orders.queries import (
    get,
    get_by_number,
    list_network_steps,
    list_of_customer,
    list_open,
    preview,
    preview_opening,
)
from yizhan.domain.orders.reactions import REACTIONS
from yizhan.domain.orders.service import (
    NotOrderable,
    Outdated,
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
    "REACTIONS",
    "VALUES",
    "WORDS",
    "Bar",
    "Change",
    "ChangeNumber",
    "ChangePlan",
    "ChangeSim",
    "CloseLine",
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
    "Unbar",
    "When",
    "get",
    "get_by_number",
    "hold",
    "list_network_steps",
    "list_of_customer",
    "list_open",
    "parse",
    "place",
    "place_opening",
    "preview",
    "preview_opening",
    "release",
    "undo",
]

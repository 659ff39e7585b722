"""A contact on any channel, and whether the one in it proved that he is the customer."""

from yizhan.domain.contacts.keeping import AGED, ENDED
from yizhan.domain.contacts.model import (
    Channel,
    Contact,
    ContactOver,
    Direction,
    Disposition,
    Locked,
    Method,
    NotVerified,
    Standing,
    Verification,
    Weighed,
)
from yizhan.domain.contacts.permissions import PERMISSIONS
from yizhan.domain.contacts.proof import (
    reset_service_password,
    send_code,
    set_service_password,
    verify,
    weigh,
)
from yizhan.domain.contacts.queries import (
    call_back_points,
    find_open_of_actor,
    get,
    has_service_password,
    is_verified,
    list_of_actor,
    list_of_customer,
    require_verified,
    standing,
)
from yizhan.domain.contacts.service import begin, finish, identify
from yizhan.domain.contacts.words import WORDS

__all__ = [
    "AGED",
    "ENDED",
    "PERMISSIONS",
    "WORDS",
    "Channel",
    "Contact",
    "ContactOver",
    "Direction",
    "Disposition",
    "Locked",
    "Method",
    "NotVerified",
    "Standing",
    "Verification",
    "Weighed",
    "begin",
    "call_back_points",
    "find_open_of_actor",
    "finish",
    "get",
    "has_service_password",
    "identify",
    "is_verified",
    "list_of_actor",
    "list_of_customer",
    "require_verified",
    "reset_service_password",
    "send_code",
    "set_service_password",
    "standing",
    "verify",
    "weigh",
]

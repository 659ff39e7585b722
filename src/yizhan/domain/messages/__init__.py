"""Messages out: templates, consent, quiet hours, the outbox and its receipts, one-time codes."""

from yizhan.domain.messages.codes import check_code, send_code
from yizhan.domain.messages.jobs import JOBS
from yizhan.domain.messages.model import (
    Medium,
    Message,
    NoCode,
    Policy,
    Reason,
    Reply,
    State,
    Template,
    TooManyCodes,
    UnknownTemplate,
)
from yizhan.domain.messages.permissions import PERMISSIONS
from yizhan.domain.messages.queries import (
    get,
    labels,
    list_of_customer,
    list_outbox,
    list_replies,
    list_templates,
    list_versions,
    quiet_hours,
)
from yizhan.domain.messages.service import get_template, send, send_again
from yizhan.domain.messages.words import VALUES, WORDS

__all__ = [
    "JOBS",
    "PERMISSIONS",
    "VALUES",
    "WORDS",
    "Medium",
    "Message",
    "NoCode",
    "Policy",
    "Reason",
    "Reply",
    "State",
    "Template",
    "TooManyCodes",
    "UnknownTemplate",
    "check_code",
    "get",
    "get_template",
    "labels",
    "list_of_customer",
    "list_outbox",
    "list_replies",
    "list_templates",
    "list_versions",
    "quiet_hours",
    "send",
    "send_again",
    "send_code",
]

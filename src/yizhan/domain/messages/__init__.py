"""Messages out: templates, consent, quiet hours, the outbox and its receipts, one-time codes."""

from yizhan.domain.messages.codes import check_code, send_code
from yizhan.domain.messages.delivery import claim, receipt, settle
from yizhan.domain.messages.jobs import JOBS
from yizhan.domain.messages.keeping import AGED, ENDED
from yizhan.domain.messages.model import (
    Medium,
    Message,
    NoCode,
    Outcome,
    Policy,
    Reason,
    Reply,
    State,
    Template,
    TooManyCodes,
    UnknownTemplate,
    check_template,
    fill,
    masked,
    sms_parts,
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
from yizhan.domain.messages.reactions import REACTIONS, TOGETHER
from yizhan.domain.messages.seen import COUNTED_MAX, count_unseen, mark_seen
from yizhan.domain.messages.service import get_template, send, send_again, set_site
from yizhan.domain.messages.wording import (
    TemplateChanged,
    changed,
    set_quiet_hours,
    write_template,
)
from yizhan.domain.messages.words import VALUES, WORDS

__all__ = [
    "AGED",
    "COUNTED_MAX",
    "ENDED",
    "JOBS",
    "PERMISSIONS",
    "REACTIONS",
    "TOGETHER",
    "VALUES",
    "WORDS",
    "Medium",
    "Message",
    "NoCode",
    "Outcome",
    "Policy",
    "Reason",
    "Reply",
    "State",
    "Template",
    "TemplateChanged",
    "TooManyCodes",
    "UnknownTemplate",
    "changed",
    "check_code",
    "check_template",
    "claim",
    "count_unseen",
    "fill",
    "get",
    "get_template",
    "labels",
    "list_of_customer",
    "list_outbox",
    "list_replies",
    "list_templates",
    "list_versions",
    "mark_seen",
    "masked",
    "quiet_hours",
    "receipt",
    "send",
    "send_again",
    "send_code",
    "set_quiet_hours",
    "set_site",
    "settle",
    "sms_parts",
    "write_template",
]

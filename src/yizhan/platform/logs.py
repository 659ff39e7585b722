"""How the house writes its log: structured lines in which no person can be found.

Whatever a line is given, names, numbers of phones and documents, addresses and secrets are masked
before it is written; a log is read by people who may not read the record.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"

PERSONAL = frozenset(
    {
        "name", "full_name", "party_name", "number", "msisdn", "phone", "a_number", "b_number",
        "caller", "callee", "calling", "called", "other_party", "address", "email", "document",
        "document_number", "id_number", "birth_date", "password", "pin", "token", "secret",
        "one_time_code", "authorization", "cookie", "query", "q", "text", "note", "body",
        "words",
    }
)  # fmt: skip
"""Keys whose value belongs to a person or opens something, whatever it looks like."""

# Numbers of phones, documents and bank cards: seven digits and more, with or without separators.
# A day, a moment or an id (digits joined to letters) is no such thing and stays readable.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_-])(?<!\d[.:])(?!\d{4}-\d\d-\d\d(?!\d))"
    r"\+?\d(?:[ -]?\d){6,}[Xx]?(?![A-Za-z0-9_-]|[.:]\d)"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL_PASSWORD = re.compile(r"(?<=://)([^:/@\s]+):[^@\s]+@")


def scrub(value: Any, key: str = "") -> Any:
    """The value without what could lead to a person."""
    if key in PERSONAL and value not in (None, ""):
        return MASK
    match value:
        case str():
            clean = _URL_PASSWORD.sub(rf"\1:{MASK}@", value)
            return _NUMBER.sub(MASK, _MAIL.sub(MASK, clean))
        case Mapping():
            return {inner: scrub(held, str(inner)) for inner, held in value.items()}
        case list() | tuple() | set() | frozenset():
            return [scrub(held) for held in value]
        case _:
            return value


def without_persons(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """The processor that scrubs a whole line. `timestamp` is ours and `level` has no digits."""
    for key in list(line):
        if key not in ("timestamp", "level", "event_id", "customer_id", "job", "pid", "logger"):
            line[key] = scrub(line[key], key)
    return line


def set_up(
    *, form: Literal["auto", "text", "json"] = "auto", level: str = "info", process: str = ""
) -> None:
    """Set the log of this process up, that of the libraries included. Lines go to stderr."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    weight = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        without_persons,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(weight),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[1:3], structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_persons,
                renderer,
            ],
        )
    )
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(max(weight, logging.WARNING))
    if process:
        structlog.contextvars.bind_contextvars(process=process)

"""What the played network knows and does: its lines, what it was asked, its moods."""

import json
import threading
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

MOODS = (
    "done", "late", "late_refuse", "refuse", "silent", "twice", "break", "forget", "hold", "forged",
)  # fmt: skip


@dataclass
class Line:
    """A line as the register has it."""

    line_id: str
    number: str
    barred: bool = False
    barring: str = ""
    """What is barred: all, outgoing, or nothing."""
    iccid: str = ""
    services: list[str] = field(default_factory=list)


@dataclass
class Request:
    """Something asked for, and how it stands: accepted, done, refused."""

    id: str
    line_id: str
    action: str
    facts: dict[str, str]
    number: str
    state: str = "accepted"
    code: str = ""
    reason: str = ""
    effects: int = 0
    due: float = 0.0
    """When one answered late is done (monotonic clock)."""


@dataclass
class Mood:
    """How to behave, to whom, how often (0: until told otherwise), after how many seconds."""

    mood: str
    line: str = ""
    action: str = ""
    times: int = 0
    seconds: float = 0.0
    left: int = 0

    def fits(self, line: str, action: str) -> bool:
        """Whether it is meant for this request."""
        return self.line in ("", line) and self.action in ("", action)


class Refusal(Exception):
    """The network will not do it."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Register:
    """The lines and what was asked, behind one lock; changes are appended to a file."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.lines: dict[str, Line] = {}
        self.numbers: dict[str, str] = {}
        self.requests: dict[str, Request] = {}
        self.moods: list[Mood] = []
        self.effects: list[tuple[str, str]] = []
        """(line, request) in the order done."""
        self.told: list[tuple[str, int]] = []
        """(request, answer) of every call back; 0: no answer."""
        self.held = 0
        self.released = threading.Event()
        self._file: TextIO | None = None
        if path is not None:
            if path.exists():
                self._read(path)
            self._file = path.open("a", encoding="utf-8")

    def _read(self, path: Path) -> None:
        for text in path.read_text("utf-8").splitlines():
            try:
                said = json.loads(text)
            except ValueError:
                continue  # the last line of one that was killed while writing
            if "line" in said:
                self._place(Line(**said["line"]))
            elif "gone" in said:
                self._remove(said["gone"])
            elif "request" in said:
                kept = Request(**said["request"])
                self.requests[kept.id] = kept

    def _write(self, **said: Any) -> None:
        if self._file is not None:
            self._file.write(json.dumps(said, ensure_ascii=False) + "\n")

    def flush(self) -> None:
        """Let what was written survive our end."""
        if self._file is not None:
            self._file.flush()

    def _place(self, line: Line) -> None:
        before = self.lines.get(line.line_id)
        if before is not None and self.numbers.get(before.number) == before.line_id:
            del self.numbers[before.number]
        self.lines[line.line_id] = line
        self.numbers[line.number] = line.line_id

    def _remove(self, line_id: str) -> None:
        line = self.lines.pop(line_id, None)
        if line is not None and self.numbers.get(line.number) == line_id:
            del self.numbers[line.number]

    def put(self, line: Line) -> None:
        """A line is so from now on."""
        self._place(line)
        self._write(line=asdict(line))

    def drop(self, line_id: str) -> None:
        """A line is gone."""
        self._remove(line_id)
        self._write(gone=line_id)

    def mood_for(self, line_id: str, action: str) -> Mood:
        """How to behave to this request; the last word fits first."""
        for mood in reversed(self.moods):
            if mood.fits(line_id, action):
                if mood.times:
                    mood.left -= 1
                    if mood.left <= 0:
                        self.moods.remove(mood)
                return mood
        return Mood("done")

    def refuse(self, request: Request) -> None:
        """Never have the effect of a request."""
        request.state, request.code = "refused", "refused"
        request.reason = "the network will not"
        self._write(request=asdict(request))
        self.flush()

    def do(self, request: Request) -> None:
        """Have the effect of a request, or refuse it; only the first time."""
        if request.state != "accepted":
            return
        try:
            change(self, request)
        except Refusal as refusal:
            request.state, request.code, request.reason = "refused", refusal.code, refusal.reason
        else:
            request.state = "done"
            request.effects += 1
            self.effects.append((request.line_id, request.id))
        self._write(request=asdict(request))
        self.flush()


def change(register: Register, request: Request) -> None:
    """What each action does to the register. Raises ``Refusal``."""
    action, facts = request.action, request.facts
    line = register.lines.get(request.line_id)
    if action == "line.activate":
        holder = register.numbers.get(request.number)
        if holder is not None and holder != request.line_id:
            raise Refusal("number_in_use", f"{request.number} belongs to another line")
        register.put(Line(request.line_id, request.number, iccid=facts.get("iccid", "")))
        return
    if action == "line.deactivate":
        register.drop(request.line_id)
        return
    if line is None:
        raise Refusal("unknown_line", f"no such line: {request.number}")
    if action in ("line.bar", "line.bar_outgoing", "line.unbar"):
        line.barring = {"line.bar": "all", "line.bar_outgoing": "outgoing"}.get(action, "")
        line.barred = bool(line.barring)
    elif action == "line.renumber":
        number = facts.get("number", "")
        if register.numbers.get(number, line.line_id) != line.line_id:
            raise Refusal("number_in_use", f"{number} belongs to another line")
        line = replace(line, number=number)
    elif action == "line.change_sim":
        line.iccid = facts.get("iccid", "")
    elif action.startswith("feature.") and action.endswith((".on", ".off")):
        name = action.split(".")[1]
        services = set(line.services) - {name}
        line.services = sorted(services | {name} if action.endswith(".on") else services)
    else:
        raise Refusal("unknown_action", f"this network cannot do {action}")
    register.put(line)

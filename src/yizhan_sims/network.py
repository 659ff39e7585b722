"""A network of its own will: accepts, answers late, refuses, is silent, answers twice, breaks off,
forgets. It keeps a register of lines (number, card, barring, services) that can be asked.

    python -m yizhan_sims.network --port 8071 --state register.jsonl

    PUT  /requests/{id}     do something for a line; the same id again has no second effect
    GET  /requests/{id}     how it stands, and how many effects it had
    GET  /lines?after=&limit=   the register by id;   GET, PUT, DELETE /lines/{id}   one line
    POST /lines             many lines at once: teach the register
    POST /moods             {"mood", "line"?, "action"?, "times"?, "seconds"?}: behave so from now
    GET  /health            counts

It behaves well ("done" at once) until told otherwise. What it did is written to the state file, so
that a killed network comes back with its register.
"""

import argparse
import hashlib
import hmac
import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TextIO

MOODS = ("done", "late", "refuse", "silent", "twice", "break", "forget")
_BODY_MAX = 32 * 1024 * 1024


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


class Handler(BaseHTTPRequestHandler):
    """One exchange. The mood decides what becomes of a request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    register: Register
    secret: bytes = b""
    silence_seconds = 600.0

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: who asks keeps a log."""

    def do_GET(self) -> None:
        """Ask."""
        parts, query = self._address()
        with self.register.lock:
            match parts:
                case ["health"]:
                    self._say(200, self._counts())
                case ["requests", request_id]:
                    self._look(request_id)
                case ["lines"]:
                    self._say(200, self._page(query))
                case ["lines", line_id] if line_id in self.register.lines:
                    self._say(200, asdict(self.register.lines[line_id]))
                case ["effects"]:
                    self._say(200, self.register.effects[-10_000:])
                case _:
                    self._say(404, {"code": "unknown"})

    def do_PUT(self) -> None:
        """Ask for something to be done, or set a line of the register by hand."""
        parts, _ = self._address()
        body = self._body()
        match parts:
            case ["requests", request_id]:
                self._ask(request_id, body)
            case ["lines", line_id]:
                with self.register.lock:
                    self.register.put(Line(**(body | {"line_id": line_id})))
                    self.register.flush()
                self._say(200, body)
            case _:
                self._say(404, {"code": "unknown"})

    def do_POST(self) -> None:
        """Teach the register, or set a mood."""
        parts, _ = self._address()
        body = self._body()
        with self.register.lock:
            match parts:
                case ["lines"]:
                    for said in body:
                        self.register.put(Line(**said))
                    self.register.flush()
                    self._say(200, {"lines": len(self.register.lines)})
                case ["moods"]:
                    mood = Mood(**body)
                    if mood.mood not in MOODS:
                        self._say(422, {"code": "unknown_mood", "known": MOODS})
                        return
                    mood.left = mood.times
                    self.register.moods.append(mood)
                    self._say(200, asdict(mood))
                case _:
                    self._say(404, {"code": "unknown"})

    def do_DELETE(self) -> None:
        """Forget a line, or all moods."""
        parts, _ = self._address()
        with self.register.lock:
            match parts:
                case ["moods"]:
                    self.register.moods.clear()
                    self._say(200, {})
                case ["lines", line_id]:
                    self.register.drop(line_id)
                    self.register.flush()
                    self._say(200, {})
                case _:
                    self._say(404, {"code": "unknown"})

    # ------------------------------------------------------------ requests

    def _ask(self, request_id: str, body: dict[str, Any]) -> None:
        register = self.register
        with register.lock:
            request = register.requests.get(request_id)
            known = request is not None
            mood = register.mood_for(str(body.get("line_id", "")), str(body.get("action", "")))
            if request is None:
                request = Request(
                    request_id, body["line_id"], body["action"], dict(body.get("facts", {})),
                    body["number"],
                )  # fmt: skip
        if mood.mood == "silent":
            self._keep_silent()
            return
        with register.lock:
            if mood.mood != "forget":
                register.requests.setdefault(request_id, request)
            if mood.mood == "refuse" and not known:
                request.state, request.code = "refused", "refused"
                request.reason = "the network will not"
                register._write(request=asdict(request))
                register.flush()
            elif mood.mood == "late" and not known:
                self._later(request, mood, str(body.get("callback", "")))
            elif mood.mood not in ("late", "forget"):
                register.do(request)
            said = self._standing(request)
        if mood.mood == "break":
            self.close_connection = True
            return
        if mood.mood == "twice":
            for _ in range(2):
                self._call_back(str(body.get("callback", "")), said)
        self._say(202 if request.state == "accepted" else 200, said)

    def _later(self, request: Request, mood: Mood, callback: str) -> None:
        request.due = time.monotonic() + mood.seconds
        timer = threading.Timer(mood.seconds, self._done_late, (request, callback))
        timer.daemon = True
        timer.start()

    def _done_late(self, request: Request, callback: str) -> None:
        with self.register.lock:
            self.register.do(request)
            said = self._standing(request)
        self._call_back(callback, said)

    def _call_back(self, callback: str, said: dict[str, Any]) -> None:
        if not callback.startswith("http://"):
            return
        body = json.dumps(said).encode()
        signature = hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        asked = urllib.request.Request(  # noqa: S310  http only, see above
            callback,
            data=body,
            headers={"content-type": "application/json", "x-network-signature": signature},
        )
        try:
            urllib.request.urlopen(asked, timeout=5).close()  # noqa: S310
        except OSError:
            return  # who asked will look

    def _look(self, request_id: str) -> None:
        request = self.register.requests.get(request_id)
        if request is None:
            self._say(404, {"code": "unknown"})
        else:
            self._say(200, self._standing(request))

    @staticmethod
    def _standing(request: Request) -> dict[str, Any]:
        return {
            "id": request.id,
            "state": request.state,
            "code": request.code,
            "reason": request.reason,
            "effects": request.effects,
        }

    def _keep_silent(self) -> None:
        """Say nothing for as long as the other waits."""
        self.close_connection = True
        self.connection.settimeout(self.silence_seconds)
        try:
            self.connection.recv(1)
        except OSError:
            return

    # ------------------------------------------------------------ wire

    def _counts(self) -> dict[str, int]:
        return {
            "lines": len(self.register.lines),
            "requests": len(self.register.requests),
            "effects": len(self.register.effects),
        }

    def _page(self, query: dict[str, str]) -> list[dict[str, Any]]:
        after, limit = query.get("after", ""), min(int(query.get("limit", "500")), 5000)
        names = sorted(name for name in self.register.lines if name > after)[:limit]
        return [asdict(self.register.lines[name]) for name in names]

    def _address(self) -> tuple[list[str], dict[str, str]]:
        found = urllib.parse.urlsplit(self.path)
        return [p for p in found.path.split("/") if p], dict(urllib.parse.parse_qsl(found.query))

    def _body(self) -> Any:
        length = min(int(self.headers.get("content-length") or 0), _BODY_MAX)
        return json.loads(self.rfile.read(length) or b"{}")

    def _say(self, status: int, said: Any) -> None:
        body = json.dumps(said, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Serves each exchange in a thread of its own."""

    daemon_threads = True
    request_queue_size = 128


def serve(
    port: int, *, host: str = "127.0.0.1", state: Path | None = None, secret: bytes = b""
) -> Server:
    """A server ready to ``serve_forever``; port 0 takes a free one."""
    attributes: dict[str, Any] = {"register": Register(state), "secret": secret}
    handler: Callable[..., BaseHTTPRequestHandler] = type("Bound", (Handler,), attributes)
    return Server((host, port), handler)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description="A network to try things on.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8071)
    parser.add_argument("--state", type=Path, help="file that keeps the register")
    parser.add_argument("--secret", default="", help="signs what is called back")
    args = parser.parse_args()
    server = serve(args.port, host=args.host, state=args.state, secret=args.secret.encode())
    print(f"ready http://{args.host}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()

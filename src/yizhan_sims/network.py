"""A network of its own will: accepts, answers late, refuses, is silent, answers twice, breaks off,
forgets, holds its answers, lets others speak in its name. It keeps a register of lines (number,
card, barring, services) that can be asked.

    python -m yizhan_sims.network --port 8071 --state register.jsonl

    PUT  /requests/{id}     do something for a line; the same id again has no second effect
    GET  /requests/{id}     how it stands, and how many effects it had
    GET  /lines?after=&limit=   the register by id;   GET, PUT, DELETE /lines/{id}   one line
    POST /lines             many lines at once: teach the register
    POST /moods             {"mood", "line"?, "action"?, "times"?, "seconds"?}: behave so from now
    POST /release           give the answers that were held, and behave well again
    GET  /health            counts
    GET  /told              what was called back, and the answers

Asked with a callback, it tells there what it did late: signed (``NETWORK_SECRET``), again after a
while until it is heard. "twice" tells the same message twice; "forged" first lets somebody without
the secret claim that it is done, and is done later.

It behaves well ("done" at once) until told otherwise. What it did is written to the state file, so
that a killed network comes back with its register.
"""

import argparse
import hmac
import json
import os
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from yizhan_sims.network_register import MOODS, Line, Mood, Register, Request

_TELL_AGAIN_SECONDS = (1.0, 5.0, 30.0, 120.0)
_BODY_MAX = 32 * 1024 * 1024
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


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
                case ["told"]:
                    self._say(200, self.register.told[-10_000:])
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
                case ["release"]:
                    self.register.moods.clear()
                    self.register.released.set()
                    self.register.released = threading.Event()
                    self._say(200, {})
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
        callback = str(body.get("callback", ""))
        with register.lock:
            if mood.mood != "forget":
                register.requests.setdefault(request_id, request)
            if mood.mood == "refuse" and not known:
                register.refuse(request)
            elif mood.mood in ("late", "late_refuse", "forged") and not known:
                self._later(request, mood, callback)
            elif mood.mood not in ("late", "late_refuse", "forged", "forget"):
                register.do(request)
            said = self._standing(request)
            if mood.mood == "hold":
                register.held += 1
            released = register.released
        if mood.mood == "hold":
            released.wait(self.silence_seconds)
        if mood.mood == "break":
            self.close_connection = True
            return
        if mood.mood == "twice":
            message = self._message(said)
            for _ in range(2):
                self._tell(callback, request_id, *message)
        self._say(202 if request.state == "accepted" else 200, said)

    def _later(self, request: Request, mood: Mood, callback: str) -> None:
        request.due = time.monotonic() + mood.seconds
        if mood.mood == "forged":
            claim = self._standing(replace(request, state="done", effects=1))
            self._soon(0, self._tell, callback, request.id, *self._message(claim, b"a guess"))
        self._soon(mood.seconds, self._done_late, request, callback, mood.mood == "late_refuse")

    @staticmethod
    def _soon(seconds: float, act: Callable[..., object], *said: Any) -> None:
        timer = threading.Timer(seconds, act, said)
        timer.daemon = True
        timer.start()

    def _done_late(self, request: Request, callback: str, refuse: bool) -> None:
        with self.register.lock:
            if refuse:
                self.register.refuse(request)
            else:
                self.register.do(request)
            message = self._message(self._standing(request))
        for pause in (*_TELL_AGAIN_SECONDS, 0.0):
            if self._tell(callback, request.id, *message):
                return
            time.sleep(pause)

    def _message(self, said: dict[str, Any], secret: bytes = b"") -> tuple[bytes, dict[str, str]]:
        """A body and its signature, which are told again as they are."""
        body = json.dumps(said).encode()
        moment, nonce = datetime.now(UTC).isoformat(timespec="seconds"), secrets.token_hex(16)
        signed = f"notice\n{moment}\n{nonce}\n".encode() + body
        return body, {
            "content-type": "application/json",
            "x-network-moment": moment,
            "x-network-nonce": nonce,
            "x-network-signature": hmac.digest(secret or self.secret, signed, "sha256").hex(),
        }

    def _tell(self, callback: str, request_id: str, body: bytes, headers: dict[str, str]) -> bool:
        """Call back; whether it need not be said again."""
        if not callback.startswith("http://"):
            return True
        asked = urllib.request.Request(  # noqa: S310  http only, see above
            callback, data=body, headers=headers
        )
        status = 0
        try:
            with _direct.open(asked, timeout=5) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            pass  # who asked will look
        with self.register.lock:
            self.register.told.append((request_id, status))
        return 200 <= status < 500

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
            "held": self.register.held,
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
    args = parser.parse_args()
    secret = os.environ.get("NETWORK_SECRET", "").encode()
    server = serve(args.port, host=args.host, state=args.state, secret=secret)
    print(f"ready http://{args.host}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()

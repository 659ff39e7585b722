"""Starts and stops one embedded PostgreSQL: made on first use, taken over after a crash.

    folder/cluster/     the data, made by `initdb`
    folder/run/         the socket, where its path is short enough
    folder/log          what the server says
    folder/credentials.json

The server listens on a socket only, asks for a password there too, and never runs as root. It is
a child of this process and dies with it; what a killed predecessor left is stopped first.
"""

import contextlib
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from yizhan.platform import postgres_binaries, postgres_tuning
from yizhan.platform.datalock import DataLock
from yizhan.platform.processes import alive, die_with_parent, working_in

ROLE = "yizhan"
DATABASE = "yizhan"
PORT = 5432
START_SECONDS = 120
STOP_SECONDS = 60
_SOCKET_PATH_MAX = 107
_LOG_BYTES_MAX = 20_000_000


class PostgresTrouble(RuntimeError):
    """The embedded server could not be made or started; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The account the server runs under."""

    name: str
    uid: int
    gid: int

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments that start a process as this account; none when it is already ours."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, folder: Path) -> None:
        """Give a folder to this account and close it to others."""
        if self.uid != os.geteuid():
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


class Postgres:
    """One server in one folder. `start` from a thread that stays; `stop` when done.

    `durable=False` leaves out every sync to disk and is for throw-away tests alone.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.durable = durable
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "log"
        self.lock = DataLock(self.folder)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster if there is none, then start the server and wait until it answers.

        Raises `DataInUse`, `NoBinaries` or `PostgresTrouble`.
        """
        self._open_folder()
        self.lock.take()
        self.account = _account_for(self.cluster)
        self.binaries = self._binaries()
        self.sockets = self._socket_folder()
        self._stop_leftovers()
        if not (self.cluster / "PG_VERSION").exists():
            self._make()
        self.account.owns(self.cluster)
        self._launch()

    def restart_if_dead(self) -> bool:
        """Start the server again when it has fallen; says whether it had to."""
        if self.process is not None and self.process.poll() is None:
            return False
        self._stop_leftovers()
        self._launch()
        return True

    def stop(self) -> None:
        """Stop cleanly: sessions are ended, everything is on disk. Harmless when not running."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(STOP_SECONDS)
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(STOP_SECONDS)
            self.process = None
        self.lock.release()

    @property
    def url(self) -> str:
        """Where the application connects."""
        return self.url_of(DATABASE)

    def running_url(self) -> str:
        """Where the application connects when another process started this server."""
        self.account = _account_for(self.cluster)
        self.sockets = self._socket_folder()
        return self.url

    @property
    def admin_url(self) -> str:
        """Where the owner of the whole cluster connects, to make and drop databases."""
        return self.url_of("postgres", role="postgres")

    def url_of(self, database: str, *, role: str = ROLE) -> str:
        """A connection address for one database."""
        password = self._credentials()[role]
        host = quote(str(self.sockets), safe="/")
        return f"postgresql://{role}:{password}@/{database}?host={host}&port={PORT}"

    # -- one step each of `start`

    def _open_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0:
            return
        if self.folder.stat().st_uid == 0:
            self.folder.chmod(0o711)
        if not all(step.stat().st_mode & 0o001 for step in [self.folder, *self.folder.parents]):
            closed = [p for p in self.folder.parents if not p.stat().st_mode & 0o001][-1]
            raise PostgresTrouble(
                f"PostgreSQL does not run as root, and no other account can enter {closed}. "
                f"Choose a data folder outside it, for example /var/lib/yizhan."
            )

    def _binaries(self) -> postgres_binaries.Binaries:
        version = self.cluster / "PG_VERSION"
        major = int(version.read_text()) if version.exists() else None
        binaries = postgres_binaries.find(major=major)
        if os.geteuid() == 0 and not postgres_binaries.reachable(binaries.folder):
            return postgres_binaries.copied(binaries, self.folder / "pgsql")
        return binaries

    def _socket_folder(self) -> Path:
        """`run`, or a short folder of our own elsewhere: a socket's path holds 107 bytes."""
        folder = self.folder / "run"
        if len(os.fsencode(folder)) + len(f"/.s.PGSQL.{PORT}") > _SOCKET_PATH_MAX:
            name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"yizhan-{self.account.uid}-{name}"
            if len(os.fsencode(folder)) > _SOCKET_PATH_MAX - 20:
                folder = Path("/tmp") / folder.name  # noqa: S108
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid not in (self.account.uid, os.geteuid()):
            raise PostgresTrouble(f"{folder} belongs to somebody else; remove it and start again.")
        self.account.owns(folder)
        return folder

    def _stop_leftovers(self) -> None:
        """Stop what a killed predecessor left, then remove its marks.

        The marks, one in the cluster and one beside the socket, are removed only when no process
        stands in the cluster any more: two servers on the same files would ruin them. A zombie
        counts as gone; the server itself takes it for a living one and would not start.
        """
        mark = self.cluster / "postmaster.pid"
        asked = [signal.SIGINT] * 30 + [signal.SIGQUIT] * 30
        for number in asked:
            left = working_in(self.cluster)
            if not left:
                break
            head = _pid_in(mark)
            for pid in [head] if head in left else left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            _wait_until(lambda: not working_in(self.cluster), seconds=1)
        if left := working_in(self.cluster):
            raise PostgresTrouble(f"Processes {left} still use {self.cluster} and do not stop.")
        for one in (mark, self.sockets / f".s.PGSQL.{PORT}.lock"):
            head = _pid_in(one)
            if head is not None and (not alive(head) or Path("/proc/self").exists()):
                one.unlink(missing_ok=True)

    def _make(self) -> None:
        """Make a cluster beside its place and move it in when complete."""
        fresh = self.folder / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.cluster, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.account.owns(fresh)
        words = {role: secrets.token_urlsafe(24) for role in ("postgres", ROLE)}
        with tempfile.NamedTemporaryFile("w", dir=self.sockets) as password:
            password.write(words["postgres"] + "\n")
            password.flush()
            os.chown(password.name, self.account.uid, self.account.gid)
            self._run(
                "initdb", "--username=postgres", f"--pwfile={password.name}", "--encoding=UTF8",
                "--auth=scram-sha-256", "--data-checksums", *self._locale(),
                *([] if self.durable else ["--no-sync"]), "-D", str(fresh),
            )  # fmt: skip
        library = "pg_stat_statements"
        self._run(
            "postgres", "--single", *([] if self.durable else ["-F"]), "-D", str(fresh),
            "postgres",
            said=(
                f"CREATE ROLE {ROLE} LOGIN PASSWORD '{words[ROLE]}'\n"
                f"GRANT pg_monitor, pg_checkpoint TO {ROLE}\n"
                f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n"
                + (f"CREATE EXTENSION {library}\n" if self.binaries.has_library(library) else "")
            ),
        )  # fmt: skip
        self._keep_credentials(words)
        fresh.rename(self.cluster)

    def _locale(self) -> list[str]:
        """The same order of text everywhere: by code point, whatever the machine's language."""
        if self.binaries.major >= 17:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C.UTF-8"]

    def _run(self, program: str, *arguments: str, said: str | None = None) -> None:
        done = subprocess.run(
            [self.binaries.program(program), *arguments],
            input=said,
            capture_output=True,
            text=True,
            cwd=self.sockets,
            env=_environment(),
            check=False,
            **self.account.popen,
        )
        if done.returncode != 0 or " ERROR: " in done.stderr:
            raise PostgresTrouble(f"{program} failed: {(done.stderr or done.stdout)[-1500:]}")

    def _launch(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".1"))
        settings = postgres_tuning.settings(
            durable=self.durable,
            sockets=self.sockets,
            port=PORT,
            statements=self.binaries.has_library("pg_stat_statements"),
        )
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self.log.chmod(0o600)
            start = log.tell()
            self.process = subprocess.Popen(
                [self.binaries.program("postgres"), "-D", str(self.cluster), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.sockets,
                env=_environment(),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                **self.account.popen,
            )
        process = self.process
        if _wait_until(lambda: process.poll() is not None or self._ready(), seconds=START_SECONDS):
            if process.poll() is None:
                return
        else:
            process.kill()
        with self.log.open("rb") as log:
            log.seek(start)
            said = log.read().decode(errors="replace")[-1500:]
        raise PostgresTrouble(f"PostgreSQL did not start. Its words, from {self.log}:\n{said}")

    def _ready(self) -> bool:
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _keep_credentials(self, words: dict[str, str]) -> None:
        path = self.folder / "credentials.json"
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(words, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def _credentials(self) -> dict[str, str]:
        path = self.folder / "credentials.json"
        try:
            words: dict[str, str] = json.loads(path.read_text())
        except FileNotFoundError:
            raise PostgresTrouble(
                f"The password of the database is gone: {path} is missing."
            ) from None
        return words


def _account_for(cluster: Path) -> Account:
    """Ourselves, or as root whoever owns the cluster, else `postgres`, else `nobody`."""
    uid = os.geteuid()
    found = cluster.stat().st_uid if (cluster / "PG_VERSION").exists() else None
    if uid != 0:
        if found not in (None, uid):
            raise PostgresTrouble(
                f"{cluster} belongs to account {_name(found)}; start as that account or as root."
            )
        return Account(_name(uid), uid, os.getegid())
    if found not in (None, 0):
        entry = pwd.getpwuid(found)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise PostgresTrouble("PostgreSQL does not run as root, and there is no account nobody.")


def _name(uid: int) -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _environment() -> dict[str, str]:
    """A plain environment, so that nobody's PG* variables or language reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _pid_in(mark: Path) -> int | None:
    try:
        return int(mark.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _wait_until(true: Any, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True

"""Everything an operator may set, read once at the start from arguments and the environment.

Each field `some_name` is also the variable `YIZHAN_SOME_NAME`; an argument on the command line
comes before the variable, the variable before the default. Only `main` and the commands read it.
"""

import hashlib
import hmac
import json
import os
import secrets as random
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

PREFIX = "YIZHAN_"
PROJECT = Path(__file__).parents[2]

Language = Literal["zh", "en"]


class SettingsTrouble(ValueError):
    """A setting cannot be used; the message names it, its value and what would be right."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator may set. See `reference` for the same as a table."""

    data_dir: Annotated[
        str, Meta(description="Folder of the database, the secrets, the logs and the files.")
    ] = ""
    database_url: Annotated[
        str,
        Meta(
            description="Address of a PostgreSQL 15 or newer, like "
            "postgresql://user:password@host/name. Empty: an embedded one in the data folder."
        ),
    ] = ""
    secrets_file: Annotated[
        str, Meta(description="File of the secrets; empty: secrets.json in the data folder.")
    ] = ""
    host: Annotated[str, Meta(description="Address the web server listens on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port the web server listens on.")] = 8010
    public_url: Annotated[
        str,
        Meta(description="How browsers reach the web server, when a proxy stands before it."),
    ] = ""
    web_processes: Annotated[
        int,
        Meta(
            ge=0, le=256, description="Processes that serve pages; 0: one for each core, at most 4."
        ),
    ] = 0
    worker_concurrency: Annotated[
        int, Meta(ge=1, le=64, description="Jobs the worker does at a time.")
    ] = 4
    pool_size: Annotated[
        int, Meta(ge=1, le=500, description="Connections to the database, for each process.")
    ] = 10
    operator_zh: Annotated[
        str, Meta(min_length=1, description="Name of the operator in Chinese.")
    ] = "一站通信"
    operator_en: Annotated[
        str, Meta(min_length=1, description="Name of the operator in English.")
    ] = "Yizhan Telecom"
    time_zone: Annotated[
        str, Meta(description="The operator's time zone: where a day begins and a month ends.")
    ] = "Asia/Shanghai"
    currency: Annotated[
        str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217 code of the money on bills.")
    ] = "CNY"
    languages: Annotated[
        tuple[Language, ...],
        Meta(min_length=1, description="Languages of the pages, the default one first."),
    ] = ("zh", "en")
    cookie_secure: Annotated[
        bool,
        Meta(
            description="Send cookies over HTTPS only. Set it wherever others can reach the pages."
        ),
    ] = False
    smtp_host: Annotated[
        str,
        Meta(description="Server that takes e-mail; empty: e-mail is shown in the outbox only."),
    ] = ""
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="Its port.")] = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(description="starttls (port 587), tls from the first byte (465), or none at all."),
    ] = "starttls"
    smtp_user: Annotated[str, Meta(description="Name to log in with; empty: no login.")] = ""
    smtp_password: Annotated[str, Meta(description="Password to log in with.")] = ""
    smtp_ca_file: Annotated[
        str, Meta(description="Certificates to trust, where the server's is not a public one.")
    ] = ""
    smtp_timeout_seconds: Annotated[
        int, Meta(ge=1, le=60, description="How long it may take over one answer.")
    ] = 20
    mail_from: Annotated[
        str, Meta(description="Address e-mail is sent from; returned mail comes back to it.")
    ] = ""
    provider_url: Annotated[
        str,
        Meta(description="Address of the payment provider; empty: no payments through one."),
    ] = ""
    provider_merchant: Annotated[
        str, Meta(min_length=1, description="Our name with the payment provider.")
    ] = "yizhan"
    provider_secret: Annotated[
        str,
        Meta(
            description="Secret shared with the payment provider. Empty: derived from our own, for "
            "a provider on this machine."
        ),
    ] = ""
    network_url: Annotated[
        str,
        Meta(
            description="Address of the network adapter, which obeys what lines are ordered; empty:"
            " nothing is sent, and people answer for the network in its queue."
        ),
    ] = ""
    network_secret: Annotated[
        str,
        Meta(
            description="Secret the network signs its notices with. Empty: derived from our own, "
            "for a network on this machine."
        ),
    ] = ""
    log_format: Annotated[
        Literal["auto", "text", "json"],
        Meta(description="Form of the log lines; auto: text on a terminal, else JSON."),
    ] = "auto"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="Least weight of a log line."),
    ] = "info"

    @property
    def zone(self) -> ZoneInfo:
        """The operator's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def language(self) -> Language:
        """The language of a page when its reader has chosen none."""
        return self.languages[0]

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.data_dir) if self.data_dir else default_data_folder()

    @property
    def web_process_count(self) -> int:
        """Processes that serve pages, with 0 resolved for this machine."""
        return self.web_processes or min(len(os.sched_getaffinity(0)), 4)

    @property
    def secrets_path(self) -> Path:
        """The file of the secrets."""
        return Path(self.secrets_file) if self.secrets_file else self.data / "secrets.json"

    @property
    def notice_url(self) -> str:
        """Where the payment provider tells us."""
        return f"{self._base}/provider/notice"

    @property
    def network_notice_url(self) -> str:
        """Where the network tells us."""
        return f"{self._base}/network/notice"

    @property
    def _base(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    def network_key(self) -> str:
        """The secret the network signs with."""
        return self.network_secret or self.secrets().key("network").hex()

    def provider_key(self) -> str:
        """The secret shared with the payment provider."""
        return self.provider_secret or self.secrets().key("payment provider").hex()

    def secrets(self) -> "Secrets":
        """The secrets of this installation, made on first use."""
        return Secrets.kept_in(self.secrets_path)


class Secrets(msgspec.Struct, frozen=True):
    """One secret from which the key of each purpose is derived."""

    master: str

    def __repr__(self) -> str:
        return "Secrets(…)"

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, such as "csrf"; one key tells nothing of another."""
        return hmac.digest(bytes.fromhex(self.master), purpose.encode(), hashlib.sha256)

    @classmethod
    def kept_in(cls, path: Path) -> "Secrets":
        """Read the file, or make it, readable by its owner alone. Raises `SettingsTrouble`."""
        try:
            said = path.read_bytes()
        except FileNotFoundError:
            return cls._made(path)
        try:
            found = msgspec.json.decode(said, type=cls)
            bytes.fromhex(found.master)
        except (msgspec.MsgspecError, ValueError) as error:
            raise SettingsTrouble(
                f"{path} is damaged ({error}). Put a copy back: without it, encrypted documents "
                f"cannot be read any more."
            ) from error
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return found

    @classmethod
    def _made(cls, path: Path) -> "Secrets":
        path.parent.mkdir(parents=True, exist_ok=True)
        made = cls(master=random.token_hex(32))
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"master": made.master}, file)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # the first of two starters wins
        except FileExistsError:
            return cls.kept_in(path)
        finally:
            fresh.unlink()
        return made


def load(environ: Mapping[str, str] = os.environ, /, **given: object) -> Settings:
    """Settings from arguments (`None` means not given) and the environment.

    Raises `SettingsTrouble`.
    """
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        if (argument := given.get(name)) is not None:
            values[name] = argument
        elif variable := environ.get(PREFIX + name.upper()):
            values[name] = variable.split(",") if name == "languages" else variable
    for name, value in values.items():
        try:
            msgspec.convert({name: value}, Settings, strict=False)
        except msgspec.ValidationError as error:
            reason = str(error).partition(" - at ")[0]
            raise SettingsTrouble(f"{PREFIX}{name.upper()} is {value!r}: {reason}.") from error
    settings = msgspec.convert(values, Settings, strict=False)
    if settings.smtp_host and "@" not in settings.mail_from:
        raise SettingsTrouble(
            f"YIZHAN_MAIL_FROM is {settings.mail_from!r}: with YIZHAN_SMTP_HOST set it must be an "
            f"address like service@example.com."
        )
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsTrouble(
            f"YIZHAN_TIME_ZONE is {settings.time_zone!r}: no such zone; a right one is like "
            f"Asia/Shanghai."
        ) from error
    return settings


def environment(settings: Settings) -> dict[str, str]:
    """The same settings as variables, to hand to a child process."""
    said: dict[str, str] = {}
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        said[PREFIX + name.upper()] = text.lower() if isinstance(value, bool) else text
    return said


def default_data_folder() -> Path:
    """`data` in the project, or the account's own folder when the project is not ours to write.

    For root in a closed home it is /var/lib/yizhan: PostgreSQL runs under another account, which
    could not enter.
    """
    here = PROJECT / "data"
    writable = os.access(here if here.exists() else PROJECT, os.W_OK)
    if writable and (os.geteuid() != 0 or _open_to_all(PROJECT)):
        return here
    if os.geteuid() == 0:
        return Path("/var/lib/yizhan")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "yizhan"


def _open_to_all(folder: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in [folder, *folder.parents])


def reference() -> list[tuple[str, str, str]]:
    """Variable, default and meaning of every setting, in order."""
    rows = []
    for field in msgspec.inspect.type_info(Settings).fields:  # type: ignore[attr-defined]
        described = field.type
        words = (described.extra_json_schema or {}).get("description", "")
        default = field.default
        said = ",".join(default) if isinstance(default, tuple) else str(default)
        rows.append((PREFIX + field.name.upper(), said, words))
    return rows


def reference_page() -> str:
    """The same as a page; `python -m yizhan.settings > docs/settings.md` writes it."""
    rows = [f"| `{name}` | `{default}` | {words} |" for name, default, words in reference()]
    return "\n".join(
        [
            "# Settings",
            "",
            "Everything an operator may set, as variables of the environment; `up`, `web` and",
            "`worker` take the common ones as options too, and an option comes first.",
            "This page is written from `src/yizhan/settings.py`.",
            "",
            "| variable | default | meaning |",
            "|---|---|---|",
            *(row.replace("| `` |", "| |") for row in rows),
            "",
        ]
    )


if __name__ == "__main__":
    print(reference_page(), end="")

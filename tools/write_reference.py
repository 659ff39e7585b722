"""Writes docs/reference from the code: events, permissions and roles, errors, commands.

    .venv/bin/python tools/write_reference.py

A test compares the pages with what the code says now.
"""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

import yizhan
from yizhan import cli
from yizhan.domain import staff, timeline
from yizhan.kernel.errors import CareError
from yizhan.kernel.events import Event
from yizhan.web.errors import status_of

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def pages() -> dict[str, str]:
    """File name to text, for every page of the reference."""
    _import_all()
    return {
        "commands.md": commands(),
        "errors.md": errors(),
        "events.md": events(),
        "permissions.md": permissions(),
    }


def _import_all() -> None:
    for package in ("domain", "kernel", "platform", "web", "demo"):
        folder = import_module(f"{yizhan.__name__}.{package}")
        for found in pkgutil.walk_packages(folder.__path__, f"{folder.__name__}."):
            if ".tests" not in found.name and not found.name.endswith("conftest"):
                import_module(found.name)


def _kinds(of: type[Any]) -> Iterator[type[Any]]:
    for kind in of.__subclasses__():
        if kind.__module__.startswith("yizhan.") and ".tests." not in kind.__module__:
            yield kind
        yield from _kinds(kind)


def _words(kind: type[Any]) -> str:
    """The first sentence of what it says of itself, on one line."""
    said = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("``", "`")
    return " ".join(said.split()).replace("|", "\\|")


def _room(kind: type[Any]) -> str:
    parts = kind.__module__.split(".")
    return parts[2] if parts[1] == "domain" else parts[1]


def _page(title: str, about: str, *parts: str) -> str:
    made = "Written from the code by `tools/write_reference.py`."
    return "\n".join([f"# {title}", "", about, made, "", *parts, ""])


def _named_events() -> set[type[Any]]:
    return {kind for kind in _kinds(Event) if isinstance(getattr(kind, "name", None), str)}


def events() -> str:
    """Every event, its facts and its words on the timeline."""
    rows = []
    for kind in sorted(_named_events(), key=lambda one: str(one.name)):
        fields = [one.name for one in msgspec.structs.fields(kind) if one.name != "customer_id"]
        said = timeline.WORDS.get(kind.name)
        facts = ", ".join(f"`{field}`" for field in fields)
        words = f"{said.zh}<br>{said.en}" if said is not None else ""
        rows.append(f"| `{kind.name}` | {_words(kind)} | {facts} | {words} |")
    return _page(
        "Events",
        "One row of the event log is one of these, with moment, actor, channel, contact and"
        " customer beside\nits facts. The words are those of the timeline; an event of the house"
        " itself stands on nobody's.",
        "| event | what happened | facts | on the timeline |",
        "|---|---|---|---|",
        *rows,
    )


def errors() -> str:
    """Every code a refusal can carry."""
    found: dict[str, list[type[CareError]]] = {}
    for kind in {CareError, *_kinds(CareError)}:
        found.setdefault(kind.code, []).append(kind)
    rows = []
    for code in sorted(found):
        kinds = sorted(found[code], key=lambda one: (one.__module__, one.__name__))
        own = [kind for kind in kinds if "code" in vars(kind)] or kinds
        where = ", ".join(sorted({_room(kind) for kind in own}))
        status = ", ".join(sorted({str(status_of(kind)) for kind in own}))
        rows.append(f"| `{code}` | {status} | {where} | {_words(own[0])} |")
    return _page(
        "Errors",
        "The stable `code` of every refusal, the HTTP status it answers with, and where it is"
        " raised.\nThe message beside it is a sentence in the caller's language.",
        "| code | status | where | meaning |",
        "|---|---|---|---|",
        *rows,
    )


def permissions() -> str:
    """Rights and the roles the house ships with."""
    roles = staff.ROLES
    rows = []
    for right, text in staff.PERMISSIONS.items():
        marks = " | ".join("x" if right in role.permissions else "" for role in roles)
        rows.append(f"| `{right}` | {text.en} {text.zh} | {marks} |")
    return _page(
        "Permissions and roles",
        "What may be done, and which role of a fresh house may do it. Roles are changed on the page"
        " of users\n(`staff.manage`); an API client is given rights one by one.",
        "| right | may | "
        + " | ".join(f"{role.label.en} {role.label.zh}" for role in roles)
        + " |",
        "|---|---|" + "---|" * len(roles),
        *rows,
    )


def commands() -> str:
    """What an operator types."""
    parts = []
    for name in cli.names():
        path = Path(next(iter(cli.commands.__path__))) / f"{name}.py"
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        parts += [f"## yizhan {name.replace('_', '-')}", "", *_told(said), ""]
    return _page(
        "Commands",
        "`yizhan COMMAND --help` tells the options as well; `--json` makes any of them answer in"
        " JSON.",
        *parts[:-1],
    )


def _told(said: str) -> Iterator[str]:
    """Prose as it is; what is set in by two spaces is typed, and stands in a block."""
    block = False
    for line in said.splitlines():
        typed = line.startswith("  ")
        if typed != block and (typed or line):
            yield "```"
            block = typed
            if not typed:
                yield ""
        yield line.removeprefix("  ")
    if block:
        yield "```"


def main() -> None:
    """Write them all, and nothing that is not one of them."""
    REFERENCE.mkdir(exist_ok=True)
    made = pages()
    for old in REFERENCE.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Rights and roles: what the rooms ask for exists, and the table holds the roles of the code."""

from importlib import import_module
from pkgutil import iter_modules

from yizhan import domain
from yizhan.domain import staff
from yizhan.platform.work import Works


async def test_the_migration_holds_the_roles_of_the_code(works: Works) -> None:
    async with works.pool.acquire() as db:
        rows = await db.fetch("SELECT name, label_zh, label_en, permissions FROM staff_role")
    kept = {
        row["name"]: (row["label_zh"], row["label_en"], frozenset(row["permissions"]))
        for row in rows
    }
    assert kept == {
        role.name: (role.label.zh, role.label.en, role.permissions) for role in staff.ROLES
    }


def test_every_right_of_a_role_exists() -> None:
    for role in staff.ROLES:
        assert role.permissions <= staff.PERMISSIONS.keys(), role.name


def test_every_right_is_held_by_some_role() -> None:
    held = frozenset().union(*(role.permissions for role in staff.ROLES))
    assert held == staff.PERMISSIONS.keys()


def test_every_right_a_room_asks_for_has_words_here() -> None:
    for found in iter_modules(domain.__path__):
        room = import_module(f"yizhan.domain.{found.name}")
        asked = getattr(room, "PERMISSIONS", ())
        assert set(asked) <= staff.PERMISSIONS.keys(), found.name


def test_every_event_of_this_room_has_words() -> None:
    from yizhan.domain.staff import events
    from yizhan.kernel.events import Event

    told = {
        cls.name
        for cls in vars(events).values()
        if isinstance(cls, type) and issubclass(cls, Event) and cls is not Event
    }
    assert told == staff.WORDS.keys()

"""A copy taken and put back, sealed and not; what is refused before anything is written."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pyrage
import pytest

from yizhan import cli
from yizhan.domain import staff
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.db import open_pool
from yizhan.platform.work import Works


async def call(*words: str) -> int:
    return await asyncio.to_thread(cli.main, list(words))


async def copied(database: str, tmp_path: Path, *more: str) -> Path:
    """A house with one administrator, and a copy of it."""
    here = ("--database-url", database, "--data", str(tmp_path / "data"))
    assert await call("admin", *here) == 0
    assert await call("backup", str(tmp_path / "copies"), *here, *more) == 0
    (folder,) = (tmp_path / "copies").iterdir()
    return folder


async def people(url: str) -> list[str]:
    async with await open_pool(url, max_size=1) as pool, Works(pool).begin(SYSTEM) as work:
        return [user.login for user in await staff.list_users(work)]


async def test_what_was_copied_comes_back(
    database: str, empty_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = await copied(database, tmp_path)
    captured = capsys.readouterr()
    assert "not sealed" in captured.err
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert all(oct(path.stat().st_mode)[-3:] == "600" for path in folder.iterdir())
    new = tmp_path / "new"
    there = ("--database-url", empty_database, "--data", str(new))
    assert await call("restore", str(folder), *there, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["broken"] == [] and said["rows"] > 100
    assert await people(empty_database) == ["admin"]
    assert (new / "secrets.json").read_text() == (tmp_path / "data" / "secrets.json").read_text()
    assert await call("migrate", *there) == 0
    assert "nothing to apply" in capsys.readouterr().out


async def test_a_second_restore_overwrites_nothing(
    database: str, empty_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = await copied(database, tmp_path)
    there = ("--database-url", empty_database, "--data", str(tmp_path / "new"))
    assert await call("restore", str(folder), *there) == 0
    assert await call("restore", str(folder), *there) == 1
    assert "not empty" in capsys.readouterr().err
    (tmp_path / "new" / "secrets.json").write_text("{}")
    assert await call("restore", str(folder), *there) == 1
    assert "holds other secrets" in capsys.readouterr().err
    assert (tmp_path / "new" / "secrets.json").read_text() == "{}"


async def test_a_sealed_copy_opens_with_its_key_alone(
    database: str, empty_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, other = (pyrage.x25519.Identity.generate() for _ in range(2))
    folder = await copied(database, tmp_path, "--to", str(key.to_public()))
    assert "not sealed" not in capsys.readouterr().err
    for name in ("database.dump.age", "secrets.json.age"):
        assert (folder / name).read_bytes().startswith(b"age-encryption.org/v1")
    there = ("--database-url", empty_database, "--data", str(tmp_path / "new"))
    assert await call("restore", str(folder), *there) == 1
    assert "--identity" in capsys.readouterr().err
    (tmp_path / "other.txt").write_text(str(other))
    assert await call("restore", str(folder), *there, "--identity", f"{tmp_path}/other.txt") == 1
    assert "does not open" in capsys.readouterr().err
    (tmp_path / "key.txt").write_text(f"# created: today\n{key}\n")
    assert await call("restore", str(folder), *there, "--identity", f"{tmp_path}/key.txt") == 0
    assert await people(empty_database) == ["admin"]
    assert not list((tmp_path / "new").glob("*.plain"))


async def test_a_damaged_or_unfinished_copy_is_refused_untouched(
    database: str, empty_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = await copied(database, tmp_path)
    there = ("--database-url", empty_database, "--data", str(tmp_path / "new"))
    dump = folder / "database.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert await call("restore", str(folder), *there) == 1
    assert "damaged" in capsys.readouterr().err
    (folder / "manifest.json").unlink()
    assert await call("restore", str(folder), *there) == 1
    assert "no complete copy" in capsys.readouterr().err
    connection = await asyncpg.connect(empty_database)
    try:
        assert await connection.fetchval("SELECT to_regclass('event')") is None
    finally:
        await connection.close()


async def test_only_the_newest_copies_are_kept(database: str, tmp_path: Path) -> None:
    folder = await copied(database, tmp_path)
    for name in ("yizhan-20200101T000000Z", "yizhan-20210101T000000Z"):
        (tmp_path / "copies" / name).mkdir()
        (tmp_path / "copies" / name / "manifest.json").write_bytes(
            (folder / "manifest.json").read_bytes()
        )
    unfinished = tmp_path / "copies" / "yizhan-20200201T000000Z"
    unfinished.mkdir()
    here = ("--database-url", database, "--data", str(tmp_path / "data"))
    await asyncio.sleep(1.1)  # the name of a copy is its second
    assert await call("backup", str(tmp_path / "copies"), *here, "--keep", "2") == 0
    left = sorted(path.name for path in (tmp_path / "copies").iterdir())
    assert left[0] == unfinished.name and folder.name in left and len(left) == 3


async def test_a_wrong_recipient_is_named(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--database-url", database, "--data", str(tmp_path / "data"))
    assert await call("backup", str(tmp_path / "copies"), *here, "--to", "age1nobody") == 1
    assert "age1nobody" in capsys.readouterr().err
    assert not (tmp_path / "copies").exists()

"""The runner of migrations, against a real server."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from yizhan.platform import migrate
from yizhan.platform.migrate import Migration, MigrationTrouble


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_a.sql").write_text("CREATE TABLE a (x int);\nINSERT INTO a VALUES (1);\n")
    (tmp_path / "0002_b.sql").write_text("CREATE TABLE b (y int);\n")
    return tmp_path


async def fetch(url: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def test_applies_in_order_and_only_once(empty_database: str, folder: Path) -> None:
    assert await migrate.migrate(empty_database, folder=folder) == ["0001_a.sql", "0002_b.sql"]
    assert await migrate.migrate(empty_database, folder=folder) == []
    assert len(await fetch(empty_database, "SELECT x FROM a")) == 1


async def test_a_dry_run_tells_and_leaves_no_trace(empty_database: str, folder: Path) -> None:
    told = await migrate.migrate(empty_database, folder=folder, dry_run=True)
    assert told == ["0001_a.sql", "0002_b.sql"]
    tables = await fetch(empty_database, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
    assert tables == []


async def test_of_two_starters_one_does_the_work(empty_database: str, folder: Path) -> None:
    both = await asyncio.gather(*(migrate.migrate(empty_database, folder=folder) for _ in range(2)))
    assert sorted(len(names) for names in both) == [0, 2]


async def test_names_the_line_of_a_mistake_and_undoes_the_file(
    empty_database: str, folder: Path
) -> None:
    (folder / "0003_c.sql").write_text(
        "-- fine\nCREATE TABLE c (z int);\n\nCREATE TABLE d (\n  z int,\n  z no_such_type\n);\n"
    )
    with pytest.raises(MigrationTrouble, match=r"0003_c\.sql, line 6: .*no_such_type"):
        await migrate.migrate(empty_database, folder=folder)
    names = [r[0] for r in await fetch(empty_database, "SELECT name FROM schema_migration")]
    assert names == ["0001_a.sql", "0002_b.sql"]
    assert (await fetch(empty_database, "SELECT to_regclass('c')"))[0][0] is None


async def test_names_the_line_of_a_statement_that_fails_while_running(
    empty_database: str, folder: Path
) -> None:
    (folder / "0003_c.sql").write_text("SELECT 1;\nSELECT 2;\nSELECT 1 / 0;\n")
    with pytest.raises(MigrationTrouble, match="line 3: division by zero"):
        await migrate.migrate(empty_database, folder=folder)


async def test_refuses_an_applied_file_that_changed(empty_database: str, folder: Path) -> None:
    await migrate.migrate(empty_database, folder=folder)
    (folder / "0002_b.sql").write_text("CREATE TABLE b (y bigint);\n")
    with pytest.raises(MigrationTrouble, match=r"0002_b\.sql was applied .* has changed"):
        await migrate.migrate(empty_database, folder=folder)


def test_refuses_a_database_of_a_newer_version() -> None:
    with pytest.raises(MigrationTrouble, match="newer"):
        migrate.pending([Migration("0001_a.sql", "")], {"0009_z.sql": "00"})


def test_refuses_a_name_without_a_number(tmp_path: Path) -> None:
    (tmp_path / "extra.sql").touch()
    with pytest.raises(MigrationTrouble, match=r"extra\.sql"):
        migrate.load(tmp_path)


async def test_our_own_migrations_are_all_applied(database: str) -> None:
    names = [r[0] for r in await fetch(database, "SELECT name FROM schema_migration ORDER BY name")]
    assert names == [one.name for one in migrate.load()]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:geheim@127.0.0.1:1/x",
        "postgresql://me:geheim@/x?host=/nowhere",
        "mysql://x",
    ],
)
async def test_a_database_out_of_reach_is_a_sentence_without_the_password(url: str) -> None:
    with pytest.raises(MigrationTrouble, match=r"cannot be reached: .") as told:
        await migrate.migrate(url)
    assert "geheim" not in str(told.value)

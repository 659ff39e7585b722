"""A copy of everything that must outlive the machine, taken while the house works, and put back.

    yizhan-20261122T120000Z/
        manifest.json         what is in it: schema, rows of each table, a digest of each file
        database.dump[.age]   of one moment, in the custom format of pg_dump
        secrets.json[.age]    without which sealed documents cannot be opened

With recipients (age, X25519) the files are sealed for them while they are written: the machine
that takes copies every night need not be able to read one. The manifest is written last; without
it a copy is not complete.
"""

import asyncio
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
import msgspec
import pyrage

from yizhan.platform import postgres_binaries

MANIFEST = "manifest.json"
DATABASE = "database.dump"
SECRETS = "secrets.json"
_BLOCK = 1 << 20
_OWNER_ONLY = 0o600


class BackupTrouble(RuntimeError):
    """A copy could not be made or put back; the message says why and what to do."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a copy as it lies on disk."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy holds. It tells nothing about any customer."""

    taken_at: datetime
    server_major: int
    migrations: Sequence[str]
    rows: Mapping[str, int]
    sealed: bool
    files: Sequence[File]

    def file(self, start: str) -> File:
        """The file with this name, sealed or not. Raises `BackupTrouble`."""
        for one in self.files:
            if one.name in (start, f"{start}.age"):
                return one
        raise BackupTrouble(f"The copy holds no {start}.")


async def take(
    url: str, secrets: Path, into: Path, *, now: datetime, recipients: Sequence[str] = ()
) -> Path:
    """Copy the database at *url* and the secrets into a new folder under *into*; that folder.

    Raises `BackupTrouble`. What is unfinished is removed.
    """
    keys = [_recipient(text) for text in recipients]
    folder = _folder(into / f"yizhan-{now:%Y%m%dT%H%M%SZ}")
    try:
        await _fill(folder, url, secrets, now=now, keys=keys)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _folder(folder: Path) -> Path:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise BackupTrouble(f"{folder} cannot be made ({error.strerror}).") from error
    return folder


async def _fill(
    folder: Path, url: str, secrets: Path, *, now: datetime, keys: Sequence[pyrage.x25519.Recipient]
) -> None:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            major = connection.get_server_version().major
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            command = [
                _program("pg_dump", major),
                "--format=custom",
                "--schema=public",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={snapshot}",
                *(f"--extension={name}" for name in await _extensions(connection)),
            ]
            dumping = asyncio.to_thread(_dump, folder, url, command, keys)
            counting = _count(connection)
            database, rows = await asyncio.gather(dumping, counting)
            applied = await _applied(connection)
    finally:
        await connection.close()
    with secrets.open("rb") as source:
        kept = _write(source, folder / SECRETS, keys)
    manifest = Manifest(
        taken_at=now,
        server_major=major,
        migrations=applied,
        rows=rows,
        sealed=bool(keys),
        files=[database, kept],
    )
    _keep(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))


def _dump(
    folder: Path, url: str, command: Sequence[str], keys: Sequence[pyrage.x25519.Recipient]
) -> File:
    address, environment = _reached(url)
    with subprocess.Popen(
        [*command, f"--dbname={address}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        file = _write(process.stdout, folder / DATABASE, keys)
        said = process.stderr.read().decode(errors="replace")
    if process.returncode != 0:
        raise BackupTrouble(f"pg_dump failed: {said[-1500:]}")
    return file


def read_manifest(folder: Path) -> Manifest:
    """What the copy says of itself. Raises `BackupTrouble`."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError:
        raise BackupTrouble(
            f"{folder} is no complete copy: it holds no {MANIFEST}, which is written last."
        ) from None
    except msgspec.MsgspecError as error:
        raise BackupTrouble(f"{folder / MANIFEST} is damaged: {error}.") from error


def look_over(folder: Path, manifest: Manifest) -> None:
    """Whether every file is there as it was written. Raises `BackupTrouble`."""
    for one in manifest.files:
        path = folder / one.name
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise BackupTrouble(f"{path} cannot be read ({error.strerror}).") from error
        if found != one.sha256:
            raise BackupTrouble(f"{path} is damaged: it is not what was written. Use another copy.")


async def put_back(
    folder: Path, manifest: Manifest, url: str, *, scratch: Path, identity: str = ""
) -> None:
    """Fill the empty database at *url*, all or nothing, and compare it with the manifest.

    Raises `BackupTrouble` when tables are there already, when the files do not open, when the
    counts are not those of the copy.
    """
    connection = await asyncpg.connect(url)
    try:
        if await _count(connection):
            raise BackupTrouble(
                "The database is not empty. Restore into a new data folder or a new database."
            )
        major = connection.get_server_version().major
    finally:
        await connection.close()
    if major < manifest.server_major:
        raise BackupTrouble(
            f"The copy comes from PostgreSQL {manifest.server_major} and this is {major}."
            f" Restore into {manifest.server_major} or newer."
        )
    plain = scratch / f"{DATABASE}.plain"
    try:
        _open(folder / manifest.file(DATABASE).name, plain, identity, sealed=manifest.sealed)
        await asyncio.to_thread(_restore, plain, url, major)
    finally:
        plain.unlink(missing_ok=True)
    connection = await asyncpg.connect(url)
    try:
        rows = await _count(connection)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    if rows != dict(manifest.rows):
        apart = sorted(
            name for name in {*rows, *manifest.rows} if rows.get(name) != manifest.rows.get(name)
        )
        raise BackupTrouble(f"The restored tables are not those of the copy: {', '.join(apart)}.")


def put_back_secrets(folder: Path, manifest: Manifest, target: Path, *, identity: str = "") -> None:
    """Lay the secrets where the house looks for them.

    Raises `BackupTrouble` when others lie there.
    """
    fresh = target.with_name(f"{target.name}.restored")
    fresh.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    _open(folder / manifest.file(SECRETS).name, fresh, identity, sealed=manifest.sealed)
    if target.exists() and target.read_bytes() != fresh.read_bytes():
        fresh.unlink()
        raise BackupTrouble(
            f"{target} holds other secrets. Move it away, or restore into a new data folder."
        )
    fresh.replace(target)


def _restore(plain: Path, url: str, major: int) -> None:
    address, environment = _reached(url)
    done = subprocess.run(
        [
            _program("pg_restore", major),
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            "--clean",
            "--if-exists",
            f"--dbname={address}",
            str(plain),
        ],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        raise BackupTrouble(f"pg_restore failed: {done.stderr[-1500:]}")


def _write(source: IO[bytes], path: Path, keys: Sequence[pyrage.x25519.Recipient]) -> File:
    """Everything *source* gives, sealed if there are keys, on disk before this returns."""
    if keys:
        path = path.with_name(f"{path.name}.age")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as out:
        if keys:
            pyrage.encrypt_io(source, out, list(keys))
        else:
            shutil.copyfileobj(source, out, _BLOCK)
        out.flush()
        os.fsync(out.fileno())
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return File(name=path.name, bytes=path.stat().st_size, sha256=digest)


def _open(path: Path, plain: Path, identity: str, *, sealed: bool) -> None:
    if sealed and not identity:
        raise BackupTrouble("The copy is sealed. Name the file of its age key with --identity.")
    descriptor = os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with path.open("rb") as source, os.fdopen(descriptor, "wb") as out:
        if not sealed:
            shutil.copyfileobj(source, out, _BLOCK)
            return
        try:
            pyrage.decrypt_io(source, out, [_identity(identity)])
        except pyrage.DecryptError as error:
            raise BackupTrouble(f"{path} does not open with this key: {error}.") from error


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as error:
        raise BackupTrouble(f"“{text}” is no age recipient; one begins with age1.") from error


def _identity(text: str) -> pyrage.x25519.Identity:
    """The first key in the text of an identity file, as age-keygen writes it."""
    for line in text.splitlines():
        if line.startswith("AGE-SECRET-KEY-"):
            with suppress(pyrage.IdentityError):
                return pyrage.x25519.Identity.from_str(line.strip())
    raise BackupTrouble("The identity file holds no age key; one begins with AGE-SECRET-KEY-1.")


def _program(name: str, major: int) -> str:
    """A client program that can talk to a server of this major version."""
    fitting = [one for one in postgres_binaries.candidates() if one.major >= major]
    for one in fitting:
        if (one.folder / name).exists():
            return one.program(name)
    raise BackupTrouble(
        f"There is no {name} of PostgreSQL {major} or newer on this machine. Install the package"
        f" postgresql-client-{major}, or name a folder of programs in YIZHAN_PG_BIN."
    )


async def _count(connection: asyncpg.Connection) -> dict[str, int]:
    """Rows of every table, partitions together, by name."""
    names = await connection.fetch(
        """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
         ORDER BY c.relname"""
    )
    return {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for (name,) in names}


async def _extensions(connection: asyncpg.Connection) -> list[str]:
    """Extensions of the database that its owner may make again without being superuser."""
    rows = await connection.fetch(
        """
        SELECT e.extname FROM pg_extension e
          JOIN pg_available_extension_versions v ON v.name = e.extname AND v.version = e.extversion
         WHERE v.trusted AND e.extname <> 'plpgsql' ORDER BY e.extname"""
    )
    return [name for (name,) in rows]


async def _applied(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch("SELECT name FROM schema_migration ORDER BY name")
    return [name for (name,) in rows]


def _keep(path: Path, text: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _reached(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, and an environment with it: all can see arguments."""
    parts = urlsplit(url)
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    if parts.password:
        environment["PGPASSWORD"] = unquote(parts.password)
    name, _, host = parts.netloc.rpartition("@")
    user = name.partition(":")[0]
    shown = parts._replace(netloc=f"{user}@{host}" if user else host)
    return urlunsplit(shown), environment

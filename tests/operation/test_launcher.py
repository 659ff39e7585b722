"""The launcher on a machine that lacks something, and the locks it installs from."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
LOCKS = sorted(path.name for path in PROJECT.glob("requirements*.lock"))
_ENTRY = re.compile(
    r"^([a-z0-9-]+)==\S+(?: ;[^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of what the launcher reads, on a machine that also needs a program nobody has."""
    for name in ("yizhan", "debian-packages.txt", *LOCKS):
        shutil.copy(PROJECT / name, tmp_path)
    shutil.copytree(PROJECT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__*"))
    with (tmp_path / "debian-packages.txt").open("a") as file:
        file.write("no-such-package | up | program:no-such-program | to see it missed\n")
    return tmp_path


def launch(
    project: Path, *words: str, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """Run the launcher where the only programs are those it names itself, and `python`."""
    programs = project / "programs"
    programs.mkdir(exist_ok=True)
    for name in ("dirname", "readlink", "id"):
        (programs / name).symlink_to(shutil.which(name) or name)
    if python:
        (programs / "python3.11").symlink_to(python)
    surroundings = {"PATH": str(programs), "HOME": str(project)}
    return subprocess.run(
        [project / "yizhan", *words],
        capture_output=True, text=True, env=surroundings, cwd="/", check=False,
    )  # fmt: skip


@pytest.mark.parametrize("word", ["up", "test"])
def test_lists_what_it_cannot_install_and_exits_with_3(bare: Path, word: str) -> None:
    done = launch(bare, word)
    assert done.returncode == 3, done.stderr
    assert "  no-such-package      to see it missed\n" in done.stderr
    assert "no-such-package" in listed(done.stderr)
    assert not (bare / ".venv").exists()


def listed(said: str) -> list[str]:
    """The packages that are to be installed, as a person would copy them."""
    return said.rpartition("sudo apt-get install ")[2].split()


def test_the_help_of_the_tests_needs_nothing(bare: Path) -> None:
    done = launch(bare, "test", "--help")
    assert done.returncode == 0, done.stderr
    assert "only pytest, with these arguments" in done.stdout


def test_everything_a_test_needs_is_listed_before_anything_is_fetched(bare: Path) -> None:
    with (bare / "debian-packages.txt").open("a") as file:
        file.write("no-such-browser | test | program:no-such-browser | to see it missed\n")
    done = launch(bare, "test")
    assert done.returncode == 3, done.stderr
    assert {"no-such-package", "no-such-browser", "git", "chromium"} <= set(listed(done.stderr))
    assert not (bare / ".venv").exists()


def test_as_root_installs_what_is_missing_after_one_refresh_of_the_lists(bare: Path) -> None:
    tools = bare / "bin"
    tools.mkdir()
    script = tools / "apt-get"
    script.write_text(
        f'#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> {bare}/calls\n'
        f'case "$*" in *update*) : > {bare}/fresh;; esac\n'
        f"[ -e {bare}/fresh ] || exit 100\n"
        f'case "$*" in *install*) : > {tools}/no-such-program; esac\n'
        f"chmod 755 {tools}/*\n"
    )
    script.chmod(0o755)
    launch_module = f"import sys; sys.path.insert(0, '{bare}/tools'); import launch"
    done = subprocess.run(
        [sys.executable, "-c", f"{launch_module}; launch.install_packages('up')"],
        capture_output=True, text=True, env={"PATH": f"{tools}:/usr/bin:/bin"}, check=False,
    )  # fmt: skip
    if os.geteuid() != 0:
        assert "sudo apt-get install no-such-package" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    install = "noninteractive -q install -y --no-install-recommends no-such-package"
    assert (bare / "calls").read_text().splitlines() == [
        install, "noninteractive -q update", install,
    ]  # fmt: skip


def test_without_a_python_that_is_new_enough_it_says_what_to_install(bare: Path) -> None:
    old = bare / "old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = launch(bare, "up", python=str(old))
    assert done.returncode == 3
    assert "Python 3.11 or newer is missing" in done.stderr
    assert "sudo apt-get install python3 python3-venv" in done.stderr


def test_as_root_a_python_is_installed_where_there_is_none(bare: Path) -> None:
    programs = bare / "programs"
    programs.mkdir()
    apt = programs / "apt-get"
    apt.write_text(
        f'#!/bin/sh\necho "$*" >> {bare}/calls\n'
        f'case "$*" in *update*) : > {bare}/fresh;; esac\n'
        f"[ -e {bare}/fresh ] || exit 100\n"
        f'case "$*" in *install*) {shutil.which("ln")} -sf {sys.executable} {programs}/python3;; '
        f"esac\n"
    )
    apt.chmod(0o755)
    done = launch(bare, "up", python="")
    assert done.returncode == 3, done.stderr
    if os.geteuid() != 0:
        assert "Python 3.11 or newer is missing" in done.stderr
        return
    assert "sudo apt-get install no-such-package" in done.stderr
    install = "-q install -y --no-install-recommends python3 python3-venv"
    assert (bare / "calls").read_text().splitlines()[:3] == [install, "-q update", install]


def test_the_launcher_and_the_gate_are_programs() -> None:
    assert os.access(PROJECT / "yizhan", os.X_OK)
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)
    assert "yizhan test" in (PROJECT / ".ci" / "run").read_text()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_every_file_by_hash_and_no_address(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert "://" not in text
    rest = text
    while rest:
        entry = _ENTRY.match(rest)
        assert entry, f"{name} near: {rest[:80]}"
        rest = rest[entry.end() :]


def names_in(lock: str) -> dict[str, str]:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_the_locks_hold_what_the_project_asks_for_and_agree() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run, test = names_in("requirements.lock"), names_in("requirements-test.lock")

    def asked(lines: list[str]) -> set[str]:
        return {re.split(r"[<>=;\[ ]", line, maxsplit=1)[0].lower() for line in lines}

    assert asked(project["dependencies"]) <= run.keys(), "run tools/lock.sh"
    assert asked(project["optional-dependencies"]["test"]) <= test.keys(), "run tools/lock.sh"
    assert {name: test[name] for name in run} == run

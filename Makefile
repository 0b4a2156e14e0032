# What one does with this house. `make` alone says what there is.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench openapi lock clean
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
BIN := .venv/bin
IN := cd '$(ROOT)' &&
LOCKED := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --group build

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' '$(ROOT)/Makefile'

setup:  ## make .venv from the lock, nothing more
	@PYTHON='$(PYTHON)' '$(ROOT)/.ci/setup'

demo: setup  ## two invented councils on 127.0.0.1:8000, with things to try (ARGS="--port 8010")
	@$(IN) exec $(BIN)/supervision demo $(ARGS)

test: setup  ## every test, on a PostgreSQL of its own (ARGS="-k words", "--scale 10", "--postgres 15")
	@$(IN) $(BIN)/python -m pytest $(ARGS)

check: setup  ## format, lint, types, import contracts, openapi.yaml: what CI checks beside the tests
	@$(IN) $(BIN)/ruff format --check --quiet .
	@$(IN) $(BIN)/ruff check --quiet .
	@$(IN) $(BIN)/mypy --no-error-summary
	@$(IN) $(BIN)/lint-imports --no-logo
	@$(IN) $(BIN)/supervision openapi --check

format: setup  ## put the code in the house's form
	@$(IN) $(BIN)/ruff check --quiet --fix-only . && $(BIN)/ruff format --quiet .

bench: setup  ## how fast, as one table (ARGS passes options)
	@$(IN) $(BIN)/python -m bench $(ARGS)

openapi: setup  ## write openapi.yaml from the code
	@$(IN) $(BIN)/supervision openapi --write

lock: setup  ## make both locks again from pyproject.toml (ARGS="--upgrade" for newer versions)
	@$(IN) $(LOCKED) $(ARGS) --output-file requirements.lock
	@$(IN) $(LOCKED) $(ARGS) --group dev --extra demo --output-file requirements-dev.lock
	@'$(ROOT)/.ci/setup'

clean:  ## remove what was made here: the demo's data, .venv, caches
	@$(IN) [ ! -e .demo/postgres ] || $(BIN)/python -c \
		'from pathlib import Path; from app import embedded; embedded.remove(Path(".demo/postgres"))'
	@$(IN) rm -rf .demo .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
	@$(IN) find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What one does with this house. `make` alone says what there is.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench openapi pages lock clean
BIN := .venv/bin
LOCKED := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --group build

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup:  ## make .venv from the lock, nothing more
	@PYTHON='$(PYTHON)' .ci/setup

demo: setup  ## two invented councils on 127.0.0.1:8000, with things to try (ARGS="--port 8010")
	@exec $(BIN)/supervision demo $(ARGS)

test: setup  ## every test, side by side on a PostgreSQL for each core (ARGS="-k words", "--scale 10", "--postgres 15")
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup  ## format, lint, types, import contracts, openapi.yaml: what CI checks beside the tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/supervision openapi --check

format: setup  ## put the code in the house's form
	@$(BIN)/ruff check --quiet --fix-only . && $(BIN)/ruff format --quiet .

bench: setup  ## how fast, as one table (ARGS passes options)
	@$(BIN)/python -m bench $(ARGS)

openapi: setup  ## write openapi.yaml from the code
	@$(BIN)/supervision openapi --write

pages: setup  ## write what is generated in docs/ from the code and the packs
	@$(BIN)/python -m app.events.reference > docs/events.md
	@$(BIN)/supervision policy schema > docs/policies/pack.schema.json
	@for pack in app/domain/packs/*.yaml; do \
		$(BIN)/supervision policy page $$pack > docs/policies/$$(basename $$pack .yaml).md; done
	@$(BIN)/python -m tests.pictures.kinds
	@$(BIN)/python -m tests.security.access_page
	@$(BIN)/python -m tests.periods_page

lock: setup  ## make both locks again from pyproject.toml (ARGS="--upgrade" for newer versions)
	@$(LOCKED) $(ARGS) --output-file requirements.lock
	@$(LOCKED) $(ARGS) --group dev --extra demo --output-file requirements-dev.lock
	@.ci/setup

clean:  ## remove what was made here: the demo's data, .venv, caches
	@[ ! -e .demo/postgres ] || $(BIN)/python -c \
		'from pathlib import Path; from app import embedded; embedded.remove(Path(".demo/postgres"))'
	@rm -rf .demo .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

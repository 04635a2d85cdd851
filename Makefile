# Everything is set up from the lock file on first use, in .venv; a second call sets nothing up again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8

export KHABAR_INPUT ?= seeds/articles
export KHABAR_DATA ?= data

.PHONY: run test dev bench doctor faults watch soak setup clean
.DEFAULT_GOAL := run

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml uv.lock
	@echo "Setting up $(VENV) from uv.lock (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/python -m uv sync --quiet --frozen --inexact
	@touch $@

run: setup
	@$(BIN)/python -m assets run

test: setup
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check . || { echo "style: run '$(BIN)/ruff check --fix . && $(BIN)/ruff format .'"; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

dev: setup
	@$(BIN)/python -m assets dev

doctor: setup
	@$(BIN)/python -m assets doctor $(if $(FIX),--fix)

bench: setup
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/python -m uv sync --quiet --frozen --inexact --group training
	@$(BIN)/python -m benchmarks $(ONLY)

faults: setup
	@$(BIN)/python -m tests.faults --kills 50

watch: setup
	@$(BIN)/python -m tests.faults.dev_server

soak: setup
	@$(BIN)/python -m tests.faults.soak --runs 300

clean:
	rm -rf $(VENV) data .mypy_cache .ruff_cache .hypothesis

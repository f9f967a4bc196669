# `make run` starts the hub, `make test` checks it; both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
PIP_QUIET := --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test lint types contracts templates unit screenshots messages benchmark lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/ready  ## install what the hub needs into .venv, and nothing else

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Earshot needs Python 3.11 or newer; name one with make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/ready: requirements.lock | $(VENV)/bin/python
	@echo "Installing (a few minutes the first time) …"
	@$(BIN)/python -m pip install $(PIP_QUIET) -r requirements.lock
	@touch $@

$(VENV)/ready-test: requirements-test.lock $(VENV)/ready
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install $(PIP_QUIET) -r requirements-test.lock
	@touch $@

setup-test: $(VENV)/ready-test

run: setup  ## set up and start everything; PORT=8001 for another port
	@exec $(BIN)/python manage.py up --starter --port $(PORT)

test: setup-test lint contracts types templates unit  ## set up and run every check

lint: setup-test  ## ruff, and its formatter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

contracts: setup-test  ## who may import whom
	@$(BIN)/lint-imports

types: setup-test  ## mypy
	@$(BIN)/mypy

templates: setup-test  ## djlint
	@$(BIN)/djlint web/templates --lint --quiet

unit: setup-test  ## the tests: all on SQLite, then those that touch tables on PostgreSQL
	@$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0
	@$(BIN)/pytest -n auto
	@$(BIN)/python tests/with_postgres.py $(BIN)/pytest -n auto tests/integration tests/web

screenshots: setup-test  ## every page kind, phone and desktop, in every look, into var/screenshots
	@SCREENSHOT_DIR=var/screenshots $(BIN)/pytest -n 0 tests/e2e/test_screenshots.py

messages: setup-test  ## collect the texts that can be translated, and say which are not
	@$(BIN)/python manage.py messages

benchmark: setup-test  ## figures beside a reference, in one run
	@$(BIN)/python benchmarks/embedding.py
	@$(BIN)/python benchmarks/scheduling.py

lock:  ## write the lock files anew
	@$(BIN)/python -m pip install $(PIP_QUIET) pip-tools
	@for extra in "" "--extra test"; do \
	  name=requirements$${extra:+-test}.lock; \
	  $(BIN)/pip-compile --quiet --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	    --no-emit-options --allow-unsafe $$extra --output-file $$name pyproject.toml && sed -i 's/+cpu$$//; /^#/d; /^$$/d' $$name; done

clean:  ## remove the environment; the data in var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache

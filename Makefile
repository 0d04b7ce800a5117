# What one does with this project. `make` alone lists it.

HOST ?= 127.0.0.1
PORT ?= 8000
FUZZ_EXAMPLES ?= 200
IS_NEW_ENOUGH = -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$name $(IS_NEW_ENOUGH) 2>/dev/null; then echo $$name; break; fi; done)

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r
# Checks mean the same on every machine: they see neither .env nor the database of the shell.
ALONE := env -i PATH="$$PATH" ENV_FILE= SECRET_KEY=for-checks-only-and-nowhere-else \
	DATABASE_URL=sqlite:///.venv/check.db
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header -q

.PHONY: help run test check bench faults fuzz load lock messages clean
.DEFAULT_GOAL := help

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: export SITE_URL ?= http://$(HOST):$(PORT)
run: $(BIN)/installed .env ## Install, fill the database with a demonstration, serve it, run its tasks.
	@$(MANAGE) init_db
	@$(MANAGE) seed_demo --base-url http://$(HOST):$(PORT)
	@$(MANAGE) worker & worker=$$!; $(MANAGE) runserver --noreload $(HOST):$(PORT) & server=$$!; \
	trap 'kill $$worker $$server 2>/dev/null; wait' EXIT; trap exit INT TERM; wait $$server

test: check ## Everything: the checks, then the tests on SQLite and on PostgreSQL.
	@$(BIN)/python -m tests

check: $(BIN)/installed-dev ## Style, types, import rules and missing migrations; no tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(ALONE) $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(ALONE) $(MANAGE) makemigrations --check --dry-run

load: $(BIN)/installed-dev ## Many clients at one running server, on both engines; see benchmarks/README.md.
	@$(BIN)/python benchmarks/load.py

bench: $(BIN)/installed-dev ## What the project claims of its speed, beside peers (QUICK=1, FIGURES="slots http").
	@$(BIN)/python -m benchmarks.figures $(if $(QUICK),--quick) $(FIGURES)

faults: $(BIN)/installed-dev ## Hurt the server and its database while clients book; see benchmarks/README.md.
	@$(BIN)/python benchmarks/faults.py

messages: $(BIN)/installed-dev ## Count mail and webhooks of every change while workers are killed; see benchmarks/README.md.
	@$(BIN)/python benchmarks/messages.py

fuzz: $(BIN)/installed-dev ## Try the API against its own OpenAPI document (FUZZ_EXAMPLES=200 of each operation).
	@FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m tests tests/coachbot/test_schema_fuzz.py

lock: $(BIN)/installed-dev ## Pin anew what the two requirements .in files ask for.
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) -c requirements.txt requirements-dev.in -o requirements-dev.txt

clean: ## Remove what can be made again; .env and the database stay.
	rm -rf .venv .venv-peers .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

.env: | $(BIN)/installed
	@echo "Writing .env: a new SECRET_KEY, DEBUG=true."
	@$(BIN)/python -c 'import os, secrets; \
	os.umask(0o077); \
	open(".env", "x").write(f"SECRET_KEY={secrets.token_urlsafe(50)}\nDEBUG=true\n")'

$(BIN)/installed: requirements.txt | $(BIN)/pip
	@echo "Installing $< into .venv. This takes a minute the first time."
	@$(INSTALL) $<
	@touch $@

$(BIN)/installed-dev: requirements-dev.txt | $(BIN)/pip
	@echo "Installing $< into .venv. This takes a few minutes the first time."
	@$(INSTALL) $<
	@touch $@

$(BIN)/pip:
	@"$(or $(PYTHON),python3)" $(IS_NEW_ENOUGH) 2>/dev/null || { echo >&2 \
	"CoachBot needs Python 3.11 or newer. Name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo >&2 \
	"Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Creating .venv with $$("$(PYTHON)" --version)."
	@"$(PYTHON)" -m venv .venv

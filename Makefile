# Everything starts here: `make run` and `make test`. Needs Python 3.11 or newer and make, nothing else.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
WEB_DIST := src/hobnob/web_dist
WEB_SOURCES := $(shell find web/src web/public web/scripts/publish.mjs web/*.html web/*.ts web/*.json -type f 2>/dev/null)
NPM := sh scripts/npm.sh
TEST_WORKERS ?= 2
# A test of whole processes may miss a time limit on a busy machine. CI gives a failed test another try and says so.
TEST_RERUNS ?= 0
BENCHES ?= ingest inbox send rating billing

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run setup test test-python test-web check lint types contracts migrations-lint drift openapi build bench format chromium clean

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## set up what is missing and start Hobnob with a demo shop and the WhatsApp simulator
	@exec $(BIN)/hobnob run

setup: $(STAMPS)/installed $(WEB_DIST)/index.html ## prepare .venv and the web app without starting anything

$(STAMPS)/uv: requirements-setup.lock
	@test -n "$(PYTHON)" || { echo "Hobnob needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv: install it (Debian and Ubuntu: apt-get install python3-venv)."; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.lock
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dependencies: requirements.lock $(STAMPS)/uv
	@echo "Installing the locked dependencies ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@touch $@

$(STAMPS)/installed: pyproject.toml $(STAMPS)/dependencies
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json web/package.json web/.npmrc | $(STAMPS)/dependencies
	@echo "Installing the web app's locked dependencies ..."
	@$(NPM) ci --loglevel=error --no-fund --no-audit --no-progress
	@touch $@

$(WEB_DIST)/index.html: $(WEB_SOURCES) | web/node_modules/.package-lock.json $(STAMPS)/dependencies
	@echo "Building the web app ..."
	@$(NPM) run --silent build
	@touch $@

test: test-python test-web ## run the whole test suite: Python, web, browser

test-python: setup chromium
	$(BIN)/pytest -q -n $(TEST_WORKERS) --dist loadgroup --reruns $(TEST_RERUNS) --reruns-delay 2 -rR

test-web: setup
	@$(NPM) run --silent test

check: lint types contracts migrations-lint drift test build ## all that CI runs: lint, types, contracts, drift, tests, build

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(NPM) run --silent lint

types: setup
	$(BIN)/mypy
	@$(NPM) run --silent typecheck

contracts: setup
	$(BIN)/lint-imports --no-logo

migrations-lint: setup
	$(BIN)/squawk src/hobnob/migrations/*.sql

drift: setup
	$(BIN)/python scripts/check_drift.py

openapi: setup ## write web/openapi.json and the web app's client again
	$(BIN)/hobnob export-openapi web/openapi.json
	@$(NPM) run --silent generate-api

build: setup ## build the wheel, web app and migrations inside
	$(BIN)/python scripts/check_wheel.py

bench: setup ## run the benchmarks (BENCHES="ingest inbox send rating billing")
	@for name in $(BENCHES); do $(BIN)/hobnob bench $$name --json || exit 1; done

format: setup ## format the code
	$(BIN)/ruff check --fix --select I,F401,UP .
	$(BIN)/ruff format .

chromium: ## install Chromium for the browser tests (Debian, Ubuntu)
	@sh scripts/install_chromium.sh

clean: ## delete everything that was built, but not the data
	rm -rf $(VENV) web/node_modules web/dist $(WEB_DIST) dist

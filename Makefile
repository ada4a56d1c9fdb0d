# The menu of this repository; `make` alone prints it. Works with GNU make on any Linux with Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
SERVE ?= 1
COMPANIES ?= 20000
DEMO_HOME := var
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test test-slow test-postgres journeys spark check lint format types contracts migrations docs docs-check screenshots lock bench bundle clean

help: ## show this menu
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo; echo "  make demo SERVE=0 COMPANIES=5000   variables may follow a target"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Lookout needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
	  echo "Name another one: make PYTHON=/usr/bin/python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "This Python cannot make a virtual environment: its module ensurepip is missing."; \
	  echo "On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The locks hold every version with its hash, so an installation is the same behind any package mirror.
$(VENV)/.core: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.core
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.spark: requirements-spark.lock $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@touch $@

setup: $(VENV)/.core ## make the environment in .venv from the hashed lock

$(DEMO_HOME)/.demo: | $(VENV)/.core
	rm -rf $(DEMO_HOME)/province
	LOOKOUT_DEMO=1 LOOKOUT_HOME=$(DEMO_HOME) $(BIN)/lookout demo --companies $(COMPANIES) --no-serve
	@touch $@

demo: $(DEMO_HOME)/.demo ## a synthetic province, three full runs and the web page (SERVE=0 stops before serving)
ifneq ($(SERVE),0)
	LOOKOUT_DEMO=1 LOOKOUT_HOME=$(DEMO_HOME) $(BIN)/lookout serve
else
	@echo "Ready. Serve it with: make serve"
endif

serve: demo ## the web page over the demo province

test: $(VENV)/.dev ## everything that guards the code, without network, server or browser
	$(BIN)/python -m pytest -q -n $(JOBS) $(ARGS)

test-slow: $(VENV)/.dev ## what takes seconds a piece, but for the two long series of kills (tests/faults/test_kill*.py)
	$(BIN)/python -m pytest -q -n $(JOBS) -m slow --ignore tests/faults/test_kill.py --ignore tests/faults/test_kill_province.py $(ARGS)

test-postgres: $(VENV)/.dev ## the desk's tests with its tables on PostgreSQL, and what else needs a server
	$(BIN)/python -m tests.on_postgres -q -n $(JOBS) tests/web $(ARGS)
	$(BIN)/python -m pytest -q -m server $(ARGS)

journeys: $(VENV)/.dev ## whole stories through a real browser (needs Debian's chromium and a Chinese font)
	$(BIN)/python -m pytest -q -m browser $(ARGS)
	@if [ -d /usr/lib/postgresql ] || command -v initdb >/dev/null; then \
	  $(BIN)/python -m tests.on_postgres -q -m browser tests/web/test_story.py $(ARGS); \
	else echo "The story on PostgreSQL is left out: it is not installed (Debian: postgresql)."; fi

spark: $(VENV)/.spark ## the same run on Spark and on the embedded engine, compared (needs Java 17)
	$(BIN)/python -m pytest -q -m spark tests/spark $(ARGS)

check: lint types contracts migrations docs-check ## all static checks

lint: $(VENV)/.dev ## ruff: format and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(VENV)/.dev ## let ruff format and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/python -m mypy --strict src benchmarks docs/generate.py

contracts: $(VENV)/.dev ## import-linter: rooms import upstream only
	$(BIN)/lint-imports

migrations: $(VENV)/.dev ## the desk's tables match its migrations
	DJANGO_SETTINGS_MODULE=tests.config.desk_settings $(BIN)/python -m django makemigrations --check --dry-run

screenshots: demo $(VENV)/.dev ## a picture of every page of the demo, Chinese and English, wide and phone
	$(BIN)/python -m docs.screenshots $(DEMO_HOME)

docs: $(VENV)/.dev ## write the generated reference pages
	$(BIN)/python -m docs.generate

docs-check: $(VENV)/.dev ## compare the generated reference pages with the code
	$(BIN)/python -m docs.generate --check

# uv writes the locks, pip installs them: uv knows neither pip's mirrors nor every network's certificates.
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-emit-find-links

lock: | $(BIN)/python ## renew the hashed locks from pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(LOCK) --upgrade pyproject.toml --output-file requirements.lock
	$(LOCK) --upgrade --extra dev --extra postgres --extra connectors --extra capture --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock
	$(LOCK) --upgrade --extra spark --constraint requirements-dev.lock pyproject.toml --output-file requirements-spark.lock

bench: $(VENV)/.core ## one benchmark: make bench ARGS="province --companies 20000"
	$(BIN)/python -m benchmarks $(ARGS)

bundle: $(VENV)/.core ## one file that installs on a machine without any network (dist/lookout-….tar.gz)
	deploy/bundle.sh $(BIN)

clean: ## remove the environment, caches and the demo province
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	# Only a home that holds a synthetic province is thrown away.
	if [ -d $(DEMO_HOME)/province ]; then rm -rf $(DEMO_HOME); fi
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

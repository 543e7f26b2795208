# Every target first makes the virtual environment. Needs Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
UV     := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)

# A Python that is missing is an error to show, never a download.
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup up demo test check format crash bench mail-screenshots lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F':.*?## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(STAMP) ## Make .venv with everything locked in requirements/

$(STAMP): pyproject.toml requirements/dev.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "Dripline needs Python 3.11 or newer; %s is %d.%d. Try: make PYTHON=/path/to/python3.12" % (sys.executable, v.major, v.minor))'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x "$(UV)" || $(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==0.13.8"
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --require-hashes -r requirements/dev.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --no-deps --editable .
	@touch $@

up: setup ## Start the product: embedded PostgreSQL, API, workers
	@exec $(BIN)/dripline up

demo: setup ## A trial-expiry sequence, five contacts, fourteen days, in seconds
	@exec $(BIN)/dripline demo

test: setup ## All tests
	$(BIN)/pytest

check: setup ## Format, lint, strict types, import contract
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

crash: setup ## The long crash test: 500 contacts, two workers, kill -9 at every point
	$(BIN)/pytest tests/crash -m crash --crash-contacts 500 --crash-workers 2 --timeout 3600 -n 0

bench: setup ## Measure beside peers; writes bench/results/
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --require-hashes -r requirements/bench.lock
	@command -v npm >/dev/null && npm ci --silent --prefix bench/peers/graphile || echo "No npm: graphile-worker is left out."
	$(BIN)/python -m bench

mail-screenshots: setup ## Draw example mails in Chromium, for desktop and phone, into screenshots/
	$(BIN)/python -m tests.screenshots

lock: setup ## Resolve the dependencies anew
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra dev -o requirements/dev.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -c requirements/dev.lock -o requirements/run.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra dev --extra bench -o requirements/bench.lock

clean: ## Remove what the targets made (not the data folder)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

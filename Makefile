# Needs make and Python 3.11 or later with venv; everything else is installed into .venv.

VENV := .venv
BIN := $(VENV)/bin
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11 python
NEW_ENOUGH := -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(firstword $(foreach p,$(CANDIDATES),$(shell $(p) $(NEW_ENOUGH) 2>/dev/null && echo $(p))))
PIP := $(BIN)/python -m pip --disable-pip-version-check
UV ?= uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

# What a caller's shell sets for another project must not leak into this one.
unexport PYTHONPATH PYTHONHOME

.PHONY: help setup run test test-all mutants fuzz lint lock wheel clean

help: ## List the targets.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(VENV)/.run ## Install what `liptako` needs.

run: $(VENV)/.run ## Simulate the shipped scenario; ARGS="--members 100" changes it.
	$(BIN)/liptako run $(ARGS)

test: $(VENV)/.test ## Run the tests, on two processors; ARGS="-k cli" chooses some.
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-all: $(VENV)/.test ## Run all tests, the slow ones too.
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

mutants: $(VENV)/.test ## Make deliberate errors and see that tests fail; ARGS="--only capital".
	$(BIN)/python scripts/mutants.py $(ARGS)

fuzz: $(VENV)/.test ## Feed every reader what is nearly right; ARGS="--only ged".
	$(BIN)/python scripts/fuzz.py $(ARGS)

lint: $(VENV)/.test ## Check style, types and layers.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

lock: ## Pin the newest allowed versions again; needs uv.
	$(LOCK) --upgrade --extra build -o requirements.lock pyproject.toml
	$(LOCK) --upgrade --extra build --extra dev -c requirements.lock \
		-o requirements-dev.lock pyproject.toml

wheel: $(VENV)/.run ## Build dist/*.whl.
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove .venv and what was built.
	rm -rf $(VENV) dist .cache/mutants

$(VENV)/.made:
	@if [ -z "$(PYTHON)" ]; then echo "No Python 3.11 or later with venv was found." \
		"Name one: make PYTHON=/path/to/python" >&2; exit 1; fi
	$(PYTHON) -m venv $(VENV)
	@touch $@

# A stamp is newer than what it was installed from, so that a second `make` starts at once.
$(VENV)/.run: $(VENV)/.made requirements.lock pyproject.toml
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.lock
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

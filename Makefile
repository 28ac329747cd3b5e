# make train   train a tiny policy on the CPU with MaxRL + GTPO + SEPA + HICRA, end with a report
# make test    every test: the fast ones, then end to end through Ray, vLLM and FSDP
# Both make .venv first where it is missing or the lock has changed.
#
# On a machine where the package index serves torch as a CUDA build, name an index of CPU builds
# with pip's own variable, e.g.  PIP_EXTRA_INDEX_URL=<index of torch CPU wheels> make train

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help train test test-fast test-e2e test-extras test-long test-py312 docs lint format setup clean

RECIPE ?= cpu_addition
ARGS ?=

# The first CPython 3.10 to 3.12 on the PATH; override with `make PYTHON=... train`.
SUPPORTED := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 13))
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.10; do \
    if $$p -c '$(SUPPORTED)' 2>/dev/null; then echo $$p; break; fi; done)

# For test-py312: a CPython 3.12 on the PATH, or of pyenv.
PY312 ?= $(shell for p in python3.12 \
    $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.12.*/bin/python3.12); do \
    if $$p -c '' 2>/dev/null; then echo $$p; break; fi; done)

VENV := .venv
BIN := $(VENV)/bin
LOG := $(VENV)/install.log
STAMP := $(VENV)/installed.stamp
LOCKS := $(wildcard recipes/requirements/*.txt)

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

train: setup ## train: make train [RECIPE=cpu_addition] [ARGS="key=value ..."]
	@$(BIN)/verl-credit train $(RECIPE) $(ARGS)

test: test-fast test-e2e ## every test

test-fast: setup ## tests without Ray or vLLM
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -m "not e2e and not slow"

# After the fast ones even under `make -j`: both at once would starve each other.
test-e2e: test-fast ## tests through verl's real engine on the CPU, and other slow ones
	@$(BIN)/python -m pytest -q -m "(e2e or slow) and not long"

# Installs more into .venv, and makes other environments beside it.
test-extras: docs ## what needs more packages: pages, notebook, TRL, verl 0.9.0, fuzzing and more
	$(call install,extra test-extras,$(call extra,test-extras))
	@$(BIN)/python -m pytest -q tests/docs
	$(call install,TRL apart - verl fails beside it,--no-deps --target $(VENV)/trl trl==1.16.0)
	@PYTHONPATH=$(VENV)/trl $(BIN)/python -m pytest -q tests/envs/test_trl.py
	$(call install,verl 0.9.0 over the newer one,--no-deps --target $(VENV)/verl090 verl==0.9.0)
	@PYTHONPATH=$(abspath $(VENV))/verl090 $(BIN)/python -m pytest -q tests/verl_adapter \
	    tests/envs/test_agent_loop.py tests/envs/test_agent_loop_tokens.py \
	    tests/recipes/launch/test_compose.py tests/recipes/launch/test_preflight.py \
	    tests/recipes/launch/test_export.py
	@$(BIN)/python -m pytest -q tests/envs/procedural/test_reasoning_gym.py \
	    tests/envs/procedural/test_gsm_symbolic.py tests/envs/test_laws.py tests/envs/test_audit.py \
	    -k "reasoning_gym or gsm_symbolic or ReasoningGym or fuzzing"
	@$(BIN)/python -m pytest -q tests/e2e/test_smollm2.py tests/recipes/test_tour.py
	@$(BIN)/python tests/envs/antlr_matrix.py $(VENV)/antlr

# Not in CI: half an hour, and two more environments of 2 GB each.
test-long: setup ## rehearsals of all recipes for GPUs, and a run over two nodes
	@$(BIN)/python -m pip wheel -q --no-deps --no-build-isolation -w $(VENV)/wheel .
	@for node in a b; do $(PYTHON) -m venv $(VENV)/node_$$node; \
	    for what in torch==2.13.0 "--no-deps -r $(VENV)/lock.txt" \
	        "--no-deps --force-reinstall $(VENV)/wheel/verl_credit-*.whl"; do \
	        $(VENV)/node_$$node/bin/python -m pip install -q --no-input $$what 2>>$(LOG); done; done
	@TWO_NODES=$(CURDIR)/$(VENV)/node_a:$(CURDIR)/$(VENV)/node_b $(BIN)/python -m pytest -q -m long

# Installs 7 GB: the package index has no CPU build of torch for CPython 3.12.
test-py312: ## the fast tests on CPython 3.12, in an environment of its own
	@if [ -z "$(PY312)" ]; then \
	    echo "No CPython 3.12 found, so its tests are skipped; name one: make PY312=... test-py312"; \
	else $(MAKE) --no-print-directory test-fast VENV=$(VENV)/py312 PYTHON=$(PY312); fi

docs: setup ## build the pages (READMEs, options, API) into build/site; a warning is an error
	$(call install,extra docs,$(call extra,docs))
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build -q -f .github/docs/mkdocs.yml
	@echo "Pages: build/site/index.html"

lint: setup ## ruff (rules, format) and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup ## let ruff fix and format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove builds and caches; .venv and outputs/ stay
	@rm -rf build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

setup: $(STAMP) ## make .venv from the pinned lock

# $(call install,what,pip arguments): quiet, timed, and on failure the end of pip's own words.
define install
	@echo "  $(1) ..."; start=$$SECONDS; \
	if ! $(BIN)/python -m pip install --disable-pip-version-check --no-input $(2) >>$(LOG) 2>&1; then \
	    grep -v -e ' is ignored: ' -e ' already satisfied: ' $(LOG) | tail -n 30 >&2; \
	    echo "Installation failed ($(1)); everything pip said: $(LOG)" >&2; exit 1; \
	fi; echo "  $(1): $$((SECONDS - start)) s"
endef

# $(call extra,name): pip arguments for the packages of an extra, kept to the lock.
extra = -c $(VENV)/lock.txt $$($(BIN)/python -c 'from importlib.metadata import requires; \
    print(*(r.split(";")[0] for r in requires("verl-credit") if "$(1)" in r.partition(";")[2]))')

# The stamp comes last, so a failed or interrupted installation is taken up again.
$(STAMP): $(LOCKS) pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
	    echo "No CPython 3.10, 3.11 or 3.12 found; name one: make PYTHON=/path/to/python3.11 train" >&2; \
	    exit 1; fi
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once; about 3 minutes)"
	@rm -f $(STAMP)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { \
	    echo "Could not make $(VENV): Debian and Ubuntu need the package python3-venv" >&2; exit 1; }
	@: >$(LOG)
	$(call install,torch,torch==2.13.0)
	@lock=recipes/requirements/$$($(BIN)/python -c 'import sys; \
	    print("cpu-py310.txt" if sys.version_info < (3, 11) else "cpu-py311.txt")'); \
	ln -sf "$(CURDIR)/$$lock" $(VENV)/lock.txt
	$(call install,verl - vLLM - Ray and the rest of the lock,--no-deps -r $(VENV)/lock.txt)
	$(call install,verl-credit,--no-deps --no-build-isolation -e .)
	@touch $(STAMP)

# What a person does with a checkout. Needs make and any Python >= 3.10; everything else goes into .venv.

PYTHON ?= $(firstword $(foreach name,python3.14 python3.13 python3.12 python3.11 python3.10 python3 python,$(shell \
	command -v $(name) >/dev/null 2>&1 && \
	$(name) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 && echo $(name))))
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help try test lint self docs readme clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

try: $(VENV)/.installed ## judge the five projects in samples/ (offlint's exit status there is 1: it has findings)
	@$(BIN)/offlint check samples/*; status=$$?; test $$status -eq 1 || { echo "offlint: exit status $$status, not 1" >&2; exit 1; }
	@printf '\nNext: %s\n' '$(BIN)/offlint inventory samples/guarded; $(BIN)/offlint explain OFL201; $(BIN)/offlint PATH'

test: $(VENV)/.test ## run all tests
	$(BIN)/python -m pytest $(TESTS)

lint: $(VENV)/.dev ## ruff and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict

self: $(VENV)/.installed ## offlint on itself
	$(BIN)/offlint check .

docs: $(VENV)/.docs ## the guide with all rules as a site, in build/site
	$(BIN)/python -m mkdocs build --quiet
	@printf 'build/site/index.html\n'

readme: $(VENV)/.installed ## write anew what the README shows of the output, and its image
	$(BIN)/python docs/readme.py

clean: ## remove what the other targets made
	rm -rf $(VENV) .nox build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp for each extra: made again where pyproject.toml changed.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "no Python >= 3.10 with venv found; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(PIP) install -e .
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.docs: pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[docs]'
	@touch $@ $(VENV)/.installed

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[dev]'
	@touch $@ $(VENV)/.test $(VENV)/.installed

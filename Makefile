# `make up` serves the site, `make test` tests it. The rest is in docs/development.md.
.DEFAULT_GOAL := up
.PHONY: up test lint fuzz demo screenshots bench client clean
PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet
# Optional, and not part of this repository: the load driver and the reference server for `make bench`.
BENCH := ../shared/bench

up: .venv/base
	@exec $(PY) manage.py up

.venv/base: requirements/base.txt
	@echo "Installing the site's packages into .venv (once, about a minute)"
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PIP) -r $<
	@touch $@

.venv/dev: .venv/base requirements/dev.txt
	@echo "Installing the packages of the tests and checks"
	@$(PIP) -r requirements/dev.txt
	@touch $@

client: .venv/dev
	@$(PY) -m tests.prefect_client

# More: make test TESTS="tests/accounts -k keys -n 0"
TESTS ?= tests -n 2 --dist loadfile --no-loadscope-reorder
test: .venv/dev client
	@$(PY) -m pytest $(TESTS)

# Requests that are generated from the OpenAPI document. FUZZ_SEED=N repeats a run.
fuzz: export FUZZ_REQUESTS ?= 20000
fuzz: .venv/dev
	$(PY) -m pytest -q -s -n 0 tests/contract/test_fuzz.py

# Django wants a data folder even for these checks; it stays in the cache.
lint: export BAILIWICK_DATA_DIR = .cache/lint
lint: .venv/dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports --cache-dir .cache/imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py spectacular --validate --fail-on-warn --file .cache/openapi.yaml

demo: .venv/base
	@exec $(PY) manage.py demo

screenshots: .venv/dev
	@exec $(PY) scripts/screenshots.py

bench: .venv/base
	@test -d $(BENCH) || { echo "make bench is optional and needs $(BENCH), which is not part of this repository. See docs/performance.md."; exit 1; }
	@exec $(PY) scripts/bench.py

clean:
	rm -rf .venv .venv-client .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# Two commands do everything: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
export PORT
# Bytecode is kept: each process of a test run would compile product and tests again.
unexport PYTHONDONTWRITEBYTECODE
# Tests run in this many processes, each with its own databases.
TEST_WORKERS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: setup setup-dev run test check bench lock clean

# The hashed lists are complete, so nothing is resolved again (--no-deps): an extra such as
# pydantic[email] would otherwise pull in whatever release is newest, which has no hash here.
setup: .venv/.run-installed translations

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run-installed: requirements/run.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/run.txt
	@touch $@

.venv/.dev-installed: requirements/dev.txt .venv/.run-installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

.PHONY: translations
translations: .venv/.run-installed
	@$(BIN)/python tools/translations.py compile

setup-dev: setup .venv/.dev-installed

run: setup  ## migrate, make the demo world once, serve on 127.0.0.1:$(PORT)
	@$(BIN)/python tools/run.py

test: setup-dev  ## everything, both databases, browser journeys when Chromium is there
	@$(BIN)/python tools/find_postgres.py
	$(BIN)/pytest -q -n $(TEST_WORKERS) --dist loadgroup

check: setup-dev  ## lint, types, import order, translations, quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/translations.py check
	TEST_ENGINES=sqlite $(BIN)/pytest -q -n $(TEST_WORKERS) tests/unit tests/meta

bench: setup-dev  ## benchmarks beside their baselines, see docs/performance.md
	$(BIN)/python -m benchmarks

lock:  ## refresh the hashed pins
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	for name in run dev pg; do .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate requirements/$$name.in -o requirements/$$name.txt; done
	rm -rf .venv-lock

clean:
	rm -rf .venv var

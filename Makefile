PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test

# installs again only when pyproject.toml is newer than the last finished install
.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -e '.[dev]'
	touch $@

demo: .venv/installed
	$(BIN)/neuromem run completion

test: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

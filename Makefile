PYTHON ?= python3
PROCESSES ?= 3
BIN := .venv/bin

.PHONY: demo test test-all lint suite docs coverage ptx gpu

# installs again only when pyproject.toml is newer than the last finished install
.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -e '.[dev]'
	touch $@

demo: .venv/installed
	$(BIN)/neuromem run completion

test: .venv/installed
	$(MAKE) --no-print-directory --jobs=2 lint suite TESTS='-m "not slow"'

test-all: .venv/installed
	$(MAKE) --no-print-directory --jobs=2 lint suite

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy

# on two cores threads must not wait by spinning, nor each of the many processes compile the package's Python anew
suite: .venv/installed
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive $(BIN)/pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(TESTS)

# the site in docs/build; QUICK=1 leaves the tutorials' results out
docs: .venv/installed
	$(BIN)/python -m sphinx -W --keep-going -b html $(if $(QUICK),-D plot_gallery=0) docs docs/build

coverage: .venv/installed
	$(BIN)/pytest --cov

# the CUDA kernels as PTX, which needs no GPU but a compiler of 300 MB, in an environment of its own
ptx: .venv-cuda/installed
	.venv-cuda/bin/pytest tests/test_cuda.py

.venv-cuda/installed: pyproject.toml
	$(PYTHON) -m venv .venv-cuda
	.venv-cuda/bin/pip install --quiet -e '.[dev]' 'numba-cuda[cu13]'
	touch $@

# everything that a card can tell, in at most 8 minutes; PYTHON has torch, CuPy and numba-cuda, and nothing is installed or fetched
gpu:
	$(PYTHON) -m neuromem.bench

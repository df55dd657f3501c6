# Everything runs in .venv, which these targets make from the pinned lock files.
# A machine needs Python >= 3.11 with pip, make and gcc; nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
WORKERS ?= 2
SIZE ?= default

.PHONY: compare sweep gallery test lint notebooks bench clean

compare: $(VENV)/run.stamp
	$(BIN)/rmt-spikes compare --out compare-output

# a quick phase diagram; docs/sweeps.md says what else there is
sweep: $(VENV)/sweep.stamp
	$(BIN)/rmt-spikes sweep docs/specifications/phase-quick.toml --store sweep-output/phase-quick.zarr
	$(BIN)/rmt-spikes show sweep-output/phase-quick.zarr --plot phase --out sweep-output/phase-quick.png

# every experiment at its defaults, on one page: docs/gallery/index.html
gallery: $(VENV)/run.stamp
	$(BIN)/python -m rmt_spikes.gallery --out docs/gallery --workers $(WORKERS)

# one BLAS thread a worker: more workers and threads than cores wait for each other; a file's tests on one worker,
# which share what is expensive, in their order, so that what is left at the end are short ones
test: $(VENV)/dev.stamp
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

notebooks: $(VENV)/dev.stamp
	$(BIN)/python -m pytest tests/test_notebooks.py

# make bench SIZE=small takes minutes; PyTorch's rows need its CPU build: see docs/performance.md
bench: $(VENV)/bench.stamp
	$(BIN)/python -m benchmarks --size $(SIZE)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "rmt_spikes needs Python 3.11 or newer; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/sweep.stamp: requirements-sweep.lock $(VENV)/run.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-sweep.lock
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/sweep.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	touch $@

$(VENV)/bench.stamp: requirements-bench.lock $(VENV)/run.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-bench.lock
	touch $@

clean:
	rm -rf $(VENV) compare-output bench-output sweep-output

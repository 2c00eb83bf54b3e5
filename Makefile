# From a clean clone: setup, report, test, bench, kernel, lint. Every target works twice in a row.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
RUNS := out/runs
PAGE := out/report
TORCH := $(shell grep '^torch==' constraints.txt)
JOBS ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores > 8 ? 8 : cores)))
ROCQ := coq libcoq-mathcomp-analysis libcoq-mathcomp-algebra-tactics libcoq-coquelicot libcoq-interval

.PHONY: help setup report test bench search mutants kernel lint
.DELETE_ON_ERROR:

help:
	@echo "make setup    a virtual environment in .venv with everything that is needed"
	@echo "make report   train, simulate, judge, and write the page to $(PAGE)/index.html"
	@echo "make test     all tests"
	@echo "make bench    all speed measurements"
	@echo "make search   the smallest margin of every claim, 10,000 points each; EXAMPLES=300 for minutes"
	@echo "make mutants  every mutant of every claim against its proof"
	@echo "make kernel   check the proofs, the kernel-checked ones with coqc too"
	@echo "make lint     ruff"

setup: $(STAMP)

# torch is named with its pin in the same command, so that pip never looks for a newer release of it.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "error: $(PYTHON) is missing or older than 3.11; install Python 3.11, or name another: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "error: $(PYTHON) cannot make virtual environments; as root: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt '$(TORCH)' -e '.[test]'
	@touch $@

# What `make report` simulates: <folder> is $(model_<folder>) with $(settings_<folder>).
SIMULATED := ce_ufm ce_ufm_free mse_ufm decay_by_depth decay_by_classes decay_by_imbalance hysteresis time_to_collapse
settings_ce_ufm := t_end=30000 log_times=true
settings_ce_ufm_free := model=scalar start=collapsed samples_per_class=1 start_head=0.3 start_feature=0.3 \
  decay_W=0 decay_H=0 t_end=1e6 log_times=true
settings_mse_ufm := model=planar start=collapsed t_end=30000 log_times=true
model_ce_ufm_free := ce_ufm
DONE := $(RUNS)/grokking_mlp/trajectory.parquet $(SIMULATED:%=$(RUNS)/%/trajectory.parquet)

report: $(DONE)
	$(BIN)/tightframe check $(RUNS)
	$(BIN)/tightframe report $(RUNS) --out $(PAGE)

$(RUNS)/grokking_mlp/trajectory.parquet: | $(STAMP)
	$(BIN)/tightframe train grokking_mlp --out $(@D) --resume

$(RUNS)/ce_ufm/trajectory.parquet $(RUNS)/ce_ufm_free/trajectory.parquet $(RUNS)/mse_ufm/trajectory.parquet: \
  $(RUNS)/%/trajectory.parquet: | $(STAMP)
	$(BIN)/tightframe simulate $(or $(model_$*),$*) --set $(settings_$*) --out $(@D)

$(RUNS)/%/trajectory.parquet: | $(STAMP)
	$(BIN)/tightframe simulate phase_diagrams --set diagram=$* --out $(@D)

test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal

bench: $(STAMP)
	$(BIN)/python -m pytest -q --override-ini addopts="--strict-markers --import-mode=importlib -p no:cacheprovider" \
	  --benchmark-only --benchmark-sort=name

EXAMPLES ?= 10000
search: $(STAMP)
	$(BIN)/python -m proofs.search --examples $(EXAMPLES)
	$(BIN)/python -m gpu_experiments.bound_search --examples $(EXAMPLES)

mutants: $(STAMP)
	$(BIN)/python -m proofs.mutation --most 100000 --jobs $(JOBS)

kernel: $(STAMP)
	@if ! dpkg --status $(ROCQ) >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(ROCQ); \
	fi
	@command -v coqc >/dev/null || \
	  { echo "error: coqc is missing; as root: apt-get install --no-install-recommends $(ROCQ)" >&2; exit 1; }
	$(BIN)/tightframe verify --kernel

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

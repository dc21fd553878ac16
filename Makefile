SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first interpreter that is new enough; override with `make PYTHON=...`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
STAGE ?= prod
CDK := node_modules/.bin/cdk
# Pyodide is CPython for WebAssembly: it compiles the layers where this machine has no Python of the runtime's version.
# Redocly lints the OpenAPI documents. customerio-node is a client program that tests run against the platform.
NODE_PINS := aws-cdk@2.1148.1 pyodide@0.28.3 @redocly/cli@2.77.0 customerio-node@5.2.0
# ministack pins botocore, so boto3 is pinned to the same number; cryptography lets it sign with KMS keys.
STANDIN_PINS := ministack==1.5.33 boto3==1.43.106 cryptography==50.0.2
# Client programs of other products, which tests run against the platform in processes of their own.
CLIENT_PINS := customerio==3.2.0 async-customerio==2.18.0 mailchimp-marketing==3.0.80
TEST_ENVIRONMENTS := .venv/.installed .local/standin-venv/.installed .local/clients-venv/.installed node_modules/.installed

.PHONY: help run test test-deep test-forecast lint types bench synth bootstrap deploy destroy redrive restore take-up openapi texts test-dynamodb-local clean check

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "%-22s %s\n", $$1, $$2}'

run: .venv/.installed .local/standin-venv/.installed ## Run everything on this machine (PORT, OWNER_EMAIL, OWNER_PASSWORD, DEMO=0)
	@exec $(BIN)/python -m infra.local

test: $(TEST_ENVIRONMENTS) ## Run all tests but the deep ones
	$(BIN)/python -m pytest -n 2 $(ARGS)

test-deep: $(TEST_ENVIRONMENTS) ## Run what takes long: many random examples, faults at 10,000 recipients, DynamoDB Local
	$(BIN)/python -m pytest -n 2 -m "deep or hypothesis" --hypothesis-profile=deep $(ARGS)
	$(MAKE) --no-print-directory test-dynamodb-local

test-forecast: $(TEST_ENVIRONMENTS) ## Run all tests but the deep ones, and say how long they will take with all operations
	$(BIN)/python -m tests.forecast $(ARGS)

lint: .venv/.installed ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory types

types: .venv/.installed ## Check types of the shared package and the functions
	$(BIN)/mypy --strict layers/shared/python/postrider functions

bench: .venv/.installed .local/standin-venv/.installed ## Measure costs and times into docs/benchmarks.md (SIZES, PARTS)
	$(BIN)/python -m infra.bench

synth: .venv/.installed node_modules/.installed ## Write the CloudFormation templates to cdk.out and say how near they are to the limits (STAGE)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) synth -q -c stage=$(STAGE)
	@$(BIN)/python -m infra.limits cdk.out

bootstrap: .venv/.installed node_modules/.installed ## Prepare the account and region for the CDK, once
	@$(BIN)/python -m infra.account
	PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) bootstrap -c stage=$(STAGE) $(ARGS)

deploy: .venv/.installed node_modules/.installed ## Deploy to the AWS account of the current credentials (STAGE, ARGS="-c ses_rate=50")
	@$(BIN)/python -m infra.account -c stage=$(STAGE) $(ARGS)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) deploy --all -c stage=$(STAGE) $(ARGS)

destroy: .venv/.installed node_modules/.installed ## Remove the deployment (STAGE); tables, bucket, key and secret stay
	@$(BIN)/python -m infra.account
	PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) destroy --exclusively 'Postrider-$(STAGE)-Dialect*' Postrider-$(STAGE)-Api Postrider-$(STAGE)-Core -c stage=$(STAGE) $(ARGS)

redrive: .venv/.installed ## Put dead letters back on their queues (STAGE, QUEUE; all by default)
	@$(BIN)/python -m infra.account
	@STAGE=$(STAGE) QUEUE=$(QUEUE) $(BIN)/python -m infra.redrive

restore: .venv/.installed ## Restore all tables to a moment, beside the present ones (STAGE, AT, NAME; docs/operations.md)
	@$(BIN)/python -m infra.account
	@STAGE=$(STAGE) AT=$(AT) NAME=$(NAME) $(BIN)/python -m infra.restore

take-up: .venv/.installed ## Let a deployment send what its restored tables hold (STAGE, STOPPED, RUNNING=resume; docs/operations.md)
	@$(BIN)/python -m infra.account
	@STAGE=$(STAGE) STOPPED=$(STOPPED) RUNNING=$(RUNNING) $(BIN)/python -m infra.take_up

openapi: .venv/.installed ## Write docs/openapi.json and the route tables from the routes
	$(BIN)/python -m infra.openapi

texts: .venv/.installed ## Update and compile the catalogues of page and mail texts
	$(BIN)/python -m infra.texts

test-dynamodb-local: .venv/.installed .local/standin-venv/.installed ## Run the storage tests on DynamoDB Local, where Java and Maven are at hand
	$(BIN)/python -m infra.local.dynamodb_local $(ARGS)

clean: ## Remove environments, caches and the local data
	rm -rf .venv .local node_modules package-lock.json cdk.out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

check:
	@[ -n "$(PYTHON)" ] || { echo "Postrider needs Python 3.11 or newer (python3 --version)." >&2; exit 1; }
	@$(PYTHON) infra/local/preflight.py

# Nothing is compiled ahead: most of the CDK is never imported, and compiling it takes longer than all the rest.
.venv/.installed: requirements.txt layers/dependencies/requirements.txt layers/shared/pyproject.toml | check
	@echo "installing Python packages into .venv (once, a minute or two)"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -r requirements.txt
	@touch $@

.local/standin-venv/.installed: Makefile | check
	@echo "installing the stand-in for AWS into .local (once)"
	@[ -x .local/standin-venv/bin/python ] || $(PYTHON) -m venv .local/standin-venv
	@.local/standin-venv/bin/python -m pip install --quiet --disable-pip-version-check $(STANDIN_PINS)
	@touch $@

.local/clients-venv/.installed: Makefile | check
	@echo "installing the client programs that tests run into .local (once)"
	@[ -x .local/clients-venv/bin/python ] || $(PYTHON) -m venv .local/clients-venv
	@.local/clients-venv/bin/python -m pip install --quiet --disable-pip-version-check $(CLIENT_PINS)
	@touch $@

node_modules/.installed: Makefile | check
	@echo "installing programs for Node.js into node_modules (once)"
	@npm install --silent --no-save --no-audit --no-fund $(NODE_PINS)
	@touch $@

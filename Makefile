# Each target is one command of tools/.

PYTHON ?= python3
# What is run here builds functions with a make of its own, which must not take itself for a part.
RUN := @env -u MAKELEVEL -u MAKEFLAGS -u MFLAGS
# The demo counts from here, so that the check of the set-up is part of what it measures.
ifneq (,$(filter run demo,$(MAKECMDGOALS)))
STARTED := --started-at $(shell $(PYTHON) -c 'import time; print(time.time())')
endif
.DEFAULT_GOAL := help
# Each commit has its own random examples, and its id repeats them. As in CI no test may be skipped.
verify: export CI := true
verify: export TRUNKLINE_SEED ?= $(shell git rev-parse HEAD)
VERIFY_BEGAN := $(if $(filter verify,$(MAKECMDGOALS)),$(shell date +%s))
define STAGE
@unset MAKELEVEL MAKEFLAGS MFLAGS; began=$$(date +%s); status=0; $(1) || status=$$?; \
	echo "verify: $(subst ",',$(1)): exit status $$status, $$(($$(date +%s) - began)) s"; exit $$status
endef
.PHONY: help setup run demo test prove bench check verify lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: ## make or repair the environments in this folder
	@$(PYTHON) tools/setup.py

# ORDERS and PORT reach the command through the environment: no shell splits their characters.
DEMO_OPTIONS = $(STARTED) $(if $(ORDERS),--orders "$$ORDERS") $(if $(PORT),--port "$$PORT")
run: setup ## place orders on the platform and keep serving; ORDERS=<file> PORT=<port>, Ctrl-C ends it
	$(RUN) .venv/bin/shop demo --serve $(DEMO_OPTIONS)

demo: setup ## the same, but end when every order is done; ORDERS=<file> PORT=<port>
	$(RUN) .venv/bin/shop demo $(DEMO_OPTIONS)

# Tests mostly wait; three at a time, each file in one process, keep two cores busy. Those that wait
# longest are collected first.
test: setup ## run all tests; ARGS=<arguments of pytest>
	$(RUN) .venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

prove: setup ## kill and hold every handler at every call; ARGS=<arguments of trunkline prove>
	$(RUN) .venv/bin/trunkline prove $(ARGS)

bench: setup ## measure beside Powertools and bare boto3; ARGS=<names of benchmarks>
	$(RUN) .venv/bin/python -m benchmarks $(ARGS)

check: setup ## format, lint, types, style, generated files, rules and contracts, templates
	$(RUN) .venv/bin/python -m trunklab.dev.check_stages

verify: ## .ci/run, then what takes longer: long runs, every handler proved, the prover's self-test
	$(call STAGE,.ci/run)
	$(call STAGE,TRUNKLINE_VERIFY=1 make test ARGS="-m long_run")
	$(call STAGE,make prove)
	$(call STAGE,make prove ARGS=--self-test)
	@echo "verify: all stages passed, $$(($$(date +%s) - $(VERIFY_BEGAN))) s"

lock: ## write locks/*.txt from locks/*.in; UPGRADE=1 takes the newest versions
	@.venv/bin/python -m trunklab.dev.lock $(if $(UPGRADE),--upgrade)

clean: ## remove environments, caches and the state of runs
	@rm -rf .venv .venvs .trunkline .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@rm -rf services/*/.aws-sam
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

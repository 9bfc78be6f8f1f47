# Builds a function's package: dependencies, runtime library, contracts, the service's code.
#
# `sam build` calls build-<function> in the repository's root with the target folder in ARTIFACTS_DIR.
# All functions of a service have the same package. Without SERVICE it contains the runtime library
# only. The default builds for AWS, on any machine and with any Python. To build for this machine:
# FUNCTION_PLATFORM= FUNCTION_PYTHON=<interpreter>.

FUNCTION_PLATFORM ?= aarch64-manylinux2014
FUNCTION_PYTHON_VERSION ?= 3.13
FUNCTION_PYTHON ?= python3
# The repository's uv uses the registry that pip is configured with.
UV ?= $(if $(wildcard .venv/bin/uv),.venv/bin/python -m trunklab.dev.uv,uv)

ifeq ($(FUNCTION_PLATFORM),)
TARGET := --python "$(FUNCTION_PYTHON)"
else
TARGET := --python-platform $(FUNCTION_PLATFORM) --python-version $(FUNCTION_PYTHON_VERSION)
endif

# The lock file has every dependency with its hash, so nothing is resolved (--no-deps) or compiled
# (--only-binary). The files removed below are for installers, linters and the registry only.
# *.dist-info stays: Amazon Inspector reads the deployed versions from it.
build-%:
	@test -n "$(ARTIFACTS_DIR)" || { echo "ARTIFACTS_DIR is not set: run 'sam build' in services/$(SERVICE)"; exit 2; }
	@$(UV) pip install --quiet --target "$(ARTIFACTS_DIR)" $(TARGET) \
		--only-binary :all: --require-hashes --no-deps -r locks/function.txt
	@cp -R shared/trunkline $(if $(SERVICE),schemas "services/$(SERVICE)/src/.") "$(ARTIFACTS_DIR)"
	@rm -rf "$(ARTIFACTS_DIR)/bin" "$(ARTIFACTS_DIR)/.lock"
	@find "$(ARTIFACTS_DIR)" -name __pycache__ -prune -exec rm -rf {} +
	@find "$(ARTIFACTS_DIR)" -name '*.egg-info' -prune -exec rm -rf {} +
	@find "$(ARTIFACTS_DIR)" -path '*/schemas/*.json' -exec rm -f {} +

# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `make` alone lists the targets. Every recipe runs in a virtual environment that make itself creates;
# PYTHON=/path/to/python3.N chooses its interpreter, the default is the newest one found.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell sh tools/find-python)
endif
export PYTHON
FLOOR_PYTHON := $(shell sh tools/find-python 3.11 2>/dev/null)
VENV ?= .venv
FLOOR_VENV := .venv-floor
NAME ?= demo
SCENARIO ?= default
# Tests side by side; tests/side_by_side.py says which ones stay together, and in which order they begin.
JOBS ?= auto
PARALLEL := -n $(JOBS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

BUILD := $(CURDIR)/.build
COPY := $(BUILD)/ansible_collections/pimesh/linkerd
BIN := $(abspath $(VENV))/bin
TYPED := ansible_collections.pimesh.linkerd.plugins sandbox tests tools
STAGE := $(BIN)/python $(CURDIR)/tools/stage.py

# A clone is not a collection: ansible finds it in the copy below .build, and nothing is read from or written to the user's
# own ansible, helm and kubectl settings, least of all their cluster.
export PATH := $(BIN):$(PATH)
export VIRTUAL_ENV := $(abspath $(VENV))
export PYTHONPYCACHEPREFIX := $(BUILD)/cache/python
export ANSIBLE_CONFIG := $(BUILD)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(BUILD)
export ANSIBLE_HOME := $(BUILD)/ansible
export ANSIBLE_LOCAL_TEMP := $(BUILD)/ansible/tmp
export ANSIBLE_REMOTE_TEMP := $(BUILD)/ansible/tmp
export ANSIBLE_ASYNC_DIR := $(BUILD)/ansible/async
export ANSIBLE_NOCOWS := 1
export HELM_CACHE_HOME := $(BUILD)/helm/cache
export HELM_CONFIG_HOME := $(BUILD)/helm/config
export HELM_DATA_HOME := $(BUILD)/helm/data
export KUBECONFIG := $(BUILD)/no-kubeconfig
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME K8S_AUTH_KUBECONFIG K8S_AUTH_CONTEXT K8S_AUTH_HOST K8S_AUTH_API_KEY

.PHONY: help
help: ## This list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: venv
venv: ## The virtual environment, made or brought up to date.
	@test -n "$(PYTHON)" || { sh tools/find-python; exit 1; }
	@"$(PYTHON)" tools/make_venv.py $(VENV)

.PHONY: build
build: venv ## A copy of git's files where ansible finds the collection: .build/ansible_collections/pimesh/linkerd.
	@$(BIN)/python tools/build_copy.py

.PHONY: artifact
artifact: build ## The collection as Galaxy would get it, in .build/artifact.
	@rm -rf $(BUILD)/artifact
	@cd $(COPY) && $(BIN)/ansible-galaxy collection build --force --output-path $(BUILD)/artifact

# Linters, ansible-test and molecule use one core each, the tests all of them.
.PHONY: test
test: build ## Every check: linters, ansible-test, the oldest Python, molecule, and all tests with pytest.
	@$(STAGE) --reset
	@$(MAKE) -j2 --output-sync=target lint sanity molecule
	@$(MAKE) floor
	@$(STAGE) --report
	@$(MAKE) pytest

.PHONY: test-all
test-all: test ## The same, then the slow tests, other scenarios of molecule, molecule and all tests on the oldest Python, docs, benchmarks.
	@$(BIN)/python -m pytest $(PARALLEL) -m slow
	@$(MAKE) molecule SCENARIO=relocated
	@$(MAKE) molecule SCENARIO=ingress_nginx
	@$(MAKE) molecule SCENARIO=uninstall
	@$(MAKE) molecule SCENARIO=rotation
	@$(MAKE) molecule SCENARIO=upgrade
	@test -z "$(FLOOR_PYTHON)" || $(MAKE) molecule pytest PYTHON=$(FLOOR_PYTHON) VENV=$(FLOOR_VENV)
	@$(MAKE) docs
	@$(MAKE) bench

.PHONY: lint ruff mypy gofmt yamllint ansible-lint licences changelog documentation
lint: ruff mypy gofmt yamllint ansible-lint licences changelog documentation ## All linters; each is a target of its own too.
ruff: build
	@$(STAGE) "ruff check" $(BIN)/ruff check
	@$(STAGE) "ruff format" $(BIN)/ruff format --check
mypy: build
	@$(STAGE) mypy $(BIN)/mypy $(addprefix -p ,$(TYPED))
gofmt: build
	@$(STAGE) gofmt sh -c 'found=$$("$$(go env GOROOT)/bin/gofmt" -l sandbox); [ -z "$$found" ] || { echo "not laid out by gofmt: $$found"; exit 1; }'
yamllint: build
	@$(STAGE) yamllint $(BIN)/yamllint --strict .
ansible-lint: build
	@cd $(COPY) && $(STAGE) ansible-lint $(BIN)/ansible-lint
licences: build
	@$(STAGE) licences $(BIN)/reuse --root $(COPY) lint --lines
changelog: build
	@$(STAGE) "changelog fragments" $(BIN)/antsibull-changelog lint
documentation: build  # antsibull-docs keeps a log in its home directory
	@mkdir -p $(BUILD)/antsibull
	@cd $(COPY) && HOME=$(BUILD)/antsibull $(STAGE) documentation $(BIN)/antsibull-docs lint-collection-docs --plugin-docs \
		--validate-collection-refs self --check-extra-docs-refs .

.PHONY: format
format: build ## ruff mends layout and imports.
	@$(BIN)/ruff check --select I --fix
	@$(BIN)/ruff format

.PHONY: environment
environment:
	@env -0

.PHONY: pytest
pytest: build
	@$(BIN)/python -m pytest $(PARALLEL)

.PHONY: unit
unit: build ## The tests that need no cluster.
	@$(BIN)/python -m pytest $(PARALLEL) tests/unit tests/project tests/browser

.PHONY: integration
integration: build ## The tests on a sandbox, and the live ones with a real Traefik.
	@$(BIN)/python -m pytest $(PARALLEL) $(wildcard tests/sandbox tests/integration tests/live)

.PHONY: molecule
molecule: build ## site.yml on a sandbox, twice, and an audit of what came of it; SCENARIO=relocated moves Traefik too.
	@cd $(COPY) && $(STAGE) molecule $(BIN)/molecule test --scenario-name $(SCENARIO)

.PHONY: floor
floor: ## Unit tests, playbooks and documentation on the oldest supported Python and ansible-core.
ifeq ($(FLOOR_PYTHON),)
	@echo "floor: no Python 3.11 on this machine, so ansible-core 2.19 is not tested here"
else ifeq ($(PYTHON),$(FLOOR_PYTHON))
	@echo "floor: everything runs on Python 3.11 already"
else
	@$(MAKE) floor-tests PYTHON=$(FLOOR_PYTHON) VENV=$(FLOOR_VENV)
endif

.PHONY: floor-tests
floor-tests: build
	@$(STAGE) "Python 3.11" $(BIN)/python -m pytest -q $(PARALLEL) tests/unit tests/project/test_ansible.py tests/project/test_readme.py

.PHONY: sanity
sanity: artifact ## ansible-test sanity, in a home of its own.
	@$(STAGE) "ansible-test sanity" $(BIN)/python -m tools.sanity

.PHONY: bench
bench: build ## Ratios of our speed and memory to the bare API and to a task loop.
	@$(BIN)/python -m pytest -s tests/benchmarks

.PHONY: docs
docs: build ## The documentation as a site, in .build/docs.
	@rm -rf $(BUILD)/docs && mkdir -p $(BUILD)/docs/rst $(BUILD)/antsibull
	@HOME=$(BUILD)/antsibull $(BIN)/antsibull-docs collection --use-current --squash-hierarchy --dest-dir $(BUILD)/docs/rst pimesh.linkerd
	@$(STAGE) "documentation site" $(BIN)/sphinx-build -q -W --keep-going -c docs $(BUILD)/docs/rst $(BUILD)/docs/html
	@echo "docs: $(BUILD)/docs/html/index.html"

.PHONY: demo
demo: build ## The main job on a simulated cluster of four Pis, and a summary of what it did.
	@$(BIN)/python -m tools.demo --name $(NAME)

.PHONY: sandbox-up
sandbox-up: build ## A simulated cluster to play with: NAME=demo.
	@$(BIN)/python -m sandbox up --name $(NAME)

.PHONY: sandbox-down
sandbox-down: build ## Its end.
	@$(BIN)/python -m sandbox down --name $(NAME)

.PHONY: lock
lock: ## Resolve requirements/*.in anew with every Python found and write the locks.
	@for version in 3.11 3.12 3.13 3.14; do \
		python=$$(sh tools/find-python $$version 2>/dev/null) || { echo "lock: no Python $$version here, its lock stays"; continue; }; \
		"$$python" tools/lock.py || exit 1; \
	done

.PHONY: clean
clean: ## Everything that make made, apart from the sandbox's programs in your cache.
	@for state in .sandbox/*/; do \
		if [ -d "$$state" ]; then $(BIN)/python -m sandbox down --name "$$(basename "$$state")" || exit 1; fi; \
	done
	@rm -rf .build .venv .venv-floor .sandbox

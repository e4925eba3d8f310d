# Stateward's commands. `make demo` shows the main job, `make test` checks everything; both install what they need.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

CACHE := $(or $(STATEWARD_CACHE),$(HOME)/.cache/stateward)
NODE_VERSION := 24.21.0
NODE_PACKAGE := node-linux-$(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x64)
NODE_BIN := $(CACHE)/node-$(NODE_VERSION)/node_modules/$(NODE_PACKAGE)/bin
export STATEWARD_CACHE := $(CACHE)
export PATH := $(NODE_BIN):$(CURDIR)/node_modules/.bin:$(PATH)

NAME ?= stateward

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Node comes from the npm registry: a host with an older one, and npm, is enough.
$(NODE_BIN)/node:
	@echo "node: installing Node $(NODE_VERSION) from npm into $(CACHE)"
	@mkdir -p $(CACHE)
	@npm install --no-audit --no-fund --loglevel=error --prefix $(CACHE)/node-$(NODE_VERSION) $(NODE_PACKAGE)@$(NODE_VERSION)

node_modules/.package-lock.json: package.json package-lock.json | $(NODE_BIN)/node
	@echo "npm: installing the packages of package-lock.json"
	@npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: deps
deps: node_modules/.package-lock.json ## Node and the npm packages

.PHONY: check
check: deps ## Format, lint, types, import directions, generated files
	biome check --error-on-warnings .
	tsc
	node hack/check/imports.ts
	node hack/generate/main.ts --check

.PHONY: gen
gen: deps ## CRDs, roles and reference pages from the schemas
	node hack/generate/main.ts

.PHONY: unit fault integration e2e
unit: deps ## Pure rooms and small parts
	mocha --config test/unit.json
fault: deps ## Deployments with a crash after every write, lost events, API errors
	mocha --config test/fault.json
integration: deps ## A real control plane with simulated pods
	node test/main.ts integration
e2e: deps ## Real pods on the local cluster
	node test/main.ts e2e

.PHONY: test
test: deps ## Everything, with one closing line
	node test/main.ts

.PHONY: demo
demo: deps ## The main job, from nothing to data in Kafka and Cassandra
	node hack/demo/main.ts

.PHONY: bench
bench: deps ## Measure: apply to Ready, a roll, memory, requests, decisions
	node test/bench/main.ts

.PHONY: cluster cluster-down cluster-status cluster-node images
cluster: deps ## Start the local Kubernetes (NAME=stateward, CLUSTER=native|kind)
	node hack/cluster/main.ts up --name $(NAME)
cluster-down: deps ## Stop it and leave nothing behind
	node hack/cluster/main.ts down --name $(NAME)
cluster-status: deps ## What runs, and how to reach it
	node hack/cluster/main.ts status --name $(NAME)
cluster-node: deps ## Kill a node, start it again, cut it off, plug it in: NODE=data-a ACT=down|up|partition|heal
	node hack/cluster/main.ts node $(NODE) $(ACT) --name $(NAME)
images: deps ## Build the container images
	node hack/images/build.ts

# Every target brings what it needs by itself. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

KUBERNETES_VERSION ?= 1.34.4
export KUBERNETES_VERSION

NPM := npm --no-update-notifier --no-fund --no-audit
RUN := $(NPM) run --silent
INSTALLED := node_modules/.installed

##@ To see it work

.PHONY: demo
demo: $(INSTALLED) ## A cluster, two ZooKeepers, the operator as documented, a copy: each step with its command
	@$(NPM) exec -- tsx e2e/demo/main.ts

##@ Every day

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: check
check: $(INSTALLED) ## Format, lint, types, folder rules, generated files, unit tests: under a minute
	@$(NPM) exec -- tsx scripts/test.ts check

.PHONY: test
test: $(INSTALLED) ## Everything: check, integration tests, end-to-end tests on a real cluster
	@$(NPM) exec -- tsx scripts/test.ts check integration e2e

.PHONY: build
build: $(INSTALLED) ## Bundle dist/operator.js and dist/worker.js
	@$(RUN) bundle

.PHONY: release
release: $(INSTALLED) ## Write deploy/resiliency-operator/v<version>/, the files that users apply (PLACEHOLDERS=1: a trial)
	@$(RUN) generated
	@PLACEHOLDERS='$(PLACEHOLDERS)' $(NPM) exec -- tsx scripts/release.ts

.PHONY: fix
fix: $(INSTALLED) ## Format, fix what the linter can fix, generate
	@$(RUN) generate
	@$(RUN) format:fix -- --log-level warn
	@$(NPM) exec -- eslint --fix .

.PHONY: generate
generate: $(INSTALLED) ## Write what is made from other files: CRDs, reference, the manifest for OpenShift
	@$(RUN) generate

##@ Tests, one kind at a time

.PHONY: unit
unit: $(INSTALLED) ## Unit tests: nothing but Node
	@$(NPM) exec -- tsx scripts/test.ts unit

.PHONY: integration
integration: $(INSTALLED) ## Integration tests against real ZooKeeper servers on loopback
	@$(NPM) exec -- tsx scripts/test.ts integration

.PHONY: e2e
e2e: $(INSTALLED) ## End-to-end tests on the cluster (brings it up if it is not)
	@$(NPM) exec -- tsx scripts/test.ts e2e

.PHONY: e2e-matrix
e2e-matrix: $(INSTALLED) ## End-to-end tests on each supported end of Kubernetes: 1.24.17, 1.29.15, 1.34.4
	@for version in 1.24.17 1.29.15 1.34.4; do \
	  printf '\n== Kubernetes %s\n' "$$version"; \
	  $(RUN) cluster -- down; \
	  KUBERNETES_VERSION=$$version $(MAKE) e2e; \
	done

.PHONY: soak
soak: $(INSTALLED) ## The long forms: many rounds of random faults. PART=pattern runs those whose path matches
	@SOAK_PART='$(PART)' $(NPM) exec -- tsx scripts/test.ts soak

.PHONY: mutate
mutate: $(INSTALLED) ## Change decisions one by one and see whether a unit test fails: FILES='file or folder …'
	@$(NPM) exec -- tsx scripts/mutate/main.ts $(FILES)

##@ Speed

.PHONY: bench
bench: $(INSTALLED) ## Measure one topic of bench/, ratios in one run: make bench TOPIC=client ARGS="--rounds 3"
	@test -f 'bench/$(TOPIC)/main.ts' || { echo "make bench TOPIC=<one of: $$(cd bench && ls */main.ts | xargs dirname | xargs)>" >&2; exit 2; }
	@$(NPM) exec -- tsx bench/$(TOPIC)/main.ts $(ARGS)

##@ The cluster

.PHONY: up
up: $(INSTALLED) ## Bring up a Kubernetes cluster and two ZooKeepers (KUBERNETES_VERSION=1.34.4)
	@$(RUN) cluster -- up

.PHONY: images
images: $(INSTALLED) ## Build both images and load them into the cluster
	@$(RUN) cluster -- build-images

.PHONY: down
down: $(INSTALLED) ## Take the cluster down; nothing of it stays behind
	@$(RUN) cluster -- down

.PHONY: clean
clean: ## Remove what was built and installed in this checkout
	rm -rf dist node_modules coverage deploy .cache

$(INSTALLED): package.json package-lock.json
	@echo 'Installing dependencies (npm ci)'
	@$(NPM) ci --loglevel=error
	@touch $@

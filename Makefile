# Everything here is a short name for something a reader could type.
.DEFAULT_GOAL := help
.PHONY: help check test race lint gen

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check: ## what the build machine runs: format, vet, lint, generated files, tests, race, fuzz
	./scripts/test.sh

test: ## the tests only
	go test ./...

race: ## again under the race detector, where goroutines meet
	./scripts/test.sh race

lint: ## format, vet and lint
	./scripts/test.sh format vet lint

gen: ## write the generated files again
	./scripts/gen.sh

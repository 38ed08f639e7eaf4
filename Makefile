# The two commands: `make demo` runs a Bell state through the whole platform, `make test` runs every check.
.PHONY: demo up test test-slow check generate setup clean

setup:
	@bin/setup

demo: setup
	@.venv/bin/quapsule demo

up:
	@bin/setup --runtimes
	@.venv/bin/quapsule up

test:
	@bin/setup --dev
	@bin/ci

test-slow:
	@bin/setup --dev
	@bin/test --slow

check:
	@bin/setup --dev
	@bin/ci --no-tests

generate:
	@bin/setup --dev
	@bin/generate

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

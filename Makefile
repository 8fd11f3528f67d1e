# What people type. Every target is thin: the work is done in tools/ and by CMake.
.PHONY: build demo demo-reset test check bench oversell soak asan tsan fuzz-smoke format lint help
.DEFAULT_GOAL := help

FONDACO := build/release/fondaco

help:       ## this list
	@sed -n 's/^\([a-z-]*\): .*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

build:      ## the release program, build/release/fondaco
	@tools/setup.sh build
	@test -f build/release/build.ninja || cmake --preset release -DFONDACO_TESTS=OFF
	@ninja -C build/release fondaco

demo: build ## a marketplace with products on http://127.0.0.1:8080 (PORT=… for another)
	@exec $(FONDACO) serve --demo --data build/demo --listen 127.0.0.1:$${PORT:-8080}

demo-reset: ## forget what happened in the demo
	@rm -rf build/demo

test:       ## everything, once
	@tools/run_tests.py

check:      ## what to run before a commit, 3 minutes at most
	@tools/run_tests.py --quick

bench: build ## the figures of docs/performance.md
	@tools/setup.sh bench
	@tools/bench.sh

oversell: build ## 400 buyers for 100 units, 50,000 buyers for 1,000
	@tools/setup.sh bench
	@tools/bench.sh oversell

soak:       ## the long forms of the tests, hours
	@tools/run_tests.py --asan
	@tools/run_tests.py --tsan
	@tools/run_tests.py --soak

asan:       ## unit tests with the address and undefined sanitizers
	@tools/run_tests.py --asan

tsan:       ## unit tests of what has threads, with the thread sanitizer
	@tools/run_tests.py --tsan

fuzz-smoke: ## each fuzz target for ten seconds
	@tools/setup.sh test
	@tools/fuzz_smoke.sh

format:     ## clang-format over the C++ that changed (ALL=1: over all)
	@tools/format.sh $(if $(ALL),--all)

lint:       ## tidy and clang-tidy over the C++ that changed (ALL=1: over all)
	@tools/lint.sh $(if $(ALL),--all)

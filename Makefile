# SPDX-License-Identifier: GPL-2.0-or-later
# Pipit: `make help` lists what there is.

PREFIX    ?= /usr/local
DESTDIR   ?=
P256      ?= nettle# or gcrypt: which library stands behind crypto/p256.h
SANITIZE  ?=# e.g. address,undefined
WERROR    ?= 1
PYTHON    ?= /usr/bin/python3
VECTORS   ?= ../shared/vectors
TIME      ?= 60# how long `make fuzz` runs each target, in seconds

# A build folder for each version, so that a test always knows what it runs.
VARIANT   := $(P256)$(if $(SANITIZE),-san)
BUILD     ?= build/$(VARIANT)

CC        ?= cc
AR        ?= ar
INSTALL   ?= install
JOBS      ?= $(shell nproc)# for the builds that another target starts
PKG       ?= pkg-config

include packaging/rules.mk

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all crypto protocol plugin server tools tests bench-programs \
	run check check-unit check-e2e check-long check-vectors fuzz bench lint format \
	install uninstall clean help deps screenshot

all: plugin server tools ## build the plugin, the server and the tools

deps: ## install the Debian packages that building and running need
	@packaging/install-packages build run

run: ## start a server on loopback and a client that is ready to chat
	@packaging/install-packages build run
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@packaging/run-here $(BUILD)

check: ## run every test (under ASan and UBSan), ends with "N passed, N failed"
	@packaging/install-packages build run test
	@tests/check

check-long: ## the tests that take longer
	@packaging/install-packages build run test
	@tests/check --long

check-unit: tests ## run the unit tests of this build folder alone
	@$(PYTHON) tests/run_units.py $(BUILD)

check-vectors: $(BUILD)/tests/crypto/vectors ## run the vector files in VECTORS (Wycheproof, NIST) that it knows
	@$(BUILD)/tests/crypto/vectors $(VECTORS)

fuzz: ## feed every parser and the engine hostile input for TIME seconds each (TARGETS="pair html…")
	@packaging/install-packages build run test
	@tests/fuzz/run $(TIME) $(TARGETS)

bench: ## ratios against the floor, measured in one run
	@packaging/install-packages build run test bench
	@$(MAKE) --no-print-directory -j$(JOBS) all bench-programs
	@tests/bench/run $(BUILD)

screenshot: ## make the README's pictures anew from a real Pidgin and Finch
	@packaging/install-packages build run test
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(PYTHON) tests/e2e/screenshot.py $(BUILD) docs/images
	@$(PYTHON) tests/e2e/screenshot_groups.py $(BUILD) docs/images

lint: ## clang-format, clang-tidy and the tree's own rules
	@packaging/lint

format: ## lay out the C files as .clang-format says
	@clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## remove what was built
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

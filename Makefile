# SPDX-License-Identifier: Apache-2.0
# wg4j. `make help` is the manual. A machine without make: `scripts/make TARGET` installs it first.

SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DESTDIR ?=
# The kernel headers to build against: the running kernel's, else the newest that are installed.
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -d /usr/src/linux-headers-*-$$(dpkg --print-architecture) 2>/dev/null | sort -rV))
MVN := mvn -B -ntp -T1 -Dstyle.color=never
MODULES_OF_WGJ := java/netlink4j,java/wg4j,java/wgj
MUTATED ?= java/netlink4j,java/wg4j

.DEFAULT_GOAL := help
.PHONY: help demo check fuzz test test-full test-docker test-matrix test-next lint audit bench bench-startup soak conformance mutation kernel native \
	native-all java demo-classes install install-programs uninstall clean setup-build

help:
	@printf '%s\n' \
	'wg4j: WireGuard for Linux, a kernel module and its Java control plane.' \
	'What is missing on this machine (apt packages) each target installs itself, and says so.' \
	'Durations: two cores, from a warm cache; the first run builds kernels and images (some 20 minutes).' \
	'' \
	'  make demo        two peers talk through a tunnel, in a virtual machine, step by step   5 min' \
	'                   INSTALL=host: on this very machine (root, headers of its kernel)' \
	'  make check       the fast lane: build, lint, KUnit suites and a tunnel in user-mode Linux   2 min' \
	'  make test        everything that proves it                                            38 min' \
	'  make test-full   make test, and the suites that take long               more than an hour' \
	'  make fuzz        goes on looking: door, handshake, cookies, tables, netlink           8 min' \
	'                   SECONDS=60 for each, TARGET=handshake only that one, SEED=n again' \
	'  make test-docker machines in Docker containers, for Testcontainers; also in test-full' \
	'  make test-matrix kernel by suite, of bookworm, trixie and sid, and bookworm for arm64' \
	'  make test-next   the same for the newest kernel that is packaged today' \
	'  make lint        formatting, licences, sparse, checkpatch                              2 min' \
	'  make audit       how much there is to read of the module: lines, comments, functions     1 s' \
	'  make mutation    small changes of the codecs, and how many of them the tests notice    20 min' \
	'  make conformance docs/conformance.md, from the tests and what the last runs made of them  1 min' \
	'  make bench       what tunnels cost, by instructions (QUICK=1, RELEASE=trixie)    QUICK 10 min' \
	'  make bench-startup  genkey, pubkey and show beside a hello-world class                 1 min' \
	'  make soak        traffic, reconfiguration and faults for MINUTES=60 of virtual time, from SEED=' \
	'' \
	'  make kernel      kernel/wireguard.ko, against KDIR (default: the running kernel)        1 min' \
	'  make native      build/native/libnetlink4j.so                                          2 s' \
	'  make native-all  libnetlink4j.so for x86_64 and aarch64, glibc and musl, each checked       10 s' \
	'  make java        java/wgj/bin/wgj runs from the tree after this                       20 s' \
	'' \
	'  make install     module and programs into the system (PREFIX=/usr/local, DESTDIR=)' \
	'  make install-programs  all but the module: wgj, manual page, completions, systemd units' \
	'  make uninstall   takes away exactly that' \
	'  make clean       removes all that was built here; the cache stays' \
	'                   (cache: $${WG4J_CACHE:-~/.cache/wg4j}, some 4 GB of kernels and images)' \
	'' \
	'Logs of every stage: build/logs. Consoles of virtual machines: build/lab.'

# What a target needs on this machine; scripts/setup.sh installs what is missing and nothing else.
setup-build:
	@scripts/setup.sh build

kernel: setup-build
	@if [ -z "$(KDIR)" ]; then echo "no kernel headers found: install linux-headers-amd64 or set KDIR" >&2; exit 1; fi
	$(MAKE) -s -j$(JOBS) -C $(KDIR) M=$(CURDIR)/kernel W=1 modules
	@echo "kernel/wireguard.ko: $$(modinfo -F vermagic kernel/wireguard.ko)"

native: setup-build
	@$(MAKE) -s --no-print-directory -C native
	@echo "build/native/libnetlink4j.so: $$(stat -c %s build/native/libnetlink4j.so) bytes"

# Cross compilers, musl and QEMU's user mode are installed for this alone.
native-all: setup-build
	@scripts/setup.sh native-all
	@$(MAKE) -s --no-print-directory -C native check

java: native
	@$(MAKE) -s --no-print-directory java/wgj/target/lib/wgj.jar
	@echo "java/wgj/bin/wgj: $$(java/wgj/bin/wgj --version)"

JAVA_SOURCES = $(shell find java -path '*/target' -prune -o -path '*/src/main/*' -type f -print -o -name pom.xml -print)

java/wgj/target/lib/wgj.jar: pom.xml $(JAVA_SOURCES)
	$(MVN) -q package -Dmaven.test.skip=true -pl $(MODULES_OF_WGJ)
	@touch $@

demo-classes: java
	$(MVN) -q package -Dmaven.test.skip=true -pl tests/suites -am

demo:
ifeq ($(INSTALL),host)
	@scripts/demo.sh host
else
	@scripts/demo.sh
endif

bench:
	@scripts/bench.sh

bench-startup: java
	@scripts/bench-startup.sh

soak:
	@scripts/soak.sh

conformance: java
	$(MVN) -q verify -pl tests/suites -am -Dtest=ConformanceTest -Dsurefire.failIfNoSpecifiedTests=false \
		-Dconformance.update=true

# Each module's profile says which classes; below 80 % it fails. Reports: java/*/target/pit-reports.
mutation: native
	$(MVN) -q -Pmutation test-compile org.pitest:pitest-maven:mutationCoverage -pl $(MUTATED)

check:
	@scripts/test.sh check

lint:
	@scripts/test.sh lint

audit:
	@scripts/setup.sh lint
	@scripts/audit.sh

test:
	@scripts/test.sh test

test-full:
	@scripts/test.sh full

# The time for each target; the corpora it adds to are in the tree.
fuzz:
	@scripts/setup.sh build fuzz
	@SEED=$(SEED) scripts/fuzz.sh $(or $(SECONDS),60) $(TARGET)

test-docker:
	@scripts/test.sh docker

test-matrix test-next: java
	@scripts/setup.sh lab lint uml arm64
	@scripts/matrix.sh $(@:test-%=%)

install: java
	@scripts/install.sh install "$(PREFIX)" "$(DESTDIR)"

install-programs: java
	@scripts/install.sh install "$(PREFIX)" "$(DESTDIR)" programs

uninstall:
	@scripts/install.sh uninstall "$(PREFIX)" "$(DESTDIR)"

clean:
	rm -rf build java/*/target tests/*/target
	find kernel \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
		-o -name '*.symtypes' -o -name Module.symvers -o -name modules.order \) -type f -delete

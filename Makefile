# SPDX-License-Identifier: GPL-2.0-only
#
# The lines that begin with #: are what `make help` prints.
#
#: make               build everything below O
#: make check         install what is missing, build, run all tests
#: make demo          install what is missing, build, show the filter at work
#: make bench         measure, beside ipset, nft and others; QUICK=1 ends within a minute
#: make bench-readme  the README's figures and picture from the last full run
#:
#: make check-unit    one layer of the tests alone: pure code, no root
#: make check-bpf     ... the BPF program, through BPF_PROG_TEST_RUN
#: make check-scenario ... scripted worlds against the daemon's code
#: make check-e2e     ... network namespaces and real TCP
#: make check-kernels the bpf layer on Debian's kernel, in an emulator
#: make check-fresh   `make check` in a new Debian 12 root (debootstrap)
#: make fuzz          every fuzz target for FUZZ_TIME=60 seconds
#: make fuzz-smoke    ... for a few seconds
#: make coverage      lines that the unit and bpf layers reach
#: make tidy          clang-format, clang-tidy, cppcheck, shellcheck; FILES= for some
#:
#: make install       to DESTDIR=, below PREFIX=/usr and SYSCONFDIR=/etc
#: make uninstall     what install put there; configuration stays
#: make clean         remove O
#: make deps          install what the build needs (deps-test: and the tests)
#:
#: O=build            folder for everything that is built
#: V=1                show the commands
#: SAN=address,undefined   build with sanitizers
#: COV=1              build for gcov
#: WERROR=1           warnings are errors
#: CC= BPF_CLANG=     compilers: BPF_CLANG=clang-19
#: DEPS=no            let check, demo and the like install nothing

O ?= build
override O := $(or $(patsubst %/,%,$(O)),build)
V ?= 0
PREFIX ?= /usr
SYSCONFDIR ?= /etc

ifeq ($(V),0)
Q := @
say = @printf '  %-8s%s\n' '$(1)' '$(2)';
else
Q :=
say =
endif
MAKEFLAGS += --no-print-directory

.PHONY: all
all:
.DEFAULT_GOAL := all

include scripts/make/configure.mk
include scripts/make/build.mk
include scripts/make/test.mk
include scripts/make/install.mk

all: $(PROGRAMS) $(BPF_OBJECTS)
	@:

.PHONY: clean
clean:
	$(Q)rm -rf $(O)

.PHONY: help
help:
	@sed -n 's/^#: \{0,1\}//p' Makefile

# A recipe that fails leaves no half-written target behind.
.DELETE_ON_ERROR:

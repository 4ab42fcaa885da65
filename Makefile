# SPDX-License-Identifier: GPL-2.0-only
#
# make            build everything below O (default build/)
# make check      install what is missing, build, run all tests
# make demo       install what is missing, build, show the filter in namespaces
# make bench      measure; QUICK=1 ends within a minute
# make help       all targets and variables

O ?= build
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

include scripts/make/configure.mk
include scripts/make/build.mk
include scripts/make/test.mk
include scripts/make/install.mk

.PHONY: all
all: $(PROGRAMS) $(BPF_OBJECTS)
.DEFAULT_GOAL := all

.PHONY: clean
clean:
	rm -rf $(O)

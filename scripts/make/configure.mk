# SPDX-License-Identifier: GPL-2.0-only
# What the build needs to know of this machine: scripts/configure finds it out
# and writes $(O)/config.mk. Targets that build nothing do without.

CONFIG_MK := $(O)/config.mk
NO_BUILD := clean help deps deps-test
ifneq ($(filter-out $(NO_BUILD),$(or $(MAKECMDGOALS),all)),)
include $(CONFIG_MK)
endif

$(CONFIG_MK): scripts/configure
	$(Q)mkdir -p $(O)
	$(Q)CC='$(CC)' BPF_CLANG='$(BPF_CLANG)' scripts/configure $@

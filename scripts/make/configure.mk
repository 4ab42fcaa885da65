# SPDX-License-Identifier: GPL-2.0-only
# What the build needs to know of this machine: scripts/configure finds it out
# and writes $(O)/config.mk. Targets that build nothing do without, and so do
# those that install packages first: they call make again for the rest.

CONFIG_MK := $(O)/config.mk
NO_BUILD := clean help uninstall deps deps-test deps-bench deps-demo deps-kernels deps-fresh \
	check demo bench bench-readme fuzz fuzz-smoke coverage tidy check-kernels check-fresh
BUILDING := $(filter-out $(NO_BUILD),$(or $(MAKECMDGOALS),all))

# $(call remember,FILE,TEXT) writes TEXT to FILE unless it is there already, so
# that what depends on FILE is built anew when TEXT changes, and only then.
same = $(and $(findstring x$(1)x,x$(2)x),$(findstring x$(2)x,x$(1)x))
remember = $(if $(call same,$(file <$(1)),$(2)),,$(shell mkdir -p $(dir $(1)))$(file >$(1),$(2)))

# What was asked for, before an older config.mk answers in its place.
ASKED := CC='$(CC)' BPF_CLANG='$(BPF_CLANG)' PKG_CONFIG='$(PKG_CONFIG)'
ifneq ($(BUILDING),)
$(call remember,$(O)/asked,$(ASKED))
include $(CONFIG_MK)
endif

$(CONFIG_MK): scripts/configure $(O)/asked
	$(Q)$(ASKED) MAKE_VERSION='$(MAKE_VERSION)' V='$(V)' scripts/configure $@

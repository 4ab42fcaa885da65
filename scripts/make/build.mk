# SPDX-License-Identifier: GPL-2.0-only
# Objects, one library with everything but the mains, and the programs.

OPT ?= -O2
CFLAGS ?= $(OPT) -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wno-unused-parameter
SW_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -Iuserspace -I$(O)/gen $(LIB_CFLAGS)
SW_CFLAGS := -std=gnu11 $(WARN) -MMD -MP -fno-strict-aliasing
SW_LDFLAGS :=
ifneq ($(SAN),)
SW_CFLAGS += -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
SW_LDFLAGS += -fsanitize=$(SAN)
endif
ifeq ($(COV),1)
SW_CFLAGS += --coverage -O0
SW_LDFLAGS += --coverage
endif

MAINS := userspace/daemon/main.c userspace/cli/main.c
LIB_SRC := $(filter-out $(MAINS),$(wildcard maps/*.c userspace/*/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o) $(O)/userspace/datapath/embed.o
LIBRARY := $(O)/libsynward.a
PROGRAMS := $(O)/synwardd $(O)/synward

BPF_SRC := $(wildcard bpf/*.bpf.c)
BPF_OBJECTS := $(BPF_SRC:%.c=$(O)/%.o)
BPF_CFLAGS := -target bpf -O2 -g -mcpu=v3 -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror \
	-I. -MMD -MP $(if $(MULTIARCH),-I/usr/include/$(MULTIARCH))

$(O)/%.bpf.o: %.bpf.c $(CONFIG_MK)
	$(Q)mkdir -p $(@D)
	$(call say,BPF,$@)$(BPF_CLANG) $(BPF_CFLAGS) -c $< -o $@

$(O)/%.o: %.c $(CONFIG_MK)
	$(Q)mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(SW_CPPFLAGS) $(SW_CFLAGS) $(CFLAGS) -c $< -o $@

# The BPF program travels inside the binaries, so that the two always fit.
$(O)/userspace/datapath/embed.o: userspace/datapath/embed.S $(O)/bpf/synward.bpf.o
	$(Q)mkdir -p $(@D)
	$(call say,AS,$@)$(CC) -DSW_BPF_OBJECT='"$(O)/bpf/synward.bpf.o"' -c $< -o $@

$(LIBRARY): $(LIB_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

$(O)/synwardd: $(O)/userspace/daemon/main.o $(LIBRARY)
	$(call say,LD,$@)$(CC) $(SW_LDFLAGS) $(LDFLAGS) $^ $(LIB_LIBS) -lm -o $@
$(O)/synward: $(O)/userspace/cli/main.o $(LIBRARY)
	$(call say,LD,$@)$(CC) $(SW_LDFLAGS) $(LDFLAGS) $^ $(LIB_LIBS) -lm -o $@

-include $(shell find $(O) -name '*.d' 2>/dev/null)

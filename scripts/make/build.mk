# SPDX-License-Identifier: GPL-2.0-only
# Objects, one library with everything but the mains, and the programs.

ifeq ($(COV),1)
OPT ?= -O0
endif
OPT ?= -O2
CFLAGS ?= $(OPT) -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wno-unused-parameter
SW_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -Iuserspace $(LIB_CFLAGS)
SW_CFLAGS := -std=gnu11 $(WARN) $(if $(filter 1,$(WERROR)),-Werror) -fno-strict-aliasing
SW_LDFLAGS := -Wl,--as-needed
ifneq ($(SAN),)
SW_CFLAGS += -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
SW_LDFLAGS += -fsanitize=$(SAN)
else ifneq ($(COV),1)
SW_CFLAGS += -fstack-protector-strong
SW_LDFLAGS += -Wl,-z,relro,-z,now
endif
ifeq ($(COV),1)
SW_CFLAGS += --coverage
SW_LDFLAGS += --coverage
endif
COMPILE = $(CC) $(SW_CPPFLAGS) $(CPPFLAGS) $(SW_CFLAGS) $(CFLAGS)
LINK = $(CC) $(SW_CFLAGS) $(CFLAGS) $(SW_LDFLAGS) $(LDFLAGS)

BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror \
	-I. $(LIBBPF_CFLAGS) $(if $(MULTIARCH),-I/usr/include/$(MULTIARCH))
BPF_COMPILE = $(BPF_CLANG) $(BPF_CFLAGS)

MAINS := userspace/daemon/main.c userspace/cli/main.c userspace/milter/main.c \
	userspace/desk/main.c
LIB_SRC := $(sort $(filter-out $(MAINS),$(wildcard maps/*.c userspace/*/*.c)))
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o) $(O)/userspace/datapath/embed.o
LIBRARY := $(O)/libsynward.a
PROGRAMS := $(O)/synwardd $(O)/synward $(O)/synward-milter $(O)/synward-desk
BPF_SRC := $(sort $(wildcard bpf/*.bpf.c))
BPF_OBJECTS := $(BPF_SRC:%.c=$(O)/%.o)

# Other flags, another compiler or a source that went: build anew what it concerns.
ifneq ($(and $(BUILDING),$(wildcard $(CONFIG_MK))),)
$(call remember,$(O)/flags,$(COMPILE) $(LINK) $(LIB_LIBS) $(CC_VERSION))
$(call remember,$(O)/flags-bpf,$(BPF_COMPILE) $(BPF_CLANG_VERSION))
$(call remember,$(O)/members,$(LIB_OBJ))
endif

$(O)/%.bpf.o: %.bpf.c $(O)/flags-bpf
	@mkdir -p $(@D)
	$(call say,BPF,$@)$(BPF_COMPILE) -MMD -MP -c $< -o $@

$(O)/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)$(COMPILE) -MMD -MP -c $< -o $@

# The BPF programs travel inside the binaries, so that they always fit.
$(O)/userspace/datapath/embed.o: userspace/datapath/embed.S $(BPF_OBJECTS) $(O)/flags
	@mkdir -p $(@D)
	$(call say,AS,$@)$(CC) -DSW_CARD_OBJECT='"$(O)/bpf/synward.bpf.o"' \
		-DSW_UNCUT_OBJECT='"$(O)/bpf/uncut.bpf.o"' \
		-DSW_STEER_OBJECT='"$(O)/bpf/steer.bpf.o"' -c $< -o $@

$(LIBRARY): $(LIB_OBJ) $(O)/members
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

$(O)/synwardd: $(O)/userspace/daemon/main.o
$(O)/synward: $(O)/userspace/cli/main.o
$(O)/synward-milter: $(O)/userspace/milter/main.o
$(O)/synward-desk: $(O)/userspace/desk/main.o
$(PROGRAMS): $(LIBRARY) $(O)/flags
	$(call say,LD,$@)$(LINK) $(filter %.o,$^) $(LIBRARY) $(LIB_LIBS) -lm -o $@

-include $(LIB_OBJ:.o=.d) $(MAINS:%.c=$(O)/%.d) $(BPF_OBJECTS:.o=.d)

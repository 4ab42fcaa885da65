# SPDX-License-Identifier: GPL-2.0-only
# Tests: every tests/unit/test_*.c and tests/bpf/test_*.c is one cmocka program.

UNIT_TESTS := $(patsubst %.c,$(O)/%,$(wildcard tests/unit/test_*.c))
BPF_TESTS := $(patsubst %.c,$(O)/%,$(wildcard tests/bpf/test_*.c))

$(O)/tests/%: $(O)/tests/%.o $(LIBRARY)
	$(call say,LD,$@)$(CC) $(SW_LDFLAGS) $(LDFLAGS) $^ $(LIB_LIBS) -lcmocka -lm -o $@
.PRECIOUS: $(O)/tests/%.o

.PHONY: tests
tests: $(UNIT_TESTS) $(BPF_TESTS)

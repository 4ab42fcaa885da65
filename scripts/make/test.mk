# SPDX-License-Identifier: GPL-2.0-only
# Tests, tools for tests, measurements. All by wildcard:
#
#   tests/{unit,bpf,scenario}/test_*.c   one cmocka program each
#   tests/{bpf,scenario,e2e}/test_*.sh   scripts that speak TAP
#   tests/tools/*.c tests/bench/bench_*.c  one plain program each
#   tests/bench/*.c, all others          linked into each of the benches
#   tests/{bpf,bench}/*.bpf.c            BPF objects that only tests load
#   tests/fuzz/fuzz_*.c                  libFuzzer targets
#   tests/support/*.c                    linked into whichever of these uses it

SUPPORT_OBJ := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/support/*.c)))
SUPPORT := $(if $(SUPPORT_OBJ),$(O)/tests/libsupport.a)
$(O)/tests/libsupport.a: $(SUPPORT_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $(SUPPORT_OBJ)

tests_of = $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/$(1)/test_*.c)))
scripts_of = $(sort $(wildcard tests/$(1)/test_*.sh))

UNIT_TESTS := $(call tests_of,unit)
BPF_TESTS := $(call tests_of,bpf)
SCENARIO_TESTS := $(call tests_of,scenario)
CMOCKA_TESTS := $(UNIT_TESTS) $(BPF_TESTS) $(SCENARIO_TESTS)
BPF_SCRIPTS := $(call scripts_of,bpf)
SCENARIO_SCRIPTS := $(call scripts_of,scenario)
E2E_SCRIPTS := $(call scripts_of,e2e)
YAML_TESTS := $(O)/tests/unit/test_spf_suite
TOOLS := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/tools/*.c)))
BENCHES := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/bench/bench_*.c)))
BENCH_SRC := $(sort $(filter-out tests/bench/bench_% %.bpf.c,$(wildcard tests/bench/*.c)))
BENCH_OBJ := $(BENCH_SRC:%.c=$(O)/%.o)
FUZZERS := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
TEST_BPF := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/bpf/*.bpf.c)))
BENCH_BPF := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/bench/*.bpf.c)))

# -Itests: "support/frames.h".
$(O)/tests/%.o: SW_CPPFLAGS += -Itests

ifneq ($(BUILDING),)
ifneq ($(HAVE_CMOCKA),yes)
$(CMOCKA_TESTS): no-cmocka
.PHONY: no-cmocka
no-cmocka:
	@echo 'The tests need cmocka; scripts/install-deps --test installs it.' >&2; exit 1
endif
ifneq ($(HAVE_YAML),yes)
$(YAML_TESTS): no-yaml
.PHONY: no-yaml
no-yaml:
	@echo 'A test needs libyaml; scripts/install-deps --test installs it.' >&2; exit 1
endif
endif

$(CMOCKA_TESTS): LIBS += $(CMOCKA_LIBS)
$(YAML_TESTS): LIBS += $(YAML_LIBS)
$(FUZZERS): SW_LDFLAGS += -fsanitize=fuzzer
$(BENCHES): $(BENCH_OBJ)
TEST_PROGRAMS := $(CMOCKA_TESTS) $(TOOLS) $(BENCHES) $(FUZZERS)
$(TEST_PROGRAMS): %: %.o $(SUPPORT) $(LIBRARY) $(O)/flags
	$(call say,LD,$@)$(LINK) $(filter %.o,$^) $(SUPPORT) $(LIBRARY) $(LIBS) $(LIB_LIBS) -lm -o $@

.PHONY: tests bpf-tests tools
tools: $(TOOLS) $(TEST_BPF)
bpf-tests: all tools $(BPF_TESTS)
	@:
tests: all tools $(CMOCKA_TESTS)
	@:

# ---- running them: what is built already, then tests/run ----

RUN := O='$(abspath $(O))' TOP='$(CURDIR)' tests/run

.PHONY: check-unit check-bpf check-scenario check-e2e run-check
check-unit: $(UNIT_TESTS)
	@$(RUN) $(UNIT_TESTS)
check-bpf: all tools $(BPF_TESTS)
	@$(RUN) $(BPF_TESTS) $(BPF_SCRIPTS)
check-scenario: all tools $(SCENARIO_TESTS)
	@$(RUN) $(SCENARIO_TESTS) $(SCENARIO_SCRIPTS)
check-e2e: all tools
	@$(RUN) $(E2E_SCRIPTS)
run-check: tests
	@$(RUN) $(CMOCKA_TESTS) $(BPF_SCRIPTS) $(SCENARIO_SCRIPTS) $(E2E_SCRIPTS)

# ---- targets that install what they need, then call make for the rest ----

INSTALL_DEPS := $(if $(filter no,$(DEPS)),@: ,@scripts/install-deps)
# What was missing when this build was configured may be there now.
RECONFIGURE := ! grep -qs '^HAVE_.* := no' $(CONFIG_MK) || rm -f $(CONFIG_MK)
.PHONY: deps deps-test deps-bench deps-demo deps-kernels deps-fresh
deps:
	$(INSTALL_DEPS)
deps-test:
	$(INSTALL_DEPS) --test
	@$(RECONFIGURE)
deps-bench:
	$(INSTALL_DEPS) --bench
deps-demo:
	$(INSTALL_DEPS) --demo
deps-kernels:
	$(INSTALL_DEPS) --test --kernels
	@$(RECONFIGURE)
deps-fresh:
	$(INSTALL_DEPS) --fresh

.PHONY: check demo bench
check: deps-test
	@$(MAKE) run-check
demo: deps-demo
	@$(MAKE) all tools
	@O='$(abspath $(O))' TOP='$(CURDIR)' scripts/demo
bench: deps-bench
	@$(MAKE) run-bench

# The README's figures and its picture are those of the last full run.
.PHONY: run-bench bench-readme
bench-readme:
	@python3 tests/bench/readme.py $(O)/bench.json README.md
	@python3 tests/bench/picture.py $(O)/bench.json docs/bench.svg
run-bench: all tools $(BENCHES) $(BENCH_BPF)
	@O='$(abspath $(O))' TOP='$(CURDIR)' QUICK='$(QUICK)' tests/bench/run

# Fuzzing builds everything anew with clang and its sanitizers, below $(O)/fuzz.
FUZZ_TIME ?= 60
FUZZ_CC ?= clang
.PHONY: fuzz fuzz-smoke fuzzers
fuzz: deps-test
	@$(MAKE) O=$(O)/fuzz CC=$(FUZZ_CC) SAN=fuzzer-no-link,address,undefined fuzzers
	@O='$(abspath $(O))/fuzz' FUZZ_TIME='$(FUZZ_TIME)' tests/fuzz/run
fuzz-smoke:
	@$(MAKE) fuzz FUZZ_TIME=5
fuzzers: $(FUZZERS)
	@:

.PHONY: coverage run-coverage
coverage: deps-test
	@$(MAKE) O=$(O)/cov COV=1 run-coverage
run-coverage: tools $(BPF_TESTS) $(UNIT_TESTS)
	@find $(O) -name '*.gcda' -delete
	@$(RUN) $(UNIT_TESTS) $(BPF_TESTS)
	@scripts/coverage $(O)

.PHONY: tidy run-tidy check-kernels check-fresh
tidy: deps-test
	@$(MAKE) run-tidy
run-tidy:
	@TIDY_FLAGS='$(SW_CPPFLAGS) -Itests' TIDY_BPF_FLAGS='$(BPF_CFLAGS)' scripts/tidy $(FILES)
check-kernels: deps-kernels
	@O='$(abspath $(O))' MAKE='$(MAKE)' scripts/check-kernels
check-fresh: deps-fresh
	@O='$(abspath $(O))' scripts/fresh-root make check

-include $(TEST_PROGRAMS:=.d) $(SUPPORT_OBJ:.o=.d) $(BENCH_OBJ:.o=.d) $(TEST_BPF:.o=.d) $(BENCH_BPF:.o=.d)

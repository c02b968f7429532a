# Makefile - the whole build.  `make help` lists the targets.
#
# Objects go to $(BUILD), so configurations do not disturb each other:
# `make BUILD=build/asan SAN=address,undefined check`.

CC       ?= cc
BUILD    ?= build
CFLAGS   ?= -O2 -g
SAN      ?=
BUG      ?=
PREFIX   ?= /usr/local
DESTDIR  ?=

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
       -Wundef -Wpointer-arith -Wcast-qual -Wwrite-strings -Wconversion -Wnull-dereference \
       -Wdouble-promotion -Wimplicit-fallthrough -Werror
HARDEN = -fstack-protector-strong -fstack-clash-protection -fPIE -fno-strict-aliasing \
         -fno-delete-null-pointer-checks $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
# What nobody calls is dropped, and nothing unwinds a stack but a debugger, for which -g is enough.
LEAN   = $(if $(SAN),,-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables)
# Rooms that wait for a person, a program or the network, compiled for size (docs/BENCHMARKS.md).
SMALL  = cli scheduler/page scheduler/web core/view worker/look worker/process worker/net
LINK_HARDEN = $(if $(SAN),,-Wl,--gc-sections) -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed

ALL_CPPFLAGS = -I. -I$(BUILD)/gen -D_GNU_SOURCE $(if $(BUG),-DBUG=$(BUG)) $(CPPFLAGS)
ROOM_CFLAGS  = $(CFLAGS)
ALL_CFLAGS   = -std=c11 $(WARN) $(HARDEN) $(LEAN) $(ROOM_CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
ALL_LDFLAGS  = $(LINK_HARDEN) $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))
LDLIBS       = -luv -lyaml -lsqlite3 -ljansson -lnettle -lxxhash -lz -lzstd -llz4 -lbrotlidec \
               -lm -pthread

# Rooms are two levels deep (worker/parquet three); a new file, or a new room, is found by itself.
SOURCES   = $(basename $(foreach top,core scheduler worker cli,$(wildcard $(top)/*.c $(top)/*/*.c $(top)/*/*/*.c)))
UNIT      = $(basename $(patsubst tests/%,%,$(foreach deep,* */* */*/*,$(wildcard tests/unit/$(deep)/test_*.c))))
SIM       = $(basename $(wildcard tests/sim/*.c))
FUZZ      = $(patsubst fuzz_%,%,$(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c))))

# A room's .sql files become one C file with its header (contrib/embed-sql); a new file is found too.
SQL       = $(patsubst %/sql,$(BUILD)/gen/%/sql,$(wildcard $(foreach top,core scheduler,$(top)/*/sql)))

obj   = $(patsubst %,$(BUILD)/obj/%.o,$(1))
LIB   = $(BUILD)/libtidemill.a
OBJS  = $(call obj,$(filter-out cli/main,$(SOURCES))) $(SQL:%=%.o)

all: $(BUILD)/tidemill                                   ## build the program

$(LIB): $(OBJS)
	@rm -f $@
	@ar qcs $@ $^
$(BUILD)/tidemill: $(call obj,cli/main) $(LIB)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
# The test of the documents looks at the tables by which files are read.
$(BUILD)/unit/core/dagfile/test_keys: LDFLAGS += -Wl,--wrap=ykeys_read
# Snappy: the program loads it when it needs it (core/base/dyn.h), the tests write with it.
$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lcmocka -lsnappy $(LDLIBS)
# A fuzz target with its corpus, or with libFuzzer when the compiler brings it (tests/fuzz/run.sh).
$(BUILD)/replay/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/bench/floor: $(BUILD)/obj/tests/bench/data/floor.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/bench/engine: $(BUILD)/obj/tests/bench/engine.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)
$(BUILD)/sim: $(call obj,$(SIM)) $(LIB)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(foreach room,$(SMALL),$(BUILD)/obj/$(room)/%.o): ROOM_CFLAGS = $(CFLAGS:-O2=-Os)
# -MMD writes what each object includes; changing a header rebuilds its users.
$(BUILD)/obj/%.o: %.c Makefile | $(BUILD)/packages-build $(SQL:%=%.h)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/gen/%/sql.o: $(BUILD)/gen/%/sql.c
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<
# The folder too: its time changes when a file comes or goes.
.SECONDEXPANSION:
$(BUILD)/gen/%/sql.c $(BUILD)/gen/%/sql.h &: contrib/embed-sql $$*/sql $$(wildcard $$*/sql/*.sql)
	@mkdir -p $(@D)
	@contrib/embed-sql $(BUILD)/gen/$*/sql $*/sql.h $(filter %.sql,$^)
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# Debian packages, asked for once per build directory.
$(BUILD)/packages-%: contrib/install-deps
	@mkdir -p $(@D)
	@contrib/install-deps $*
	@touch $@

demo: all                                                ## the main job on a million sample events
	@contrib/demo.sh "$(CURDIR)/$(BUILD)/tidemill" $(BUILD)/demo
tests: all $(BUILD)/packages-check                         ## build every test program
	@$(MAKE) -s all $(UNIT:%=$(BUILD)/%) $(FUZZ:%=$(BUILD)/replay/%) $(BUILD)/sim
check: tests                                             ## all tests; ends with `N passed, N failed`
	@BUILD=$(BUILD) tests/run
unit: tests                                              ## unit tests only
	@BUILD=$(BUILD) tests/run unit
sim: tests                                               ## the scheduler against crashes, simulated
	@$(BUILD)/sim $(if $(SEEDS),random --seeds $(SEEDS))
e2e: tests                                               ## the program as a person runs it
	@BUILD=$(BUILD) tests/run e2e crash
asan:                                                    ## all tests with address and undefined sanitizers
	@$(MAKE) -s BUILD=build/asan SAN=address,undefined CFLAGS='-O1 -g -fno-omit-frame-pointer' check
kills: all                                               ## whole backfills under kills, KILLS=200 SEED=1
	@BUILD=$(BUILD) tests/crash/kills.sh
bugs: $(BUILD)/packages-check                            ## every planted bug has to be found by the simulator
	@tests/sim/bugs.sh
fires: $(BUILD)/unit/core/time/test_fires                ## the fires of every zone from 1970 to 2100: 15 minutes of processor time
	@seq $(or $(JOBS),2) | xargs -P $(or $(JOBS),2) -I% env TIDEMILL_FIRES=%/$(or $(JOBS),2) $(BUILD)/unit/core/time/test_fires
fuzz: $(BUILD)/packages-fuzz                             ## every format under libFuzzer, FUZZ_SECONDS=60 each
	@tests/fuzz/run.sh $(or $(FUZZ_SECONDS),60)
interop: $(BUILD)/packages-npm all                       ## files to and from DuckDB, Polars, ClickHouse, arrow-rs, hyparquet
	@tests/interop/run.sh "$(CURDIR)/$(BUILD)/tidemill" $(BUILD)/interop
bench-data: $(BUILD)/packages-npm all $(BUILD)/bench/floor                   ## operators beside DuckDB and Polars, same files, same threads
	@tests/bench/data/run.sh "$(CURDIR)/$(BUILD)/tidemill" $(BUILD)/interop bench
bench-backfill: $(BUILD)/packages-npm all                             ## 90 days end to end, beside a script of DuckDB and one of Polars
	@tests/bench/data/run.sh "$(CURDIR)/$(BUILD)/tidemill" $(BUILD)/interop backfill
bench-page:                                              ## the tables of both into docs/BENCHMARKS.md
	@node $(BUILD)/interop/tables.mjs $(BUILD)/bench docs/BENCHMARKS.md
bench: $(BUILD)/packages-bench all $(BUILD)/bench/engine                       ## ratios, side by side in one run
	@tests/bench/run.sh $(BUILD)
	@tests/bench/engine.sh $(BUILD)
	@tests/bench/waiting.sh $(BUILD)
	@tests/bench/woken.sh $(BUILD)
bench-peers: $(BUILD)/packages-check all                 ## the same small DAGs beside Airflow, Prefect, Dagster; 15 minutes
	@tests/bench/peers/run.sh $(BUILD)
count: $(BUILD)/packages-count all                       ## instructions of small runs, beside the last release's
	@tests/bench/count.sh $(BUILD)
lint: $(BUILD)/packages-lint all                         ## format, clang-tidy, cppcheck, house rules
	@BUILD=$(BUILD) tests/lint/all.sh
fmt: $(BUILD)/packages-lint                              ## format every C file in place
	@clang-format -i $$(git ls-files -co --exclude-standard '*.[ch]')
scaffold-%:                                              ## the files of a new op, check, command ...: NAME=x
	@contrib/scaffold/new $* '$(NAME)'
install: all                                             ## to $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/tidemill $(DESTDIR)$(PREFIX)/bin
uninstall:                                               ## take it away again
	rm -f $(DESTDIR)$(PREFIX)/bin/tidemill
clean:                                                   ## remove build/
	rm -rf build
help:                                                    ## this list
	@sed -n 's/^\([a-z0-9%-]*\):.*## /\1\t/p' Makefile | expand -t 14

.PHONY: all demo tests check unit sim e2e asan kills bugs fires fuzz interop bench bench-data bench-backfill bench-page bench-peers count lint fmt install uninstall clean help
.DELETE_ON_ERROR:
.SECONDARY:

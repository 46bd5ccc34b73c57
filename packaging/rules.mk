# SPDX-License-Identifier: GPL-2.0-or-later
# How each part is built. One list of packages a folder keeps the arrows of docs/architecture.md honest:
# crypto/ does not see libcurl, protocol/ does not see libpurple.

PKGS_crypto   := glib-2.0 nettle hogweed $(if $(filter gcrypt,$(P256)),libgcrypt)
PKGS_protocol := $(PKGS_crypto) json-glib-1.0 zlib libcurl sqlite3
PKGS_plugin   := $(PKGS_protocol) purple
PKGS_server   := $(PKGS_crypto) json-glib-1.0 sqlite3 libmicrohttpd gnutls libgcrypt
PKGS_tools    := $(PKGS_protocol)
PKGS_tests    := $(PKGS_protocol) purple libmicrohttpd gnutls libgcrypt

WARN   := -Wall -Wextra -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wshadow \
          -Wvla -Wformat=2 $(if $(filter 1,$(WERROR)),-Werror)
# With sanitizers, what the build takes counts for more than what the tests do.
OPT    := $(if $(SANITIZE),-O1 -g1,-O2 -g -D_FORTIFY_SOURCE=2) -fno-omit-frame-pointer
HARDEN := -fstack-protector-strong -fvisibility=hidden -fPIC
SAN    := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all)
BASE   := -std=c11 -D_GNU_SOURCE -I. $(WARN) $(OPT) $(HARDEN) $(SAN) -MMD -MP \
          -DPIPIT_VERSION='"$(shell cat packaging/VERSION)"' -DPIPIT_LOCALEDIR='"$(PREFIX)/share/locale"'
LINK   := -Wl,-z,relro,-z,now $(SAN) $(if $(SANITIZE),-fuse-ld=gold)

# gmp has no pkg-config file in Debian 12; hogweed's interface hands out its numbers.
# libcurl by package name is ambiguous: the -dev package installed decides, and that is the GnuTLS one.
cflags_of = $(shell $(PKG) --cflags $(PKGS_$(1)) | sed 's/-I/-isystem /g')
libs_of   = $(shell $(PKG) --libs $(PKGS_$(1))) -lgmp -lm

define part_flags
CFLAGS_$(1) := $$(call cflags_of,$(1))
LIBS_$(1)   := $$(call libs_of,$(1))
endef
$(foreach p,crypto protocol plugin server tools tests,$(eval $(call part_flags,$(p))))

SRC_crypto   := $(filter-out crypto/p256_%.c,$(wildcard crypto/*.c)) crypto/p256_$(P256).c
SRC_protocol := $(wildcard protocol/*.c)
SRC_plugin   := $(wildcard plugin/*.c)
SRC_server   := $(filter-out server/pipitd.c,$(wildcard server/*.c))
SRC_support  := $(wildcard tests/support/*.c)
SRC_pipit    := $(wildcard tools/pipit/*.c)
SRC_bench    := $(wildcard tests/bench/bench_*.c)
SRC_fuzz     := $(wildcard tests/fuzz/fuzz_*.c)
TEST_SRC     := $(filter-out tests/support/%,$(wildcard tests/*/test_*.c))

# What is being made, in a word; V=1 shows the whole commands.
quiet = $(if $(V),,@echo "  $(1) $(patsubst $(BUILD)/%,%,$(2))";)

objs = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB_crypto   := $(BUILD)/libpipit-crypto.a
LIB_protocol := $(BUILD)/libpipit-protocol.a
LIB_server   := $(BUILD)/libpipitd.a
LIB_plugin   := $(BUILD)/libpipit-plugin.a
LIB_support  := $(BUILD)/libpipit-support.a
TESTS        := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TEST_SRC))
BENCHES      := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(SRC_bench))

crypto:   $(LIB_crypto)
protocol: $(LIB_protocol)
plugin:   $(BUILD)/libpipit.so
server:   $(BUILD)/pipitd $(BUILD)/pipitctl
tools:    $(BUILD)/pipit
tests:    all $(TESTS) $(BUILD)/null_host $(BUILD)/fire_host
fire:     all $(BUILD)/fire_host $(BUILD)/fire_fate.so $(BUILD)/bench/bench_backlog
crypto-tests: $(filter $(BUILD)/tests/crypto/%,$(TESTS))
bench-programs: $(BENCHES)

# The folder decides which headers a file may see.
part_of = $(firstword $(subst /, ,$(1)))
$(BUILD)/obj/%.o: %.c Makefile packaging/rules.mk
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(BASE) $(CFLAGS_$(call part_of,$*)) $(CFLAGS) $(CPPFLAGS) -c $< -o $@

# What a checker that compiles for itself has to be told.
flags-%:
	@echo $(filter-out -MMD -MP,$(BASE)) $(CFLAGS_$*)

define archive
@mkdir -p $(@D)
@rm -f $@
$(call quiet,AR,$@)$(AR) rcs $@ $^
endef
$(LIB_crypto):   $(call objs,$(SRC_crypto));   $(archive)
$(LIB_protocol): $(call objs,$(SRC_protocol)); $(archive)
$(LIB_server):   $(call objs,$(SRC_server));   $(archive)
$(LIB_plugin):   $(call objs,$(SRC_plugin));   $(archive)
$(LIB_support):  $(call objs,$(SRC_support));  $(archive)

# nodelete: a client unloads its plugins when it ends, and a worker thread may be in the middle of making keys.
$(BUILD)/libpipit.so: $(call objs,$(SRC_plugin)) $(LIB_protocol) $(LIB_crypto)
	$(call quiet,LD,$@)$(CC) -shared $(LINK) -Wl,-z,nodelete -Wl,--exclude-libs,ALL -o $@ $^ $(LIBS_plugin) $(LDFLAGS)

$(BUILD)/pipitd: $(BUILD)/obj/server/pipitd.o $(LIB_server) $(LIB_protocol) $(LIB_crypto)
	$(call quiet,LD,$@)$(CC) $(LINK) -o $@ $^ $(LIBS_server) -lz -lpthread $(LDFLAGS)

$(BUILD)/pipit: $(call objs,$(SRC_pipit)) $(LIB_protocol) $(LIB_crypto)
	$(call quiet,LD,$@)$(CC) $(LINK) -o $@ $^ $(LIBS_tools) $(LDFLAGS)

$(BUILD)/pipitctl: $(BUILD)/obj/tools/pipitctl.o
	$(call quiet,LD,$@)$(CC) $(LINK) -o $@ $^ $(LIBS_crypto) $(LDFLAGS)

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(LIB_support) $(LIB_plugin) $(LIB_server) $(LIB_protocol) $(LIB_crypto)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CC) $(LINK) -o $@ $^ $(LIBS_tests) -lpthread -lm $(LDFLAGS)

# These let the system fail: what does that stands before the C library's functions for the whole program.
OBJ_torture := $(call objs,$(filter-out tests/torture/test_%,$(wildcard tests/torture/*.c)))
$(BUILD)/tests/torture/%: $(BUILD)/obj/tests/torture/%.o $(OBJ_torture) $(LIB_support) $(LIB_plugin) $(LIB_server) $(LIB_protocol) $(LIB_crypto)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CC) $(LINK) -o $@ $^ $(LIBS_tests) -lpthread -lm -ldl $(LDFLAGS)
.SECONDARY: $(OBJ_torture)

# The tests of sealing see no more than sealing does. One of them includes the P-256 version that the build left out.
$(BUILD)/tests/crypto/%: $(BUILD)/obj/tests/crypto/%.o $(BUILD)/obj/tests/crypto/kept.o $(LIB_crypto)
	@mkdir -p $(@D)
	$(CC) $(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS_tests) -lpthread -lm $(LDFLAGS)

$(BUILD)/tests/crypto/vectors: $(addprefix $(BUILD)/obj/tests/crypto/vectors_,ec.o key.o other.o)
.SECONDARY: $(BUILD)/obj/tests/crypto/kept.o

$(BUILD)/obj/tests/crypto/test_p256_backends.o: \
	CPPFLAGS += -DOTHER_P256='"crypto/p256_$(if $(filter gcrypt,$(P256)),nettle,gcrypt).c"'

# A libpurple client without a window: for end-to-end tests, and for `make run` without a display.
$(BUILD)/null_host: $(call objs,$(wildcard tests/plugin/null_*.c)) $(LIB_support)
	$(call quiet,LD,$@)$(CC) $(LINK) -o $@ $^ $(LIBS_tests) $(LDFLAGS)

# A process that had secrets and lives on, for tests/memory/. It comes with random.c's functions of its own.
$(BUILD)/memory_host: $(BUILD)/obj/tests/memory/host.o $(LIB_support) $(LIB_server) $(LIB_protocol) $(LIB_crypto)
	$(call quiet,LD,$@)$(CC) $(LINK) -o $@ $^ $(LIBS_tests) -lpthread $(LDFLAGS)

# A client that keeps books, and a library that makes programs die, disks full and clocks wrong: tests/fire/.
.PHONY: fire
$(BUILD)/fire_host: $(BUILD)/obj/tests/fire/host.o $(LIB_support) $(LIB_protocol) $(LIB_crypto)
	$(call quiet,LD,$@)$(CC) $(LINK) -o $@ $^ $(LIBS_tools) $(LDFLAGS)
$(BUILD)/fire_fate.so: $(BUILD)/obj/tests/fire/fate.o
	$(call quiet,LD,$@)$(CC) -shared -o $@ $^ $(LDFLAGS)

# libcrypto is here to be compared with, and in nothing else.
BENCH_LIBS := -lcrypto
OBJ_bench  := $(call objs,$(filter-out $(SRC_bench),$(wildcard tests/bench/*.c)))
$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(OBJ_bench) $(LIB_support) $(LIB_server) $(LIB_protocol) $(LIB_crypto)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CC) $(LINK) -o $@ $^ $(LIBS_tests) $(BENCH_LIBS) -lpthread -lm $(LDFLAGS)

# tests/fuzz/run has these built by clang, in a folder of their own. What they share comes first: it stands in for
# crypto/random.c.
OBJ_fuzz := $(call objs,$(filter-out $(SRC_fuzz),$(wildcard tests/fuzz/*.c)) tests/crypto/kept.c)
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(OBJ_fuzz) $(LIB_support) $(LIB_plugin) $(LIB_server) $(LIB_protocol) $(LIB_crypto)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CC) $(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS_tests) -lpthread -lm $(LDFLAGS)
.SECONDARY: $(OBJ_fuzz) $(call objs,$(SRC_fuzz))

# Worth keeping, though make sees them as steps on the way.
.SECONDARY: $(call objs,$(TEST_SRC) $(SRC_bench)) $(OBJ_bench)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

include packaging/install.mk

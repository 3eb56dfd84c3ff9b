# capi: five filters over one library. A new file in lib/, lib/platform/,
# cmd/ or tests/unit/ is found by itself.

VERSION = 0.1.0
PREFIX = /usr/local
DESTDIR =
B = build
CC = cc
CFLAGS = -O2 -g
WERROR =

STRICT = -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla \
	-Wformat=2 -Wundef $(WERROR)
CPPFLAGS_ALL = -iquote lib -I$(B) -DCAPI_VERSION='"$(VERSION)"' \
	-DCAPI_DATADIR='"$(PREFIX)/share/capi"' -MMD -MP $(CPPFLAGS)
HARDEN = -fstack-protector-strong -fPIE

PROGRAMS = $(patsubst cmd/%.c,%,$(wildcard cmd/capi-*.c))
PLATFORMS = $(sort $(basename $(notdir $(wildcard lib/platform/*.c))))
LIBOBJ = $(patsubst %.c,$(B)/%.o,$(wildcard lib/*.c lib/*/*.c)) \
	$(B)/registry.o $(B)/presets.o
MAPS = $(sort $(wildcard lib/presets/*.map))
UNITS = $(patsubst tests/unit/%.c,$(B)/unit-%,$(wildcard tests/unit/*.c))

# What each program is linked with besides the archive: a filter that sends
# nothing has no network code, one that stores nothing no database.
LIBS = -lyajl -lutf8proc -lcrypto
LIBS_capi-normalize = -lcsv
LIBS_capi-build = -linih
LIBS_capi-send = -lcurl -lsqlite3 -linih
LIBS_capi-audit = -lsqlite3 -lcsv -linih -lm
LIBS_unit = -lcsv -lcurl -lsqlite3 -linih -lm

all: $(PROGRAMS:%=$(B)/%)

$(PROGRAMS:%=$(B)/%): $(B)/%: $(B)/cmd/%.o $(B)/libcapi.a
	$(CC) $(CFLAGS) $(HARDEN) -pie $(LDFLAGS) -o $@ $^ $(LIBS_$*) $(LIBS)

$(B)/unit-%: $(B)/tests/unit/%.o $(B)/libcapi.a
	$(CC) $(CFLAGS) $(HARDEN) -pie $(LDFLAGS) -o $@ $^ $(LIBS_unit) $(LIBS)

$(B)/libcapi.a: $(LIBOBJ)
	rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(STRICT) $(CPPFLAGS_ALL) $(CFLAGS) $(HARDEN) -c -o $@ $<

# The list of platforms is the list of files; rewritten only when it changes.
$(B)/registry.c: FORCE
	@mkdir -p $(@D)
	@{ echo '#include "platform.h"'; \
	for p in $(PLATFORMS); do \
		echo "extern const struct capi_platform capi_platform_$$p;"; \
	done; \
	echo 'const struct capi_platform *const capi_platforms[] = {'; \
	for p in $(PLATFORMS); do echo "	&capi_platform_$$p,"; done; \
	echo '	NULL,'; echo '};'; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# A preset is a file; its text is compiled in.
$(B)/presets.c: FORCE
	@mkdir -p $(@D)
	@{ echo '#include "preset.h"'; \
	echo 'const struct capi_preset_text capi_preset_texts[] = {'; \
	for m in $(MAPS); do \
		echo "	{\"$$(basename $$m .map)\","; \
		sed 's/[\\"]/\\&/g; s/.*/	    "&\\n"/' $$m; echo '	},'; \
	done; \
	echo '	{NULL, NULL},'; echo '};'; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/registry.o $(B)/presets.o: $(B)/%.o: $(B)/%.c
	$(CC) $(STRICT) $(CPPFLAGS_ALL) $(CFLAGS) $(HARDEN) -c -o $@ $<

units: $(UNITS)

FORCE:
.PHONY: all units FORCE
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)

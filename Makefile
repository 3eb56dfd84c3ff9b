# capi: five filters over one library. A new file in lib/, lib/platform/,
# cmd/ or tests/unit/ is found by itself.

VERSION = 0.1.0
PREFIX = /usr/local
DESTDIR =
B = build
CC = cc
# 10 % faster normalize and hash than -O2 (scripts/bench).
CFLAGS = -O3 -g
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

# --as-needed: a program is bound only to what its part of the archive uses,
# so a filter that sends nothing has no network code (tests/common.bats looks).
LIBS = -Wl,--as-needed -lyajl -lutf8proc -lcrypto -lcsv -linih -lcurl \
	-lsqlite3 -lm

all: $(PROGRAMS:%=$(B)/%)

$(PROGRAMS:%=$(B)/%): $(B)/%: $(B)/cmd/%.o $(B)/libcapi.a
	$(CC) $(CFLAGS) $(HARDEN) -pie $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/unit-%: $(B)/tests/unit/%.o $(B)/libcapi.a
	$(CC) $(CFLAGS) $(HARDEN) -pie $(LDFLAGS) -o $@ $^ $(LIBS)

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
	@{ echo '#include "normalize/preset.h"'; \
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

# A seventh less CPU: built once to watch itself work on invented events, and once
# more with what it saw, as one whole. gcc, and python3 for the events. To
# install that: make tuned && make install B=build-tuned
TUNED = B=build-tuned CC=gcc AR=gcc-ar CFLAGS='$(CFLAGS) -flto=auto \
	-fprofile-$(1)' all

tuned: build-tuned/done

build-tuned/done: $(wildcard lib/*.[ch] lib/*/*.[ch] cmd/*.c) $(MAPS) \
		Makefile scripts/train
	rm -rf build-tuned
	$(MAKE) $(call TUNED,generate)
	scripts/train $(CURDIR)/build-tuned
	find build-tuned -name '*.[oa]' -delete
	$(MAKE) $(call TUNED,use -fprofile-partial-training \
		-Wno-missing-profile)
	touch $@

# The manual's OPTIONS and EXIT STATUS and the completions come from --help,
# which comes from the option tables: they can not drift apart.
MAN = $(patsubst man/%,$(B)/man/%,$(wildcard man/*.[157]))
COMPLETIONS = $(foreach s,bash zsh fish,$(PROGRAMS:%=$(B)/completion/$(s)/%))

man: $(MAN)

$(B)/man/%.1: man/%.1 $(B)/% scripts/mkman
	@mkdir -p $(@D)
	scripts/mkman $(B)/$* $< >$@.new && mv $@.new $@

$(B)/man/%: man/%
	@mkdir -p $(@D)
	cp $< $@

completion: $(COMPLETIONS)

define completion_rule
$(B)/completion/$(1)/%: $(B)/% scripts/mkcompletion
	@mkdir -p $$(@D)
	scripts/mkcompletion $(1) $$< >$$@.new && mv $$@.new $$@
endef
$(foreach s,bash zsh fish,$(eval $(call completion_rule,$(s))))

check: all units man completion
	tests/run

# The same tests on programs that watch themselves; in folders of their own.
asan:
	$(MAKE) B=build-asan CFLAGS='-O1 -g -fsanitize=address \
		-fno-omit-frame-pointer' HARDEN= all units man completion
	CAPI_BIN=$(CURDIR)/build-asan tests/run

ubsan:
	$(MAKE) B=build-ubsan CFLAGS='-O1 -g -fsanitize=undefined \
		-fno-sanitize-recover=all' HARDEN= all units man completion
	CAPI_BIN=$(CURDIR)/build-ubsan tests/run

# Each target for FUZZ_SECONDS: a look in CI, a night by hand.
FUZZ_SECONDS = 20
FUZZERS = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))

fuzz:
	$(MAKE) B=build-fuzz CC=clang HARDEN= CFLAGS='-O1 -g \
		-fsanitize=fuzzer-no-link,address,undefined' \
		$(FUZZERS:%=build-fuzz/fuzz-%)
	for f in $(FUZZERS); do mkdir -p build-fuzz/corpus/$$f; \
		build-fuzz/fuzz-$$f -max_total_time=$(FUZZ_SECONDS) \
		-artifact_prefix=build-fuzz/ build-fuzz/corpus/$$f || exit 1; done

$(B)/fuzz-%: $(B)/tests/fuzz/%.o $(B)/libcapi.a
	$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS_unit) $(LIBS)

lint: man
	scripts/checklayers
	scripts/checkstyle
	mandoc -Tlint -Wwarning $(MAN)
	shellcheck -S warning $(shell grep -slE '^\#!.*(ba)?sh' scripts/* tests/run .ci/run)

install: all man completion
	install -d $(DESTDIR)$(PREFIX)/bin
	install $(PROGRAMS:%=$(B)/%) $(DESTDIR)$(PREFIX)/bin
	for m in $(MAN); do d=$(DESTDIR)$(PREFIX)/share/man/man$${m##*.}; \
		install -d $$d && install -m 644 $$m $$d || exit 1; done
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	for p in $(PROGRAMS); do c=$(B)/completion; \
		s=$(DESTDIR)$(PREFIX)/share; \
		install -m 644 $$c/bash/$$p $$s/bash-completion/completions/$$p; \
		install -m 644 $$c/zsh/$$p $$s/zsh/site-functions/_$$p; \
		install -m 644 $$c/fish/$$p \
			$$s/fish/vendor_completions.d/$$p.fish; done

uninstall:
	for p in $(PROGRAMS); do s=$(DESTDIR)$(PREFIX)/share; \
		rm -f $(DESTDIR)$(PREFIX)/bin/$$p \
		$$s/bash-completion/completions/$$p \
		$$s/zsh/site-functions/_$$p \
		$$s/fish/vendor_completions.d/$$p.fish; done
	for m in $(notdir $(MAN)); do \
		rm -f $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$$m; done

dist:
	git archive --prefix=capi-$(VERSION)/ -o capi-$(VERSION).tar.gz HEAD

clean:
	rm -rf build build-asan build-ubsan build-fuzz build-tuned

FORCE:
.PHONY: all tuned units man completion check asan ubsan fuzz lint install \
	uninstall dist clean FORCE
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)

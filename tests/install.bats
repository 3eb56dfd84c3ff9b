#!/usr/bin/env bats
# What make puts where, and the two README promises that need no network.

load helper

@test "make install honours PREFIX and DESTDIR, and uninstall takes it all away" {
	run -0 make -s -C "$TOP" install DESTDIR="$BATS_TEST_TMPDIR/root" \
		PREFIX=/opt/capi
	root=$BATS_TEST_TMPDIR/root/opt/capi
	for p in capi-normalize capi-hash capi-build capi-send capi-audit; do
		run -0 "$root/bin/$p" --version
		assert_file_exists "$root/share/man/man1/$p.1"
		assert_file_exists "$root/share/bash-completion/completions/$p"
		assert_file_exists "$root/share/zsh/site-functions/_$p"
		assert_file_exists "$root/share/fish/vendor_completions.d/$p.fish"
	done
	assert_file_exists "$root/share/man/man7/capi.7"
	assert_file_exists "$root/share/man/man7/capi-platforms.7"
	assert_file_exists "$root/share/man/man5/capi-event.5"
	run -0 make -s -C "$TOP" uninstall DESTDIR="$BATS_TEST_TMPDIR/root" \
		PREFIX=/opt/capi
	run -0 find "$BATS_TEST_TMPDIR/root" -type f
	assert_output ''
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "the README's commands and pipeline name real options" {
	sed -n '/^```sh/,/^```/p' "$TOP/README.md" | grep -oE 'capi-[a-z]+ .*' |
		sed 's/|$//; s/>.*//' >used
	while read -r program rest; do
		for word in $rest; do
			case $word in
			--*) run -0 grep -qE -- "^ .*${word%%=*}( |$)" \
				<("$program" --help) ;;
			esac
		done
	done <used
	[ "$(wc -l <used)" -gt 6 ]
}

@test "the rooms of lib look only where they may, and foreign headers are in one file each" {
	run -0 "$TOP/scripts/checklayers"
	cp -r "$TOP/lib" "$TOP/cmd" . && mkdir scripts && cp "$TOP/scripts/checklayers" scripts/
	echo '#include "send/http.h"' >>lib/rule/ip.c
	run -1 scripts/checklayers
	assert_output --partial 'rule/* looks into a room'
}

@test "make tuned builds programs that print the same" {
	mkdir tree && cp -r "$TOP"/{Makefile,lib,cmd,scripts} tree/
	run -0 make -s -j2 -C tree tuned CFLAGS=-O1
	"$TOP/scripts/demo-orders" --seed 3 --orders 300 >orders.csv
	for bin in "$CAPI_BIN" tree/build-tuned; do
		out=$([ "$bin" = "$CAPI_BIN" ] && echo usual || echo tuned)
		{
			"$bin"/capi-normalize -m shopify-csv --region US orders.csv |
				"$bin"/capi-hash -p meta,tiktok |
				"$bin"/capi-build -p meta,tiktok --consent-unknown send
		} >"$out" 2>"$out.said" || true
	done
	run -0 cmp usual tuned
	[ "$(wc -l <usual)" -gt 100 ]
}

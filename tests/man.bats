#!/usr/bin/env bats
# The manual: it is well formed, complete, and its examples work.

load helper

pages() {
	ls "$TOP"/man
}

@test "every page passes mandoc's check" {
	for page in $(pages); do
		run -0 mandoc -Tlint -Wwarning "$CAPI_BIN/man/$page"
	done
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "every program has a page, every option of --help is in it" {
	for p in capi-normalize capi-hash capi-build capi-send capi-audit; do
		MANWIDTH=500 mandoc -Tutf8 "$CAPI_BIN/man/$p.1" | col -b >page
		while read -r option; do
			run -0 grep -qF -- "$option" page
		done < <("$p" --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' |
			grep -oE -- '--[a-z-]+')
		run -0 grep -q 'feed the input again' page
	done
}

@test "every program has completions that know its options" {
	for p in capi-normalize capi-hash capi-build capi-send capi-audit; do
		bash -n "$CAPI_BIN/completion/bash/$p"
		grep -q -- '--summary' "$CAPI_BIN/completion/bash/$p"
		grep -q -- 'summary' "$CAPI_BIN/completion/zsh/$p"
		grep -q -- '-l summary' "$CAPI_BIN/completion/fish/$p"
	done
}

# examples PAGE: each display of its EXAMPLES as a file ./example-N, those
# marked norun (they need a network) left out
examples() {
	awk '
	/^\.Sh / { on = ($2 == "EXAMPLES") }
	!on { next }
	/^\.\\" norun/ { skip = 1; next }
	/^\.Bd -literal/ { if (!skip) out = "example-" ++n; skip = 0; next }
	/^\.Ed/ { out = ""; next }
	out { gsub(/\\e/, "\\"); gsub(/\\&/, ""); print > out }' "$TOP/man/$1"
}

@test "capi-send: the examples that need no network work" {
	examples capi-send.1
	export HOME=$PWD XDG_STATE_HOME=$PWD/state
	unset CAPI_META_ACCESS_TOKEN
	assert_exist example-2
	for example in example-*; do
		run -0 bash -euo pipefail "./$example"
	done
	# The first of them shows the request.
	jq -e '.url and (.headers | index("Authorization: Bearer ***"))' bodies
	jq -e '.body.data[0].event_id == "l-7"' bodies
}

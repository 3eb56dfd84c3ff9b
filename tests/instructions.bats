#!/usr/bin/env bats
# Speed without a clock: how many instructions an event takes.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "no program takes more instructions than recorded" {
	command -v valgrind >/dev/null || skip 'valgrind is missing'
	case $CAPI_BIN in
	*san) skip 'sanitizers are slow on purpose' ;;
	esac
	run -0 "$TOP/scripts/instructions"
}

@test "a slower filter is told from one that is as fast as recorded" {
	command -v valgrind >/dev/null || skip 'valgrind is missing'
	case $CAPI_BIN in
	*san) skip 'sanitizers are slow on purpose' ;;
	esac
	awk 'NF == 2 && $1 == "hash" { $2 = int($2 / 2) } 1' \
		"$TOP/tests/instructions/counts" >halved
	CAPI_COUNTS=halved run -1 "$TOP/scripts/instructions" hash
	assert_line --regexp '^hash .*MORE'
	refute_line --regexp '^floor.*MORE'
}

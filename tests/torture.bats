#!/usr/bin/env bats
# capi-send is killed 200 times, at random instants and at named points of its
# work. More: tests/torture --rounds 5000

load helper
load send

@test "[1] killed 200 times: nothing is lost, nothing is sent twice but after a lost answer" {
	# A build with the named points; the ordinary one has none.
	make -s -C "$TOP" B=build-faults CFLAGS=-O1 CPPFLAGS=-DCAPI_FAULTS \
		build-faults/capi-send >build.log 2>&1 || {
		cat build.log
		return 1
	}
	CAPI_SEND=$TOP/build-faults/capi-send run -0 "$TESTS/torture" \
		--rounds "${TORTURE_ROUNDS:-200}"
	echo "$output" | sed -n 's/^# seed/# seed/p' >&3
}

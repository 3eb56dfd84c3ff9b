# What the tests of capi-send share: a stand-in server in ./s, requests for it,
# and what became of them. `load helper` comes first.

# No test waits for ever: bats ends what hangs, and the watchdog what bats does
# not reach. The slowest test takes a sixth of it on a free machine.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-120}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	# Not our child: bats would end it first.
	("$TESTS/watchdog" $$ $((BATS_TEST_TIMEOUT + 10)) \
		"BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR" >/dev/null 2>&1 3>&- &)
	export XDG_STATE_HOME=$PWD/state
	# What the environment of the machine must not decide.
	unset https_proxy HTTPS_PROXY all_proxy ALL_PROXY
	conf=$PWD/s/capi.conf
}

teardown() {
	[ -e s.pid ] && kill "$(cat s.pid)" 2>/dev/null
	return 0
}

# wait_until COMMAND...: until it is true; fails after half a minute
wait_until() {
	local end=$((SECONDS + 30))
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $end ] || {
			echo "waited for: $*"
			return 1
		}
		sleep 0.02
	done
}

# lines_in FILE N: at least so many
lines_in() { [ "$(wc -l <"$1")" -ge "$2" ]; }
in_flight() { [ -s spool/store.db ] && [ "$(sqlite3 spool/store.db 'select count(*) from flight')" = "$1" ]; }

# serve [OPTION...]: the stand-in in ./s. Its certificates are made once a run.
serve() {
	local made=$BATS_RUN_TMPDIR/certificates
	mkdir -p s
	[ -d "$made" ] && cp -p "$made"/* s
	"$TESTS/standin/standin" --dir "$PWD/s" --platform "${P:-meta}" \
		--pid-file "$PWD/s.pid" "$@" >s.log 2>&1 3>&- &
	wait_until [ -e s/ready ] || {
		cat s.log
		return 1
	}
	[ -d "$made" ] || keep_certificates "$made"
}

keep_certificates() {
	[ -e s/server.pem ] || return 0
	mkdir "$1.$BASHPID"
	cp -p s/ca.key s/ca.pem s/server.key s/server.pem "$1.$BASHPID"
	mv -T "$1.$BASHPID" "$1" 2>/dev/null || rm -r "$1.$BASHPID"
}

# stop_server: and wait until it is gone
stop_server() {
	kill "$(cat s.pid)"
	wait_until [ ! -e s/ready ]
}

fault() {
	echo "$1" >faults.new
	mv faults.new s/faults
}

# requests PREFIX N [FIRST]: N purchases of an hour ago
requests() {
	awk -v p="$1" -v n="$2" -v from="${3:-1}" -v t="$(($(date +%s) - 3600))" '
	BEGIN {
		for (i = from; i < from + n; i++) {
			id = p i
			printf "{\"platform\":\"meta\",\"destination\":\"%s\",", (d ? d : "meta")
			printf "\"event_name\":\"Purchase\",\"event_id\":\"%s\",\"event_time\":%d,", id, t
			printf "\"key\":\"Purchase/%s\",\"event\":{\"event_name\":\"Purchase\",", id
			printf "\"event_time\":%d,\"event_id\":\"%s\",\"action_source\":\"website\",", t, id
			printf "\"event_source_url\":\"https://example.com/thanks\",\"user_data\":"
			printf "{\"em\":[\"b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514\"],"
			printf "\"client_ip_address\":\"203.0.113.7\",\"client_user_agent\":\"Mozilla/5.0\"},"
			printf "\"custom_data\":{\"value\":10.00,\"currency\":\"USD\",\"order_id\":\"%s\"}}}\n", id
		}
	}'
}

# In the background, so that $! is capi-send itself and no shell.
exec_send() {
	exec capi-send --config "$conf" --spool spool --backoff 10 \
		--timeout 5 --max-time 20 "$@"
}

send() {
	capi-send --config "$conf" --spool spool --backoff 10 --timeout 5 \
		--max-time 20 "$@"
}

outcomes() { jq -r .outcome "${1:-receipts}" | sort | uniq -c | awk '{printf "%s%s %s", s, $2, $1; s=", "}'; }
request_count() { wc -l <s/requests.ndjson; }
# Each accepted event and how often, as "id times"
accepted() { jq -r .event_id s/accepted.ndjson | sort | uniq -c | awk '{print $2, $1}'; }
queued() { sqlite3 spool/store.db 'select count(*) from event where state = 0'; }
all_once() { # all_once N: N events were accepted, none twice
	assert_equal "$(accepted | wc -l)" "$1"
	assert_equal "$(accepted | awk '$2 != 1' | wc -l)" 0
}

# A sanitizer's runtime does not bear strace, ulimit -v or a shim.
bare() {
	! grep -q __asan_init "$(command -v capi-send)" || skip 'a sanitizer build'
}

# in_small_fs KIB COMMAND: with ./small on a file system of that size
in_small_fs() {
	local size=$1
	shift
	unshare -Urm bash -c 'mount -t tmpfs -o mode=700,size='"$size"'k none small && "$@"; rc=$?; cp -a small/. kept/; exit $rc' - "$@"
}

# shim NAME: builds tests/shim/NAME.c to ./NAME.so, for LD_PRELOAD
shim() {
	bare
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -shared -fPIC \
		-o "$1.so" "$TESTS/shim/$1.c" -ldl
}

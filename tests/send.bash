# What the tests of capi-send share: a stand-in server in ./s, requests for it,
# and what became of them. `load helper` comes first.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export XDG_STATE_HOME=$PWD/state
	# What the environment of the machine must not decide.
	unset https_proxy HTTPS_PROXY all_proxy ALL_PROXY
	conf=$PWD/s/capi.conf
}

teardown() {
	[ -e s.pid ] && kill "$(cat s.pid)" 2>/dev/null
	return 0
}

# serve [OPTION...]: the stand-in in ./s
serve() {
	mkdir -p s
	"$TESTS/standin/standin" --dir "$PWD/s" --platform "${P:-meta}" \
		--pid-file "$PWD/s.pid" "$@" >s.log 2>&1 3>&- &
	for _ in $(seq 300); do
		[ -e s/ready ] && return 0
		sleep 0.05
	done
	cat s.log
	return 1
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

# A sanitizer's runtime does not bear strace, ulimit -v or faketime.
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

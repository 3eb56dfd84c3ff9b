#!/usr/bin/env bats
# What all five programs promise alike: how they end when they are called
# wrongly, when their input is no input and when their output goes nowhere.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	printf '%s\n' '{"event_name":"Purchase","event_time":1781430082,"event_id":"84213","action_source":"physical_store","user_data":{"email":"jane@example.com"},"custom_data":{"value":10.00,"currency":"USD","order_id":"84213"}}' >event
	printf '[meta]\ndataset_id = 1234567890\nendpoint = https://127.0.0.1:9\naccess_token_file = token\n' >capi.conf
	(umask 077 && echo secret-canary >token)
	export SOURCE_DATE_EPOCH=1781430100
	capi-hash -p meta event >hashed
	capi-build -p meta --consent-unknown send hashed >requests
	printf '{"platform":"meta","destination":"meta","event_name":"Purchase","event_id":"84213","event_time":1781430082,"key":"Purchase/84213","outcome":"delivered","attempts":1}\n' >receipts
}

# The options without which a program does nothing, and then its input.
feed() {
	local program=$1
	shift
	case $program in
	capi-normalize) ;;
	capi-hash) set -- -p meta "$@" ;;
	capi-build) set -- -p meta --consent-unknown send "$@" ;;
	capi-send) set -- --config capi.conf --spool spool --dry-run "$@" ;;
	capi-audit) set -- --sent receipts --orders "$@" ;;
	esac
	"$program" "$@"
}

good_input() {
	case $1 in
	capi-normalize | capi-hash | capi-audit) echo event ;;
	capi-build) echo hashed ;;
	capi-send) echo requests ;;
	esac
}

all='capi-normalize capi-hash capi-build capi-send capi-audit'

@test "a good record passes through each program with status 0" {
	for p in $all; do
		run -0 --separate-stderr feed "$p" "$(good_input "$p")"
		[ -n "$output" ]
	done
}

@test "an option that does not exist is a usage error that names the nearest one" {
	for p in $all; do
		run -64 --separate-stderr "$p" --verison
		assert_equal "$output" ''
		[[ $stderr == "$p: no option --verison; --version? (try '$p --help')" ]]
		run -64 "$p" -Z
		assert_output --partial 'no option -Z'
		run -64 "$p" --max-record
		assert_output --partial 'wants BYTES'
		run -64 "$p" --max-record=ten
		assert_output --partial 'not a number'
		run -64 "$p" --version=3
		assert_output --partial 'takes no value'
	done
}

@test "an option behind a file is a usage error before anything is done" {
	for p in capi-normalize capi-hash capi-build capi-send; do
		local input
		input=$(good_input "$p")
		run -64 --separate-stderr feed "$p" "$input" --max-record=100
		assert_equal "$output" ''
		assert_equal "$stderr" "$p: --max-record=100: options come before files (try '$p --help')"
		run -64 feed "$p" "$input" -V
	done
	# Not where a file has that name, nor behind --.
	cp event ./-V
	run -0 --separate-stderr capi-hash -p meta event -V
	assert_equal "${#lines[@]}" 2
	run -66 --separate-stderr capi-hash -p meta -- event --no-such-file
	assert_regex "$stderr" '--no-such-file: No such file'
}

@test "--help and --version go to standard output with status 0" {
	for p in $all; do
		run -0 --separate-stderr "$p" --help
		assert_equal "$stderr" ''
		assert_line --partial "Usage: $p"
		assert_line 'Exit status:'
		run -0 --separate-stderr "$p" --version
		assert_equal "$stderr" ''
		assert_output --regexp "^$p \(capi\) [0-9]+\.[0-9]+"
	done
}

@test "--help into a full disk is an error" {
	for p in $all; do
		run -74 bash -c "$p --help >/dev/full"
	done
}

@test "a missing file is status 66 and named" {
	for p in $all; do
		run -66 --separate-stderr feed "$p" no-such-file
		[[ $stderr == *"no-such-file: No such file or directory"* ]]
	done
}

@test "a directory is status 66 and said to be one" {
	mkdir folder
	for p in $all; do
		run -66 --separate-stderr feed "$p" folder
		[[ $stderr == *"folder: is a directory"* ]]
	done
}

@test "a file without permission is status 66" {
	[ "$(id -u)" -ne 0 ] || skip 'root may read everything'
	touch locked && chmod 0 locked
	for p in $all; do
		run -66 feed "$p" locked
	done
}

@test "a binary file is status 65 and said to be what it is" {
	cp /bin/true program
	printf 'PK\003\004xxxxxxxx' >book.csv
	printf '\037\213\010\000xxxx' >data.gz
	printf '{"a":\000\000}\n' >nul
	for p in $all; do
		run -65 --separate-stderr feed "$p" program
		[[ $stderr == *"program: "*"a program"* ]]
		run -65 --separate-stderr feed "$p" book.csv
		[[ $stderr == *"zip or xlsx"* ]]
		run -65 --separate-stderr feed "$p" data.gz
		[[ $stderr == *"zcat"* ]]
		run -65 --separate-stderr feed "$p" nul
		[[ $stderr == *"binary data"* ]]
	done
}

@test "a CSV where events belong is status 65 and said once" {
	printf 'Name,Email,Total\n#1,jane@example.com,10.00\n#2,,9.00\n' >a.csv
	printf '"id";"e-mail"\r\n"1";"jane@example.com"\r\n' >b.csv
	for p in capi-hash capi-build capi-send; do
		for file in a.csv b.csv; do
			run -65 --separate-stderr feed "$p" $file
			assert_equal "$output" ''
			assert_equal "$stderr" "$p: $file: not NDJSON but looks like CSV: capi-normalize reads that"
		done
	done
	# A broken line before good ones is a bad line.
	{ echo 'so, this is broken' && cat event; } >broken
	run -1 --separate-stderr feed capi-hash broken
	assert_regex "$stderr" 'broken:1: not JSON'
	assert_regex "$output" hashed
}

@test "an empty input is said to be empty" {
	: >empty
	for p in capi-normalize capi-hash capi-build capi-send; do
		run -0 --separate-stderr feed "$p" empty
		assert_equal "$output" ''
		[[ $stderr == *"empty: empty"* ]]
	done
	# No orders at all are no proof of health.
	run -65 --separate-stderr feed capi-audit empty
	[[ $stderr == *"empty"* ]]
}

@test "a full disk is status 74 and named" {
	for p in $all; do
		run -74 --separate-stderr bash -c \
			"$(declare -f feed); feed $p $(good_input "$p") >/dev/full"
		[[ $stderr == *"standard output: No space left on device"* ]]
	done
}

@test "a reader that has gone is status 74 and said so" {
	for p in $all; do
		run -74 --separate-stderr bash -c "$(declare -f feed)
			mkfifo pipe-$p
			exec 5<>pipe-$p 6>pipe-$p 5<&-
			feed $p $(good_input "$p") >&6"
		[[ $stderr == *"its reader is gone"* ]]
	done
}

@test "a closed standard output is status 74" {
	for p in $all; do
		run -74 --separate-stderr bash -c \
			"$(declare -f feed); feed $p $(good_input "$p") >&-"
		[[ $stderr == *"standard output is closed"* ]]
	done
}

@test "a closed standard input is status 66" {
	for p in capi-normalize capi-hash capi-build capi-send; do
		run -66 --separate-stderr bash -c \
			"$(declare -f feed); feed $p - <&-"
		[[ $stderr == *"standard input"* ]]
	done
}

@test "a bad line between good ones is reported with its number and kept by -r" {
	for p in capi-normalize capi-hash capi-build; do
		{
			cat "$(good_input $p)"
			echo '{"broken":'
			cat "$(good_input $p)"
		} >mixed
		run -1 --separate-stderr feed $p mixed
		assert_equal "${#lines[@]}" 2
		[[ $stderr == *"mixed:2: not JSON"* ]]
	done
	run -1 --separate-stderr capi-hash -p meta -r kept mixed
	assert_equal "$(stat -c %a kept)" 600
	run -0 jq -r '.refused.line, .record' kept
	assert_line --index 0 2
	assert_line --index 1 '{"broken":'
}

@test "no input is emptied for the rejects, and none is read while it grows" {
	# shellcheck disable=SC2317
	grow() { feed "$1" only >>only; }
	for p in capi-normalize capi-hash capi-build; do
		{ cat "$(good_input $p)" && echo '{"broken":'; } >only
		cp only copy && ln -sf only link
		run -64 --separate-stderr feed $p -r only only
		[[ $stderr == *"-r names an input"* ]]
		run -64 feed $p -r only link
		run -64 feed $p -r only - <only
		run -66 --separate-stderr grow $p
		[[ $stderr == *"only: is the output, too"* ]]
		cmp only copy
	done
	mkfifo pipe
	chmod 640 pipe
	cat pipe >/dev/null &
	run -1 --separate-stderr capi-hash -p meta -r pipe only
	wait
	assert_equal "$(stat -c %a pipe)" 640
}

@test "a record over the limit is refused and the next one is fine" {
	for p in capi-normalize capi-hash capi-build; do
		good=$(good_input $p)
		{
			cat "$good"
			printf '{"x":"%s"}\n' "$(head -c 3000 /dev/zero | tr '\0' x)"
			cat "$good"
		} >mixed
		case $p in
		capi-normalize) run -1 --separate-stderr $p --max-record 2000 mixed ;;
		capi-hash) run -1 --separate-stderr $p -p meta --max-record 2000 mixed ;;
		capi-build) run -1 --separate-stderr $p -p meta --consent-unknown send --max-record 2000 mixed ;;
		esac
		assert_equal "${#lines[@]}" 2
		[[ $stderr == *"mixed:2: longer than 2000 bytes"* ]]
	done
}

@test "--strict stops at the first refused record" {
	{ cat event; echo x; cat event; } >mixed
	run -1 --separate-stderr capi-hash -p meta --strict mixed
	assert_equal "${#lines[@]}" 1
	[[ $stderr == *"--strict"* ]]
}

@test "no error message holds a value of the record" {
	sed 's/jane@example.com/canary at nowhere/; s/10.00/"canary"/' event >bad
	for p in capi-normalize capi-hash capi-build; do
		run --separate-stderr feed $p bad
		[[ $stderr != *canary* ]]
	done
}

@test "the summary adds up: in = out + refused + withheld" {
	{ cat event; echo x; cat event; } >mixed
	run -1 --separate-stderr capi-hash -p meta --summary mixed
	[[ $stderr == *"3 in = 2 out + 1 refused (not JSON 1) + 0 withheld"* ]]
}

@test "the summary cuts a long reason at a word, and marks it" {
	local key=abcdefghijklmnopqrstuvwxyzabcdefghij

	printf '{"%s":{"%s":{"phone":"x","note":"y"}}}\n' "$key" "$key" >long
	run -0 --separate-stderr capi-hash --summary -p meta long
	assert_regex "$stderr" "noted: $key.$key.phone: left out: personal data belongs in user_data: 1"
	assert_regex "$stderr" "noted: $key.$key.note: left out: free text, which may hold personal\.\.\.: 1"
}

@test "only capi-send has network code, only the last two have a database" {
	for p in capi-normalize capi-hash capi-build capi-audit; do
		run -1 bash -c "ldd $CAPI_BIN/$p | grep -i curl"
	done
	for p in capi-normalize capi-hash capi-build; do
		run -1 bash -c "ldd $CAPI_BIN/$p | grep -i sqlite"
	done
}

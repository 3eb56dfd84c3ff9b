#!/usr/bin/env bats
# The whole line: a shop's export, five programs, a server that refuses what
# Meta refuses. What each order should become is told by the generator of the
# export (truth.ndjson), which is none of our programs.

load helper

now=1781520000

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	export SOURCE_DATE_EPOCH=$now
	"$TOP/scripts/demo-orders" --orders 300 --seed 11 --now $now \
		--truth truth.ndjson >orders.csv
	"$TOP/tests/standin/standin" --dir meta --platform meta --now $now \
		--keep-bodies >standin.log 2>&1 3>&- &
	echo $! >standin.pid
	for _ in $(seq 100); do
		[ -e meta/ready ] && break
		sleep 0.1
	done
	cp meta/capi.conf capi.conf
	chmod 600 capi.conf
	# Each stage's stream is kept, so that the tests can look into it.
	set +e
	capi-normalize -m shopify-csv --region US --summary orders.csv \
		>events 2>normalize.err
	echo $? >normalize.status
	capi-hash -p meta --summary events >hashed 2>hash.err
	echo $? >hash.status
	capi-build -p meta --consent-unknown send --summary hashed \
		>requests 2>build.err
	echo $? >build.status
	capi-send --config capi.conf --spool spool requests \
		>receipts 2>send.err
	echo $? >send.status
	wc -l <meta/requests.ndjson >first.requests
	set -e
}

teardown_file() {
	kill "$(cat "$BATS_FILE_TMPDIR/standin.pid")" 2>/dev/null || true
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	export SOURCE_DATE_EPOCH=$now
}

@test "every stage ends with 0 or 1, and the server accepted events" {
	for stage in normalize hash build send; do
		run -0 cat $stage.status
		assert_output --regexp '^[01]$'
	done
	[ "$(wc -l <meta/accepted.ndjson)" -gt 100 ]
}

@test "every countable order has exactly one receipt, and no other order has" {
	# An order of zero value is sent, and counts, unless --free withhold.
	jq -r 'select(.countable or .kind == "zero") | .order' truth.ndjson |
		sort >countable
	jq -r .event_id receipts | sort >answered
	diff countable answered
}

@test "what the truth calls acceptable is delivered, all else is refused or withheld" {
	# Where the export does not say where the order was made (drafts, other
	# apps), nothing is guessed: Meta wants action_source, so it is refused.
	jq -r 'select(.countable and .action_source != null and
		(.missing == null or .missing == "lost")) | .order' \
		truth.ndjson | sort >acceptable
	# No e-mail and no phone, but a browser id may do: either is right.
	jq -r 'select(.kind == "zero" or .missing == "no match key") | .order' \
		truth.ndjson >either
	jq -r 'select(.outcome == "delivered") | .event_id' receipts |
		grep -vxFf either | sort >delivered
	diff acceptable delivered
	jq -r 'select(.outcome != "delivered") | .outcome' receipts | sort -u >others
	run -1 grep -vxE 'refused|withheld' others
}

@test "orders that must not count are left out and counted by reason" {
	left=$(jq -r 'select(.countable or .kind == "zero" | not) | .order' \
		truth.ndjson | wc -l)
	run -0 grep -oE '[0-9]+ in = [0-9]+ out \+ [0-9]+ refused.* \+ [0-9]+ withheld' normalize.err
	assert_output --regexp "^300 in = [0-9]+ out .*\+ $left withheld"
}

@test "the server accepted nothing twice and found no fault with a request" {
	run -0 jq -r 'select(.repeat) | .key' meta/accepted.ndjson
	assert_output ''
	run -0 jq -r 'select(.decision != "accepted") | .decision' meta/requests.ndjson
	assert_output ''
}

@test "phones are hashed as libphonenumber reads them" {
	cat meta/bodies/* >all-bodies
	python3 - <<-'PY'
		import glob, hashlib, json
		truth = {}
		for line in open("truth.ndjson"):
		    row = json.loads(line)
		    truth[row["order"]] = row
		checked = 0
		for path in glob.glob("meta/bodies/*"):
		    for e in json.load(open(path))["data"]:
		        row = truth[e["event_id"]]
		        got = e["user_data"].get("ph", [])
		        if row["phone"]:
		            want = hashlib.sha256(row["phone"][1:].encode()).hexdigest()
		            assert want in got, (row["order"], row["phone_why"])
		            checked += 1
		        if row["email"]:
		            want = hashlib.sha256(row["email"].lower().encode()).hexdigest()
		            assert want in e["user_data"]["em"], row["order"]
		assert checked > 100, checked
	PY
}

@test "values and items arrive digit for digit" {
	python3 - <<-'PY'
		import glob, json
		truth = {}
		for line in open("truth.ndjson"):
		    row = json.loads(line)
		    truth[row["order"]] = row
		for path in glob.glob("meta/bodies/*"):
		    body = json.load(open(path), parse_float=str, parse_int=str)
		    for e in body["data"]:
		        row = truth[e["event_id"]]
		        assert e["custom_data"]["value"] == row["value"], row["order"]
		        assert e["custom_data"]["currency"] == row["currency"]
		        assert int(e["event_time"]) == row["event_time"]
		        assert [c["id"] for c in e["custom_data"]["contents"]] == \
		            [i["id"] for i in row["items"]], row["order"]
	PY
}

@test "nothing after capi-hash holds a plain e-mail, phone, name or street" {
	jq -r '.email, .email_cell, .phone, .phone_cell, .first_name, .last_name |
		select(. != null and (. | length) > 5)' truth.ndjson |
		sort -u | grep -vx '123-45.*' >personal
	echo 'Musterstra' >>personal
	[ "$(wc -l <personal)" -gt 300 ]
	# jq decodes escapes, so that \u00e9 does not hide an é.
	for stream in hashed requests receipts; do
		jq -c . $stream >plain.$stream
		run -1 grep -cF -f personal plain.$stream
	done
	run -1 grep -rcaF -f personal --no-messages hash.err build.err \
		send.err
	for f in spool/*; do
		run -1 grep -caF -f personal "$f"
	done
	run -1 grep -cF -f personal normalize.err
}

@test "the token is in no stream, log, receipt or spool file" {
	token=$(cat meta/meta.token)
	[ -n "$token" ]
	run -1 grep -rlaF "$token" hashed requests receipts send.err spool
}

@test "a second run of the same export sends nothing and says duplicate" {
	run -1 --separate-stderr sh_pipe "capi-normalize -m shopify-csv --region US orders.csv |
		capi-hash -p meta | capi-build -p meta --consent-unknown send |
		capi-send --config capi.conf --spool spool >receipts.second"
	assert_equal "$(wc -l <meta/requests.ndjson)" "$(cat first.requests)"
	run -0 jq -r 'select(.outcome == "delivered") | .event_id' receipts.second
	assert_output ''
	assert_equal \
		"$(jq -r 'select(.outcome == "duplicate") | .event_id' receipts.second | sort | md5sum)" \
		"$(jq -r 'select(.outcome == "delivered") | .event_id' receipts | sort | md5sum)"
}

@test "the audit finds every order in exactly one place" {
	run --separate-stderr capi-audit --orders orders.csv --map shopify-csv \
		--region US --sent receipts --format ndjson
	[ "$status" -le 1 ]
	echo "$output" >audit
	assert_equal "$(tail -n 1 audit | jq -r .type)" summary
	python3 - <<-'PY'
		import json
		truth = [json.loads(line) for line in open("truth.ndjson")]
		# As capi-normalize sends them, orders of nothing count.
		countable = sum(r["countable"] or r["kind"] == "zero"
		                for r in truth)
		rows = [json.loads(line) for line in open("audit")]
		truths = [r for r in rows if r.get("check") == "truth.filter"]
		assert truths[0]["counted"] == countable, truths[0]
		assert sum(truths[0]["left_out"].values()) == len(truth) - countable
		ids = [r for r in rows if r.get("check") == "count.ids"][0]
		parts = ("delivered", "refused", "withheld", "queued", "parked",
		         "unknown", "dry-run", "too new", "missing")
		assert sum(ids[p] for p in parts) == countable, ids
	PY
}

@test "a file, a pipe and one byte at a time give the same bytes" {
	head -n 40 orders.csv >few.csv
	head -n 20 events >few
	set +e
	capi-normalize -m shopify-csv --region US few.csv 2>/dev/null |
		sed 's/"file":"[^"]*"/"file":""/' >a
	python3 -c 'import sys
for b in open("few.csv", "rb").read():
    sys.stdout.buffer.write(bytes([b]))
    sys.stdout.buffer.flush()' |
		capi-normalize -m shopify-csv --region US 2>/dev/null |
		sed 's/"file":"[^"]*"/"file":""/' >b
	cmp a b
	capi-hash -p meta few >a
	dd if=few bs=1 status=none | capi-hash -p meta >b
	cmp a b
	head -n 20 hashed >few
	capi-build -p meta --consent-unknown send few >a
	dd if=few bs=1 status=none | capi-build -p meta --consent-unknown send >b
	cmp a b
}

@test "head, tee, split, jq and parallel work between the stages" {
	capi-hash -p meta events 2>/dev/null | tee copy |
		head -n 3 >three || true
	assert_equal "$(wc -l <three)" 3
	jq -c . events | capi-hash -p meta >via-jq
	jq -c .hashed via-jq | cmp - <(jq -c .hashed hashed)
	split -l 50 events part.
	for part in part.*; do capi-hash -p meta "$part"; done | cmp - hashed
	parallel --pipe --block 20k -k -j2 capi-hash -p meta <events | cmp - hashed
}

# first_of FILE COMMAND...: FILE's first line goes in and no more, until what
# comes out stands in ./first-out; fails after five seconds.
first_of() {
	mkfifo slow
	"${@:2}" <slow 2>/dev/null | (
		read -r first
		echo "$first" >first-out
		cat >/dev/null
	) &
	exec 5>slow
	head -n 1 "$1" >&5
	for _ in $(seq 50); do
		[ -s first-out ] && break
		sleep 0.1
	done
	cp first-out came
	exec 5>&-
	wait
	rm slow first-out
}

@test "a slow source passes line by line" {
	first_of events capi-hash -p meta
	cmp came <(head -n 1 hashed)
	# Shorter than what capi-normalize would like to see of a file.
	echo '{"event_name":"Lead","event_time":1775399000,"event_id":"l-1"}' >short
	first_of short capi-normalize
	assert_equal "$(jq -r .event_id came)" l-1
	first_of hashed capi-build -p meta --consent-unknown send
	assert_equal "$(jq -r .event_id came)" "$(head -n 1 events | jq -r .event_id)"
}

@test "memory does not grow with the input" {
	[ "$CAPI_BIN" = "$TOP/build" ] || skip "a sanitizer keeps what is freed"
	peak() { # of a filter, in KiB, fed $1 copies of the events
		python3 - "$@" <<-'PY'
			import os, subprocess, sys
			n, source, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
			p = subprocess.Popen(command, stdin=subprocess.PIPE,
			                     stdout=subprocess.DEVNULL,
			                     stderr=subprocess.DEVNULL)
			text = open(source, "rb").read()
			for _ in range(n):
			    p.stdin.write(text)
			p.stdin.close()
			print(os.wait4(p.pid, 0)[2].ru_maxrss)
		PY
	}
	for command in "events capi-normalize --region US" \
		"events capi-hash -p meta" \
		"hashed capi-build -p meta --consent-unknown send"; do
		# shellcheck disable=SC2086
		set -- $command
		few=$(peak 4 "$@")
		many=$(peak 4000 "$@") # over a million records
		echo "$command: $few $many"
		[ "$many" -lt $((few + 4096)) ]
	done
}

@test "a slow reader gets every byte, and is waited for in little memory" {
	for _ in $(seq 200); do cat events; done >many
	capi-hash -p meta many 2>/dev/null | sha256sum >expected || true
	python3 - <<-'PY' >got
		import hashlib, os, random, subprocess, time
		p = subprocess.Popen(["capi-hash", "-p", "meta", "many"],
		                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
		digest, rng = hashlib.sha256(), random.Random(1)
		stop = time.monotonic() + 1
		while piece := os.read(p.stdout.fileno(), rng.randint(1, 200000)):
		    digest.update(piece)
		    if time.monotonic() < stop:
		        time.sleep(rng.random() / 50)
		        status = open("/proc/%d/status" % p.pid).read()
		p.wait()
		print(digest.hexdigest() + "  -")
		peak = status.split("VmHWM:")[1].split()[0]
		open("peak", "w").write(peak)
	PY
	diff expected got
	[ "$CAPI_BIN" = "$TOP/build" ] || return 0 # sanitizers take more
	[ "$(cat peak)" -lt $((12 * 1024)) ]
}

@test "every vector of Meta's pages comes out of the real programs" {
	python3 - "$TESTS/vectors/meta.tsv" <<-'PY'
		import json, subprocess, sys
		rows = [line.rstrip("\n").split("\t") for line in
		        open(sys.argv[1], encoding="utf-8") if line[0] != "#"]
		events = []
		for i, (field, text, country, _) in enumerate(rows):
		    user = {field: json.loads(text)}
		    if country:
		        user["country"] = country
		    events.append(json.dumps({
		        "event_name": "Lead", "event_time": 1781519000,
		        "event_id": "v%d" % i, "action_source": "other",
		        "user_data": user}, ensure_ascii=False))
		out = subprocess.run(
		    "capi-normalize | capi-hash -p meta",
		    shell=True, input="\n".join(events).encode(),
		    stdout=subprocess.PIPE).stdout.decode().splitlines()
		assert len(out) == len(rows) >= 80, (len(out), len(rows))
		bad = []
		for (field, text, country, digest), line in zip(rows, out):
		    forms = json.loads(line).get("hashed", {}).get(field, {})
		    if digest not in sum(forms.values(), []):
		        bad.append((field, text, country, forms))
		assert not bad, bad
	PY
}

@test "what members and parameters are called tells on them, before a platform" {
	# The last three are what shops call things.
	while read -r name; do
		for value in Quaddel 0650; do
			jq -cn --arg n "$name" --arg v "$value" --argjson t $((now - 60)) '{
				event_name: "Purchase", event_time: $t, event_id: "\($n)/\($v)",
				action_source: "website",
				event_source_url: "https://shop.example.com/x?\($n)=\($v)&a=1",
				user_data: {email: "a@example.com",
					client_user_agent: "Mozilla/5.0",
					client_ip_address: "203.0.113.5"},
				custom_data: {value: 1, currency: "EUR", ($n): $v},
				consent: {ad_user_data: "granted"}, source: {status: "paid"}}'
		done
	done >named <<-'END'
		first_name
		customer_mail
		tel
		Vorname
		Nachname
		telefono_cliente
		prenom
		plz
		strasse
		form_email
		product_name
		size
		utm_term
	END
	build="capi-build -p meta --now $now"
	for line in "capi-normalize --now $now named | capi-hash -p meta | $build" \
		"capi-hash -p meta named | $build"; do
		run --separate-stderr sh_pipe "$line"
		[ "$(grep -c '"event":{' <<<"$output")" -eq 26 ]
		jq -c '.event | [.event_source_url, .custom_data]' <<<"$output" |
			grep -E 'Quaddel|0650' >told
		run -1 grep -vE '\?(product_name|size|utm_term)=(Quaddel|0650)&a=1' told
		[ "$(wc -l <told)" -eq 6 ]
	done
}

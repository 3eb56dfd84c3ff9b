#!/usr/bin/env bats
# capi-send against a server that behaves like Meta's, and against a server, a
# disk and a machine that do not behave. What the server wrote into its own
# log is the truth; the numbers in brackets are rows of the fault matrix.

load helper
load send

@test "events are delivered, each with a receipt, and feeding them again sends nothing" {
	serve
	requests a 1200 >in
	run -0 --separate-stderr send in
	echo "$output" >receipts
	assert_equal "$stderr" ''
	assert_equal "$(outcomes)" 'delivered 1200'
	all_once 1200
	assert_equal "$(head -n 1 receipts | jq -r 'keys_unsorted | join(" ")')" \
		'platform destination event_name event_id event_time key outcome attempts http_status trace_id sent_at latency_ms batch payload_sha256'
	before=$(request_count)
	send <in >receipts
	assert_equal "$(outcomes)" 'duplicate 1200'
	assert_equal "$(request_count)" "$before"
}

@test "the bytes of an event arrive as they were given, and their digest is in the receipt" {
	serve --keep-bodies
	requests a 3 >in
	send in >receipts
	{
		printf '{"data":['
		sed 's/.*"event":\(.*\)}$/\1/' in | paste -sd,
		printf ']}'
	} | tr -d '\n' >expected
	cmp expected s/bodies/000001
	while read -r line; do
		id=$(jq -r .event_id <<<"$line")
		sum=$(sed -n "s/.*\"event\":\(.*\"order_id\":\"$id\".*\)}\$/\1/p" in | tr -d '\n' | sha256sum | cut -d' ' -f1)
		assert_equal "$(jq -r .payload_sha256 <<<"$line")" "$sum"
	done <receipts
}

@test "withheld and refused lines become receipts and nothing else" {
	serve
	printf '%s\n' \
		'{"platform":"meta","destination":"meta","event_name":"Purchase","event_id":"w","event_time":1,"key":"Purchase/w","withheld":"consent.denied"}' \
		'{"platform":"meta","destination":"meta","event_name":"Purchase","event_id":"r","event_time":1,"key":"Purchase/r","refused":"meta.age"}' >in
	run -1 --separate-stderr send in
	echo "$output" >receipts
	assert_equal "$(jq -c '[.event_id,.outcome,.code,.reason]' receipts)" \
		'["w","withheld",null,"consent.denied"]
["r","refused","meta.age","refused by a check of ours"]'
	assert_equal "$(request_count)" 0
}

@test "a server error is waited out and the events go again" {
	serve
	fault '{"script":["status",{"do":"transient"}]}'
	requests a 50 >in
	send in >receipts
	assert_equal "$(outcomes)" 'delivered 50'
	assert_equal "$(jq -r .attempts receipts | sort -u)" 3
	assert_equal "$(request_count)" 3
	all_once 50
}

@test "[37] a refused token stops the destination at once, keeps all, and a new token resumes" {
	serve
	fault '{"script":["pass",{"do":"auth","code":190,"times":-1}]}'
	requests a 1 >one
	requests b 400 >in
	send one >/dev/null
	run -77 --separate-stderr send --batch 100 in
	[[ $stderr == *'our credentials were refused (190'*'everything is kept'* ]]
	assert_equal "$(queued)" 400
	assert_equal "$(sqlite3 spool/store.db 'select sum(attempts) from event')" 0
	[ "$(request_count)" -le 5 ] # four were in the air together
	before=$(request_count)
	run -77 send --flush
	assert_equal "$(request_count)" $((before + 1)) # one probe
	fault '{}'
	send --flush >receipts
	assert_equal "$(outcomes)" 'delivered 400'
	all_once 401
}

@test "[38] an account that is not ours stops, another goes on" {
	serve --set meta.datasets=111,222:other
	(umask 077 && echo standin-meta-token >t1 && echo wrong >t2)
	base=$(grep endpoint s/capi.conf)
	printf '[meta]\ndataset_id=111\naccess_token_file=t1\n%s\nca_file=s/ca.pem\n[meta:b]\ndataset_id=222\naccess_token_file=t2\n%s\nca_file=s/ca.pem\n' "$base" "$base" >two.conf
	conf=two.conf
	{
		requests a 10
		requests b 10 | sed 's/"destination":"meta"/"destination":"meta:b"/'
	} >in
	run -77 --separate-stderr send in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 10, queued 10'
	[[ $stderr == 'capi-send: meta:b: our credentials'* ]]
}

@test "[12] one bad event of 1000 is found and parked, the others are delivered once" {
	serve
	requests a 1000 | sed '378s/"em":\["[0-9a-f]*"\]/"em":["jo"]/' >in
	run -1 --separate-stderr send in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 999, parked 1'
	assert_equal "$(jq -r 'select(.outcome=="parked") | [.event_id,.code] | join(" ")' receipts)" 'a378 100/2804016'
	all_once 999
	[ "$(request_count)" -le 21 ] # 1 + 2 * log2(1000)
}

@test "[12] two bad events, and a batch of one" {
	serve
	requests a 64 | sed -e '1s/"em":\["[0-9a-f]*"\]/"em":["jo"]/' -e '64s/"em":\["[0-9a-f]*"\]/"em":["jo"]/' >in
	run -1 send in
	run -0 send --flush
	assert_equal "$(accepted | wc -l)" 62
	requests b 1 | sed 's/"em":\["[0-9a-f]*"\]/"em":["jo"]/' >in
	before=$(request_count)
	run -1 send in
	assert_equal "$(request_count)" $((before + 1))
}

@test "[12] when every event is refused it stops after three and keeps the rest" {
	serve
	requests a 500 | sed 's/"em":\["[0-9a-f]*"\]/"em":["jo"]/' >in
	run -78 --separate-stderr send in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'parked 3, queued 497'
	[[ $stderr == *'every event is refused'* ]]
	[ "$(request_count)" -le 22 ]
}

@test "[42] the same key with other content is parked as a conflict and never sent" {
	serve
	requests a 2 >in
	{ cat in; sed -n 1p in | sed 's/10\.00/20.00/'; } >in2
	run -1 send in2
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 2, parked 1'
	assert_equal "$(jq -r 'select(.outcome=="parked").code' receipts)" conflict
	run -1 send in2
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'duplicate 2, parked 1'
	assert_equal "$(send --list conflict | wc -l)" 1
	assert_equal "$(send --list parked | jq -r .state)" conflict
	all_once 2
	# By its key, and not by "all": it would count beside the first one.
	run -0 send --replay all
	assert_output 'capi-send: 0 events are queued again'
	run -0 send --replay Purchase/a1
	run -0 send --flush
	assert_equal "$(accepted | sort | xargs)" 'a1 2 a2 1'
}

@test "[42] a line twice in a file, files that overlap, a file three times: each event once" {
	serve
	requests a 100 >one
	requests a 100 51 >two
	cat one one two >all
	send all >receipts
	assert_equal "$(outcomes)" 'delivered 150, duplicate 150'
	send one two all >receipts
	assert_equal "$(outcomes)" 'duplicate 500'
	all_once 150
}

@test "[7] a destination that asks for a pause gets it, in this run and in the next" {
	serve
	fault '{"script":[{"do":"status","status":429,"retry_after":3600}]}'
	requests a 10 >in
	run -75 send in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'queued 10'
	requests b 10 >in
	run -75 send --max-time 0 in
	assert_equal "$(request_count)" 1
	paused=$(sqlite3 spool/store.db "select paused_until / 1000 - strftime('%s', 'now') from dest")
	[ "$paused" -gt 3500 ] && [ "$paused" -le 3961 ]
}

@test "[7] a date, a past date, nonsense, a huge and a negative number are no reason to fail" {
	for value in date+1 past garbage negative empty two; do
		rm -rf spool s
		serve
		fault "{\"script\":[{\"do\":\"status\",\"status\":503,\"retry_after\":\"$value\"}]}"
		requests "$value-" 5 >in
		send in >receipts
		assert_equal "$value $(outcomes)" "$value delivered 5"
		kill "$(cat s.pid)"
	done
	rm -rf spool s
	serve
	fault '{"script":[{"do":"status","status":429,"retry_after":"huge"}]}'
	run -75 send in
	paused=$(sqlite3 spool/store.db "select paused_until / 1000 - strftime('%s', 'now') from dest")
	[ "$paused" -gt 0 ] && [ "$paused" -le 86400 ]
}

@test "[8] a throttle without a time rests the destination for at least half the backoff" {
	serve
	fault '{"script":[{"do":"status","status":429}]}'
	requests a 5 >in
	run -0 send --backoff 1000 in
	times=$(jq -r .time s/requests.ndjson | paste -sd' ')
	awk -v t="$times" 'BEGIN { split(t, x, " "); exit !(x[2] - x[1] >= 0.5) }'
}

@test "Meta's usage headers pause the destination as long as they say" {
	serve
	fault '{"script":[{"do":"throttle","code":80004,"minutes":7}]}'
	requests a 5 >in
	run -75 send in
	paused=$(sqlite3 spool/store.db "select paused_until / 1000 - strftime('%s', 'now') from dest")
	[ "$paused" -gt 400 ] && [ "$paused" -le 463 ]
}

@test "[6] a storm of server errors opens the breaker and burns no attempts of the rest" {
	serve
	fault '{"script":[{"do":"status","status":500,"times":-1}]}'
	requests a 2000 >in
	run -75 --separate-stderr send --batch 100 in
	[[ $stderr == *'6 requests in a row failed'* ]]
	[ "$(request_count)" -le 10 ]
	[ "$(sqlite3 spool/store.db 'select count(*) from event where attempts = 0')" -ge 1000 ]
	fault '{}'
	sqlite3 spool/store.db 'update dest set paused_until = 0; update event set next_at = 0'
	run -0 send --flush
	all_once 2000
}

@test "[4] an answer lost on a kept connection: the server gets one request an attempt" {
	serve
	fault '{"script":["pass","drop-after-accept"]}'
	requests a 2 >in
	{
		sed -n 1p in
		wait_until [ -s receipts ]
		sed -n 2p in
	} | send >receipts
	assert_equal "$(jq -r '[.event_id,.outcome,.attempts,.uncertain] | map(tostring) | join(" ")' receipts)" \
		'a1 delivered 1 null
a2 delivered 2 true'
	assert_equal "$(request_count)" 3
	assert_equal "$(jq -r .c s/requests.ndjson | head -n 2 | uniq | wc -l)" 1 # one connection
}

@test "[4] dropped, reset, halved, hung: sent again under the same id and marked uncertain" {
	for action in drop-after-body '{"do":"rst","at":"after-accept"}' half \
		'{"do":"hang","accept":true}'; do
		rm -rf spool s
		serve
		[[ $action == \{* ]] || action="\"$action\""
		fault "{\"script\":[$action]}"
		requests a 10 >in
		run -0 send --timeout 1 in
		echo "$output" >receipts
		assert_equal "$(outcomes)" 'delivered 10'
		assert_equal "$(jq -r .uncertain receipts | uniq)" true
		assert_equal "$(request_count)" 2
		kill "$(cat s.pid)"
	done
}

@test "[3] what may not be repeated is parked when the answer is lost" {
	serve
	fault '{"script":["drop-after-accept"]}'
	requests a 1 | sed -e 's/"action_source":"website"/"action_source":"physical_store"/' -e 's/,"order_id":"a1"//' >in
	run -1 send in
	echo "$output" >receipts
	assert_equal "$(jq -r '[.outcome,.code,.uncertain] | map(tostring) | join(" ")' receipts)" 'parked unknown true'
	run -0 send --flush
	assert_equal "$(request_count)" 1
}

@test "[3] a gateway's 502 and 504 do not say what the platform did" {
	serve
	for status in 502 504; do
		rm -rf spool
		fault "{\"script\":[{\"do\":\"status\",\"status\":$status}]}"
		requests "w$status-" 1 >in
		requests "s$status-" 1 | sed -e 's/"action_source":"website"/"action_source":"physical_store"/' -e 's/,"order_id":"[^"]*"//' >>in
		run -1 --separate-stderr send in
		echo "$output" >receipts
		assert_equal "$(jq -r '[.event_id[0:1],.outcome,.code,.uncertain] | map(tostring) | join(" ")' receipts | sort | paste -sd,)" \
			's parked unknown true,w delivered null true'
	done
}

@test "[5] nobody listens: queued, no attempt counted, nothing uncertain" {
	serve
	stop_server
	requests a 10 >in
	run -75 --separate-stderr send --max-time 1 in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'queued 10'
	assert_equal "$(sqlite3 spool/store.db 'select sum(attempts), sum(uncertain) from event')" '0|0'
}

@test "[20] a name that does not exist: queued" {
	serve
	sed 's/127\.0\.0\.1/nowhere.invalid/' s/capi.conf >n.conf
	conf=n.conf
	requests a 3 >in
	run -75 --separate-stderr send --max-time 0 in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'queued 3'
}

@test "[10,17] an answer that is none never counts as delivered" {
	for kind in html empty-object empty-array null empty truncated \
		invalid-utf8 nul deep; do
		rm -rf spool s
		serve
		fault "{\"script\":[{\"do\":\"body\",\"body_kind\":\"$kind\",\"times\":-1}]}"
		requests a 4 >in
		run -75 send --max-time 0 in
		echo "$output" >receipts
		assert_equal "$kind $(outcomes)" "$kind unknown 4"
		kill "$(cat s.pid)"
	done
}

@test "[16] huge answers and floods of headers are cut off" {
	for action in '{"do":"body","body_kind":"huge"}' header-flood; do
		rm -rf spool s
		serve
		[[ $action == \{* ]] || action="\"$action\""
		fault "{\"script\":[$action]}"
		requests a 4 >in
		run -0 send in
		echo "$output" >receipts
		assert_equal "$(jq -r .uncertain receipts | uniq)" true
		kill "$(cat s.pid)"
	done
}

@test "[44] another number of events in the answer is no success" {
	serve
	fault '{"script":[{"do":"count","by":-1}]}'
	requests a 10 >in
	send in >receipts
	assert_equal "$(outcomes)" 'delivered 10'
	assert_equal "$(jq -r .uncertain receipts | uniq)" true
	assert_equal "$(request_count)" 2
}

@test "[45] an answer after our time limit is lost, the event goes again" {
	serve
	fault '{"script":[{"do":"pass","delay":2}]}'
	requests a 2 >in
	send --timeout 1 in >receipts
	assert_equal "$(jq -r '[.outcome,.attempts,.uncertain] | map(tostring) | join(" ")' receipts | uniq)" 'delivered 2 true'
}

@test "[13] too large: the batch is halved until it fits, and the limit is remembered" {
	serve
	fault '{"always":[{"do":"status","status":413,"when":{"events":7}}]}'
	requests a 40 >in
	send in >/dev/null
	all_once 40
	requests b 20 >in
	before=$(request_count)
	send in >/dev/null
	assert_equal "$(($(request_count) - before))" 4
}

@test "[13] a limit that is gone is forgotten again" {
	serve
	fault '{"always":[{"do":"status","status":413,"when":{"events":1}}]}'
	requests a 4 >in
	send in >/dev/null
	fault '{}'
	requests b 60 >in
	before=$(request_count)
	send in >/dev/null
	all_once 64
	[ $(($(request_count) - before)) -lt 40 ]
}

@test "[18] a redirect is not followed, the token goes nowhere else" {
	for status in 301 302 307 308; do
		rm -rf spool s other
		mkdir other
		"$TESTS/standin/standin" --dir "$PWD/other" --pid-file "$PWD/other.pid" >/dev/null 2>&1 3>&- &
		wait_until [ -e other/ready ]
		serve
		fault "{\"script\":[{\"do\":\"redirect\",\"status\":$status,\"to\":\"127.0.0.1:$(cat other/port)\"}]}"
		requests a 4 >in
		run -78 --separate-stderr send in
		[[ $stderr == *'a redirect; it is not followed'* ]]
		assert_equal "$(wc -l <other/connections.ndjson)" 0
		kill "$(cat s.pid)" "$(cat other.pid)"
		assert_equal "$(queued)" 4
	done
}

@test "[19] a certificate that can not be trusted: nothing is sent, 75, no attempt" {
	for kind in expired wrong-host self-signed; do
		rm -rf spool s
		serve --certificate "$kind"
		requests a 2 >in
		run -75 --separate-stderr send in
		[[ $stderr == *'its certificate can not be trusted'*'clock'* ]]
		assert_equal "$(request_count)" 0
		assert_equal "$(sqlite3 spool/store.db 'select sum(attempts) from event')" 0
		kill "$(cat s.pid)"
	done
	rm -rf spool s
	serve --tls 1.1
	run -75 send --max-time 0 in
	assert_equal "$(request_count)" 0
}

@test "http:// is refused, but to this machine with --plain-http" {
	printf '[meta]\ndataset_id=1\naccess_token=t\nendpoint=http://127.0.0.1:9\n' >p.conf
	chmod 600 p.conf
	conf=p.conf
	requests a 1 >in
	run -78 --separate-stderr send in
	[[ $stderr == *'http:// goes to this machine only'* ]]
	run -75 send --plain-http --max-time 0 --flush
	rm -r spool
	sed -i 's/127.0.0.1/192.0.2.1/' p.conf
	run -78 send --plain-http in
}

@test "[43] an event that is too old by now is parked and spoils no batch" {
	serve
	requests a 3 >in
	old=$(($(date +%s) - 8 * 86400))
	sed -i "2s/\"event_time\":[0-9]*/\"event_time\":$old/g" in
	run -1 send in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 2, parked 1'
	assert_equal "$(jq -r 'select(.outcome=="parked").code' receipts)" expired
	assert_equal "$(jq -r 'select(.decision=="refused").n' s/requests.ndjson)" ''
}

@test "[48] a parked event can be replayed after a cure, under the same id" {
	serve
	fault '{"script":[{"do":"error","code":100,"subcode":2804009}]}'
	requests a 1 >in
	run -1 send in
	assert_equal "$(send --list parked | jq -r '[.key,.code,.attempts] | map(tostring) | join(" ")')" 'Purchase/a1 100/2804009 1'
	run -1 --separate-stderr send --replay Purchase/none
	assert_equal "$stderr" 'capi-send: no parked event has that key'
	run -0 --separate-stderr send --replay Purchase/a1
	assert_equal "$stderr" 'capi-send: 1 events are queued again'
	send --flush >receipts
	assert_equal "$(jq -r '[.event_id,.outcome,.attempts] | map(tostring) | join(" ")' receipts)" 'a1 delivered 1'
}

@test "--forget lets a key be fed again, whether it was delivered, is parked or waits" {
	serve
	requests a 1 >in
	send in >/dev/null
	run -0 send --forget Purchase/a1
	send in >receipts
	assert_equal "$(outcomes)" 'delivered 1'
	assert_equal "$(request_count)" 2
	fault '{"script":[{"do":"status","status":429,"retry_after":1}]}'
	requests b 2 >in
	run -75 send --max-time 0 in
	run -0 send --forget Purchase/b1
	assert_output 'capi-send: 1 events are forgotten'
	assert_equal "$(send --list queued | jq -r .event_id)" b2
	run -1 send --forget Purchase/b1
	assert_output 'capi-send: nothing is known of that key'
	# Nothing of it is left in the file, not in a free page either.
	run ! grep -raq '"order_id":"b1"' spool
	grep -raq '"order_id":"b2"' spool
	# One that another process may have in the air can not be called back.
	flock spool/send.meta.lock sleep 3 3>&- &
	wait_until bash -c '! flock -n spool/send.meta.lock true'
	run -75 send --forget Purchase/b2
	assert_output --partial 'another capi-send is sending to it'
	assert_equal "$(queued)" 1
}

@test "what was delivered is not left in the spool" {
	serve
	requests a 300 >in
	send in >/dev/null
	run ! grep -raq '"order_id":"a' spool
}

@test "--list-keys has every key that is accepted, and no other is" {
	capi-send --list-keys >keys
	requests a 1 >in
	for platform in meta tiktok pinterest google snapchat klaviyo; do
		{
			echo "[$platform]"
			awk -v p="[$platform]" '/^\[/ { on = $0 == p || $0 == "[every destination]" } on && /^  / { print $1, "= 1" }' keys |
				grep -v '^events '
		} >c.conf
		chmod 600 c.conf
		[ "$(wc -l <c.conf)" -ge 6 ]
		capi-send --config c.conf --dry-run </dev/null
		echo 'colour = red' >>c.conf
		run -78 capi-send --config c.conf --dry-run </dev/null
		assert_output --partial 'no key colour'
		# What a working configuration has is in the list.
		P=$platform serve
		sed -n 's/^\([a-z_]*\) *=.*/\1/p' s/capi.conf | while read -r key; do
			grep -q "^  $key " keys
		done
		stop_server
		rm -r s
	done
	# A sanitizer build has no manual.
	[ -e "$CAPI_BIN/man/capi-send.1" ] || return 0
	for key in $(awk '/^  / { print $1 }' keys); do
		grep -qx "\.It Li $key" "$CAPI_BIN/man/capi-send.1"
	done
}

@test "--status and its like make no spool" {
	serve
	for question in --status '--list parked' '--show k' '--replay all' '--forget k' '--salvage new'; do
		run -66 send $question
		assert_output 'capi-send: spool: there is no spool'
	done
	assert_not_exist spool
	assert_not_exist new
}

@test "an end that is not 0 says how many of what, and what waits how long" {
	serve
	fault '{"script":["pass",{"do":"status","status":429,"retry_after":50}]}'
	{
		requests a 3 | sed '2s/"em":\["[0-9a-f]*"\]/"em":["jo"]/'
		requests a 1 | sed 's/10\.00/20.00/'
		requests a 1
		echo '{"platform":"meta","destination":"meta","event_name":"P","event_id":"w","key":"P/w","withheld":"consent.denied"}'
		echo '{"platform":"meta","destination":"meta","event_name":"P","event_id":"r","key":"P/r","refused":"meta.age"}'
	} >in
	fault '{}'
	run -1 --separate-stderr send in
	assert_equal "$stderr" 'capi-send: meta: 2 delivered, 1 duplicate, 1 parked, 1 in conflict, 1 refused, 1 withheld'
	fault '{"script":[{"do":"status","status":429,"retry_after":50}]}'
	requests b 4 >in
	run -75 --separate-stderr send --max-time 0 in
	[[ $stderr == 'capi-send: meta: 4 queued; 4 in the queue, resting for '[56]*' s (http.429'*')' ]]
	run -75 --separate-stderr send --max-time 0 --flush
	[[ $stderr == 'capi-send: meta: 4 in the queue, resting for '[56]*' s' ]]
	assert_equal "$output" ''
	rm -rf spool
	CAPI_META_ENDPOINT=https://127.0.0.1:9 run -75 --separate-stderr send --backoff 900000 --max-time 0 in
	[[ $stderr == 'capi-send: meta: 4 queued; 4 in the queue, resting for '*' s (unreached: '*'127.0.0.1'*')' ]]
	requests a 1 >in
	rm -rf spool
	run -0 --separate-stderr send in
	assert_equal "$stderr" ''
	run -0 --separate-stderr send --summary in
	[[ $stderr == 'capi-send: meta: 1 duplicate'* ]]
}

@test "the summary counts what was refused as refused, here or by the platform, and all of it adds up" {
	serve
	{
		requests a 3 | sed '2s/"em":\["[0-9a-f]*"\]/"em":["jo"]/'
		requests a 1 | sed 's/10\.00/20.00/'
		requests a 1
		echo '{"platform":"meta","destination":"meta","event_name":"P","event_id":"w","key":"P/w","withheld":"consent.denied"}'
		echo '{"platform":"meta","destination":"meta","event_name":"P","event_id":"r","key":"P/r","refused":"meta.age"}'
		echo '{"platform":"meta"'
	} >in
	run -1 --separate-stderr send --summary in
	[[ ${stderr_lines[-1]} =~ ^'capi-send: 8 in = 3 out + 4 refused ('(.*)') + 1 withheld (consent.denied 1)'$ ]]
	run -0 sort <<<"${BASH_REMATCH[1]//, /$'\n'}"
	assert_output "$(printf '%s\n' '100/2804016 1' 'conflict 1' 'meta.age 1' 'not JSON 1')"
	# once more: what is parked is no success of this run either, and what
	# waits is not lost
	requests b 2 >>in
	run -1 --separate-stderr send --summary --max-time 0 in
	[[ ${stderr_lines[-1]} == 'capi-send: 10 in = 5 out + 4 refused ('*'parked already 1'*') + 1 withheld (consent.denied 1)' ]]
	# events of earlier runs are in nobody's input
	run -0 --separate-stderr send --replay all
	run -1 --separate-stderr send --summary --flush
	[[ ${stderr_lines[-1]} == 'capi-send: 0 in = 0 out + 0 refused + 0 withheld' ]]
}

@test "--show tells what is known, --status counts" {
	serve
	requests a 2 >in
	send in >/dev/null
	assert_equal "$(send --show Purchase/a2 | jq -r '[.ledger,.http_status] | map(tostring) | join(" ")')" 'delivered 200'
	run -1 send --show Purchase/none
	run -0 send --status
	assert_output --regexp '^meta +queued +0$'
}

@test "--bodies empties nothing that this run or the next one reads" {
	serve
	requests a 3 >in
	ln in twin
	ln -s in link
	touch rejects log
	send in >/dev/null
	cp in before
	cp "$conf" before.conf
	cp spool/store.db before.db
	local to
	for to in in twin link "$conf" rejects log spool/store.db; do
		run -64 send --dry-run -r rejects --log log --bodies $to in
		assert_output --partial "--bodies names "
	done
	run -64 bash -c "capi-send --config '$conf' --dry-run --bodies in <in"
	assert_output --partial "--bodies names the input, which it would empty"
	run -64 bash -c "capi-send --config '$conf' --dry-run --bodies out in >>out"
	run -64 env XDG_STATE_HOME="$PWD" bash -c "mv spool capi &&
		capi-send --config '$conf' --dry-run --bodies capi/store.db in"
	assert_output --partial "--bodies names a file of the spool"
	cmp in before
	cmp "$conf" before.conf
	cmp capi/store.db before.db
	# a file of an earlier run, and what is no file
	echo old >bodies
	run -0 send --dry-run --bodies bodies in
	run ! grep old bodies
	run -0 send --dry-run --bodies /dev/null in
}

@test "--dry-run shows the requests byte for byte, without token, network or spool" {
	serve
	requests a 3 >in
	send --dry-run --bodies bodies in >receipts
	assert_equal "$(outcomes)" 'dry-run 3'
	assert_equal "$(request_count)" 0
	assert_not_exist spool
	run ! grep -q standin-meta-token bodies
	assert_equal "$(jq -r '.headers[-1]' bodies)" 'Authorization: Bearer ***'
	sed -e 's/.*"body"://' -e 's/}$//' bodies | tr -d '\n' | sha256sum >dry
	fault '{}'
	send in >/dev/null
	assert_equal "$(jq -r .body_sha256 s/requests.ndjson)" "$(cut -d' ' -f1 dry)"
}

@test "--test-code marks the body" {
	serve --keep-bodies
	requests a 1 >in
	send --test-code TEST123 in >/dev/null
	assert_equal "$(jq -r .test_event_code s/bodies/000001)" TEST123
}

@test "appsecret_proof is sent where an app secret is configured" {
	serve --set meta.app_secret=appsecret1
	(umask 077 && echo appsecret1 >app)
	requests a 1 >in
	run -1 send in # the server wants one
	sed 's/^dataset_id/app_secret_file = app\ndataset_id/' s/capi.conf >p.conf
	conf=p.conf
	run -0 send --replay all
	send --flush >receipts
	assert_equal "$(outcomes)" 'delivered 1'
}

# ---- the machine misbehaves ----

@test "[23,24] a full disk: input is refused with 74, what was sent is known, nothing is sent twice" {
	unshare -Urm true 2>/dev/null || skip 'no user namespaces'
	serve
	requests a 20000 >in
	mkdir small kept
	full() { capi-send --config "$conf" --spool small/spool --backoff 10 in >receipts; }
	export -f full
	export conf
	run -74 in_small_fs 4096 bash -c full
	assert_output --partial 'lines of the input were taken and are safe'
	taken=$(sed -n 's/.* \([0-9]*\) lines of the input.*/\1/p' <<<"$output")
	mv kept/spool spool
	assert_equal "$(sqlite3 spool/store.db 'select count(*) from ledger')" "$taken"
	sent=$(accepted | wc -l)
	[ "$sent" -gt 0 ]
	run -0 send --flush
	all_once "$taken"
	run -0 send in
	all_once 20000
}

@test "[25] a limit on the size of files ends like a full disk" {
	serve
	requests a 20000 >in
	run bash -c 'ulimit -f 2048; capi-send --config s/capi.conf --spool spool in >/dev/null'
	assert_equal "$status" 74
	run -0 send --flush
	run -0 send in
	assert_equal "$(accepted | wc -l)" 20000
}

@test "[26] a failing fsync stops at once with 74; the next run finds out" {
	bare
	command -v strace >/dev/null || skip 'no strace'
	serve
	requests a 300 >in
	for n in 2 3 4; do
		rm -rf spool
		run -74 strace -f -qq -o trace -e trace=fdatasync,fsync -e inject=fdatasync:error=EIO:when=$n+ \
			capi-send --config "$conf" --spool spool in
		send in >receipts || true
		run -0 send --flush
		assert_equal "$(queued)" 0
	done
	assert_equal "$(accepted | wc -l)" 300
}

@test "[27] a spool that is not ours alone is refused before anything is read" {
	serve
	requests a 1 >in
	mkdir -m 755 open && chmod 755 open
	run -78 capi-send --config "$conf" --spool open in
	ln -s spool link && mkdir -m 700 spool
	run -78 capi-send --config "$conf" --spool link in
	run -73 capi-send --config "$conf" --spool in in
	run -73 capi-send --config "$conf" --spool /proc/none in
	assert_equal "$(request_count)" 0
	(umask 000 && send in >/dev/null)
	assert_equal "$(stat -c %a spool spool/store.db | paste -sd' ')" '700 600'
	chmod 644 spool/store.db
	run -78 send in
}

@test "[28] a damaged payload is parked, the others go" {
	serve
	stop_server
	requests a 3 >in
	run -75 send --max-time 0 in
	sqlite3 spool/store.db 'pragma wal_checkpoint(truncate)'
	python3 - <<-'X'
	data = bytearray(open("spool/store.db", "rb").read())
	at = data.index(b'"order_id":"a2"')
	data[at + 13] ^= 1
	open("spool/store.db", "wb").write(data)
	X
	serve
	sed "s/127.0.0.1:[0-9]*/127.0.0.1:$(cat s/port)/" s/capi.conf >new.conf
	conf=new.conf
	run -1 send --flush
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 2, parked 1'
	assert_equal "$(jq -r 'select(.outcome=="parked") | [.event_id,.code] | join(" ")' receipts)" 'a2 corrupt'
}

@test "[28] a file that is no store any more is left as it is, with 74" {
	serve
	requests a 10 >in
	send in >/dev/null
	cp spool/store.db good
	for bytes in 0 100 8192; do
		head -c $bytes good >spool/store.db
		cp spool/store.db before
		run -74 send in
		cmp before spool/store.db
	done
	echo 'something else altogether, long enough' >spool/store.db
	run -74 send in
	rm spool/store.db
	echo remains >spool/store.db-wal
	run -74 send in
	assert_not_exist spool/store.db
}

@test "[39] a store of a newer version is refused untouched" {
	serve
	requests a 1 >in
	send in >/dev/null
	sqlite3 spool/store.db 'pragma user_version = 99'
	run -78 send in
	assert_output --partial 'newer capi-send'
}

@test "[29] a destination that is another sender's is no matter of who feeds it nothing" {
	serve
	sed 's/^.meta.$/[meta:b]/' "$conf" | cat - "$conf" >two.conf
	chmod 600 two.conf
	conf=$PWD/two.conf
	mkdir -m 700 spool
	exec 9>spool/send.meta:b.lock
	flock -n 9
	requests b 2 | sed 's/"destination":"meta"/"destination":"meta:b"/' >b
	run -75 --separate-stderr send b
	[[ $stderr == *'meta:b: another capi-send is sending'* ]]
	requests a 1 >a
	run -0 --separate-stderr send a
	assert_equal "$(jq -r .outcome <<<"$output")" delivered
	assert_equal "$stderr" ''
	# told to send what there is, it says that it could not
	run -75 --separate-stderr send --flush
	[[ $stderr == *'meta:b: another capi-send is sending'* ]]
	exec 9>&-
	run -0 send --flush
}

@test "[29] a second sender queues its input and leaves with 75" {
	serve
	fault '{"script":[{"do":"hang","seconds":3}]}'
	requests a 5 >one
	requests b 5 >two
	exec_send one >r1 3>&- &
	first=$!
	wait_until in_flight 1
	run -75 --separate-stderr send two
	echo "$output" >r2
	assert_equal "$(outcomes r2)" 'queued 5'
	[[ $stderr == *'another capi-send is sending'* ]]
	wait $first || true
	run -0 send --flush
	assert_equal "$(accepted | wc -l)" 10
}

@test "[29] eight senders at once with overlapping input: each event once" {
	serve
	for i in 1 2 3 4 5 6 7 8; do
		requests a 200 $((i * 50)) >in$i
		exec_send in$i >r$i 2>/dev/null 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}" || true
	run -0 send --flush
	all_once 550
}

@test "[30] SIGTERM: what is in the air is finished, the rest is kept, 75 within five seconds" {
	serve
	fault '{"script":[{"do":"pass","delay":1},{"do":"hang","times":-1}]}'
	requests a 20 >in
	exec_send --batch 5 in >receipts 2>err 3>&- &
	pid=$!
	wait_until lines_in s/requests.ndjson 4
	start=$SECONDS
	kill -TERM $pid
	rc=0
	wait $pid || rc=$?
	assert_equal $rc 75
	[ $((SECONDS - start)) -le 6 ]
	assert_equal "$(jq -r .outcome receipts | sort -u | paste -sd' ')" 'delivered queued'
	fault '{}'
	run -0 send --flush
	assert_equal "$(accepted | wc -l)" 20
}

@test "[30] a second signal does not wait for what is in the air, and nothing of it is lost" {
	serve
	fault '{"script":[{"do":"hang","seconds":3}]}'
	requests a 2 >in
	exec_send in >receipts 2>err 3>&- &
	pid=$!
	wait_until in_flight 1
	kill -TERM $pid
	sleep 0.3
	kill -0 $pid
	start=$EPOCHREALTIME
	kill -TERM $pid
	rc=0
	wait $pid || rc=$?
	[ $((${EPOCHREALTIME/./} - ${start/./})) -lt 1000000 ]
	assert_equal $rc 143
	run -0 --separate-stderr send --flush
	[[ $stderr == *'2 events were in the air'* ]]
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 2'
}

@test "[31] a signal that we were told to ignore is ignored, as nohup wants it" {
	serve
	mkfifo fifo
	(
		trap '' HUP
		exec_send fifo
	) >receipts 2>err 3>&- &
	pid=$!
	exec 7>fifo
	requests a 2 >&7
	wait_until lines_in receipts 2
	kill -HUP $pid
	sleep 0.2
	requests b 2 >&7
	exec 7>&-
	rc=0
	wait $pid || rc=$?
	assert_equal $rc 0
	assert_equal "$(outcomes)" 'delivered 4'
}

@test "[30,31] a signal before the end of the input ends by that signal, what came is kept" {
	serve
	for sig in TERM INT HUP; do
		rm -rf spool fifo
		mkfifo fifo
		# A shell ignores INT for its background jobs; env restores it.
		env --default-signal=INT,TERM,HUP capi-send --config "$conf" --spool spool fifo >receipts 2>err 3>&- &
		pid=$!
		exec 7>fifo
		requests "$sig" 3 >&7
		wait_until lines_in receipts 3
		kill -$sig $pid
		rc=0
		wait $pid || rc=$?
		exec 7>&-
		assert_equal $rc $((128 + $(kill -l $sig)))
		run -0 send --flush
	done
	all_once 9
}

@test "[32] nobody reads the receipts: sending goes on, 74, the next run prints them" {
	serve
	requests a 3000 >in
	run -74 bash -c 'capi-send --config s/capi.conf --spool spool in >/dev/full'
	all_once 3000
	send --flush >receipts
	assert_equal "$(outcomes)" 'delivered 3000'
	requests b 3000 >in
	run bash -c 'capi-send --config s/capi.conf --spool spool in | head -n 1; exit ${PIPESTATUS[0]}'
	assert_equal "$status" 74
	all_once 6000
}

@test "[33] a line that breaks off is no event, the ones before it are" {
	serve
	requests a 3 | head -c -20 >in
	run -1 --separate-stderr send in
	[[ $stderr == *'in:3: '*'the input breaks off in it'* ]]
	all_once 2
	run -66 send .
	run -0 send </dev/null
}

@test "[34] lines that are no requests are refused by name, the others go" {
	serve
	{
		requests a 1
		echo 'not json'
		echo '{"platform":"meta","destination":"meta"}{}'
		echo '[1]'
		echo '{}'
		echo '{"platform":"nobody","destination":"nobody","event":{}}'
		echo '{"platform":"meta","destination":"../x","event_name":"P","event_id":"1","key":"k","event":{}}'
		echo '{"platform":"meta","destination":"meta","event_name":"P","event_id":7,"key":"k","event":{}}'
		echo '{"platform":"meta","destination":"meta","event_name":"P","event_id":"1","event_time":1.5,"key":"k","event":{}}'
		echo '{"platform":"meta","destination":"meta","event_name":"P","event_id":"1","key":"k\u0007","event":{}}'
		echo '{"platform":"meta","destination":"meta","event_name":"P","event_id":"1","key":"k","event":"x"}'
		echo '{"platform":"meta","platform":"meta","destination":"meta","event":{}}'
		printf '{"platform":"meta","destination":"meta","event_id":"\xff"}\n'
		echo '{"platform":"meta","destination":"meta","event_id":"\ud800"}'
		requests b 1
	} >in
	run -1 --separate-stderr send -r rejects in
	assert_equal "$(grep -c '^capi-send: in:' <<<"$stderr")" 13
	assert_equal "$(wc -l <rejects)" 13
	assert_equal "$(stat -c %a rejects)" 600
	all_once 2
}

@test "[35] a line without end takes no memory and no event with it" {
	bare
	serve
	{
		requests a 1
		head -c 300000000 /dev/zero | tr '\0' a
		echo
		requests b 1
	} | (ulimit -v 400000; send >receipts) || [ $? = 1 ]
	assert_equal "$(outcomes)" 'delivered 2'
}

@test "[40] no descriptors, no memory: a clear end, and nothing is lost" {
	bare
	serve
	requests a 500 >in
	for n in 6 8 10 12; do
		run bash -c "ulimit -n $n; exec capi-send --config s/capi.conf --spool spool in"
		[ "$status" -lt 128 ]
	done
	for kib in 30000 40000 60000 80000; do
		run bash -c "ulimit -v $kib; exec capi-send --config s/capi.conf --spool spool in"
		[ "$status" -lt 128 ]
	done
	send in >/dev/null
	run -0 send --flush
	assert_equal "$(accepted | wc -l)" 500
}

@test "[46] stopped for longer than the time limit: uncertain, not lost" {
	serve
	fault '{"script":[{"do":"pass","delay":1}]}'
	requests a 5 >in
	exec_send --timeout 2 in >receipts 3>&- &
	pid=$!
	wait_until in_flight 1
	kill -STOP $pid
	sleep 4
	kill -CONT $pid
	wait $pid
	assert_equal "$(outcomes)" 'delivered 5'
	assert_equal "$(accepted | wc -l)" 5
}

@test "[22] a clock that jumped does not stop the queue" {
	shim clock
	serve
	fault '{"script":[{"do":"status","status":503}]}'
	requests a 3 >in
	# Written by a clock two years ahead, so the waits lie there, too. (The
	# certificate has expired then: nothing is sent.)
	CLOCK_SHIFT=63072000 LD_PRELOAD=$PWD/clock.so run -75 capi-send --config "$conf" --spool spool --max-time 0 in
	fault '{}'
	run -0 send --flush
	assert_equal "$(accepted | wc -l)" 3
}

@test "[47] a hostile environment changes nothing" {
	serve
	requests a 3 >in
	export SSLKEYLOGFILE=$PWD/keys LC_ALL=tr_TR.UTF-8 LC_NUMERIC=de_DE.UTF-8 TMPDIR=/nonexistent
	send in >receipts
	assert_not_exist keys
	assert_equal "$(outcomes)" 'delivered 3'
	requests b 3 >in
	run -0 bash -c 'capi-send --config s/capi.conf --spool spool in >r2 <&- 2>&-'
	assert_equal "$(outcomes r2)" 'delivered 3'
	run -74 bash -c 'capi-send --config s/capi.conf --spool spool in >&-'
}

@test "[21] a proxy that is down or wants a password: queued, and its password is not told" {
	serve
	requests a 2 >in
	export https_proxy=http://user:geheim@127.0.0.1:9
	run -75 send --max-time 0 in
	refute_output --partial geheim
	python3 - >proxy.port <<-'X' 3>&- &
	import socket, sys
	s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
	print(s.getsockname()[1], flush=True)
	while True:
	    c, _ = s.accept(); c.recv(4096)
	    c.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"); c.close()
	X
	proxy=$!
	wait_until [ -s proxy.port ]
	export https_proxy=http://user:geheim@127.0.0.1:$(cat proxy.port)
	sqlite3 spool/store.db 'update dest set paused_until = 0; update event set next_at = 0'
	run -78 send --flush
	kill $proxy
	refute_output --partial geheim
	assert_output --partial 'the proxy wants'
}

@test "the token is in the request and nowhere else" {
	serve
	requests a 300 >in
	fault '{"script":["status",{"do":"pass","delay":1}]}'
	exec_send in >receipts 2>err 3>&- &
	pid=$!
	wait_until lines_in s/requests.ndjson 1
	tr '\0' ' ' </proc/$pid/cmdline >cmdline
	cat /proc/$pid/limits | grep -i core >limits
	cp -a spool spool.mid
	wait $pid
	grep -q 'Max core file size *0 ' limits
	run ! grep -raq standin-meta-token receipts err cmdline spool spool.mid
	# That grep could find it:
	grep -q standin-meta-token s/meta.token
	# Not to be read by others of the same user.
	chmod 644 s/meta.token
	requests b 1 >in
	run -78 --separate-stderr send in
	[[ $stderr == *'others can read it'* ]]
	chmod 600 s/meta.token
	printf 'two words\n' >s/meta.token
	run -78 --separate-stderr send --flush
	[[ $stderr != *'two words'* ]]
}

@test "a token comes from the environment or from the service manager, too" {
	serve
	grep -v access_token s/capi.conf >n.conf
	conf=n.conf
	requests a 1 >in
	run -78 send in
	CAPI_META_ACCESS_TOKEN=standin-meta-token send --flush >receipts
	assert_equal "$(outcomes)" 'delivered 1'
	mkdir cred
	(umask 077 && echo standin-meta-token >cred/meta)
	requests b 1 >in
	CREDENTIALS_DIRECTORY=$PWD/cred send in >receipts
	assert_equal "$(outcomes)" 'delivered 1'
}

@test "a destination that is not configured keeps its events, 78" {
	printf '[meta]\ndataset_id=1\n' >n.conf
	conf=n.conf
	requests a 2 | sed 's/"destination":"meta"/"destination":"meta:b"/' >in
	run -78 --separate-stderr send in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'queued 2'
	assert_equal "$(queued)" 2
}

@test "a slow input is sent as it comes, not at its end" {
	serve
	requests a 2 >in
	mkfifo fifo
	exec_send fifo >receipts 3>&- &
	pid=$!
	exec 7>fifo
	sed -n 1p in >&7
	wait_until [ -s receipts ]
	sed -n 2p in >&7
	exec 7>&-
	wait $pid
	assert_equal "$(outcomes)" 'delivered 2'
}

@test "--metrics counts over runs, --log has a line a request, --min-success alarms" {
	serve
	requests a 10 | sed '4s/"em":\["[0-9a-f]*"\]/"em":["jo"]/' >in
	run -1 send --metrics m.prom --log log in
	requests b 10 >in
	run -0 send --metrics m.prom --log log in
	grep -qx 'capi_send_events_total{destination="meta",outcome="delivered"} 19' m.prom
	grep -qx 'capi_send_events_total{destination="meta",outcome="parked"} 1' m.prom
	grep -qx 'capi_send_queue_events{destination="meta",state="queued"} 0' m.prom
	grep -qx 'capi_send_queue_events{destination="meta",state="parked"} 1' m.prom
	grep -qx 'capi_send_errors_total{destination="meta",code="100/2804016"} [0-9]*' m.prom
	grep -qx 'capi_send_last_exit_status 0' m.prom
	grep -qx 'capi_send_retry_after_seconds{destination="meta"} 0' m.prom
	# The manual has each of them, and no other.
	assert_equal "$(sed -n 's/^# TYPE capi_send_\([a-z_]*\) .*/\1/p' m.prom | sort)" \
		"$(sed -n '/^\.Ss Metrics/,/^\.Sh/s/^\.It Li //p' "$TOP/man/capi-send.1" | sed 's/ , /\n/g' | sort)"
	assert_equal "$(stat -c %a m.prom)" 644
	assert_equal "$(stat -c %a log)" 600
	assert_equal "$(jq -r .http_status log | wc -l)" "$(request_count)"
	count=$(sed -n 's/^capi_send_request_seconds_count.* //p' m.prom)
	assert_equal "$count" "$(request_count)"
	assert_equal "$(sed -n 's/^capi_send_request_seconds_bucket{.*+Inf"} //p' m.prom)" "$count"
	ln -s m.prom link.prom && : >m.prom
	run -0 send --metrics link.prom --flush
	[ -L link.prom ] && [ -s m.prom ]
	requests c 4 | sed '1,2s/"em":\["[0-9a-f]*"\]/"em":["jo"]/' >in
	run -1 send --min-success 95 in
	assert_output --partial 'only 50% of the events were taken'
	fault '{"script":[{"do":"status","status":429,"retry_after":120}]}'
	requests d 1 | run -75 send --metrics m.prom
	rest=$(sed -n 's/^capi_send_retry_after_seconds.* //p' m.prom)
	[ "${rest%.*}" -ge 100 ] && [ "${rest%.*}" -le 132 ]
}

@test "--keep-days: the ledger forgets what is long settled" {
	serve
	requests a 3 >in
	send in >/dev/null
	sqlite3 spool/store.db "update ledger set at = at - 2 * 86400000;
		update done set at = at - 2 * 86400000"
	send --keep-days 3 --flush
	assert_equal "$(sqlite3 spool/store.db 'select count(*) from ledger')" 3
	send --keep-days 1 --flush
	assert_equal "$(sqlite3 spool/store.db 'select count(*) from ledger')" 0
}

@test "[28] --salvage copies what can be read, and nothing of it is sent twice" {
	serve
	requests a 400 >in
	send in >/dev/null
	fault '{"script":[{"do":"status","status":429,"retry_after":1}]}'
	requests b 400 >in2
	run -75 send --max-time 0 in2
	sqlite3 spool/store.db 'pragma wal_checkpoint(truncate)'
	# The middle of the file becomes rubble.
	python3 - <<-'X'
	data = bytearray(open("spool/store.db", "rb").read())
	pages = len(data) // 8192
	for page in range(pages * 2 // 3, pages * 2 // 3 + 4):
	    data[page * 8192:(page + 1) * 8192] = b"\x5a" * 8192
	open("spool/store.db", "wb").write(data)
	X
	cp spool/store.db before
	run send --salvage new
	[ "$status" -le 1 ]
	cmp before spool/store.db
	kept=$(sed -n 's/.*: \([0-9]*\) events were copied.*/\1/p' <<<"$output")
	[ "$kept" -ge 200 ]
	fault '{}'
	capi-send --config "$conf" --spool new --flush >receipts
	capi-send --config "$conf" --spool new in >r2
	# No event of the first file again, but those whose ledger page is gone.
	[ "$(accepted | awk '$2 > 1' | wc -l)" -le 200 ]
	assert_equal "$(jq -r 'select(.outcome=="delivered").uncertain' receipts | sort -u)" true
}

@test "[39] a store of version 1, 2, 3 or 4 is taken to the present, with a copy beside" {
	serve
	for version in 1 2 3 4; do
		rm -rf spool
		fault '{}'
		requests "a$version-" 5 >in
		send in >/dev/null
		fault '{"script":[{"do":"status","status":429,"retry_after":1}]}'
		requests "q$version-" 5 >in2
		run -75 send --max-time 0 in2
		case $version in
		1) cat "$TESTS/send/to-v2.sql" - <<<'drop table follow; drop table counter; pragma user_version = 1;' ;;
		2) cat "$TESTS/send/to-v2.sql" ;;
		3) echo 'drop index event_again; drop table sweep; pragma user_version = 3;' ;;
		4) echo 'drop index event_again; pragma user_version = 4;' ;;
		esac | sqlite3 spool/store.db
		requests "b$version-" 5 >>in
		send in >receipts
		assert_equal "$(outcomes)" 'delivered 10, duplicate 5'
		assert_equal "$(sqlite3 spool/store.db 'pragma user_version; select count(*) from known where state = 2' | paste -sd' ')" '5 15'
		assert_equal "$(sqlite3 "spool/store.db.v$version" 'pragma user_version; select count(*) from ledger' | paste -sd' ')" "$version 10"
		send in in2 >receipts
		assert_equal "$(outcomes)" 'duplicate 15'
	done
	all_once 60
}

# on_terminal COMMAND...: what a terminal is sent on standard error
on_terminal() {
	python3 -c 'import os, pty, subprocess, sys
ours, theirs = pty.openpty()
p = subprocess.Popen(sys.argv[1:], stderr=theirs)
os.close(theirs)
while True:
    try: data = os.read(ours, 4096)
    except OSError: break
    if not data: break
    sys.stderr.buffer.write(data)
sys.exit(p.wait())' "$@"
}

@test "a terminal sees one line that is rewritten; a file or a pipe sees none" {
	serve
	fault '{"script":[{"do":"pass","delay":1}]}'
	requests a 30 >in
	on_terminal capi-send --config "$conf" --spool spool --batch 10 in >receipts 2>seen
	assert_equal "$(outcomes)" 'delivered 30'
	tr '\r' '\n' <seen >lines
	grep -qE '^capi-send: [0-9]+ delivered, [0-9]+ queued, 0 parked, [0-9]+/s' lines
	# It is gone before the last words.
	grep -qP '^\033\[Kcapi-send: meta: 30 delivered|^capi-send: meta: 30 delivered' <(grep -v '^$' lines | tail -n 3)
	run ! grep -q '/s' <(tail -n 1 lines)
	requests b 30 >in
	fault '{"script":[{"do":"pass","delay":1}]}'
	send in >receipts 2>seen
	assert_equal "$(cat seen)" ''
}

@test "[29] --wait: the second sender waits for its turn and sends" {
	serve
	requests a 5 >in
	send in >/dev/null
	flock spool/send.meta.lock sleep 2 3>&- &
	holder=$!
	sleep 0.2
	requests b 5 >in
	run -75 --separate-stderr send in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'queued 5'
	run -0 send --wait 15 in
	echo "$output" >receipts
	assert_equal "$(jq -r 'select(.outcome=="delivered").event_id' receipts | wc -l)" 5
	wait $holder
	all_once 10
}

@test "[29] a destination that gets free while we wait to record another's answers is taken in the next round" {
	serve --set meta.datasets=111,222
	(umask 077 && echo standin-meta-token >t1)
	base=$(grep endpoint s/capi.conf)
	printf '[meta]\ndataset_id=111\naccess_token_file=t1\n%s\nca_file=s/ca.pem\n[meta:b]\ndataset_id=222\naccess_token_file=t1\n%s\nca_file=s/ca.pem\n' "$base" "$base" >two.conf
	conf=two.conf
	requests a 1 >in
	send in >/dev/null
	fault '{"script":[{"do":"status","status":429,"retry_after":1}]}'
	requests b 1 | sed 's/"destination":"meta"/"destination":"meta:b"/' >in
	requests c 1 >>in
	flock spool/send.meta:b.lock sleep 1.7 3>&- &
	other=$!
	sleep 0.2
	exec_send --wait 10 in >receipts 2>err 3>&- &
	pid=$!
	# Its next transaction begins after the other sender's end.
	wait_until lines_in s/requests.ndjson 2
	flock spool/lock sleep 1.9 3>&- &
	writer=$!
	rc=0
	wait $pid || rc=$?
	wait $other $writer
	assert_equal "$(cat err)" ''
	assert_equal $rc 0
	assert_equal "$(outcomes)" 'delivered 2'
}

# user_ms COMMAND...: the time of the processor that it took
user_ms() {
	local TIMEFORMAT=%U
	{ time "$@" >/dev/null 2>&1 || true; } 2>&1 | tr -d .
}

@test "an export that changed as a whole is compared as fast as it was taken" {
	serve
	requests a 6000 >in
	sed 's/10\.00/20.00/' in >in2
	exhausted='--connect-timeout 1 --max-time 0'
	stop_server
	new=$(user_ms send $exhausted in)
	changed=$(user_ms send $exhausted in2)
	assert_equal "$(sqlite3 spool/store.db 'select count(*) from event where state = 3')" 6000
	echo "new $new ms, changed $changed ms"
	[ $((10#$changed)) -lt $((8 * 10#$new + 100)) ]
}

@test "whoever sends nothing ends at the first signal: a dry run, a look at the store, a salvage" {
	serve
	requests a 1 >in
	send in >/dev/null
	mkfifo never
	sleep 60 >never 3>&- &
	writer=$!
	exec_send --dry-run never >/dev/null 2>&1 3>&- &
	pids=$!
	flock spool/lock sleep 60 3>&- &
	locker=$!
	wait_until pgrep -P $locker
	for how in --status '--replay all'; do
		# shellcheck disable=SC2086
		exec_send $how >/dev/null 2>&1 3>&- &
		pids+=" $!"
	done
	sleep 0.3
	for pid in $pids; do
		kill -0 $pid
		kill -TERM $pid
		rc=0
		wait $pid || rc=$?
		assert_equal $rc 143
	done
	pkill -P $locker
	kill $writer $locker 2>/dev/null || true
}

@test "options that would do nothing, or something else than they say, are refused" {
	serve
	requests a 1 >in
	for options in '--dry-run --status' '--dry-run --flush' '--bodies b' \
		'--status --flush' '--salvage new --list parked' \
		'--salvage new --flush' '--status --list parked' \
		'--replay all --forget all' '--dry-run --follow' \
		'--spool postgresql:///capi'; do
		# shellcheck disable=SC2086
		run -64 send $options
	done
	assert_not_exist b
	assert_not_exist postgresql:
	assert_equal "$(request_count)" 0
	send in >/dev/null
	run -64 send --salvage ./spool/
}

@test "a log that can not be written is told by the exit status, too" {
	serve
	requests a 2 >in
	run -73 --separate-stderr send --log /dev/full in
	assert_equal "$stderr" 'capi-send: /dev/full: writing failed; no more is logged
capi-send: meta: 2 delivered'
}

@test "[22] what waits since a clock that was wrong is not younger than now" {
	serve
	requests a 1 >in
	stop_server
	run -75 send --max-time 0 --now $(($(date +%s) + 86400)) in
	run -0 send --status
	assert_output --regexp 'queued +1  oldest 0 s'
	run -75 send --flush --max-time 0 --metrics m
	grep -q '^capi_send_oldest_queued_seconds{destination="meta"} 0$' m
}

@test "an event_time of any number of seconds is taken, and its age is what it is" {
	serve
	requests a 2 | sed 's/"event_time":[0-9]*/"event_time":10000000000000000/' >in
	run -0 --separate-stderr send in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 2'
}

are_queued() { [ "$(queued)" = "$1" ]; }

@test "[29] what another process has fed meanwhile is not among what this one leaves in the queue" {
	serve
	stop_server
	requests a 2 >a
	requests b 2 >b
	mkfifo fifo
	exec_send --max-time 0 fifo >receipts 2>err 3>&- &
	pid=$!
	exec 4>fifo
	cat a >&4
	wait_until are_queued 2
	run -75 send --max-time 0 b
	requests c 2 >&4
	exec 4>&-
	rc=0
	wait $pid || rc=$?
	assert_equal $rc 75
	assert_equal "$(jq -r .event_id receipts | xargs)" 'a1 a2 c1 c2'
	grep -q '^capi-send: meta: 4 queued; 6 in the queue' err
}

@test "--metrics: a long event name is cut between two characters" {
	serve
	name=$(printf 'é%.0s' {1..40})
	requests a 1 | sed "s/Purchase/$name/g" >in
	run -0 send --metrics m in
	iconv -f UTF-8 -t UTF-8 m >/dev/null
	grep -q "event_name=\"$(printf 'é%.0s' {1..31})\"} 1" m
}

@test "[35] an event that is too long for the store is refused, the others go" {
	serve
	{
		printf '{"platform":"meta","event_name":"P","event_id":"big","event":{"x":"'
		head -c 17000000 /dev/zero | tr '\0' a
		echo '"}}'
		requests a 2
	} >in
	run -1 --separate-stderr send --max-record 100000000 in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 2'
	[[ $stderr == 'capi-send: in:1: event: longer than 15 MiB'* ]]
}

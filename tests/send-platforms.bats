#!/usr/bin/env bats
# What the answers of each platform mean to capi-send. The requests come from
# capi-hash and capi-build, the answers from the stand-in.

load helper
load send

# serve_as PLATFORM [OPTION...]
serve_as() {
	P=$1 serve "${@:2}"
}

# build PLATFORM N [PREFIX [SOURCE]]: N requests in ./in
build() {
	local t=$(($(date +%s) - 1800))
	for i in $(seq "$2"); do
		printf '{"event_name":"Purchase","event_time":%d,"event_id":"%s-%d","action_source":"%s","event_source_url":"https://example.com/thanks","user_data":{"email":"jane%d@example.com","client_ip_address":"203.0.113.7","client_user_agent":"Mozilla/5.0"},"custom_data":{"value":10.00,"currency":"USD","order_id":"%s-%d","items":[{"id":"S1","quantity":1,"price":10.00}]},"consent":{"ad_user_data":"granted","ad_personalization":"granted"}}\n' \
			"$t" "${3:-A}" "$i" "${4:-website}" "$i" "${3:-A}" "$i"
	done >events
	if [ "$1" = klaviyo ]; then cp events hashed; else capi-hash -p "$1" events >hashed; fi
	capi-build --config "$conf" -p "$1" --consent-unknown send hashed >in
	[ "$(grep -c '"event":{' in)" = "$2" ]
}

# sent STATUS ...: sends ./in, expects that exit status, leaves ./receipts
sent() {
	local wanted=$1 status=0
	shift
	send "$@" in >receipts 2>err || status=$?
	assert_equal "$status" "$wanted"
}

accepted() { wc -l <s/accepted.ndjson; }

@test "each platform takes what capi-build makes, and a second run sends nothing" {
	for p in meta tiktok pinterest google snapchat klaviyo; do
		rm -rf s spool
		serve_as "$p"
		build "$p" 3
		sent 0
		assert_equal "$p $(outcomes) $(accepted)" "$p delivered 3 3"
		sent 0
		assert_equal "$p $(outcomes)" "$p duplicate 3"
		assert_equal "$(request_count)" 1
		kill "$(cat s.pid)"
	done
}

@test "each platform's server error is retried, its throttle pauses, its refused token stops" {
	for p in meta tiktok pinterest google snapchat klaviyo; do
		rm -rf s spool
		serve_as "$p"
		build "$p" 3
		fault '{"script":["transient"]}'
		sent 0
		assert_equal "$p $(jq -r '[.outcome,.attempts] | map(tostring) | join(" ")' receipts | uniq)" "$p delivered 2"
		build "$p" 3 B
		fault '{"script":["throttle"]}'
		sent 75 --max-time 0
		assert_equal "$p $(outcomes)" "$p queued 3"
		[ "$(sqlite3 spool/store.db "select paused_until > strftime('%s','now') * 1000 - 2000 from dest")" = 1 ]
		sqlite3 spool/store.db 'update dest set paused_until = 0; update event set next_at = 0'
		fault '{"script":[{"do":"auth","times":-1}]}'
		status=0
		send --flush >receipts 2>err || status=$?
		assert_equal "$p $status" "$p 77"
		fault '{}'
		run -0 send --flush
		assert_equal "$p $(accepted)" "$p 6"
		kill "$(cat s.pid)"
	done
}

@test "[9] no success: Meta's unknown error in a 200, TikTok's 0 with a 403, Klaviyo's 409 for a batch, Pinterest's 201 without a word" {
	while read -r platform outcome status action; do
		rm -rf spool s
		serve_as "$platform"
		build "$platform" 4
		fault "{\"script\":[$action]}"
		sent "$status" --max-time 0
		assert_equal "$platform $(jq -r .outcome receipts | uniq)" "$platform $outcome"
		kill "$(cat s.pid)"
	done <<-'X'
	meta unknown 75 {"do":"body","accept":false,"body":"{\"error\":{\"code\":4711,\"message\":\"new\"}}"}
	meta queued 75 {"do":"status","status":400,"body":"{\"error\":{\"code\":100,\"is_transient\":true}}"}
	tiktok queued 77 {"do":"status","status":403,"body":"{\"code\":0,\"message\":\"OK\"}"}
	pinterest unknown 75 {"do":"status","status":201,"body":"{}"}
	pinterest queued 75 {"do":"status","status":503,"body":"{}"}
	X
	rm -rf spool s
	serve_as klaviyo
	build klaviyo 4
	fault '{"script":[{"do":"status","status":409,"body":"{}"}]}'
	sent 0
	assert_equal "$(accepted)" 4
}

@test "[9] TikTok: HTTP 200 with a code; an unknown one is no success" {
	serve_as tiktok
	local n=0
	while read -r code status outcome; do
		n=$((n + 1))
		build tiktok 2 "T$n"
		fault "{\"script\":[{\"do\":\"error\",\"code\":$code,\"times\":-1}]}"
		rm -rf spool
		sent "$status" --max-time 0
		assert_equal "$code $(jq -r .outcome receipts | uniq)" "$code $outcome"
	done <<-X
	0 0 delivered
	20001 0 delivered
	40050 0 delivered
	40100 75 queued
	40132 75 queued
	50002 75 queued
	61000 75 queued
	40105 77 queued
	40001 77 queued
	40400 78 queued
	40007 78 queued
	40002 1 parked
	12345 75 unknown
	X
}

@test "TikTok: the event that the message names is parked, the others go at once" {
	serve_as tiktok
	build tiktok 20
	fault '{"script":[{"do":"error","code":40002,"message":"Batch.7.properties.value: Not a valid number."}]}'
	sent 1
	assert_equal "$(outcomes)" 'delivered 19, parked 1'
	assert_equal "$(jq -r 'select(.outcome=="parked") | [.event_id,.code,.reason] | join(" ")' receipts)" \
		'A-8 40002 Batch.7.properties.value: Not a valid number.'
	assert_equal "$(request_count)" 2
}

@test "[11] Pinterest: each event has its own result, and the processed ones never go again" {
	serve_as pinterest
	build pinterest 10
	fault '{"script":[{"do":"partial","fail":[2,5]}]}'
	sent 1
	assert_equal "$(outcomes)" 'delivered 8, parked 2'
	assert_equal "$(jq -r 'select(.outcome=="parked").event_id' receipts | paste -sd' ')" 'A-3 A-6'
	assert_equal "$(request_count)" 1
}

@test "[11] Pinterest: results that do not match the request decide nothing" {
	serve_as pinterest
	for by in -1 1; do
		rm -rf spool
		build pinterest 4 "C$by"
		fault "{\"script\":[{\"do\":\"count\",\"by\":$by}]}"
		sent 75 --max-time 0
		assert_equal "$(outcomes)" 'unknown 4'
	done
}

@test "[3] Pinterest: offline events can not be told apart, so a lost answer parks them" {
	serve_as pinterest
	build pinterest 2 O physical_store
	fault '{"script":["drop-after-accept"]}'
	sent 1
	assert_equal "$(jq -r '[.outcome,.code] | join(" ")' receipts | uniq)" 'parked unknown'
	assert_equal "$(request_count)" 1
}

@test "Google Data Manager: the indexed event is parked, the rest goes in a second request" {
	serve_as google
	build google 20
	sed -i '5s/"emailAddress":"[0-9a-f]*"/"emailAddress":"jane"/' in
	sent 1
	assert_equal "$(outcomes)" 'delivered 19, parked 1'
	assert_equal "$(jq -r 'select(.outcome=="parked").event_id' receipts)" A-5
	assert_equal "$(request_count)" 2
	assert_equal "$(accepted)" 19
}

@test "[11] Google Ads: partial failure by index; what it has already is a success" {
	serve_as google --set google.allowlisted=1
	sed 's/^customer_id/api = google_ads\ncustomer_id/' s/capi.conf >n.conf
	conf=$PWD/n.conf
	build google 5
	fault '{"script":[{"do":"partial","fail":[1]}]}'
	sent 1
	assert_equal "$(outcomes)" 'delivered 4, parked 1'
	assert_equal "$(jq -r 'select(.outcome=="parked") | [.event_id,.code] | join(" ")' receipts)" 'A-2 EVENT_NOT_FOUND'
	build google 3 B
	fault '{"script":[{"do":"partial","fail":[0],"code":{"conversionUploadError":"ORDER_ID_ALREADY_IN_USE"}}]}'
	sent 0
	assert_equal "$(outcomes)" 'delivered 3'
	build google 3 C
	fault '{"script":[{"do":"partial","fail":[2],"code":{"conversionUploadError":"TOO_RECENT_EVENT"}}]}'
	sent 75
	assert_equal "$(outcomes)" 'delivered 2, queued 1'
	[ "$(sqlite3 spool/store.db "select next_at / 1000 - strftime('%s','now') > 21000 from event where state = 0")" = 1 ]
}

@test "Google Ads: what is wrong with the account is no event's fault, however it is named" {
	serve_as google --set google.allowlisted=1
	sed 's/^customer_id/api = google_ads\ncustomer_id/' s/capi.conf >n.conf
	conf=$PWD/n.conf
	build google 3
	while read -r status code want; do
		rm -rf spool
		fault "{\"always\":[{\"do\":\"error\",\"status\":$status,\"code\":$code}]}"
		sent "$want"
		assert_equal "$(outcomes)" 'queued 3'
	done <<-X
	401 {"authenticationError":"OAUTH_TOKEN_REVOKED"} 77
	401 {"authenticationError":"A_NAME_OF_NEXT_YEAR"} 77
	403 {"authorizationError":"CUSTOMER_NOT_ENABLED"} 77
	400 {"conversionUploadError":"CUSTOM_VARIABLE_NOT_ENABLED"} 78
	X
}

@test "Google: a request refused for what it has already took nothing: the others are sent again" {
	serve_as google
	build google 4
	fault '{"script":[{"do":"error","reason":"DUPLICATE_TRANSACTION_ID","field":"events.events[1].transaction_id"}]}'
	sent 0
	assert_equal "$(outcomes)" 'delivered 4'
	assert_equal "$(accepted)" 4
}

@test "Google: a quota by the minute pauses a minute, one by the day half a day" {
	serve_as google --set google.allowlisted=1
	sed 's/^customer_id/api = google_ads\ncustomer_id/' s/capi.conf >ads.conf
	chmod 600 ads.conf
	local data_manager=$conf ads=$PWD/ads.conf
	while read -r api quota least most; do
		rm -rf spool
		conf=${!api}
		build google 2
		fault "{\"script\":[{\"do\":\"throttle\",\"quota\":\"$quota\",\"seconds\":300}]}"
		sent 75
		paused=$(sqlite3 spool/store.db "select paused_until / 1000 - strftime('%s','now') from dest")
		[ "$paused" -ge "$least" ] && [ "$paused" -le "$most" ]
	done <<-X
	data_manager minute 55 70
	data_manager day 43000 48000
	ads minute 295 335
	ads day 43000 48000
	X
}

@test "Google: a request that comes too early for its action waits six hours" {
	serve_as google
	build google 2
	fault '{"script":[{"do":"error","reason":"CONVERSION_ACTION_TOO_RECENTLY_CREATED","field":"events.events[1].x"}]}'
	sent 75
	assert_equal "$(outcomes)" 'queued 2'
	[ "$(sqlite3 spool/store.db "select paused_until / 1000 - strftime('%s','now') between 21000 and 24000 from dest")" = 1 ]
}

@test "Google: what it kept and did not use stands in the receipts" {
	serve_as google
	sed 's/^customer_id/merchant_id = 5566778\ncustomer_id/' s/capi.conf >m.conf
	chmod 600 m.conf
	conf=$PWD/m.conf
	build google 2
	sed -i 's/,"unitPrice":10.00//' in
	sent 0
	assert_equal "$(jq -r '[.outcome, .reason] | join(" ")' receipts | uniq -c | xargs)" \
		'2 delivered CART_DATA_ITEM_UNIT_PRICE_MISSING'
}

@test "Google: a service account or a refresh token is exchanged for an access token" {
	for kind in service_account authorized_user; do
		rm -rf s spool
		serve_as google --set google.credentials=$kind
		build google 3
		sent 0
		assert_equal "$kind $(outcomes)" "$kind delivered 3"
		assert_equal "$(jq -r .path s/requests.ndjson | paste -sd' ')" '/token /v1/events:ingest'
		# Neither the key nor the token is anywhere of ours.
		run ! grep -raq -e 'PRIVATE KEY' -e 'standin-google-refresh' spool receipts err
		kill "$(cat s.pid)"
	done
}

@test "Google: a token that ended early is renewed once, then it is the account" {
	serve_as google --set google.credentials=service_account
	build google 3
	fault '{"script":["pass","forget"]}'
	sent 0
	assert_equal "$(outcomes)" 'delivered 3'
	assert_equal "$(jq -r .attempts receipts | uniq)" 1
	build google 3 B
	fault '{"script":[{"do":"pass"},{"do":"auth","times":1},{"do":"pass"},{"do":"auth","times":-1}]}'
	sent 77
	fault '{"script":[{"do":"auth","times":-1}]}'
	rm -rf spool
	sent 77
	[[ $(cat err) == *'invalid_grant'*'clock'* ]]
}

@test "Snapchat: a refusal in bare text is one, a proxy's page is none" {
	serve_as snapchat
	build snapchat 1
	fault '{"always":[{"do":"status","status":400,"body":"<html>Bad Request</html>"}]}'
	sent 75 --max-time 0
	assert_equal "$(outcomes)" 'queued 1'
	rm -rf spool
	fault '{"always":[{"do":"status","status":400,"body":"Insufficient PII"}]}'
	sent 1 --max-time 0
	assert_equal "$(jq -r '[.outcome,.code,.reason] | join("|")' receipts)" 'parked|http.400|Insufficient PII'
}

@test "Snapchat: both shapes of an error, and the token is not shown" {
	for shape in flat event; do
		rm -rf s spool
		serve_as snapchat
		build snapchat 8
		sed -i '3s/"em":\["[0-9a-f]*"\]/"em":["jane"]/' in
		sent 1
		assert_equal "$shape $(outcomes)" "$shape delivered 7, parked 1"
		assert_equal "$(jq -r 'select(.outcome=="parked").event_id' receipts)" A-3
		run ! grep -raq standin-snap spool receipts err
		kill "$(cat s.pid)"
	done
	token=$(cat s/snapchat.token)
	run ! grep -raqF -- "$token" spool receipts err
}

@test "Klaviyo: the pointer names the event; a conflict is what it has already" {
	serve_as klaviyo
	build klaviyo 6
	fault '{"script":[{"do":"error","pointer":"/data/attributes/events-bulk-create/data/4/attributes/profile"}]}'
	sent 1
	assert_equal "$(outcomes)" 'delivered 5, parked 1'
	assert_equal "$(jq -r 'select(.outcome=="parked").event_id' receipts)" A-5
	build klaviyo 2 B
	fault '{"script":["conflict"]}'
	sent 0
	build klaviyo 2 C
	fault '{"script":["gone"]}'
	sent 78
}

@test "Klaviyo: a further refund adds itself alone, and a sum that grew is parked, not counted twice" {
	serve_as klaviyo
	build klaviyo 2
	t=$(($(date +%s) - 1800))
	refunds() { # refunds SUM LIST: A-1's one by one, A-2's as their sum
		jq -c --argjson sum "$1" --argjson list "$2" '.source = {status: "partially_refunded",
			refunded_value: $sum} + (if .event_id == "A-1" then {refunds: $list} else {} end)' hashed |
			capi-build --config "$conf" -p klaviyo --consent-unknown send >in
	}
	refunds 3 '[{"value":3,"at":'$((t + 60))'}]'
	sent 0
	assert_equal "$(outcomes)" 'delivered 4'
	refunds 5 '[{"value":3,"at":'$((t + 60))'},{"value":2,"at":'$((t + 120))'}]'
	sent 1
	assert_equal "$(jq -r '[.key, .outcome, .code] | join(" ")' receipts | sort)" \
		'Placed Order/A-1 duplicate 
Placed Order/A-2 duplicate 
Refunded Order/A-1:refund:1 duplicate 
Refunded Order/A-1:refund:2 delivered 
Refunded Order/A-2:refund:1 parked conflict'
	# what Klaviyo has in its metric comes to what was given back: 3 + 2 of
	# A-1, and of A-2 what it was told first
	assert_equal "$(jq -s '[.[] | select(.event_name == "Refunded Order").value | tonumber] | add' s/accepted.ndjson)" 8
}

@test "Google: --follow tells later which events were refused after they were taken" {
	serve_as google
	build google 4
	fault '{"script":[{"do":"later","fail":[1],"reason":"INVALID_GCLID"}]}'
	sent 0 --follow
	assert_equal "$(outcomes)" 'delivered 4'
	assert_equal "$(request_count)" 1 # too early to ask
	sqlite3 spool/store.db 'update follow set next_at = 0'
	fault '{"script":["processing"]}'
	run -0 send --flush --follow
	assert_equal "$output" ''
	[ "$(sqlite3 spool/store.db "select next_at / 1000 - strftime('%s','now') > 1700 from follow")" = 1 ]
	sqlite3 spool/store.db 'update follow set next_at = 0'
	run -1 --separate-stderr send --flush --follow
	assert_equal "$(jq -r '[.event_id,.outcome,.code] | join(" ")' <<<"$output")" 'A-2 refused INVALID_GCLID'
	[[ $stderr == *'1 events were refused when they were processed'* ]]
	run -0 send --flush --follow
	assert_equal "$(jq -r .path s/requests.ndjson | grep -c requestStatus)" 2
}

# in_two PLATFORM N: requests for two destinations in ./both
in_two() {
	requests m "$2" >both
	build "$1" "$2"
	cat in >>both
}

@test "a token server that hangs holds no other destination back" {
	serve_as meta,google --set google.credentials=service_account
	fault '{"always":[{"do":"hang","when":{"path":"/token"}}]}'
	in_two google 3
	exec_send --timeout 4 both >receipts 2>err 3>&- &
	pid=$!
	wait_until lines_in receipts 3
	kill -0 $pid # still waiting for the token
	assert_equal "$(outcomes)" 'delivered 3'
	rc=0
	wait $pid || rc=$?
	assert_equal $rc 75
	assert_equal "$(outcomes)" 'delivered 3, queued 3'
	assert_equal "$(sqlite3 spool/store.db 'select sum(attempts), sum(uncertain) from event')" '0|0'
	[[ $(cat err) == 'capi-send: google: no access token: '* ]]
	fault '{}'
	run -0 send --flush
	assert_equal "$(accepted)" 6
}

@test "a token server that answers something else is quoted by its status" {
	serve_as google --set google.credentials=service_account
	fault '{"always":[{"do":"status","status":503,"when":{"path":"/token"}}]}'
	build google 1
	run -75 --separate-stderr send in
	[[ $stderr == 'capi-send: google: no access token: the answer was HTTP 503 and no token'* ]]
}

@test "a token that is waited for does not outlast a signal" {
	serve_as google --set google.credentials=service_account
	fault '{"always":[{"do":"hang","when":{"path":"/token"}}]}'
	build google 3
	exec_send in >receipts 2>err 3>&- &
	pid=$!
	wait_until lines_in s/connections.ndjson 1
	start=$SECONDS
	kill -TERM $pid
	rc=0
	wait $pid || rc=$?
	assert_equal $rc 75
	[ $((SECONDS - start)) -le 2 ] # nothing is in the air
	assert_equal "$(outcomes)" 'queued 3'
}

@test "--follow: an answer that does not come holds no delivery back" {
	serve_as meta,google
	build google 2
	fault '{"script":[{"do":"later","fail":[1],"reason":"INVALID_GCLID"}]}'
	sent 0
	sqlite3 spool/store.db 'update follow set next_at = 0'
	fault '{"always":[{"do":"hang","when":{"path":"requestStatus"}}]}'
	requests m 3 >in
	exec_send --timeout 4 --follow in >receipts 2>err 3>&- &
	pid=$!
	wait_until lines_in receipts 3
	kill -0 $pid
	assert_equal "$(outcomes)" 'delivered 3'
	wait $pid
	# It is asked again, later.
	assert_equal "$(sqlite3 spool/store.db 'select polls from follow')" 1
}

@test "Google: many requests that a dead token fails together renew it once" {
	serve_as google --set google.credentials=service_account
	build google 8
	fault '{"script":["pass",{"do":"forget","delay":0.3}]}'
	send --batch 1 in >receipts 2>err
	assert_equal "$(outcomes)" 'delivered 8'
	assert_equal "$(jq -r .path s/requests.ndjson | grep -c token)" 2
}

@test "Google: a partial refund finds its conversion, also on a first export, and a second run changes nothing" {
	serve_as google --set google.allowlisted=1
	build google 2
	# A-1 was exported as paid before, A-2 was not
	sed -i 2d in
	sent 0
	refund() {
		sed 's/"consent":/"source":{"status":"partially_refunded","refunded_value":"'"$1"'"},&/' hashed |
			capi-build --config "$conf" -p google >in
		assert_equal "$(wc -l <in)" 4
	}
	refund 2.50
	# A-2's restatement keeps behind it, also when it has to go again, and
	# waits at no expense; A-1's, which was there before, waits for nothing
	fault '{"script":[{"do":"status","status":503,"when":{"path":"events:ingest"}}]}'
	sent 0 --backoff 300
	assert_equal "$(jq -r '[.key, .outcome, .attempts] | join(" ")' receipts)" \
		'A-1 duplicate 
RESTATEMENT/A-1/7.50 delivered 1
A-2 delivered 2
RESTATEMENT/A-2/7.50 delivered 1'
	sleep 1 # the clock goes on between the runs of a night
	refund 2.50
	sent 0
	assert_equal "$(outcomes)" 'duplicate 4'
	# a further refund is another restatement, newer than the one before
	refund 4.00
	sent 0
	assert_equal "$(outcomes)" 'delivered 2, duplicate 2'
	assert_equal "$(jq -r 'select(.outcome=="delivered").code // "none"' receipts | sort -u)" none
	# one whose conversion lands when the run's time is over goes in that run
	build google 3
	sed -i '1,2d' hashed
	sed 's/"consent":/"source":{"status":"partially_refunded","refunded_value":"2.50"},&/' hashed |
		capi-build --config "$conf" -p google >in
	fault '{"always":[{"do":"pass","delay":0.3,"when":{"path":"events:ingest"}}]}'
	run -0 --separate-stderr send --max-time 0 < <(head -n 1 in; sleep 0.1; tail -n 1 in)
	fault '{}'
	assert_equal "$(jq -r .outcome <<<"$output" | xargs)" 'delivered delivered'
}

@test "[1] Google: an adjustment keeps behind its conversion, over kill -9, and holds no other up" {
	serve_as google --set google.allowlisted=1
	sed 's/^customer_id/api = google_ads\ncustomer_id/' s/capi.conf >n.conf
	conf=$PWD/n.conf
	build google 3
	sed 's/"consent":/"source":{"status":"partially_refunded","refunded_value":"2.50"},&/' hashed |
		capi-build --config "$conf" -p google >in
	fault '{"script":[{"do":"partial","fail":[1],"code":{"conversionUploadError":"TOO_RECENT_EVENT"}}]}'
	# the adjustment stands before its conversion in the input
	sort -r in >turned
	mv turned in
	sent 75
	assert_equal "$(jq -r '[.key, .outcome, .attempts, .code] | join(" ")' receipts | sort)" \
		'A-1 delivered 1 
A-2 queued 1 TOO_RECENT_EVENT
A-3 delivered 1 
RESTATEMENT/A-1/7.50 delivered 1 
RESTATEMENT/A-2/7.50 queued  behind
RESTATEMENT/A-3/7.50 delivered 1 '
	# since then all of it was given back
	sed 's/"consent":/"source":{"status":"refunded"},&/' hashed |
		capi-build --config "$conf" -p google | sed -n 2p >in
	sent 75
	assert_equal "$(jq -r '[.key, .outcome, .code] | join(" ")' receipts)" 'RETRACTION/A-2 queued behind'
	assert_equal "$(sqlite3 spool/store.db 'select count(*), count(distinct next_at) from event')" '3|1'
	# killed with the conversion in the air
	sqlite3 spool/store.db 'update event set next_at = 0'
	fault '{"script":[{"do":"hang","accept":true,"seconds":30}]}'
	exec_send --flush >/dev/null 3>&- &
	wait_until in_flight 1
	wait_until lines_in s/accepted.ndjson 5
	kill -9 $!
	wait $! || true
	assert_equal "$(accepted)" 5
	fault '{}'
	run -0 --separate-stderr send --flush
	assert_equal "$(jq -r '[.key, .outcome, .attempts] | join(" ")' <<<"$output")" \
		'A-2 delivered 3
RESTATEMENT/A-2/7.50 delivered 1
RETRACTION/A-2 delivered 1'
	assert_equal "$(queued)" 0
	assert_equal "$(jq -r 'select(.event_id == "A-2").event_name' s/accepted.ndjson | xargs)" \
		'CLICK RESTATEMENT RETRACTION'
}

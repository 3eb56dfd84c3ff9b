load helper

setup() {
	W=$BATS_TEST_TMPDIR
	cd "$W" || return
	now=1775581200
}

# N orders of 2026-04-01 and later, an hour apart, as events.
orders() {
	awk -v n="$1" -v p="${2:-}" 'BEGIN { for (i = 0; i < n; i++)
		printf "{\"event_name\":\"Purchase\",\"event_id\":\"%s%d\"," \
		"\"event_time\":%d,\"custom_data\":{\"value\":10.00," \
		"\"currency\":\"USD\"},\"source\":{\"status\":\"paid\"}}\n",
		p, 12345 + i, 1775001600 + i * 3000 }'
}

# A receipt for each of them, moved by $3 seconds, ids with prefix $2.
receipts() {
	awk -v n="$1" -v p="${2:-}" -v d="${3:-0}" 'BEGIN {
		for (i = 0; i < n; i++) printf "{\"platform\":\"meta\"," \
		"\"event_name\":\"Purchase\",\"event_id\":\"%s%d\"," \
		"\"event_time\":%d,\"outcome\":\"delivered\",\"sent_at\":%d}\n",
		p, 12345 + i, 1775001600 + i * 3000 + d,
		1775001600 + i * 3000 + 20 }'
}

received() {
	printf 'date,event,source,count\n2026-04-01,Purchase,,%s\n' "$1"
	printf '2026-04-06,Purchase,,0\n'
}

audit() {
	run "--separate-stderr" capi-audit --now $now --report-tz UTC "$@"
}

# What a finding of this check says, from NDJSON in $output.
finding() {
	jq -r --arg c "$1" \
		'select(.type=="finding" and .check==$c) | .verdict' <<<"$output"
}

@test "150 orders and 90 events are a loss of 40.0% of orders and 66.7% of what meta shows" {
	orders 150 >o && received 90 >r
	audit --orders o --received meta=r
	[ "$status" -eq 1 ]
	assert_output --partial '0.60  0.52 - 0.68  ! loss-pixel-only'
	assert_output --partial \
		'missing 60 = 40.0% of orders (= 66.7% of what meta shows)'
}

@test "three shops at 1.8, 2.0 and 2.1 count twice" {
	orders 150 >o
	for n in 270 300 315; do
		received $n >r
		audit --orders o --received meta=r --format ndjson
		[ "$status" -eq 1 ]
		assert_equal "$(finding count.ratio)" dedup-broken
	done
	# 1.8 of 150 may still be 1.73, which is a warning; 2.1 may not.
	assert_equal "$(jq -r 'select(.type=="finding").severity' \
		<<<"$output")" crit
}

@test "12345 in the shop and ORD-12345 at the platform are named as one id in two dresses" {
	orders 40 >o && receipts 40 ORD- >s
	audit --orders o --sent s
	[ "$status" -eq 1 ]
	assert_output --partial 'orders "N", server "ORD-N" (40 ids)'
}

@test "local time sent as UTC is named with the offset and a zone" {
	orders 40 >o && receipts 40 '' -14400 >s
	audit --orders o --sent s
	[ "$status" -eq 1 ]
	assert_output --partial '40 of 40 events are 4 h early'
	assert_output --partial 'capi-normalize --tz America/New_York'
}

@test "one address on all events is the server's" {
	for i in $(seq 30); do
		printf '{"platform":"meta","event_name":"Purchase","event_id":"%d","event_time":1775001600,"event":{"event_name":"Purchase","event_time":1775001600,"user_data":{"em":["%064x"],"client_ip_address":"203.0.113.7"}}}\n' "$i" "$((i + 99))"
	done >q
	audit --events q
	[ "$status" -eq 1 ]
	assert_output --partial '203.0.113.7 on 30 of 30 events of 30 people'
	audit --events q --server-ip 203.0.113.7 --format ndjson
	assert_output --partial '30 of 30 events: that is your server"'
}

@test "every order is in exactly one class and the classes add up to the orders" {
	python3 "$TESTS/audit/shop.py" --out . --orders 300 --fault missing:0.1 \
		--fault parked:0.1 --fault refused:0.05
	audit --orders orders.ndjson --sent receipts.ndjson --format ndjson
	[ "$status" -eq 1 ]
	run jq -rs '[.[] | select(.check=="count.ids" and .counted!=null) |
		(.delivered+.refused+.withheld+.queued+.parked+.unknown+
		.["dry-run"]+.["too new"]+.missing == .counted) and
		(.counted + .left_out == .orders)] | unique | tostring' \
		<<<"$output"
	assert_output '[true]'
}

@test "empty truth is trouble, not health" {
	: >o
	receipts 3 >s
	audit --orders o --sent s
	[ "$status" -eq 65 ]
	orders 3 | sed 's/paid/cancelled/' >o
	audit --orders o --sent s
	[ "$status" -eq 65 ]
	[[ $stderr == *"none of 3 orders counts"* ]]
}

@test "orders without any receipt are a finding, not an error" {
	orders 30 >o
	: >s
	audit --orders o --sent s
	[ "$status" -eq 1 ]
	[[ ${output//$'\n'/ } == *'the receipts are empty'* ]]
}

@test "receipts that break off in the middle are trouble" {
	orders 30 >o
	receipts 30 | head -c 1000 >s
	audit --orders o --sent s
	[ "$status" -eq 65 ]
	[[ $stderr == *"cut in the middle"* ]]
}

@test "a report that breaks off is trouble, however it shows" {
	python3 "$TESTS/audit/shop.py" --out . --orders 100
	# In the middle of a row; inside a quoted cell; rows under a total.
	head -c 400 ads_meta.csv >cut1
	sed 3d ads_tiktok.csv >cut2
	sed 3d ads_meta.csv >cut3
	printf 'date,count,note\n2026-04-01,5,"so' >cut4
	for f in tiktok=cut2 meta=cut1 meta=cut3 meta=cut4; do
		audit --orders orders.ndjson --attributed $f
		[ "$status" -eq 65 ] || fail "$f: $status"
		[[ $stderr == *"breaks off"* ]] || fail "$f: $stderr"
	done
	printf 'date,event,source,count\n' >none
	audit --orders orders.ndjson --received meta=none
	[ "$status" -eq 65 ]
}

@test "total rows are skipped and counted, and a campaign called Total Wine is not one" {
	python3 "$TESTS/audit/shop.py" --out . --orders 100
	audit --orders orders.ndjson --format ndjson \
		--attributed meta=ads_meta.csv --attributed tiktok=ads_tiktok.csv \
		--attributed google=ads_google.csv \
		--attributed pinterest=ads_pinterest.csv
	run jq -r 'select(.type=="input" and .platform!=null) |
		"\(.platform) \(.rows) \(.totals_skipped) \(.confirmed)"' \
		<<<"$output"
	assert_line 'meta 7 1 true'
	assert_line 'tiktok 7 1 true'
	assert_line 'google 7 2 true'
	assert_line 'pinterest 7 0 false'
}

@test "a German export with semicolons and decimal commas counts as the English one" {
	orders 30 >o
	printf 'Kampagnenbericht\n"1. April 2026 - 6. April 2026"\nKampagne;Tag;Währungscode;Conversions;Conv.-Wert\nFrühling;2026-04-01;EUR;2,50;1.234,56\nFrühling;2026-04-02;EUR;1.234;10,00\nGesamt: Konto; --;EUR;1.236,50;1.244,56\n' >g
	audit --orders o --attributed google=g --format ndjson
	run jq -r 'select(.type=="metric" and .check=="count.attributed") | .count' <<<"$output"
	assert_output 1236.5
}

@test "Results that are clicks are not taken for purchases" {
	orders 30 >o
	printf 'Reporting starts,Reporting ends,Campaign name,Results,Result indicator\n2026-04-01,2026-04-02,Spring,90,actions:link_click\n' >m
	audit --orders o --attributed meta=m
	[ "$status" -eq 65 ]
	[[ $stderr == *"Results are something else"* ]]
	sed 's/link_click/offsite_conversion.fb_pixel_purchase/' m >m2
	audit --orders o --attributed meta=m2 --format ndjson
	run jq -r 'select(.type=="metric" and .check=="count.attributed") | .count' <<<"$output"
	assert_output 90
}

@test "an ads report given as received counts is refused, not guessed at" {
	python3 "$TESTS/audit/shop.py" --out . --orders 50
	audit --orders orders.ndjson --received meta=ads_meta.csv
	[ "$status" -eq 65 ]
	[[ $stderr == *"give it as --attributed"* ]]
}

@test "attributed counts are never banded and never added" {
	python3 "$TESTS/audit/shop.py" --out . --orders 200
	audit --orders orders.ndjson --attributed meta=ads_meta.csv \
		--attributed tiktok=ads_tiktok.csv --format ndjson
	[ "$status" -eq 0 ]
	run jq -r 'select(.check=="count.attributed") | .platform, .verdict' \
		<<<"$output"
	assert_output "$(printf 'meta\nnull\ntiktok\nnull')"
}

@test "own column names are mapped by csv:" {
	orders 30 >o
	printf 'Tag der Zählung;Zahl\n2026-04-01;28\n2026-04-02;2\n' >r
	audit --orders o --format ndjson \
		--received 'meta=csv:date=Tag der Zählung,count=Zahl:r'
	run jq -r 'select(.type=="metric" and .check=="count.ratio") | .count' <<<"$output"
	assert_output 30
	audit --orders o --received 'meta=csv:date=Nope,count=Zahl:r'
	[ "$status" -eq 65 ]
}

@test "days are the ad account's, and a report without a zone is refused" {
	orders 30 >o && received 30 >r
	run capi-audit --now $now --orders o --received meta=r
	[ "$status" -eq 64 ]
	# The first orders of 1 April UTC are 31 March in New York.
	run --separate-stderr capi-audit --now $now --orders o --format ndjson \
		--received meta=r --report-tz America/New_York
	run jq -r 'select(.type=="metric" and .check=="count.ratio") | .truth' <<<"$output"
	# 3000 s apart from 00:00 UTC; New York's day begins at 04:00 UTC.
	assert_output 25
	# Pinterest's days are UTC for everybody, unless the user knows better.
	run --separate-stderr capi-audit --now $now --orders o --format ndjson \
		--received pinterest=r
	run jq -r 'select(.type=="metric" and .check=="count.ratio") | .truth' <<<"$output"
	assert_output 30
	run --separate-stderr capi-audit --now $now --orders o --format ndjson \
		--received pinterest=r --report-tz America/New_York
	run jq -r 'select(.type=="metric" and .check=="count.ratio") | .truth' <<<"$output"
	assert_output 25
}

@test "intervals agree with exact fractions" {
	for pair in "150 90" "150 145" "20 19" "10 13" "150 300" "200 0" \
		"30 200"; do
		set -- $pair
		orders "$1" >o && received "$2" >r
		capi-audit --now $now --report-tz UTC --orders o \
			--received meta=r --format ndjson >>all || true
	done
	run python3 "$TESTS/audit/stats.py" <all
	assert_output '7 intervals agree'
}

@test "a healthy shop has no certain finding, and cron is told nothing" {
	python3 "$TESTS/audit/shop.py" --out . --seed 11 --orders 200
	mapfile -t args <args
	audit "${args[@]}" --quiet
	[ "$status" -eq 0 ]
	assert_output ''
	[ -z "$stderr" ]
}

@test "NDJSON is one object a line and ends in summary" {
	python3 "$TESTS/audit/shop.py" --out . --orders 100 --fault missing:0.2
	mapfile -t args <args
	audit "${args[@]}" --format ndjson
	[ "$status" -eq 1 ]
	jq -es 'all(type == "object") and first.type == "run" and
		last.type == "summary" and last.exit == 1' <<<"$output"
}

@test "Nagios gets its own codes and one line with performance data" {
	orders 150 >o && received 90 >r
	audit --orders o --received meta=r --format nagios
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "CAPI CRITICAL - meta Purchase count.ratio:"*" | "*"'meta_ratio'=0.6;0.8:1.2;0.5:2;0"* ]]
	received 150 >r
	audit --orders o --received meta=r --format nagios
	[ "$status" -eq 0 ]
	: >o
	audit --orders o --received meta=r --format nagios
	[ "$status" -eq 3 ]
	[[ $output == "CAPI UNKNOWN"* ]]
}

@test "--fail-on crit lets warnings pass, likely counts those that chance may do" {
	orders 100 >o && receipts 95 >s
	audit --orders o --sent s
	[ "$status" -eq 1 ]
	audit --orders o --sent s --fail-on crit
	[ "$status" -eq 0 ]
	orders 20 >o && received 15 >r
	audit --orders o --received meta=r
	[ "$status" -eq 0 ]
	assert_output --partial 'likely, not certain'
	audit --orders o --received meta=r --fail-on likely
	[ "$status" -eq 1 ]
}

@test "no e-mail, phone or name is in any output" {
	python3 "$TESTS/audit/shop.py" --out . --orders 80 --fault plain:0.5 \
		--fault missing:0.3 --fault case_kept:0.5
	mapfile -t args <args
	for format in text ndjson nagios; do
		capi-audit "${args[@]}" --format $format --list --html page.html \
			--metrics m.prom >out.$format 2>&1 || true
	done
	run grep -lEi '@example|\+1[0-9]{10}|person\.' out.* page.html m.prom
	[ "$status" -eq 1 ]
}

@test "a Shopify export gives the same audit as its events" {
	python3 "$TESTS/audit/shop.py" --out . --seed 21 --orders 120
	for f in orders.ndjson orders.csv; do
		audit --orders $f --region US --sent receipts.ndjson \
			--events requests.ndjson --format ndjson
		jq -c 'select(.check=="count.ids" and .counted!=null)' \
			<<<"$output" >$f.ids
	done
	diff orders.ndjson.ids orders.csv.ids
	run grep -c . orders.csv.ids
	assert_output 2
}

@test "orders from a pipe are read as from a file" {
	orders 50 >o && receipts 45 >s
	capi-audit --now $now --orders o --sent s --format ndjson |
		grep -v '"input"' >one || true
	capi-audit --now $now --orders - --sent s --format ndjson <o |
		grep -v '"input"' >two || true
	diff one two
}

@test "earlier runs are the baseline of coverage" {
	python3 "$TESTS/audit/shop.py" --out a --seed 31 --orders 300
	python3 "$TESTS/audit/shop.py" --out b --seed 31 --orders 300 \
		--fault lost_email:0.2
	capi-audit --now $((now - 86400)) --events a/requests.ndjson \
		--format ndjson >h || true
	audit --events b/requests.ndjson --history h --format ndjson
	[[ $(finding pay.keys) == *fell* ]]
}

@test "a fall of match quality is not judged within 48 hours of a change" {
	orders 30 >o
	{
		echo date,platform,event,score
		for d in 1 2 3 4; do echo "2026-04-0$d,meta,Purchase,8.6"; done
		echo 2026-04-05,meta,Purchase,5.1
	} >q
	audit --orders o --quality q --format ndjson
	[ "$(finding quality.drop)" = drop ]
	[ "$(finding quality.score)" = needs-work ]
	printf 'time,what\n2026-04-04T12:00:00Z,new theme\n' >c
	audit --orders o --quality q --changes c --format ndjson
	assert_equal "$(finding quality.drop)$(finding quality.score)" ''
	# Three days before the reading it excuses nothing.
	printf 'time,what\n2026-04-02T00:00:00Z,new theme\n' >c
	audit --orders o --quality q --changes c --format ndjson
	[ "$(finding quality.drop)" = drop ]
}

@test "without a common id the hours of the day hint at the zone" {
	python3 "$TESTS/audit/shop.py" --out . --orders 700 --fault hours_off
	audit --orders orders.ndjson --sent receipts.ndjson --format ndjson
	run jq -r 'select(.check=="time.zone") | .verdict, .severity, .cause' \
		<<<"$output"
	assert_line --index 0 hint
	assert_line --index 1 info
	assert_line --index 2 --partial 'seem -5 h off'
}

@test "an order of nothing is no fault of its event, a value lost on the way is" {
	orders 30 | sed '1,9s/10\.00/0.00/' >o
	build() {
		jq -c '{platform:"meta",event_name,event_id,event_time,
			event:{event_name,event_time,event_id,custom_data,
			user_data:{em:["'"$(printf %064d 7)"'"]}}}' "$1"
	}
	build o >q
	audit --orders o --events q --format ndjson
	refute_output --partial not-positive
	sed '20,29s/"value":10[.0]*/"value":0/' q >q2
	audit --orders o --events q2 --format ndjson
	[[ $(finding pay.value) == *not-positive* ]]
	run jq -r 'select(.verdict=="not-positive").affected' <<<"$output"
	assert_output 10
}

# Meta's stats edge: two days of hours with counts of each event.
stats() {
	jq -nc '{data: [range(0; 48) | {
		start_time: ((1775001600 + . * 3600) | strftime("%Y-%m-%dT%H:%M:%S+0000")),
		aggregation: "event",
		data: [{value: "Purchase", count: 1},
			{value: "PageView", count: 30}]}]}'
}

@test "the answer of Meta's stats edge is read as received counts" {
	orders 60 >o
	stats >r
	audit --orders o --received meta=r --format ndjson
	assert_equal "$(jq -r 'select(.type=="metric" and
		.check=="count.ratio") | "\(.count) \(.from) \(.to)"' \
		<<<"$output")" '48 2026-04-01 2026-04-02'
	# Days are the ad account's: the first four hours are yesterday's there.
	run --separate-stderr capi-audit --now $now --orders o --format ndjson \
		--received meta=r --report-tz America/New_York
	assert_equal "$(jq -r 'select(.check=="trend.ratio" and
		.day=="2026-04-01").count' <<<"$output")" 24
	jq -c '.paging.next = "https://graph.example.com/next"' r >more
	audit --orders o --received meta=more
	[ "$status" -eq 65 ]
	[[ $stderr == *"further page"* ]]
	sed 's/"aggregation":"event"/"aggregation":"host"/g' r >host
	audit --orders o --received meta=host
	[ "$status" -eq 65 ]
	[[ $stderr == *"aggregation=event"* ]]
	head -c 900 r >cut
	audit --orders o --received meta=cut
	[ "$status" -eq 65 ]
	audit --orders o --attributed meta=r
	[ "$status" -eq 65 ]
}

@test "Pinterest's event quality scores are read with their issues" {
	orders 30 >o
	cat >q <<-'E'
	[
	  {"overall_status": "NEEDS_IMPROVEMENT", "lookback_period": "14d",
	   "ingestion_source": "CONVERSIONS_API", "source_platform": "WEB",
	   "quality_components": {
	     "hashed_email": {"checkout": {"coverage": 41.5, "issues": [
	       {"id": "1", "name": "Low coverage", "reason": "few e-mails"}]}},
	     "ip_address": {"checkout": {"coverage": 99.0}}}}
	]
	E
	audit --orders o --quality q --format ndjson
	[ "$status" -eq 1 ]
	assert_equal "$(finding quality.score)" needs-work
	assert_equal "$(finding quality.coverage)" issue
	run jq -r 'select(.check=="quality.coverage" and .type=="finding") |
		"\(.platform) \(.event) \(.cause)"' <<<"$output"
	assert_output 'pinterest Purchase hashed_email (CONVERSIONS_API WEB) on 41.5% of events: Low coverage'
	head -n 5 q >cut
	audit --orders o --quality cut
	[ "$status" -eq 65 ]
}

@test "a request over its platform's limit is named by the platform's own" {
	orders 1 >o
	# TikTok takes 1000, Snapchat 2000 in one request (their sheets).
	batch() {
		awk -v n="$1" -v p="$2" 'BEGIN { for (i = 0; i < n; i++)
			printf "{\"platform\":\"%s\",\"destination\":\"shop\"," \
			"\"event_name\":\"Purchase\",\"event_id\":\"%d\"," \
			"\"event_time\":1775001600,\"outcome\":\"delivered\"," \
			"\"sent_at\":1775001620,\"batch\":\"b\"}\n", p, 12345 + i }'
	}
	batch 1500 tiktok >s
	audit --orders o --sent s --format ndjson
	assert_equal "$(finding api.batch)" over-limit
	run jq -r 'select(.check=="api.batch" and .type=="metric") |
		"\(.largest) \(.limit) \(.per_second)"' <<<"$output"
	assert_output '1500 1000 1500'
	batch 1500 snapchat >s
	audit --orders o --sent s --format ndjson
	assert_equal "$(finding api.batch)" ''
}

@test "the metrics file has each series once and is replaced whole" {
	python3 "$TESTS/audit/shop.py" --out . --orders 80
	mapfile -t args <args
	echo old >m.prom
	capi-audit "${args[@]}" --metrics m.prom >/dev/null
	run grep -c '^old' m.prom
	assert_output 0
	grep -v '^#' m.prom | cut -d' ' -f1 | sort | uniq -d >twice
	[ ! -s twice ]
	run grep -cE '^[a-z0-9_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-0-9.e+]+$' m.prom
	assert_output "$(grep -vc '^#' m.prom)"
}

@test "wrong use, missing files, directories, binaries and full disks each have their status" {
	orders 3 >o && receipts 3 >s
	audit --nonsense
	[ "$status" -eq 64 ]
	audit
	[ "$status" -eq 64 ]
	audit --orders o --from 2026-04-01
	[ "$status" -eq 64 ]
	run capi-audit --orders o --report-tz Mars/Olympus
	[ "$status" -eq 64 ]
	audit --received meta=r
	[ "$status" -eq 64 ]
	audit --orders absent --sent s
	[ "$status" -eq 66 ]
	audit --orders . --sent s
	[ "$status" -eq 66 ]
	printf 'PK\003\004' >zip
	audit --orders o --sent zip
	[ "$status" -eq 65 ]
	run bash -c "capi-audit --orders o --sent s >/dev/full"
	[ "$status" -eq 74 ]
	audit --orders o --sent s --html /nowhere/x.html
	[ "$status" -eq 73 ]
}

@test "every check that the list names exists once" {
	run capi-audit --list-checks
	[ "$status" -eq 0 ]
	assert_equal "$(cut -d' ' -f1 <<<"$output" | sort | uniq -d)" ""
	assert_line --partial 'count.ids'
	assert_line --partial 'pay.serverip'
}

@test "each planted fault is named on a small shop" {
	run "$TOP/scripts/audit-rates" --once
	assert_success
}

@test "the page is drawn by a real browser without an error" {
	command -v chromium >/dev/null || skip "chromium is not installed"
	run "$TOP/scripts/check-page"
	assert_success
}

@test "a report without a day in common with the orders is not called healthy" {
	orders 3 >o && received 3 >r
	sed -i 's/2026-04/2026-02/' r
	audit --orders o --received meta=r
	[ "$status" -eq 1 ]
	assert_output --partial 'have no whole'
}

@test "a delivery decides, else the last receipt counts" {
	orders 4 >o
	say() {
		printf '{"platform":"meta","event_name":"Purchase","event_id":"%s","event_time":1775001600,"outcome":"%s"}\n' "$1" "$2"
	}
	{
		say 12345 queued && say 12345 parked
		say 12346 parked && say 12346 delivered
		say 12347 delivered && say 12347 refused
		say 12348 parked && say 12348 unknown
	} >s
	audit --orders o --sent s --format ndjson
	run jq -r 'select(.check=="count.ids" and .counted!=null) |
		"\(.delivered) \(.parked) \(.queued) \(.unknown)"' <<<"$output"
	assert_output '2 1 0 1'
}

@test "exports in Spanish, Portuguese and Korean are read, with dates in words" {
	orders 30 >o
	printf 'Inicio del informe,Fin del informe,Nombre de la campaña,Compras,Importe gastado (PEN)\n2026-04-01,2026-04-02,Otoño,7,"1.250,50"\n' >es
	printf 'Nome da campanha;Compras;Valor usado (BRL);Início dos relatórios;Término dos relatórios\nOutono;8;1.250,50;1 de abr. de 2026;2 de abr. de 2026\n' >pt
	printf '보고 시작,보고 종료,캠페인 이름,구매\n2026-04-01,2026-04-02,봄,9\n' >ko
	for pair in 'es 7 PEN' 'pt 8 BRL' 'ko 9 null'; do
		set -- $pair
		audit --orders o --attributed meta="$1" --format ndjson
		assert_equal "$(jq -r 'select(.type=="metric" and
			.check=="count.attributed") | "\(.count) \(.from) \(.to)"' \
			<<<"$output")" "$2 2026-04-01 2026-04-02"
		assert_equal "$(jq -r 'select(.type=="input" and
			.platform=="meta").currency' <<<"$output")" "$3"
	done
}

@test "what the reader of orders remarks is kept quiet, what stops it is shown" {
	python3 "$TESTS/audit/shop.py" --out . --orders 60
	sed -i '5s/+1[0-9]*/123/' orders.csv
	audit --orders orders.csv --region US --sent receipts.ndjson --quiet
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	audit --orders orders.csv --map hubspot-csv --sent receipts.ndjson
	[ "$status" -eq 65 ]
	[[ $stderr == *"no column for"* ]]
}

@test "orders of nothing count as capi-normalize sends them, unless --free withhold" {
	orders 30 | sed '1,4s/10\.00/0.00/' >o && receipts 30 >s
	audit --orders o --sent s
	[ "$status" -eq 0 ]
	assert_output --partial '30, of these 30 count'
	refute_output --partial 'zero value'
	orders 30 | sed '1,4s/10\.00/0.00/' >o
	audit --orders o --sent s --free withhold --format ndjson
	run jq -c 'select(.type=="input" and .role=="truth") |
		[.rows, .orders, .used, .left_out]' <<<"$output"
	assert_output '[30,30,26,{"zero value":4}]'
}

@test "what is left out is told file by file" {
	orders 10 >o && orders 10 B | sed 2,4s/paid/cancelled/ >o2
	receipts 10 >s && receipts 10 B >>s
	audit --orders o --orders o2 --sent s --format ndjson
	run jq -c 'select(.type=="input" and .role=="truth") |
		[.name, .orders, .used, .left_out]' <<<"$output"
	assert_line --index 0 '["o",10,10,null]'
	assert_line --index 1 '["o2",10,7,{"cancelled":3}]'
}

@test "sums have the decimals of their currency" {
	# ISO 4217: none for the yen, two for the dollar, three for the dinar.
	{ orders 1 && orders 1 B | sed s/USD/JPY/ && orders 1 C | sed s/USD/KWD/; } >o
	receipts 1 >s && receipts 1 B >>s && receipts 1 C >>s
	audit --orders o --sent s
	assert_output --partial 'JPY 10; KWD 10.000; USD 10.00'
}

@test "lines of the lists fit 80 columns, and a terminal is sent no control bytes" {
	orders 6 gid://shopify/Order/00000000000000 |
		sed '2s/gid:/\\u001b[31m:/' >o
	: >s && receipts 1 x >s
	audit --orders o --sent s --list
	run awk 'length > 80' <<<"$output"
	assert_output ''
	audit --orders o --sent s --list
	assert_output --partial 'gid://shopify/Order/0000000000000012347'
	refute_output --partial $'\033'
}

@test "a binary file given as orders is said to be what it is, in one line" {
	cp /bin/true program && receipts 1 >s
	audit --orders program --sent s
	[ "$status" -eq 65 ]
	assert_equal "$stderr" 'capi-audit: program: not orders but a program'
}

@test "orders that can not be read are counted by their reason" {
	python3 "$TESTS/audit/shop.py" --out . --orders 60
	awk -F, -v OFS=, 'NR == 4 { $6 = "much" } { print }' orders.csv >bad.csv
	audit --orders bad.csv --region US --sent receipts.ndjson
	assert_output --partial '1 refused: value'
	assert_output --partial '= orders                            60'
}

@test "reports are read in every form in which platforms export them" {
	run python3 "$TESTS/audit/dialects.py" "$(command -v capi-audit)"
	assert_success
	assert_output '104 forms, 0 misread'
}

@test "names out of the evidence are harmless in the page and on the terminal" {
	orders 3 >o
	printf '{"platform":"meta","destination":"</title><b>x\\u001b","event_name":"Purchase","event_id":"12345","event_time":1775001600,"outcome":"delivered","sent_at":1775001620}\n' >s
	printf '{"platform":"<i>\\"y","event_name":"Purchase","event_id":"12345","event_time":1775001600,"event":{"event_name":"Purchase"}}\n' >q
	audit --orders o --sent s --events q --html page.html
	[ "$status" -eq 1 ]
	refute_output --partial $'\033'
	run grep -cE '<b>x|<i>|"y' page.html
	assert_output 0
	grep -q '&lt;b&gt;x' page.html
}

@test "no line of the text ends in a blank" {
	python3 "$TESTS/audit/shop.py" --out . --orders 120 --fault lost_email:0.3 \
		--fault missing:0.2 --fault parked:0.1
	mapfile -t args <args
	audit "${args[@]}" --list
	run grep -cE ' $' <<<"$output"
	assert_output 0
}

@test "an event_time in microseconds is named" {
	orders 5 >o
	# Microseconds: 16 digits.
	jq -c '{platform:"meta",event_name,event_id,event_time,event:{event_name,
		event_time: (.event_time * 1000000),user_data:{em:["'"$(printf %064d 7)"'"]}}}' o >q
	audit --orders o --events q --format ndjson
	[[ $(finding time.form) == *microseconds* ]]
}

@test "an export is known by its columns from a pipe too, and its rows are counted" {
	python3 "$TESTS/audit/shop.py" --out . --orders 40
	audit --orders orders.csv --region US --sent receipts.ndjson --format ndjson
	jq -c 'select(.type=="input" and .role=="truth") | del(.name)' \
		<<<"$output" >one
	run --separate-stderr capi-audit --now $now --report-tz UTC --orders - \
		--region US --sent receipts.ndjson --format ndjson <orders.csv
	jq -c 'select(.type=="input" and .role=="truth") | del(.name)' \
		<<<"$output" >two
	diff one two
	[ "$(jq .rows one)" -eq "$(($(wc -l <orders.csv) - 1))" ]
	[ "$(jq -r .preset one)" = shopify-csv ]
}

@test "a platform that events were built for and no receipt names is missed" {
	orders 4 >o && receipts 4 >s
	jq -c '{platform:"tiktok",event_name,event_id,event_time,event:{event:
		"Purchase",event_time,event_id}}' o >q
	audit --orders o --sent s --events q --format ndjson
	[ "$status" -eq 1 ]
	run jq -r 'select(.type=="finding" and .check=="count.ids") |
		"\(.platform) \(.severity) \(.verdict) \(.affected)"' <<<"$output"
	assert_line 'tiktok crit missing 4'
}

@test "what is measured from a wrong zone is blamed on the zone" {
	orders 40 >o && receipts 40 '' -14400 >s
	audit --orders o --sent s --format ndjson
	run jq -r 'select(.type=="finding" and .check=="time.lag").fix' \
		<<<"$output"
	assert_output --partial 'time.zone'
}

@test "amounts have their currency's decimals and thousands" {
	orders 100 | sed 's/"value":10.00/"value":123456.5/' >o
	receipts 99 >s
	audit --orders o --sent s
	assert_output --partial 'USD 12 345 650.00'
	assert_output --partial 'USD  123456.50'
}

@test "the share of the last run stands beside this one's" {
	python3 "$TESTS/audit/shop.py" --out . --seed 3 --orders 200
	audit --orders orders.ndjson --attributed tiktok=ads_tiktok.csv \
		--history <(printf '%s\n' \
		'{"type":"run","at":1775000000}' \
		'{"type":"metric","check":"count.attributed","platform":"tiktok","event":"Purchase","truth":200,"count":50}')
	assert_output --partial 'before'
	assert_output --regexp 'tiktok +[0-9]+ +[0-9.]+% +25\.0%'
}

@test "Pinterest's last day and a half is not final and left out" {
	orders 30 >o
	printf 'Date,Campaign name,Total conversions (Checkout)\n2026-04-01,Pins,9\n' >p
	# April 1st ends at 1775088000; 37 hours later it is final.
	run capi-audit --now 1775222000 --orders o --attributed pinterest=p \
		--format ndjson
	assert_output --partial '"count":9'
	run capi-audit --now 1775221000 --orders o --attributed pinterest=p
	refute_output --partial 'credited'
}

@test "a page or metrics are written through links, and devices and pipes are not replaced" {
	orders 3 >o && receipts 3 >s
	mkdir real && echo old >real/page.html && ln -s real/page.html link
	ln -s real/new.html dangling && mkfifo pipe
	audit --orders o --sent s --html link --metrics dangling
	[ -L link ] && [ -L dangling ]
	grep -q '<html' real/page.html
	grep -q '^capi_audit_orders 3' real/new.html
	timeout 20 cat pipe >got &
	audit --orders o --sent s --html pipe
	wait $!
	[ -p pipe ] && grep -q '<html' got
	run bash -c 'ls real | wc -l' # and nothing is left beside them
	assert_output 2
	audit --orders o --sent s --html -
	[ "$status" -eq 64 ]
	[ ! -e ./- ]
}

@test "a full device is an error of the page, and stays a device" {
	orders 3 >o && receipts 3 >s
	mknod full c 1 7 2>/dev/null || skip "needs the right to make a device"
	audit --orders o --sent s --html full
	[ "$status" -eq 74 ]
	[ -c full ]
}

@test "orders that can not be read are a finding with their lines" {
	orders 20 >o
	jq -r '"\(.event_id),\(.event_time),\(.custom_data.value)"' o |
		awk -F, 'BEGIN { print "event_name,order_id,event_time,value,currency" }
		{ print "Purchase," $1 "," $2 "," $3 "," (NR == 7 ? "ZZZ" : "USD") }
		NR == 9 { print "Purchase,99,,10.00,USD" }' >o.csv
	receipts 20 | sed 7d >s
	audit --orders o.csv --map plain --sent s --format ndjson
	[ "$status" -eq 1 ]
	run jq -r 'select(.type=="finding" and .verdict=="unreadable") |
		"\(.check) \(.severity) \(.affected)"' <<<"$output"
	[[ $output == 'truth.filter warn '* ]]
	audit --orders o.csv --map plain --sent s
	assert_output --partial 'could not be read'
	assert_output --partial 'ORDERS THAT COULD NOT BE READ'
	assert_output --regexp '< line 1[01] '
	refute_output --partial 'left out by status'
	audit --orders o.csv --map plain --sent s --format nagios
	[ "$status" -eq 1 ]
	# Without receipts too.
	received 20 >r
	audit --orders o.csv --map plain --received meta=r
	assert_output --regexp '< line 1[01] '
}

@test "a row that comes again is not left out by its status" {
	{ orders 5 && orders 1; } >o && receipts 5 >s
	audit --orders o --sent s
	[ "$status" -eq 0 ]
	assert_output --partial '+ the same order again'
	refute_output --partial 'left out by status'
}

@test "an input of which nothing is of use is trouble" {
	orders 3 >o
	printf 'a,b\n1,2\n' >csv
	: >empty
	for args in '--orders o --sent csv' '--sent csv' '--events csv' \
		'--sent empty' '--sent o' '--orders o --browser csv'; do
		# shellcheck disable=SC2086
		audit $args
		[ "$status" -eq 65 ] || fail "$args: $status"
		[ -z "$output" ] || fail "$args: $output"
	done
}

@test "what is only likely is called so in all forms" {
	orders 3 >o
	printf 'date,event,source,count\n2026-04-01,Purchase,,2\n' >r
	audit --orders o --received meta=r
	[ "$status" -eq 0 ]
	assert_line --index 0 --regexp ' 1 likely$'
	assert_line --regexp '^crit count.ratio'
	refute_output --partial 'CRIT'
	assert_output --partial '? loss'
	audit --orders o --received meta=r --html page.html --format nagios
	run grep -cE 'critical</span>|class="tag crit"' page.html
	assert_output 0
	grep -q '? likely' page.html
	audit --orders o --received meta=r --format nagios
	[ "$status" -eq 0 ]
	[[ $output == 'CAPI OK - nothing certain; likely: meta '* ]]
	audit --orders o --received meta=r --format ndjson
	assert_equal "$(jq -c 'select(.type=="summary") | [.crit, .likely]' \
		<<<"$output")" '[0,1]'
}

@test "orders that were sent under other ids are not to be sent again" {
	orders 20 >o && receipts 20 ord_ >s
	audit --orders o --sent s --format ndjson
	[ "$status" -eq 1 ]
	run jq -r 'select(.type=="finding") |
		"\(.severity) \(.check) \(.verdict) \(.fix)"' <<<"$output"
	assert_line --regexp "^crit dedup.idformat format .*--event-id 'ord_\{order_id\}'.*do not send"
	assert_line --regexp '^info count.ids missing .*do not send them again'
	refute_output --partial 'capi-send'
	audit --orders o --sent s --list
	refute_output --regexp '  send$'
}

@test "--summary says what became of the records" {
	{ orders 5 && orders 1; } >o && receipts 5 >s
	audit --orders o --sent s --summary
	[[ $stderr == *'6 orders = 5 that count + 0 that do not + 1 again + 0 not readable; 5 receipts'* ]]
}

@test "a plugin that is used wrongly says UNKNOWN and ends with 3" {
	orders 3 >o
	for args in --nonsense '' '--orders absent' '--orders o --html -' \
		'--orders o --from 2026-04-01'; do
		# shellcheck disable=SC2086
		audit --format nagios $args
		[ "$status" -eq 3 ] || fail "$args: $status"
		assert_output 'CAPI UNKNOWN - could not look, see standard error'
	done
}

@test "reasons stand only with the destinations that gave them, whole" {
	orders 6 >o
	for p in a b c d e f; do
		receipts 6 | sed "s/meta/$p/; 1s/delivered\"/refused\",\"reason\":\"a.very.long.reason.of.platform.$p\"/"
	done >s
	audit --orders o --sent s
	for p in a b c d e f; do
		assert_equal "$(grep -c "^    a.very.long.reason.of.platform.$p\$" <<<"$output")" 1
	done
}

@test "attempts are those of events that the platform was asked about" {
	orders 4 >o
	{
		receipts 2
		receipts 4 | sed -n 3p | sed 's/"delivered"/"refused","attempts":1/'
		receipts 4 | sed -n 4p | sed 's/"delivered"/"withheld"/'
	} >s
	audit --orders o --sent s --format ndjson
	run jq -r 'select(.check=="api.success" and .attempts!=null) |
		"\(.attempts) \(.latency_p95_ms)"' <<<"$output"
	assert_output '2 null'
}

@test "the day chart skips no day" {
	{ orders 1 && orders 1 B | sed 's/1775001600/1775433600/'; } >o
	{ receipts 1 && receipts 1 B; } >s
	audit --orders o --sent s --html page.html
	# Six days from the first of April to the sixth, of which two have bars.
	for d in 04-01 04-02 04-03 04-04 04-05 04-06; do
		grep -q "text-anchor=\"middle\">$d<" page.html || fail "$d"
	done
	assert_equal "$(grep -o 'class="back"' page.html | wc -l)" 2
	# Nor does the report's, where nothing is said of four of them.
	printf 'date,event,source,count\n2026-04-01,Purchase,,1\n2026-04-06,Purchase,,1\n' >r
	audit --orders o --received meta=r --format ndjson
	run jq -sc '[.[] | select(.check=="trend.ratio") | .count]' <<<"$output"
	assert_output '[1,null,null,null,null,1]'
}

@test "a workbook instead of CSV is called one" {
	orders 3 >o
	printf 'PK\003\004abc\n' >r.xlsx
	for args in '--attributed tiktok=r.xlsx' '--quality r.xlsx' \
		'--changes r.xlsx'; do
		# shellcheck disable=SC2086
		audit --orders o $args
		[ "$status" -eq 65 ]
		[[ $stderr == *'xlsx'*': save it as CSV' ]] || fail "$stderr"
	done
}

@test "records that can not be read are a finding in all forms" {
	orders 20 >o && receipts 20 >s
	echo '{"platform":"meta","outcome":"no such"}' >>s
	audit --orders o --sent s
	[ "$status" -eq 1 ]
	assert_output --partial 'WARN input.read'
	assert_output --partial 's: records that could not be read: 1'
	audit --orders o --sent s --format nagios
	[ "$status" -eq 1 ]
	[[ $output == 'CAPI WARNING - input.read: s: records'* ]]
	echo 'no JSON' >>o
	receipts 20 >s
	audit --orders o --sent s
	assert_output --partial 'o: records that could not be read: 1'
	[ "$status" -eq 1 ]
}

@test "a cell that slid over into value or currency is counted and not shown" {
	for cell in jo@example.com '(555) 010-0199 12345' 'Jo Sample' '12,50 EUR'; do
		printf '{"event_name":"Purchase","event_time":1790000000,"event_id":"%s","custom_data":{"%s":"%s","%s":"%s"}}\n' \
			a value "$cell" currency USD b value 10.00 currency "$cell"
	done >events
	for format in text ndjson; do
		run -1 capi-audit --now 1790000100 --events events --list --format $format
		assert_output --partial 'have a value that is no number'
		assert_output --regexp 'have a currency that is no ISO'
		assert_output --partial '12,50 EUR'
		refute_output --regexp 'jo@example|555|Sample'
	done
	receipts 1 >s
	run -1 capi-audit --now 1790000100 --orders events --sent s
	refute_output --regexp 'jo@example|555|Sample'
}

@test "an option that could find nothing is refused, not passed" {
	orders 3 >o && receipts 3 >s
	run -64 capi-audit --orders o --verify 1
	run -64 capi-audit --sent s --verify 1
	run -64 capi-audit --orders o --sent s --server-ip example.com
	run -0 capi-audit --orders o --sent s --server-ip 203.0.113.9
}

@test "the method holds, sentence by sentence" {
	run -0 python3 "$TESTS/audit/method.py" "$(command -v capi-audit)"
	assert_output --regexp '^[0-9]+ statements hold$'
}

@test "an output that is one of the inputs is refused, and the input stays" {
	orders 3 >o && receipts 3 >s && received 3 >r && ln s linked
	md5sum o s r >kept
	for file in o s linked r; do
		for option in --html --metrics; do
			audit --orders o --sent s $option "./$file" \
				--received 'meta=csv:date=date,count=count:r'
			[ "$status" -eq 64 ] || fail "$option $file: $status"
			[[ $stderr == *"$option would overwrite ./$file"* ]]
		done
	done
	audit --orders - --sent s --html o <o
	[ "$status" -eq 64 ]
	audit --orders o --sent s --html page --metrics page
	[ "$status" -eq 64 ]
	md5sum -c --quiet kept
	[ ! -e page ]
	audit --orders o --sent s --html page --metrics /dev/null
	[ "$status" -eq 0 ] && [ -s page ]
}

@test "what a person does next is said: wrong files, zones and days" {
	orders 3 >o && receipts 3 >s && received 3 >r && : >empty
	printf 'Campaign name,By Day,Cost,Conversions\nA,2026-04-01,1,3\n' >t
	printf 'Campaign name,Day,Purchases,Amount spent (USD)\nA,2026-04-01,1,3\n' >m
	printf 'date,event,count\n04/01/2026,Purchase,3\n' >d
	says() {
		local status_wanted=$1 words=$2
		shift 2
		run "--separate-stderr" capi-audit --now $now "$@"
		[ "$status" -eq "$status_wanted" ] || fail "$*: $status"
		[[ $stderr$output == *"$words"* ]] || fail "$*: $stderr$output"
	}
	utc='--report-tz=UTC'
	says 64 'orders alone say nothing' --orders o
	says 64 's is given twice' --sent s --sent ./s
	says 64 'as Europe/Berlin' --orders o --received meta=r --report-tz Berlin
	says 64 'two zones' --orders o --received meta=r $utc \
		--report-tz Asia/Tokyo
	says 64 'no report has that name' --orders o --received meta=r \
		$utc --report-tz Facebook=Asia/Tokyo
	says 64 'meta=events.csv' --orders o --received r $utc
	says 64 "only one input can be '-'" --orders o --received meta=- \
		--attributed meta=- $utc
	says 65 'not receipts: capi-send prints' --orders o --sent r
	says 65 'are --received' --orders o --browser r
	says 65 "platform's report is --received" --orders r --sent s
	says 65 'empty: export it again' --orders o --received meta=empty $utc
	says 65 'no column of purchases' --orders o --attributed tiktok=t $utc
	says 65 'looks like one of meta' --orders o --attributed facebook=m $utc
	says 65 'write it as 2026-04-01' --orders o --received meta=d $utc
	says 65 '(3 outside the window)' --orders o --received meta=r $utc \
		--from 2026-01-01 --to 2026-01-02
	sed 's/2026-04/2026-01/' r >january
	says 1 '"the report (2026-01-01..2026-01-06) and the orders (2026-04-01..2026-04-01)' \
		--orders o --received meta=january $utc --format ndjson
	{ orders 3 && orders 3 x | sed 's/17750/17752/'; } >days
	printf 'date,event,count\n2026-04-01,Purchase,3\n' >one
	says 0 'only of 2026-04-01..2026-04-01' --orders days --received meta=one $utc
}

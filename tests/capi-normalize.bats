load helper

setup() {
	TMP=$BATS_TEST_TMPDIR
	# 2026-04-05T14:40:00Z, a day after most examples
	export SOURCE_DATE_EPOCH=1775400000
}

# Every NAME.in of a preset's folder gives NAME.out and says NAME.err. The
# folder is entered, so that messages name the file alone.
golden() {
	local preset=$1 in name args code

	cd "$TESTS/normalize/$preset"
	for in in *.in; do
		name=${in%.in}
		args=()
		[ ! -f "$name.args" ] || read -ra args <"$name.args"
		code=0
		capi-normalize -m "$preset" --summary "${args[@]}" "$in" \
			>"$TMP/out" 2>"$TMP/err" || code=$?
		diff -u "$name.out" "$TMP/out" || return 1
		diff -u "$name.err" "$TMP/err" || return 1
		[ "$code" = "$(cat "$name.rc" 2>/dev/null || echo 0)" ] ||
			{ echo "$name: exit $code"; return 1; }
	done
}

@test "shopify-csv: each quirk of the export gives its event" {
	golden shopify-csv
}

@test "shopify-json: each quirk of the export gives its event" {
	golden shopify-json
}

@test "stripe-csv: each quirk of the export gives its event" {
	golden stripe-csv
}

@test "stripe-json: each quirk of the export gives its event" {
	golden stripe-json
}

@test "woocommerce-csv: each quirk of the export gives its event" {
	golden woocommerce-csv
}

@test "woocommerce-json: each quirk of the export gives its event" {
	golden woocommerce-json
}

@test "hubspot-csv: each quirk of the export gives its event" {
	golden hubspot-csv
}

@test "salesforce-csv: each quirk of the export gives its event" {
	golden salesforce-csv
}

@test "pipedrive-csv: each quirk of the export gives its event" {
	golden pipedrive-csv
}

@test "segment: each quirk of the stream gives its event" {
	golden segment
}

@test "ga4: each quirk of the export gives its event" {
	golden ga4
}

@test "plain: encodings, delimiters, dates, amounts and refusals" {
	golden plain
}

@test "every preset has a folder of goldens" {
	capi-normalize --list-maps | while read -r name _; do
		[ -d "$TESTS/normalize/$name" ] || { echo "$name"; exit 1; }
	done
}

@test "normalising twice equals normalising once, for every golden" {
	cd "$TESTS/normalize"
	for out in */*.out; do
		[ -s "$out" ] || continue
		capi-normalize "$out" >"$TMP/again" 2>/dev/null
		diff -u "$out" "$TMP/again" || return 1
	done
}

@test "normalising twice equals normalising once, for generated events" {
	perl "$TESTS/normalize/generate" 20000 >"$TMP/in"
	capi-normalize --region US --tz UTC "$TMP/in" >"$TMP/once" 2>/dev/null ||
		[ $? = 1 ]
	[ "$(wc -l <"$TMP/once")" -gt 5000 ]
	capi-normalize --region US --tz UTC "$TMP/once" >"$TMP/twice" 2>/dev/null
	diff "$TMP/once" "$TMP/twice" | head -4
	cmp "$TMP/once" "$TMP/twice"
}

@test "a byte at a time through a pipe gives what the file gives" {
	cd "$TESTS/normalize"
	for in in shopify-csv/note-attributes plain/utf16le-bom-tabs \
		plain/windows-1252 plain/two-encodings plain/crlf plain/cr-only \
		salesforce-csv/report-with-footer-latin1 \
		plain/dates-decided-by-a-later-row; do
		preset=${in%/*}
		args=()
		[ ! -f "$in.args" ] || read -ra args <"$in.args"
		sh_pipe "perl -e '\$| = 1; while (read(STDIN, \$c, 1)) { print \$c }' \
			<$in.in | capi-normalize -m $preset ${args[*]} 2>/dev/null" \
			>"$TMP/out"
		sed 's/"file":"[^"]*",//' "$in.out" | diff -u - "$TMP/out" || return 1
	done
}

@test "what was refused, repaired, goes in again and comes out complete" {
	cd "$TESTS/normalize/shopify-csv"
	run -1 capi-normalize -m shopify-csv -r "$TMP/rejects" times.in
	assert_equal "$(stat -c %a "$TMP/rejects")" 600
	assert_equal "$(wc -l <"$TMP/rejects")" 2
	run -1 --separate-stderr capi-normalize -m shopify-csv "$TMP/rejects"
	assert_equal "$output" ""
	sed -i 's,"Paid at":"[^"]*","Paid at":"2026-04-04 14:30:00 -0400",' \
		"$TMP/rejects"
	run -0 --separate-stderr capi-normalize -m shopify-csv "$TMP/rejects"
	sed -n 1p times.out | sed 's/"event_id":"1"/"event_id":"5"/
		s/"order_id":"1"/"order_id":"5"/
		s,"file":"times.in"\,"line":2,"file":"'"$TMP"'/rejects"\,"line":1,' \
		>"$TMP/want"
	assert_equal "${lines[0]}" "$(cat "$TMP/want")"
}

# round_trip PRESET NAME WRONG RIGHT: a golden's input with RIGHT spoilt is
# refused; its rejects, put right, and what passed are the golden's events.
round_trip() {
	local preset=$1 name=$2 wrong=$3 right=$4 args=() where='s/"file":"[^"]*","line":[0-9]*/"line":0/'

	cd "$TESTS/normalize/$preset"
	[ ! -f "$name.args" ] || read -ra args <"$name.args"
	LC_ALL=C sed "s|$right|$wrong|g" "$name.in" >"$TMP/spoilt"
	! cmp -s "$name.in" "$TMP/spoilt" || return 1
	capi-normalize -m "$preset" "${args[@]}" -r "$TMP/rejects" "$TMP/spoilt" \
		>"$TMP/out" 2>/dev/null || [ $? = 1 ] || return 1
	[ -s "$TMP/rejects" ] || { echo "$preset: nothing refused"; return 1; }
	sed -i "s|$wrong|$right|g" "$TMP/rejects"
	capi-normalize -m "$preset" "${args[@]}" "$TMP/rejects" \
		>>"$TMP/out" 2>"$TMP/err" || [ $? = 1 ] || return 1
	diff -u <(sed "$where" "$name.out" | sort) \
		<(sed "$where" "$TMP/out" | sort) || { cat "$TMP/err"; return 1; }
}

@test "for every preset: refused, repaired, fed in again, complete" {
	# what whole columns decided (4/5/2026, 1.234) survives it
	round_trip shopify-csv order-names UQD USD
	round_trip shopify-csv note-attributes UQD USD
	round_trip shopify-json order EQR EUR
	round_trip stripe-csv payments uqd usd
	round_trip stripe-json metadata '"uqd"' '"usd"'
	round_trip woocommerce-csv import-export-suite EQR EUR
	round_trip woocommerce-json order '"UQD"' '"USD"'
	round_trip hubspot-csv deals 4/4/2O26 4/4/2026
	round_trip salesforce-csv report-with-footer-latin1 EQR EUR
	round_trip pipedrive-csv deals CQK CZK
	round_trip segment order-completed '"uqd"' '"usd"'
	round_trip ga4 purchase 123x56 123456
	round_trip plain decimal-comma-decided-by-column EQR EUR
}

@test "1,234 of a currency with three decimals: another cell or --decimal decides" {
	local head=event_name,event_time,order_id,value,currency,action_source,item_id,item_price
	local row=Purchase,1775313000

	printf '%s\n' $head "$row,1,\"1,234\",KWD,website,a,\"1,234\"" \
		"$row,2,\"2,500\",KWD,website,b,\"2,500\"" >"$TMP/in.csv"
	run -1 --separate-stderr capi-normalize -r "$TMP/rejects" "$TMP/in.csv"
	refute_output
	assert_regex "$stderr" 'in.csv:2: value: decimal mark or thousands: --decimal says which'
	# nor does its price become a thousand dinars, nor does feeding it in again
	assert_regex "$stderr" 'in.csv:2: item_price: decimal mark or thousands'
	run -1 --separate-stderr capi-normalize "$TMP/rejects"
	refute_output
	run -0 --separate-stderr sh_pipe "capi-normalize --decimal . '$TMP/rejects' |
		jq -c .custom_data.value"
	assert_output $'1234\n2500'
	run -0 --separate-stderr sh_pipe "capi-normalize --decimal , '$TMP/in.csv' |
		grep -o '\"value\":[^,]*'"
	assert_output $'"value":1.234\n"value":2.500'
	echo "$row,3,\"0,750\",KWD,website,c,\"0,750\"" >>"$TMP/in.csv"
	run -0 --separate-stderr sh_pipe "capi-normalize '$TMP/in.csv' |
		jq -c '[.custom_data | .value, .items[0].price]'"
	assert_output $'[1.234,1.234]\n[2.5,2.5]\n[0.75,0.75]'
	# euros refused for something else are read alike when they come again
	printf '%s\n' $head "$row,1,\"1,234\",EQR,website,," >"$TMP/in.csv"
	run -1 capi-normalize -r "$TMP/rejects" "$TMP/in.csv"
	sed -i s/EQR/EUR/ "$TMP/rejects"
	run -0 --separate-stderr sh_pipe "capi-normalize '$TMP/rejects' |
		jq -c .custom_data.value"
	assert_output 1234
}

@test "a file that ends inside a quoted cell: its text is kept and goes in again" {
	printf 'event_name;event_time;event_id;value;currency\nLead;1775313000;1;2,50;EUR\nLead;1775313000;"2;3,50;EUR\nLead;1775313000;3;1.234;EUR\n' \
		>"$TMP/in.csv"
	run -1 --separate-stderr capi-normalize -r "$TMP/rejects" --action-source other "$TMP/in.csv"
	assert_equal "${#lines[@]}" 1
	assert_regex "$stderr" 'in.csv:3: the file ends inside a quoted cell'
	sed -i 's/\\"2;/2;/' "$TMP/rejects"
	run -0 --separate-stderr sh_pipe "capi-normalize --action-source other '$TMP/rejects' |
		jq -c '[.event_id, .custom_data.value]'"
	assert_output $'["2",3.5]\n["3",1234]'
}

@test "a NUL in a row: its text is kept and goes in again" {
	printf 'event_name,event_time,event_id\nLead,1775313000,1\0\nLead,1775313000,2\n' >"$TMP/in.csv"
	run -1 --separate-stderr capi-normalize -r "$TMP/rejects" --action-source other "$TMP/in.csv"
	assert_equal "${#lines[@]}" 1
	assert_regex "$stderr" 'in.csv:2: a NUL byte in the row'
	sed -i 's/\\u0000//' "$TMP/rejects"
	run -0 --separate-stderr sh_pipe "capi-normalize --action-source other '$TMP/rejects' | jq -r .event_id"
	assert_output 1
}

@test "a row that is too long is kept as far as it was read" {
	{ printf 'event_name,event_time,event_id\n'
	printf 'Lead,1775313000,"7'; printf '\303\244%.0s' $(seq 300); printf '\n'
	for i in $(seq 30); do echo "Lead,1775313000,$i"; done; } >"$TMP/in.csv"
	run -1 --separate-stderr capi-normalize --max-record 500 -r "$TMP/rejects" --action-source other "$TMP/in.csv"
	assert_regex "$stderr" 'in.csv:2: row too long'
	run -0 jq -r '.record.csv' "$TMP/rejects"
	assert_line --partial 'Lead,1775313000,"7ä'
	[ "${#output}" -ge 250 ]
	# the quote is put right, the text made short: row 2 is there again
	sed -i 's/\\"7ä*/7/' "$TMP/rejects"
	run -0 --separate-stderr sh_pipe "capi-normalize --action-source other '$TMP/rejects' | jq -r .event_id | head -1"
	assert_output 7
}

@test "a line of NDJSON that is too long, or half: its text is kept" {
	{ printf '{"event_name":"Lead","x":"'; head -c 300000 /dev/zero | tr '\0' x
	printf '"}\n{"event_name":"Lead","event_time":1775313000,"event_id":"1","action'; } >"$TMP/in"
	run -1 --separate-stderr capi-normalize --max-record 1000 -r "$TMP/rejects" "$TMP/in"
	assert_regex "$stderr" 'in:1: longer than 1000 bytes'
	assert_regex "$stderr" 'in:2: .*the input breaks off in it'
	run -0 jq -r '.record | length' "$TMP/rejects"
	assert_output $'1000\n67'
	sed -i '1d; s/,\\"action"}$/,\\"action_source\\":\\"other\\"}"}/' "$TMP/rejects"
	run -0 --separate-stderr sh_pipe "capi-normalize '$TMP/rejects' | jq -r .event_id"
	assert_output 1
}

@test "an order of several rows keeps all of them in the rejects file" {
	printf '%s\n' 'Name,Financial Status,Paid at,Currency,Total,Source,Lineitem sku,Lineitem quantity' \
		'#1,paid,soon,EUR,3.00,web,A,1' '#1,,,,,,B,2' >"$TMP/in.csv"
	run -1 capi-normalize -m shopify-csv -r "$TMP/rejects" "$TMP/in.csv"
	run -0 jq -c '.record.rows | length' "$TMP/rejects"
	assert_output 2
	sed -i 's/"soon"/"2026-04-04T18:30:00Z"/' "$TMP/rejects"
	run -0 sh_pipe "capi-normalize -m shopify-csv '$TMP/rejects' |
		jq -c '[.event_id, (.custom_data.items | map(.id))]'"
	assert_output '["1",["A","B"]]'
}

@test "a ragged row goes into the rejects file cell by cell" {
	cd "$TESTS/normalize/plain"
	run -1 capi-normalize -r "$TMP/rejects" ragged.in
	run -0 jq -c '.record.rows[0] | [.order_id, ."column 8"]' "$TMP/rejects"
	assert_line '["3",null]'
	assert_line '["4","extra"]'
}

@test "each reason is tripped by a golden, with line and field" {
	TOP=$TOP run -0 "$TESTS/normalize/messages"
	cd "$TESTS/normalize/plain"
	# every-note: one thing wrong in each line, every line named
	run -0 sh_pipe "grep -oE '^capi-normalize: every-note.in:[0-9]+: [a-z_]+: ' every-note.err |
		cut -d: -f3 | sort -nu | wc -l"
	assert_output "$(($(wc -l <every-note.in) - 1))" # the last is counted only
	run -0 sh_pipe "grep -cE '^capi-normalize: every-refusal.in:[0-9]+: ' every-refusal.err"
	assert_output "$(wc -l <every-refusal.in)"
}

@test "in = out + refused + withheld" {
	cd "$TESTS/normalize"
	for err in */*.err; do
		perl -ne '/(\d+) in = (\d+) out \+ (\d+) refused.* \+ (\d+) withheld/ and
			$1 != $2 + $3 + $4 and die "$ARGV: $_"' "$err"
	done
}

@test "no message quotes a value of a record" {
	cd "$TESTS/normalize"
	run grep -hE 'example\.com|Dyke|555|Leeds|Atlantis|bezahlt' ./*/*.err
	assert_failure 1
}

@test "a preset is data: printed, edited, given back" {
	capi-normalize --print-map shopify-csv |
		sed "s/^event_name = .*/event_name = 'Subscribe'/" >"$TMP/my.map"
	cd "$TESTS/normalize/shopify-csv"
	run -0 sh_pipe "capi-normalize -m '$TMP/my.map' order-names.in |
		jq -r '[.event_name, .source.preset] | @tsv' | sort -u"
	assert_output $'Subscribe\tmy.map'
}

@test "each printed preset is taken back as it is" {
	capi-normalize --list-maps | while read -r name _; do
		capi-normalize --print-map "$name" >"$TMP/$name.map"
		run -0 capi-normalize -m "$TMP/$name.map" /dev/null
	done
}

@test "a mistake in a map is named with its line" {
	printf '[preset]\nformat = csv\n[fields]\nemial = Email\n' >"$TMP/my.map"
	run -78 capi-normalize -m "$TMP/my.map" /dev/null
	assert_output --partial "line 4: no such member"
}

@test "an unknown preset is a usage error" {
	run -64 capi-normalize -m shopfiy-csv /dev/null
	assert_output --partial "--list-maps"
}

@test "wrong values of options are usage errors that name the option" {
	for wrong in "--region Atlantis" "--tz Mars/Olympus" "--currency Dollar" \
		"--action-source web" "--event-id {nonsense}" "--event-id {order_id" \
		"--date-order DYM" "--decimal ;" "--delimiter ab"; do
		# shellcheck disable=SC2086
		run -64 capi-normalize $wrong /dev/null
		assert_output --partial "${wrong%% *}"
	done
}

@test "a file of the wrong kind is named with its missing columns" {
	run -65 capi-normalize -m shopify-csv \
		"$TESTS/normalize/hubspot-csv/contacts.in"
	assert_output --partial "no column for order_id"
	assert_output --partial "its columns are: Record ID, First Name"
}

@test "a file without headers does not put its first row into a message" {
	echo 'Jo,jo@example.com,Leeds' >"$TMP/in.csv"
	run -65 capi-normalize -m shopify-csv "$TMP/in.csv"
	assert_output --partial "its first line is data, not headers"
	refute_output --partial "Leeds"
}

@test "xlsx and old Excel files are refused by name" {
	run -65 capi-normalize "$CAPI_BIN/capi-hash"
	assert_output --partial "capi-hash: not an export but a program"
	printf 'PK\3\4rest' >"$TMP/a.csv"
	run -65 capi-normalize "$TMP/a.csv"
	assert_output --partial "xlsx"
	printf '\320\317\021\340\241\261\032\341' >"$TMP/b.csv"
	run -65 capi-normalize -m shopify-csv "$TMP/b.csv"
	assert_output --partial "old Excel"
}

@test "--keep takes the statuses of any preset, and no misspelt ones" {
	local in=$TESTS/normalize/woocommerce-csv/refunds.in
	run -64 capi-normalize -m woocommerce-csv --keep refundd,foo "$in"
	assert_output --partial "--keep: not a status: refundd (is it refunded?)"
	run -64 capi-normalize -m woocommerce-csv --keep refunded,foo "$in"
	assert_output --partial "--keep: not a status: foo"
	run -64 capi-normalize --keep Pending "$in"
	# a word that only the map's own table has
	capi-normalize --print-map woocommerce-csv |
		sed 's/^wc-pending = .*/wc-pending = layaway/' >"$TMP/my.map"
	run -64 capi-normalize -m woocommerce-csv --keep layaway "$in"
	run -0 --separate-stderr capi-normalize -m "$TMP/my.map" --tz UTC \
		--action-source website --keep layaway,lost "$in"
	assert_equal "${#lines[@]}" 3
}

@test "--site is the page of events on a website that have none" {
	local lead='{"event_name":"Lead","event_time":1775313000,"event_id":"1"'
	printf '%s,%s}\n' "$lead" '"action_source":"website"' \
		"$lead" '"action_source":"app"' \
		"$lead" '"action_source":"website","event_source_url":"/a"' \
		>"$TMP/in"
	run -0 --separate-stderr capi-normalize --site shop.example.com "$TMP/in"
	assert_equal "$(jq -r '.event_source_url // "-"' <<<"$output" | xargs)" \
		"https://shop.example.com - https://shop.example.com/a"
	run -0 --separate-stderr capi-normalize "$TMP/in"
	assert_equal "$(jq -r '.event_source_url // "-"' <<<"$output" | xargs)" \
		"- - -"
}

@test "a refund is never told in another currency than the event's" {
	cat >"$TMP/in" <<-'EOF'
	{"order_number":1,"total_price":"10.00","currency":"USD","total_price_set":{"presentment_money":{"amount":"9.00","currency_code":"EUR"}},"processed_at":"2026-04-04T18:30:00Z","financial_status":"paid","source_name":"web","refunds":[{"transactions":[{"kind":"refund","status":"success","amount":"9.50"}]}]}
	EOF
	run -0 --separate-stderr capi-normalize -m shopify-json \
		--money presentment "$TMP/in"
	jq -e '.custom_data.value == 9 and .custom_data.currency == "EUR" and
		.source.status == "partially_refunded" and
		.source.refunded_value == 8.55' <<<"$output"
	run -0 --separate-stderr capi-normalize -m shopify-json "$TMP/in"
	jq -e '.custom_data.value == 10 and
		.source.status == "partially_refunded" and
		.source.refunded_value == 9.5' <<<"$output"
}

@test "JSON in UTF-16 is refused with the iconv that helps" {
	local event='{"event_name":"Lead","event_time":1775313000}'
	for form in UTF-16LE UTF-16BE; do
		{ printf '\uFEFF' && echo "$event"; } | iconv -t $form >"$TMP/a.json"
		run -65 capi-normalize "$TMP/a.json"
		assert_output --partial "UTF-16 text: use iconv"
		run -65 capi-normalize -m shopify-json "$TMP/a.json"
		assert_output --partial "UTF-16 text: use iconv"
	done
}

# The lines of a file as elements of an array, with white space between.
as_array() {
	printf '\xEF\xBB\xBF%s\n[' "${1-}"
	sed '$!s/$/ ,\n\t/; s/^{/{\r\n  /; s/","/"  ,\n"/g'
	printf '\n]%s' "${2-}"
}

@test "an array, or the API's answer that has one, is read like its lines" {
	local preset name args code
	while read -r preset name head tail; do
		cd "$TESTS/normalize/$preset"
		read -ra args <<<"--summary $(cat "$name.args" 2>/dev/null)"
		code=$(cat "$name.rc" 2>/dev/null || echo 0)
		mkdir -p "$TMP/array" "$TMP/answer"
		as_array <"$name.in" >"$TMP/array/$name.in"
		as_array "$head" "$tail" <"$name.in" >"$TMP/answer/$name.in"
		for form in array answer; do
			cd "$TMP/$form"
			run --separate-stderr capi-normalize -m "$preset" \
				"${args[@]}" "$name.in"
			assert_equal "$status" "$code"
			diff <(echo "$output") "$TESTS/normalize/$preset/$name.out"
			diff <(echo "$stderr") "$TESTS/normalize/$preset/$name.err"
		done
	done <<-'EOF'
	shopify-json left-out {"orders": }
	shopify-json refunds {"orders": }
	stripe-json left-out {"object":"list","data": ,"has_more":false}
	stripe-json refunds {"object":"list","url":"/v1/charges","data": }
	woocommerce-json refunds
	woocommerce-json left-out
	EOF
}

@test "an array is cut at brackets and commas outside of strings only" {
	cat >"$TMP/in" <<-'EOF'
	[{"event_name":"Lead","event_time":1775313000,"event_id":"1",
	"action_source":"other","x":"],[}{\\\",\"\\"} ,{"event_name":"Lead",
	"event_time":1775313000,"event_id":"2","action_source":"other",
	"x":["\\",[1 , {"y":"]","\"[":true}]] } ]
	[ ] [{"event_name":"Lead","event_time":1775313000,"event_id":"3",
	"action_source":"other"}]
	EOF
	run -0 --separate-stderr capi-normalize "$TMP/in"
	diff <(echo "$output") <(jq -c '.[]' "$TMP/in")
	assert_equal "${#lines[@]}" 3
}

@test "an array that breaks off is 65, after what could be read of it" {
	local lead='{"event_name":"Lead","event_time":1775313000,"event_id":"1","action_source":"other"}'
	echo "[$lead,{\"event_na" >"$TMP/in"
	run -65 --separate-stderr capi-normalize -r "$TMP/rejects" "$TMP/in"
	assert_equal "${#lines[@]}" 1
	assert_regex "$stderr" "in:2: .*the input breaks off in it"
	assert_regex "$stderr" "not closed; is the file whole"
	assert_equal "$(jq -r .record "$TMP/rejects")" '{"event_na'
	echo "[$lead" >"$TMP/in"
	run -65 --separate-stderr capi-normalize "$TMP/in"
	assert_equal "${#lines[@]}" 1
}

@test "a list of which more follows is told of once, and in the summary; its last page decides" {
	local charge='{"id":"ch_N","object":"charge","amount_captured":100,"currency":"usd","created":1775327400,"livemode":true,"captured":true,"status":"succeeded","metadata":{"action_source":"website"},"refunds":{"object":"list","data":[],"has_more":IN}}'
	page() { # page N IN MORE
		local c=${charge/N/$1}
		echo '{"object":"list","url":"has_more","data": ['"${c/IN/$2}"'], "has_more" : '"$3}"
	}
	more() { grep -c 'more follows' <<<"$stderr" || true; }
	{ page 1 false true && page 2 false true; } >"$TMP/in"
	run -0 --separate-stderr capi-normalize -m stripe-json --summary "$TMP/in"
	assert_equal "${#lines[@]}" 2
	assert_equal "$(more)" 2
	assert_regex "$stderr" "in: not all of it: the list says that more follows"
	assert_regex "$stderr" "noted: a list of which more follows: 1"
	# all pages are there; a list within an object says nothing of them
	{ page 1 true true && page 2 true false; } >"$TMP/in"
	run -0 --separate-stderr capi-normalize -m stripe-json --summary "$TMP/in"
	assert_equal "${#lines[@]}" 2
	assert_equal "$(more)" 0
	# the member may come first, and the page on many lines
	page 1 false true | jq '{has_more, data}' >"$TMP/in"
	run -0 --separate-stderr capi-normalize -m stripe-json "$TMP/in"
	assert_equal "$(more)" 1
}

@test "what is no object in an array is refused, what is beside it is 65" {
	local lead='{"event_name":"Lead","event_time":1775313000,"event_id":"1","action_source":"other"}'
	echo "[5,\"a\",null,[$lead],{\"a\":1 2},$lead]" >"$TMP/in"
	run -1 --separate-stderr capi-normalize --summary "$TMP/in"
	assert_equal "${#lines[@]}" 1
	assert_regex "$stderr" "6 in = 1 out \+ 5 refused"
	assert_regex "$stderr" "in:4: not a JSON object"
	for more in "$lead" 7 '"x"' ']'; do
		echo "[$lead] $more" >"$TMP/in"
		run -65 --separate-stderr capi-normalize "$TMP/in"
		assert_equal "${#lines[@]}" 1
		assert_regex "$stderr" "something besides lists of records"
	done
	# the list comes later than the look at the file's beginning
	run -0 --separate-stderr sh_pipe "{ echo '{'; sleep 0.2
		echo '\"orders\": []}'; } | capi-normalize -m shopify-json"
	run -0 --separate-stderr capi-normalize -m woocommerce-json - <<<'[]'
	assert_regex "$stderr" "standard input: empty"
}

@test "an object spread over lines is 65 with the jq that helps" {
	printf '{\n "number": "1"\n}\n' >"$TMP/in"
	for preset in woocommerce-json shopify-json plain stripe-csv; do
		run -65 capi-normalize -m $preset "$TMP/in"
		assert_output --partial "jq -c ."
	done
}

@test "an array of 100 MB, with an element of 50, is read in little memory" {
	[ "$CAPI_BIN" = "$TOP/build" ] || skip "a sanitizer needs more address space"
	run -1 --separate-stderr timeout 20 bash -c "{
		printf '[{\"a\":\"'; head -c 50M /dev/zero | tr '\0' a; printf '\"}'
		head -c 50M /dev/zero | tr '\0' ' '
		printf ',{\"event_name\":\"Lead\",\"event_time\":1775313000,\"event_id\":\"7\"}]'; } |
		( ulimit -v 200000; capi-normalize -r '$TMP/rejects' )"
	assert_equal "${#lines[@]}" 1
	assert_regex "$stderr" ':1: longer than 1048576 bytes'
	assert_equal "$(jq '.record | length' "$TMP/rejects")" 1048576
}

@test "missing file 66, directory 66, empty input 0, binary 65" {
	run -66 capi-normalize "$TMP/none"
	run -66 capi-normalize "$TMP"
	run -0 capi-normalize /dev/null
	head -c 4096 /dev/zero >"$TMP/zero"
	run -65 capi-normalize -m shopify-csv "$TMP/zero"
}

@test "a full disk is exit 74" {
	run -74 sh_pipe "capi-normalize -m shopify-csv \
		'$TESTS/normalize/shopify-csv/order-names.in' >/dev/full"
}

@test "a closed pipe is exit 74 and no hang" {
	run sh_pipe "yes '{\"event_name\":\"Lead\",\"event_time\":1775313000,\"event_id\":\"1\",\"action_source\":\"other\"}' |
		head -200000 | capi-normalize 2>/dev/null | head -1; exit \${PIPESTATUS[2]}"
	assert_equal "$status" 74
}

@test "a header of 10000 columns is refused" {
	seq -s, 10000 >"$TMP/wide.csv"
	run -65 capi-normalize -m shopify-csv "$TMP/wide.csv"
	assert_output --partial "4096"
}

@test "a row of 10000 cells is refused and the rest goes on" {
	{ printf 'event_name,event_time\n'; seq -s, 10000
	printf 'Lead,1775313000\n'; } >"$TMP/wide.csv"
	run -1 --separate-stderr capi-normalize --event-id x "$TMP/wide.csv"
	assert_equal "${#lines[@]}" 1
	assert_regex "$stderr" 'wide.csv:2: more than 4096 cells'
}

@test "an order of 3000 rows is refused, not cut" {
	{ echo 'Name,Financial Status,Paid at,Currency,Total,Source,Lineitem sku'
	echo '#1,paid,2026-04-04T18:30:00Z,EUR,3.00,web,A'
	for i in $(seq 3000); do echo "#1,,,,,,S$i"; done; } >"$TMP/in.csv"
	run -1 --separate-stderr capi-normalize -m shopify-csv "$TMP/in.csv"
	assert_equal "$output" ""
	assert_regex "$stderr" 'more than 1000 in one order'
}

@test "a CSV row of 1 GB is refused in little memory, and the rest goes on" {
	[ "$CAPI_BIN" = "$TOP/build" ] || skip "a sanitizer needs more address space"
	run -1 --separate-stderr timeout 10 bash -c "{
		printf 'event_name,event_time,event_id\n'
		head -c 1G /dev/zero | tr '\0' a; echo
		printf 'Lead,1775313000,7\n'; } |
		( ulimit -v 200000; capi-normalize -r '$TMP/rejects' )"
	assert_equal "${#lines[@]}" 1
	assert_regex "$stderr" ':2: row too long'
	assert_equal "$(jq '.record.csv | length' "$TMP/rejects")" 1048576
}

@test "a line of NDJSON of 1 GB is refused in little memory, and the rest goes on" {
	[ "$CAPI_BIN" = "$TOP/build" ] || skip "a sanitizer needs more address space"
	run -1 --separate-stderr timeout 10 bash -c "{
		printf '{\"a\":\"'; head -c 1G /dev/zero | tr '\0' a; echo '\"}'
		printf '{\"event_name\":\"Lead\",\"event_time\":1775313000,\"event_id\":\"7\"}\n'; } |
		( ulimit -v 200000; capi-normalize -r '$TMP/rejects' )"
	assert_equal "${#lines[@]}" 1
	assert_regex "$stderr" ':1: longer than 1048576 bytes'
	assert_equal "$(jq '.record | length' "$TMP/rejects")" 1048576
}

@test "a quote that is never closed costs its row and not the file" {
	run -1 --separate-stderr bash -c "{
		printf 'event_name,event_time,event_id\nLead,1775313000,\"1\n'
		for i in \$(seq 60000); do echo \"Lead,1775313000,\$i\"; done; } |
		capi-normalize"
	assert_regex "$stderr" ':2: row too long; is a quote not closed\?'
	[ "${#lines[@]}" -gt 1000 ]
}

@test "rows that wait for their date order leave nothing behind in TMPDIR" {
	mkdir "$TMP/tmp"
	cd "$TESTS/normalize/plain"
	TMPDIR=$TMP/tmp run -0 --separate-stderr sh_pipe \
		"cat dates-decided-by-a-later-row.in | capi-normalize --tz UTC"
	assert_equal "${#lines[@]}" 3
	assert_equal "$(ls -A "$TMP/tmp")" ""
}

@test "no room for the rows that wait is exit 74, and says so" {
	cd "$TESTS/normalize/plain"
	TMPDIR=$TMP/missing run -74 --separate-stderr sh_pipe \
		"cat dates-decided-by-a-later-row.in | capi-normalize --tz UTC"
	assert_equal "${#lines[@]}" 1 # the row before the one in doubt
	assert_regex "$stderr" 'standard input: temporary file: No such file'
}

@test "a million rows take no more memory than ten thousand" {
	[ "$CAPI_BIN" = "$TOP/build" ] || skip "a sanitizer keeps what is freed"
	make_rows() {
		perl -e 'print "Name,Email,Financial Status,Paid at,Currency,Total,Source,Lineitem sku,Lineitem quantity\n";
			for $i (1 .. shift) { print "#$i,jo$i\@example.com,paid,2026-04-04 14:30:00 -0400,USD,34.98,web,SH-1,1\n" }' "$1"
	}
	small=$(make_rows 10000 | perl "$TESTS/normalize/peak" capi-normalize -m shopify-csv)
	large=$(make_rows 1000000 |
		perl "$TESTS/normalize/peak" capi-normalize -m shopify-csv 2>"$TMP/err")
	echo "$small kB, $large kB"
	# the ids of the last events are remembered, in 6.4 MB, and nothing else
	[ "$large" -lt $((small + 6500)) ] && [ "$large" -lt 12288 ]
	grep -q 'compared with those of the last 300000 events only' "$TMP/err"
}

@test "the examples of the manual work" {
	cd "$TOP"
	sed -n 's/^\.Dl \$ //p' man/capi-normalize.1 >"$TMP/examples"
	sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./d;s/^\$ //;s/\\e$/\\/;p;}' \
		man/capi-normalize.1 | sed "s,/tmp/my.map,$TMP/my.map,g" >>"$TMP/examples"
	[ "$(grep -c capi-normalize "$TMP/examples")" -ge 5 ]
	run -0 --separate-stderr bash -e -o pipefail "$TMP/examples"
	[ "${#lines[@]}" -ge 5 ]
	for line in "${lines[@]}"; do
		jq -e .event_id <<<"$line" >/dev/null
	done
}

@test "an order of too many bytes is refused with its line, and the next one passes" {
	cd "$BATS_TEST_TMPDIR" || return 1
	{
		echo 'Name,Email,Financial Status,Paid at,Currency,Total,Source,Lineitem sku,Lineitem quantity,Lineitem price'
		echo '#1,jane@example.com,paid,2026-04-04 14:30:00 -0400,USD,10.00,web,s1,1,10.00'
		for i in $(seq 40); do echo "#1,,,,,,,sku-number-$i,1,1.00"; done
		echo '#2,jo@example.com,paid,2026-04-04 14:30:00 -0400,USD,10.00,web,s1,1,10.00'
	} >long.csv
	run -1 --separate-stderr capi-normalize -m shopify-csv --max-record 300 long.csv
	assert_equal "$(jq -r .event_id <<<"$output")" 2
	[[ $stderr == *"long.csv:2: an order longer than 300 bytes"* ]]
}

@test "lines that nest too deep once they are joined are refused as their order" {
	cd "$BATS_TEST_TMPDIR" || return 1
	order='"createdAt":"2026-04-04T10:00:00Z","totalPriceSet":{"shopMoney":{"amount":"5.0","currencyCode":"USD"}},"currencyCode":"USD","displayFinancialStatus":"PAID","sourceName":"web"'
	deep=$(printf '[%.0s' {1..31})$(printf ']%.0s' {1..31})
	{
		echo "{\"id\":\"gid://shopify/Order/1\",\"name\":\"#1\",$order}"
		echo "{\"id\":\"gid://shopify/LineItem/2\",\"x\":$deep,\"__parentId\":\"gid://shopify/Order/1\"}"
		echo "{\"id\":\"gid://shopify/Order/3\",\"name\":\"#3\",$order}"
	} >bulk.ndjson
	run -1 --separate-stderr capi-normalize -m shopify-json -r rejects bulk.ndjson
	assert_equal "$(jq -r .event_id <<<"$output")" 3
	[[ $stderr == *"bulk.ndjson:1: its lines do not fit"* ]]
	# all of the order's lines are kept
	jq -r .record rejects | grep -q '"children":\[.*LineItem/2'
}

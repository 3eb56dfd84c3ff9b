#!/usr/bin/env bats
# capi-build: events in, requests out.

setup() {
	load helper
	NOW=1781440000
	cd "$BATS_TEST_TMPDIR"
	H=848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f
}

# An event for Meta that lacks nothing; $1 is put over it by jq.
event() {
	jq -cn --arg h "$H" '{event_name:"Purchase",event_time:1781430082,
	event_id:"84213",action_source:"other",hashed:{email:{lower:[$h],
	gmail:[$h]}},custom_data:{value:10.00,currency:"EUR",
	order_id:"84213"},consent:{ad_user_data:"granted"}} | '"${1:-.}"
}

build() {
	capi-build --now "$NOW" "$@"
}

# ---- the tables ------------------------------------------------------

@test "every golden pair still comes out as it stands" {
	local wrong=0 dir name kind
	for dir in "$TESTS"/platform/*/; do
		name=$(basename "$dir")
		local args=(-p "${name/-/:}" --consent-unknown withhold)
		case $name in google*) args=(-p "${name/-/:}" --consent-unknown send) ;; esac
		[ ! -e "$dir/capi.conf" ] || args+=(--config "$dir/capi.conf")
		for kind in rows checks; do
			[ -e "$dir/$kind.in" ] || continue
			build "${args[@]}" <"$dir/$kind.in" >out 2>err || [ $? = 1 ]
			diff -u "$dir/$kind.out" out || wrong=1
			diff -u "$dir/$kind.err" err || wrong=1
		done
	done
	[ "$wrong" = 0 ]
}

@test "every row of every field table has a golden case" {
	local p target missing=0
	for p in google klaviyo meta pinterest snapchat tiktok; do
		cat "$TESTS/platform/$p"*/rows.in >all
		build --fields "$p" | cut -d' ' -f1 | sort -u >targets
		while read -r target; do
			target=${target//'events.data[]'/'events.data[0]'}
			grep -qF "\"case\":\"row $target" all && continue
			[ "$target" != attributes.profile.data.type ] || continue
			[[ $target != *data.type && $target != *'[0].type' &&
				$target != type && $target != *metric.data.type ]] || continue
			echo "$p: no case of $target"
			missing=1
		done <targets
	done
	[ "$missing" = 0 ]
}

@test "every check has a golden case that trips it" {
	local p code missing=0
	for p in google klaviyo meta pinterest snapchat tiktok; do
		cat "$TESTS/platform/$p"*/checks.{out,err} >all
		for code in $(build --list-checks -p "$p" | sed -n "s/^\($p\.[a-z_]*\): .*/\1/p"); do
			grep -qE "\"(refused|withheld)\":\"$code\"|: $code: " all && continue
			echo "$p: nothing trips $code"
			missing=1
		done
	done
	[ "$missing" = 0 ]
}

@test "every check has words and a cure" {
	run -0 build --list-checks
	local checks cures
	checks=$(grep -cE '^[a-z]+(\.[a-z_]+)?: (refuses|withholds|leaves out|warns)' <<<"$output")
	cures=$(grep -cE '^	cure: .' <<<"$output")
	[ "$checks" -gt 150 ]
	[ "$checks" = "$cures" ]
}

@test "the manual's tables are the programs' tables" {
	local p
	mandoc -T ascii -O width=200 "$TOP/man/capi-platforms.7" |
		sed 's/.\x08//g; s/^ *//; s/  */ /g; s/ *$//' | sort -u >man
	for p in google klaviyo meta pinterest snapchat tiktok; do
		build --fields "$p"
	done | sed 's/  */ /g; s/ *$//' | sort -u >want
	run comm -23 want man
	assert_output ""
	[ "$(wc -l <want)" -gt 400 ]
}

@test "the manual has every rule with its code, its words and its cure" {
	mandoc -T ascii "$TOP/man/capi-platforms.7" | sed 's/.\x08//g' >man
	build --list-checks >rules
	python3 - >lacking <<-'EOF'
	import re
	def plain(text):  # however the lines are broken, also behind a hyphen
	    return re.sub(r"\s+", "", text)
	man = plain(open("man").read())
	rules = re.findall(r"^(\S+: .+)\n\t(.+)\n\t(cure: .+)$", open("rules").read(), re.M)
	assert len(rules) > 150, len(rules)
	for rule in rules:
	    if plain("".join(rule)) not in man:
	        print(rule)
	EOF
	run -0 cat lacking
	assert_output ""
}

@test "a new platform is one new file" {
	cp -a "$TOP/Makefile" "$TOP/lib" "$TOP/cmd" .
	# what is built already stays: only the new file is compiled
	[ ! -d "$TOP/build/lib" ] || cp -a "$TOP/build" b
	mkdir -p tests/unit
	find cmd -name '*.c' ! -name capi-build.c -delete
	cat >lib/platform/toy.c <<-'EOF'
	#include "build/walk.h"
	static const struct capi_field fields[] = {
		{.source = "event_name", .target = "what", .type = CAPI_MADE,
		    .make = capi_make_name},
		CAPI_ID("user_data.email", "who.mail", "lower"),
		CAPI_ROW("custom_data.tickets", "n", CAPI_INTEGER),
		CAPI_END,
	};
	const struct capi_platform capi_platform_toy = {
	    .name = "toy", .title = "Toy", .fields = fields, .free_names = true};
	EOF
	make -s B=b WERROR= CFLAGS=-O0 b/capi-build
	event '.custom_data.tickets = "3"' | b/capi-build -p toy,meta --now $NOW >out
	run -0 jq -c '.event' <(head -1 out)
	assert_output '{"what":"Purchase","who":{"mail":["'$H'"]},"n":3}'
	assert_equal "$(wc -l <out)" 2
	run -0 b/capi-build --fields toy
	assert_line --partial 'who.mail'
}

# ---- numbers ---------------------------------------------------------

@test "numbers come out digit for digit" {
	event '.user_data.lead_id = "99999999999999999" |
		.custom_data.event_source = "crm" |
		.custom_data.lead_event_source = "X"' |
		sed 's/"value":10/"value":12345678901234567.10/' >in
	run -0 build -p meta in
	assert_output --partial '"value":12345678901234567.10,'
	assert_output --partial '"lead_id":99999999999999999}'
}

# ---- consent and status ----------------------------------------------

@test "unknown consent is nobody's default: exit 64 and the option's name" {
	event 'del(.consent)' >in
	run -64 --separate-stderr build -p meta in
	assert_equal "$output" ""
	[[ $stderr == *"--consent-unknown send or withhold"* ]]
}

@test "unknown consent is sent or withheld as the user says" {
	event '.consent = {}' >in
	run -0 build -p meta --consent-unknown send in
	assert_output --partial '"event":{'
	run -0 build -p meta --consent-unknown withhold in
	assert_output --partial '"withheld":"consent.unknown"'
}

@test "denied is withheld whatever the user says" {
	event '.consent.ad_user_data = "denied"' >in
	run -0 build -p meta,pinterest --consent-unknown send in
	assert_equal "$(grep -c '"withheld":"consent.denied"' <<<"$output")" 2
}

@test "refunds become adjustments at Google and events at Klaviyo, and are counted elsewhere" {
	event '.source.status = "refunded" | .user_data.email = "jo@example.com"' >in
	printf '[google]\ncustomer_id = 1\nconversion_action_id = 2\n[klaviyo]\nbackfill = false\n[meta]\n' >c
	run -0 --separate-stderr build -p google,klaviyo,meta,tiktok,pinterest,snapchat \
		--config c --summary in
	assert_line --index 0 --partial '"adjustmentType":"RETRACTION"'
	assert_line --index 1 --partial '"name":"Placed Order"'
	assert_line --index 2 --partial '"name":"Refunded Order"'
	assert_equal "$(grep -c '"withheld":"status.refunded"' <<<"$output")" 4
	[[ $stderr == *"1 in x 6 + 1 more = 3 out + 0 refused + 4 withheld (status.refunded 4)"* ]]
}

@test "an order that comes as refunded in part makes its conversion and what became of it" {
	printf '[google]\ncustomer_id = 1\nconversion_action_id = 2\n[klaviyo]\nbackfill = false\n' >c
	event '.user_data.email = "jo@example.com" | .source = {status: "paid"}' >paid
	event '.user_data.email = "jo@example.com" | .source = {status: "partially_refunded",
		refunded_value: "2.50"}' >part
	build --config c paid >first
	run -0 build --config c part
	assert_equal "$(jq -r .key <<<"$output" | paste -sd' ')" \
		"84213 RESTATEMENT/84213/7.50 Placed Order/84213 Refunded Order/84213:refund:1"
	# the ledger drops what was sent before: the same line to the byte
	run -0 comm -12 <(sort first) <(sort <<<"$output")
	assert_equal "${#lines[@]}" 2
	run -0 build -p google --config c --body part
	assert_equal "${#lines[@]}" 2
}

@test "each refund of an order is an event of its own at Klaviyo, and a further one adds itself alone" {
	printf '[klaviyo]\nbackfill = false\n' >c
	refunded() { # refunded SUM LAST LIST
		event '.user_data.email = "jo@example.com" | .source = {status: "partially_refunded",
			refunded_value: '"$1"', refunded_at: '"$2"', refunds: '"$3"'}'
	}
	events() { jq -c '.event.attributes.events.data[0].attributes | [.unique_id, .value, .time]'; }
	refunded 3.00 1781433682 '[{value: 3.00, at: 1781433682}]' >one
	refunded 5.00 1781437282 '[{value: 3.00, at: 1781433682}, {value: 2.00, at: 1781437282}]' >two
	build --config c one >first
	run -0 --separate-stderr build --config c --summary two
	[[ $stderr == *"1 in + 2 more = 3 out + 0 refused + 0 withheld"* ]]
	assert_equal "$(events <<<"$output")" \
		'["84213",10,"2026-06-14T09:41:22Z"]
["84213:refund:1",3,"2026-06-14T10:41:22Z"]
["84213:refund:2",2,"2026-06-14T11:41:22Z"]'
	# what went before goes again to the byte: the ledger drops it
	run -0 comm -13 <(sort first) <(sort <<<"$output")
	assert_equal "$(events <<<"$output")" '["84213:refund:2",2,"2026-06-14T11:41:22Z"]'
	# without times they are of the order's, which no run changes
	refunded 5.00 1781437282 '[{value: 3.00}, {value: 2.00}]' >two
	assert_equal "$(build --config c two | events | tail -n 1)" \
		'["84213:refund:2",2,"2026-06-14T09:41:22Z"]'
	# an export that has the sum alone: the same key, so that capi-send parks it
	refunded 3.00 null null >one
	refunded 5.00 null null >two
	assert_equal "$(build --config c one | jq -r .key)" "$(build --config c two | jq -r .key)"
	# a refund without its value is not taken for the order's
	refunded 3.00 1781433682 '[{at: 1781433682}]' >one
	run -1 --separate-stderr build --config c one
	assert_equal "$(jq -r .refused <<<"${lines[1]}")" klaviyo.refunded_value
}

@test "a second run of an export makes the same requests, whatever the clock says" {
	printf '[google]\ncustomer_id = 1\nconversion_action_id = 2\n[klaviyo]\nbackfill = false\n' >c
	for status in refunded partially_refunded cancelled; do
		for at in null 1781433682; do
			event ".user_data.email = \"jo@example.com\" | .event_id = \"$status $at\" |
				.source = {status: \"$status\", refunded_value: \"2.50\", refunded_at: $at}"
		done
	done >in
	build --config c in >first
	run -0 capi-build --config c --now $((NOW + 3600)) in
	assert_output "$(cat first)"
}

@test "what is refused twice for one event is told of once" {
	event '.source = {status: "partially_refunded", refunded_value: "2.50"} | .custom_data.value = "ten"' >in
	printf '[google]\ncustomer_id = 1\nconversion_action_id = 2\n' >c
	run -1 --separate-stderr build --config c --summary -r r in
	assert_equal "$(grep -o '"refused":"[^"]*"' <<<"$output")" '"refused":"google.value"'
	[[ $stderr == *"1 in = 0 out + 1 refused"* ]]
	assert_equal "$(wc -l <r)" 1
	# a restatement of the order stays possible without an identifier
	event '.source = {status: "partially_refunded", refunded_value: "2.50"} | .hashed = {}' >in
	run -1 --separate-stderr build --config c --summary in
	[[ $stderr == *"1 in + 1 more = 1 out + 1 refused (google.identifiers 1)"* ]]
}

# ---- the line --------------------------------------------------------

@test "a request line has the ids of the event, its key and its destination" {
	event >in
	run -0 build -p meta:shop-b in
	run -0 jq -c '[.platform,.destination,.event_name,.event_id,.event_time,.key]' <<<"$output"
	assert_output '["meta","meta:shop-b","Purchase","84213",1781430082,"Purchase/84213"]'
}

@test "a refused event leaves as a line, is told of on stderr and ends in 1" {
	event '.event_time = 1700000000' >in
	run -1 --separate-stderr build -p meta in
	run -0 jq -c '[.refused, .event_id, has("event"), (.reason|length > 20)]' <<<"$output"
	assert_output '["meta.age","84213",false,true]'
}

@test "messages name file, line, check and words, never a value" {
	event '.event_time = 1700000000 | .user_data.email = "jo@example.com"' >in
	run -1 --separate-stderr build -p meta in
	[[ $stderr == "capi-build: in:1: meta.age: event_time is more than 7 days"* ]]
	[[ $stderr != *jo@* ]]
}

@test "what a check leaves out for one destination is there for the next" {
	event '.user_data.fbc = "x" | .user_data.client_ip_address = "10.0.0.1" |
		.user_data.client_user_agent = "Mozilla/5.0"' >in
	printf '[meta:a]\n[meta:b]\n' >c
	run -0 --separate-stderr build -p meta:a,meta:b --config c in
	assert_equal "$(jq -c '.event' <<<"$output" | sort -u | wc -l)" 1
	[[ $stderr == *"meta.fbc:"*"meta.fbc:"* ]]
}

@test "refused records can be kept, repaired and fed in again" {
	event '.event_time = 1700000000' >in
	run -1 build -p meta -r r in
	assert_equal "$(stat -c %a r)" 600
	jq -c '.record.event_time = 1781430082' r >repaired
	run -0 build -p meta repaired
	assert_output --partial '"event":{'
}

@test "a line that is no event is told of once and counts for each destination" {
	{ echo broken; event; echo '[]'; printf '{"a":"%0600d"}\n' 0; } >in
	run -1 --separate-stderr build -p meta,pinterest,tiktok --summary --max-record 500 -r r in
	[[ $stderr == *"4 in x 3 = 3 out + 9 refused ("* ]]
	[[ $stderr == *"longer than 500 bytes 3"* ]]
	[[ $stderr == *"not a JSON object 3"* ]]
	[[ $stderr != *"do not add up"* ]]
	assert_equal "$(grep -c 'not a JSON object$' <<<"$stderr")" 1
	assert_equal "$(wc -l <r)" 3
}

@test "a broken line in every line: twenty messages, all counted" {
	for i in $(seq 30); do echo '[]'; done >in
	run -1 --separate-stderr build -p meta,pinterest,tiktok --summary in
	assert_equal "$(grep -c ': not a JSON object$' <<<"$stderr")" 20
	[[ $stderr == *"30 in x 3 = 0 out + 90 refused (not a JSON object 90)"* ]]
}

@test "unknown event names pass or are refused, with the nearest name" {
	event '.event_name = "Purchas"' >in
	run -0 --separate-stderr build -p meta in
	[[ $stderr == *"nearly a standard event, but counted as a custom one; Purchase? spell it"* ]]
	run -1 --separate-stderr build -p meta --unknown-events refuse in
	[[ $stderr == *"; Purchase? give the event a name"* ]]
}

@test "each name has its own nearest, however they alternate" {
	# of a kept name's place with the one before it
	for name in Purchas Suscribe Purchas AddToCar ubmitApplication AddToCar Purchase; do
		event ".event_name = \"$name\""
	done >in
	run -0 --separate-stderr build -p meta in
	assert_equal "$(grep -o 'custom one; [A-Za-z]*?' <<<"$stderr" | cut -d' ' -f3 | paste -sd' ')" \
		"Purchase? Subscribe? Purchase? AddToCart? SubmitApplication? AddToCart?"
}

@test "a destination takes only the events of its list" {
	printf '[meta]\nevents = Purchase, Lead\n' >c
	{ event; event '.event_name = "ViewContent"'; } >in
	run -0 build --config c in
	assert_line --index 0 --partial '"event":{'
	assert_line --index 1 --partial '"withheld":"events"'
}

@test "TikTok gets the older names when the pixel has them" {
	printf '[tiktok]\nevent_names = old\n' >c
	{ event; event '.event_name = "Lead"'; } >in
	run -0 --separate-stderr build --config c in
	assert_equal "$(jq -r '.event.event' <<<"$output" | paste -sd,)" CompletePayment,SubmitForm
}

@test "the time of the click comes through capi-hash to the checks that look at it" {
	event 'del(.hashed) | .user_data = {email: "jo@example.com", ttclid: "E.C.P.x",
		gclid: "EAIaIQobChMI8Zx9abcdEFGH", click_time: 1771000000}' >in
	run -0 --separate-stderr bash -c "capi-hash -p tiktok,google in | capi-build -p tiktok,google --now $NOW"
	[[ $stderr == *"tiktok.click_expired"*"google.click_expired"* ]]
	run -0 bash -c "capi-hash -p meta in"
	refute_output --partial click_time
}

@test "a plain address in a hashing pipeline goes nowhere" {
	event 'del(.hashed) | .user_data.email = "jo@example.com"' >in
	run -1 --separate-stderr build -p meta,tiktok,pinterest,google,snapchat in
	assert_equal "$(grep -c '\.plain"' <<<"$output")" 5
	[[ $output$stderr != *jo@* ]]
}

# ---- bodies ----------------------------------------------------------

@test "--body makes whole bodies, each within the platform's limit" {
	for i in $(seq 2500); do echo "{\"n\":$i}"; done |
		jq -c --argjson e "$(event)" '$e + {event_id: "e\(.n)"}' >in
	run -0 build -p meta --body --test-code TEST1 in
	assert_equal "$(jq '.data | length' <<<"$output" | paste -sd,)" 1000,1000,500
	assert_equal "$(jq -r .test_event_code <<<"$output" | sort -u)" TEST1
	assert_equal "$(jq -r '.data[].event_id' <<<"$output" | sort -u | wc -l)" 2500
}

@test "--body keeps what may not share a body apart" {
	{ event; event '.action_source = "physical_store"'; } >in
	run -0 build -p meta --body in
	assert_equal "${#lines[@]}" 2
	printf '[tiktok]\nevent_source_id = PIX\noffline_event_set_id = 77\n' >c
	{ event '.action_source = "website" | .event_source_url = "https://shop.example.com/"'; event; } >in
	run -0 build -p tiktok --config c --body in
	assert_line --index 0 --partial '{"event_source":"web","event_source_id":"PIX","data":['
	assert_line --index 1 --partial '{"event_source":"offline","event_source_id":"77","data":['
}

@test "--body names the partner that the configuration has" {
	event >in
	printf '[meta]\npartner_agent = example_1_0\n[tiktok]\noffline_event_set_id = 77\npartner_name = Example\n' >c
	run -0 build -p meta --config c --body in
	assert_output --partial '{"partner_agent":"example_1_0","data":[{'
	run -0 build -p tiktok --config c --body in
	assert_output --partial '"event_source_id":"77","partner_name":"Example","data":[{'
	run -0 build -p meta --config c --body --test-code T1 in
	assert_output --partial '{"test_event_code":"T1","partner_agent":"example_1_0","data":[{'
}

@test "an id of TikTok's of the wrong kind is a fault of the configuration" {
	event >in
	event '.action_source = "website"' >web
	event '.user_data.lead_id = "1" | .action_source = "system_generated"' >crm
	printf '[tiktok]\noffline_event_set_id = A1T8T4UYGVIQA8ORZMX9\nevent_source_id = 7280000000000000001\ncrm_event_set_id = x\n' >c
	run -78 build --config c --body in
	assert_output --partial 'needs the key offline_event_set_id in digits'
	run -78 build --config c --body web
	assert_output --partial "needs the key event_source_id: a pixel's code"
	run -78 build --config c --body crm
	assert_output --partial 'needs the key crm_event_set_id in digits'
}

@test "what is not of the platform's type is left out with its name, not its value" {
	event '.custom_data.num_items = "secret" | .custom_data.items = "SKU"' >in
	run -0 --separate-stderr build -p meta in
	[[ $stderr == *"in:1: meta.type: custom_data.num_items is left out: it is not a whole number"* ]]
	[[ $stderr == *"in:1: meta.type: custom_data.items is left out: it is not a list"* ]]
	[[ $stderr$output != *secret* ]]
	run -0 --separate-stderr build -p meta --summary in in
	[[ $stderr == *"noted: meta.type: 4"* ]]
}

@test "--body never puts one unique_id twice into a bulk of Klaviyo's" {
	event 'del(.hashed) | .user_data.email = "jo@example.com"' >one
	printf '[klaviyo]\nbackfill = false\n' >c
	run -0 build --config c --body one one
	assert_equal "${#lines[@]}" 2
}

@test "--body without the account's id is a fault of the configuration" {
	event >in
	run -78 build -p google --body in
	assert_output --partial "needs the key customer_id"
	printf '[google]\nconversion_action_id = 1\ncustomer_id = customers/1\n' >c
	run -78 build --config c --body in
	assert_output --partial "needs the key customer_id in digits"
}

# ---- questions -------------------------------------------------------

@test "--explain says where each member came from and what was not taken" {
	event '.user_data.gclid = "x" | .user_data.fbc = "x"' >in
	run -0 --separate-stderr build -p meta --explain in
	assert_line "meta	user_data.em	user_data.email	SHA-256 of lower"
	assert_line "meta	-	user_data.gclid	not taken by this platform"
	assert_line "meta	-	user_data.fbc	left out: meta.fbc"
}

@test "--coverage counts the identifiers by destination and event name" {
	{ event; event '.hashed.phone.digits = [.hashed.email.lower[0]]'; } >in
	run -0 --separate-stderr build -p meta --coverage in
	[[ $stderr == *"coverage: meta Purchase: 2 events"* ]]
	grep -qE 'user_data.em +100.0 %  2' <<<"$stderr"
	grep -qE 'user_data.ph +50.0 %  1' <<<"$stderr"
	[[ $stderr == *"coverage: meta Purchase: no event has "*"user_data.fn, "* ]]
	run -0 --separate-stderr env CAPI_GOOGLE_CUSTOMER_ID=1 capi-build --now $NOW -p google --coverage in
	grep -qE 'userIdentifiers\[\].emailAddress +100.0 %  2' <<<"$stderr"
	# one event, though it makes two requests
	event '.source = {status: "partially_refunded", refunded_value: "1"}' >in
	run -0 --separate-stderr env CAPI_GOOGLE_CUSTOMER_ID=1 CAPI_GOOGLE_CONVERSION_ACTION_ID=2 \
		capi-build --now $NOW -p google --coverage in
	[[ $stderr == *"google Purchase: 1 events"* ]]
	event '.source = {status: "partially_refunded", refunded_value: "1"} | .hashed = {}' >none
	run -1 --separate-stderr env CAPI_GOOGLE_CUSTOMER_ID=1 CAPI_GOOGLE_CONVERSION_ACTION_ID=2 \
		capi-build --now $NOW -p google --coverage none
	[[ $stderr != *"coverage:"* ]]
	# what only another call of Google's has
	! grep -qE 'addressInfo|Pair|Purchase: gclid' <<<"$stderr"
}

@test "--coverage has one row for a name of any length, and one for those after 63" {
	local long
	printf -v long '%070d' 0
	long=${long//0/é}	# in the middle of one is byte 63
	{ event '.event_name = "'"$long"'1"'; event '.event_name = "'"$long"'2"'; } >in
	run -0 --separate-stderr build -p meta --coverage in
	run -0 grep -o ': é* *: .*events$' <<<"${stderr//meta /}"
	assert_output ": ${long:0:31}: 2 events"
	jq -c '.event_name = "Custom\(range(70))"' <<<"$(event)" >in
	run -0 --separate-stderr build -p meta --coverage in
	[[ $stderr == *"meta Custom62: 1 events"* ]]
	[[ $stderr == *"meta (other names): 7 events"* ]]
	# nor is a name shown that could be somebody's
	event '.event_name = "jane@example.com"' >in
	run -0 --separate-stderr build -p meta --coverage in
	[[ $stderr != *jane* ]]
	[[ $stderr == *"meta (a name with digits or an address): 1 events"* ]]
}

@test "--coverage names identifiers, each once, in a column as wide as the longest" {
	event '.hashed.state = {code: ["x"], upper: ["x"]} | .user_data.locale = "de-DE" |
		.hashed.state |= map_values([$h]) | .user_data.epik = "e" |
		.user_data.whatsapp_business_account_id = "1"' >in
	run -0 --separate-stderr build -p pinterest,meta --coverage in
	run -0 grep -c 'pinterest Purchase: user_data' <<<"$stderr"
	assert_output 3
	grep -qxF 'capi-build: coverage: pinterest Purchase: user_data.click_id 100.0 %  1' <<<"$stderr"
	grep -qxF 'capi-build: coverage: pinterest Purchase: user_data.st       100.0 %  1' <<<"$stderr"
	for p in pinterest meta; do
		run -0 bash -c "grep -E 'coverage: $p' | grep -oE 'user_data[^ ,]*|language' | sort | uniq -d" <<<"$stderr"
		assert_output ""
	done
	! grep -qE 'language|whatsapp' <<<"$stderr"
}

@test "a no in other words, from a program that is not capi-normalize, is a no" {
	for word in '"Denied"' '"DENIED"' false '"no"' 0 '"opt-out"' '"withdrawn"' '"CONSENT_DENIED"' '" denied "'; do
		event ".consent.ad_user_data = $word" >in
		run -0 build -p meta --consent-unknown send in
		assert_output --partial '"withheld":"consent.denied"'
		event ".consent.ad_personalization = $word" >in
		run -0 build -p tiktok in
		assert_output --partial '"withheld":"consent.ad_personalization"'
		run -0 build -p meta in
		assert_output --partial '"opt_out":true'
	done
	for word in '"GRANTED"' true '"yes"'; do
		event ".consent.ad_user_data = $word" >in
		run -0 build -p meta --consent-unknown withhold in
		assert_output --partial '"event":{'
	done
	for word in '"unknown"' '"maybe"' null '["denied"]'; do
		event ".consent.ad_user_data = $word" >in
		run -0 build -p meta --consent-unknown withhold in
		assert_output --partial '"withheld":"consent.unknown"'
	done
}

@test "True and yes are true: of a test order, an opt-out, a flag" {
	app='{advertiser_tracking_enabled: 1, application_tracking_enabled: 1, extinfo: (["a2", "", "", "", "13"] + [range(11) | ""]), consider_views: '
	for word in '"True"' '"yes"' true 1; do
		event ".source.test = $word" >in
		run -0 build -p meta in
		assert_output --partial '"withheld":"status.test"'
		event ".opt_out = $word" >in
		run -0 build -p meta in
		assert_output --partial '"opt_out":true'
		event ".app_data = $app $word}" >in
		run -0 build -p meta in
		assert_output --partial '"consider_views":true'
	done
	event ".app_data = $app \"maybe\"}" >in
	run -0 --separate-stderr build -p meta in
	[[ $stderr == *'meta.type: app_data.consider_views is left out: it is not true or false'* ]]
}

@test "--explain and --coverage want no word on consent: they say what hangs on it" {
	event 'del(.consent)' >in
	run -0 --separate-stderr build -p meta --explain in
	assert_line --regexp '^meta	-	consent.ad_user_data	neither granted nor denied: goes with --consent-unknown send'
	assert_line "meta	user_data.em	user_data.email	SHA-256 of lower"
	run -0 build -p meta --explain --consent-unknown withhold in
	assert_line --regexp '^meta	-	-	withheld: consent.unknown: '
	run -0 build -p meta --explain --consent-unknown send in
	refute_line --partial 'neither granted'
	# what is not decided is counted, but never goes on
	run -0 --separate-stderr build -p meta --coverage --summary in
	run -0 jq -c '[.withheld, has("event")]' <<<"$output"
	assert_output '["consent.unknown",false]'
	run -0 --separate-stderr build -p meta --coverage --summary in
	[[ $stderr == *"in:1: consent.unknown: counted, but makes no request"*"say --consent-unknown send or withhold"* ]]
	grep -qE 'user_data.em +100.0 %  1' <<<"$stderr"
	[[ $stderr == *"1 in = 0 out + 0 refused + 1 withheld (consent.unknown 1)"* ]]
	run -0 --separate-stderr build -p meta --coverage --body in
	assert_output ""
}

@test "--explain tells events apart by their names and ids" {
	{ event; event '.event_name = "Lead" | .event_id = "l-\u001b7"'; event 'del(.event_id)'; } >in
	run -1 --separate-stderr build -p meta --explain in
	assert_line --index 0 "Purchase 84213 (in:1)"
	assert_equal "$(grep -A1 '^$' <<<"$output")" \
		$'\nLead l-?7 (in:2)\n--\n\nPurchase (no id) (in:3)'
	event '.source = {status: "partially_refunded", refunded_value: "1"}' >in
	printf '[google]\ncustomer_id = 1\nconversion_action_id = 2\n' >c
	run -0 build --config c --explain in
	assert_equal "$(grep -nE 'further|	(transactionId|adjustmentType)	' <<<"$output" |
		cut -d'	' -f2,4 | cut -c1-19 | sed 's/[ ;].*//' | paste -sd' ')" \
		"transactionId	made -	a adjustmentType	made"
}

@test "--fields prints one platform's table, a line a row" {
	run -0 build --fields pinterest
	assert_line --regexp '^user_data\.em +user_data\.email +SHA-256 of lower$'
	assert_line --regexp '^device_info\.cpu_cores +device_info\.cpu_cores +integer, 0 to 1152$'
	[ "${#lines[@]}" -gt 80 ]
	run -64 build --fields metta
	assert_output --partial "--fields: no platform metta; meta?"
	run -64 build --fields
}

@test "--list-checks prints all platforms' rules, or those of -p" {
	run -0 build --list-checks
	assert_line "consent.denied: withholds"
	assert_line "meta.age: refuses"
	assert_line "klaviyo.value: refuses"
	run -0 build --list-checks -p tiktok,meta:shop-b
	assert_line "tiktok.future: refuses"
	assert_line "meta.age: refuses"
	refute_line --partial "klaviyo."
	run -64 build --list-checks -p pinterst
	assert_output --partial "-p: no platform pinterst; pinterest?"
}

@test "what --explain cannot build it says" {
	event '.event_time = 1700000000 | .hashed = {} | .custom_data.value = "ten"' >in
	run -1 --separate-stderr build -p meta,google --explain in
	assert_line --index 1 --regexp '^meta	-	-	refused: meta\.age: event_time is more than 7 days ago.*; send sooner'
	assert_line --index 2 --regexp '^meta	-	-	refused: meta\.identifiers: '
	assert_line --index 3 --regexp '^meta	-	-	refused: meta\.value: '
	assert_line --index 4 --regexp '^google	-	-	refused: google\.age: '
	event >two
	event >>two
	run -0 bash -c "capi-build -p meta --now $NOW --explain two | grep -c '^$'"
	assert_output 1
	event '.consent.ad_user_data = "denied"' >in
	run -0 build -p meta --explain in
	assert_line --index 1 "meta	-	-	withheld: consent.denied: consent.ad_user_data is denied; nothing: the person said no"
	event '.source.status = "voided"' >in
	run -0 build -p meta --explain in
	assert_line --index 1 "meta	-	-	withheld: status.voided"
}

@test "--coverage tells apart destinations and event names, and goes beside the requests" {
	{ event; event '.event_name = "Lead"'; } >in
	run -0 --separate-stderr build -p meta,pinterest --coverage in
	assert_equal "${#lines[@]}" 4
	assert_equal "$(grep -cE 'coverage: (meta|pinterest) (Purchase|Lead): 1 events' <<<"$stderr")" 4
}

@test "every example of the manual runs" {
	local n=0 text=''
	while IFS= read -r line; do
		case $line in
		.Bd*) text='' ;;
		.Ed)
			n=$((n + 1))
			run -0 --separate-stderr bash -eo pipefail -c "$text"
			[ -n "$output" ]
			case $text in *--fields* | *--explain*) ;; *)
				jq -e '.event // .data' <<<"$output" >/dev/null ;;
			esac
			;;
		.*) ;;
		*) text+=${line//'\e'/'\'}$'\n' ;;
		esac
	done < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAG/p' "$TOP/man/capi-build.1" | tail -n +2)
	assert_equal "$n" 4
}

# ---- receipts --------------------------------------------------------

@test "what is refused here has its code in the receipt, and the audit groups by it" {
	event >ok
	event '.event_id = "2" | .custom_data.order_id = "2" | .event_time = 1700000000' >old
	event '.event_id = "3" | .custom_data.order_id = "3" | .event_time = 1700000001' >older
	event '.event_id = "4" | .custom_data.order_id = "4" | .consent.ad_user_data = "denied"' >no
	run -1 bash -c "cat ok old older no | capi-build -p meta --now $NOW >requests"
	printf '[meta]\ndataset_id = 1\n' >c
	capi-send --dry-run --config c --now "$NOW" requests >receipts || [ $? = 1 ]
	run -0 jq -r '[.event_id, .outcome, .code, .reason] | @tsv' receipts
	assert_line --regexp '^2	refused	meta\.age	event_time is more than 7 days'
	assert_line --regexp '^4	withheld	(	)?consent\.denied'
	jq -c 'del(.hashed)' ok old older no >orders
	capi-audit --orders orders --sent receipts --now "$NOW" --format ndjson >audit || [ $? = 1 ]
	run -0 jq -c 'select(.platform == "meta" and .class == "refused") | .reason' audit
	assert_line '"meta.age"'
	refute_line --partial 'more than'
}

# ---- configuration ---------------------------------------------------

@test "an unknown key is refused with file, line and the nearest key" {
	printf '[meta]\n# the pixel\ndatasetid = 1\n' >c
	run -78 build --config c /dev/null
	assert_output --partial "c:3: no key datasetid for meta; dataset_id?"
}

@test "an unknown section, a key outside and a key twice are refused" {
	printf '[metta]\ndataset_id = 1\n' >c
	run -78 build --config c /dev/null
	assert_output --partial "c:1: [metta]: no platform metta; meta?"
	printf '[meta:shop-b]\ndataset_id = 1\n' >c
	run -64 build --config c -p meta:shopb /dev/null
	assert_output --partial "no section [meta:shopb] in the configuration; meta:shop-b?"
	printf 'dataset_id = 1\n' >c
	run -78 build --config c /dev/null
	assert_output --partial "c:1: dataset_id before any [section]"
	printf '[meta]\ndataset_id = 1\ndataset_id = 2\n' >c
	run -78 build --config c /dev/null
	assert_output --partial "c:3: dataset_id twice in [meta]"
}

@test "a configuration with a secret that others can read is refused" {
	for key in access_token app_secret; do
		printf '[meta]\n%s = x\n' $key >c
		chmod 644 c
		run -78 build --config c /dev/null
		assert_output "capi-build: c: holds an $key and can be read by others: chmod 600"
	done
}

@test "the environment goes before the file" {
	event >in
	printf '[tiktok]\noffline_event_set_id = 1\n[tiktok:b]\noffline_event_set_id = 1\n' >c
	export CAPI_TIKTOK_OFFLINE_EVENT_SET_ID=2 CAPI_TIKTOK_B_OFFLINE_EVENT_SET_ID=3
	run -0 build -p tiktok --config c --body in
	assert_output --partial '"event_source_id":"2"'
	run -0 build -p tiktok:b --config c --body in
	assert_output --partial '"event_source_id":"3"'
}

# ---- streams ---------------------------------------------------------

@test "capi-hash and capi-build have one word for the platforms" {
	event 'del(.hashed) | .user_data.email = "jo@example.com"' >in
	run -0 bash -c "capi-hash --platforms meta in | capi-build --now $NOW --platforms meta"
	assert_output --partial '"platform":"meta"'
	run -64 build --platform meta in
	assert_output --partial '--platforms?'
}

@test "wrong options, missing files and directories: a message and the right status" {
	run -64 build in
	run -64 build -p nowhere in
	assert_output --partial "-p: no platform nowhere: google, klaviyo, meta, pinterest"
	run -64 build -p meta,tiktk in
	assert_output --partial "-p: no platform tiktk; tiktok?"
	run -64 build -p meta, in
	run -64 build -p
	run -64 build -p meta --consent-unknown maybe in
	assert_output --partial "not one of send, withhold"
	run -64 build -p meta --consent-unknown
	run -64 build -p meta --unknown-events perhaps in
	run -64 build -p meta --test-code X in
	assert_output --partial "it wants --body"
	run -64 build -p meta --body --explain in
	assert_output --partial "--body and --explain: one of them"
	# nobody could tell whose a body is
	run -64 build -p meta,tiktok --body in
	assert_output --partial "one destination at a time: -p meta"
	printf '[meta]\n[meta:b]\n' >two
	run -64 build --config two --body in
	assert_output --partial "one destination at a time: -p meta"
	run -64 build -p meta --now yesterday in
	run -64 build -p meta --max-record 1 in
	run -64 build -p meta --body=yes in
	run -64 build -p meta,meta in
	run -64 build -p meta --frobnicate
	run -64 build -p pinterest --body --test-code X in
	run -66 build -p meta missing
	run -66 build -p meta .
	run -78 build --config missing in
	assert_output --partial "missing"
	run -78 build --config . in
	assert_output --partial ".: "
	[ "$(id -u)" = 0 ] && return
	printf '[meta]\n' >c
	chmod 000 c
	run -78 build --config c in
}

@test "a full disk and a closed pipe end in 74" {
	event >in
	run -74 bash -c "capi-build -p meta --now $NOW in >/dev/full"
	yes "$(cat in)" | head -n 20000 >many
	run -74 bash -c "set -o pipefail; capi-build -p meta --now $NOW many | head -1 >/dev/null"
}

@test "the same comes out of a file and of a pipe one byte at a time" {
	{ event; event '.event_id = "2"'; } >in
	build -p meta,snapchat in >a
	perl -e '$| = 1; local $/ = \1; while (<>) { print }' in | build -p meta,snapchat >b
	diff a b
}

@test "memory does not grow with the input" {
	event >one
	yes "$(cat one)" | head -n 200 >some
	yes "$(cat one)" | head -n 20000 >many
	small=$(/usr/bin/time -f %M capi-build -p meta --now $NOW some 2>&1 >/dev/null)
	large=$(/usr/bin/time -f %M capi-build -p meta --now $NOW many 2>&1 >/dev/null)
	[ "$large" -lt $((small + 1500)) ]
}

@test "generated requests validate against the platforms' schemas, spoilt ones do not" {
	run -0 "$TOP/scripts/schema-check" -n 200
}

@test "bodies of every platform please the stand-in that was written from its pages" {
	run -0 "$TESTS/build/standin-check" -n 300
}

@test "members of every wrong type are survived, and what comes out is JSON with no key twice" {
	python3 - "$TOP/lib/event.h" >odd <<-'EOF'
	import copy, json, random, re, sys
	r = random.Random(7)
	paths = re.findall(r'X\(\w+, "([^"]+)"\)', open(sys.argv[1]).read())
	values = [None, "", [], {}, 0, -1, 1.5, "x", True, [[]], [{}], {"a": 1},
	    ["a", None, 3], 1781430082, "granted", [{"id": "x", "price": [1]}],
	    "fb.1.1781000000000.abc", "::1", "a@b", [[["x"]]], "refunded", "app",
	    'q"u\\o\nte\t\u0001', ['"', "\\"], {"a\"b": '"'}]
	for n in range(3000):
	    e = {}
	    for path in r.sample(paths, r.randrange(1, 40)):
	        at, keys = e, path.split(".")
	        for key in keys[:-1]:
	            at = at.setdefault(key, {}) if isinstance(at, dict) else {}
	        if isinstance(at, dict):
	            at[keys[-1]] = copy.deepcopy(r.choice(values))
	    e.update(event_time=1781430082, event_id="x", event_name="Purchase")
	    if r.random() < .8:
	        e["hashed"] = {"email": {"lower": ["%064x" % n], "gmail": ["%064x" % n]}}
	        e["consent"] = {"ad_user_data": "granted"}
	        e.pop("source", None)
	    print(json.dumps(e))
	EOF
	printf '[meta]\n[tiktok]\n[pinterest]\n[snapchat]\n[klaviyo]\nbackfill = true\n' >c
	printf '[google]\ncustomer_id = 1\nconversion_action_id = 2\nmerchant_id = 3\n' >>c
	build --config c --consent-unknown send odd >out 2>err || [ $? = 1 ]
	python3 - <<-'EOF'
	import json
	def once(pairs):
	    assert len(dict(pairs)) == len(pairs), pairs
	    return dict(pairs)
	lines = [json.loads(l, object_pairs_hook=once) for l in open("out")]
	# what became of an order is a request more
	more = ("Refunded Order/", "RESTATEMENT/")
	first = [l for l in lines if not l.get("key", "").startswith(more)]
	assert len(first) == 18000, len(first)
	assert sum("event" in l for l in lines) > 500
	EOF
}

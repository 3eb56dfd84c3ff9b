# capi-hash: each test's name is a promise of capi-hash(1). Digests that are
# expected here are made by sha256sum from a spelling that a platform's page
# gives, or stand on such a page.
load helper

sha() {
	printf '%s' "$1" | sha256sum | cut -d' ' -f1
}

# event JSON_OF_USER_DATA
event() {
	printf '{"event_name":"Purchase","user_data":%s}\n' "$1"
}

# digests PLATFORMS USER_DATA PATH: the digests at that path, one a line
digests() {
	event "$2" | capi-hash -p "$1" 2>/dev/null |
		jq -r --arg path "$3" \
			'.hashed // {} | getpath($path / ".") // [] | .[]'
}

@test "each platform gets the spelling of its own page" {
	local u='{"email":" Jane.Doe+x@GMail.com ","phone":"+442079460958"}'

	run -0 digests meta,google "$u" email.lower
	assert_output "$(sha jane.doe+x@gmail.com)"
	run -0 digests meta,google "$u" email.gmail
	assert_output "$(sha janedoe@gmail.com)"
	run -0 digests meta,google "$u" phone.digits
	assert_output "$(sha 442079460958)"
	run -0 digests meta,google "$u" phone.e164
	assert_output "$(sha +442079460958)"
}

@test "no form is made that no named platform takes" {
	run -0 digests meta '{"email":"jane@example.com"}' email.gmail
	assert_output ""
}

@test "states and postal codes follow the country" {
	local de='{"country":"DE","state":"BY","postal_code":"80331"}'
	local us='{"country":"US","state":"CA","postal_code":"94035-1234"}'
	local gb='{"country":"GB","postal_code":"M1 1AE"}'

	run -0 digests meta,pinterest,tiktok "$de" state.region
	assert_output "$(sha bayern)"
	run -0 digests meta,pinterest,tiktok "$de" state.code
	assert_output "$(sha by)"
	run -0 digests meta "$us" state.region
	assert_output "$(sha ca)"
	run -0 digests meta,tiktok "$us" postal_code.compact
	assert_output "$(sha 94035)"
	run -0 digests meta,tiktok "$us" postal_code.joined
	assert_output "$(sha 940351234)"
	run -0 digests meta,pinterest "$gb" postal_code.compact
	assert_output "$(sha m11ae)"
	run -0 digests meta,pinterest "$gb" postal_code.digits
	assert_output "$(sha m11ae)"
}

@test "names keep letters of any script and lose what pages say" {
	local u='{"first_name":"Dr. Mary-Jane","last_name":"O’Connor, Jr."}'

	run -0 digests meta,pinterest,google "$u" first_name.compact
	assert_output "$(sha drmaryjane)"
	run -0 digests meta,pinterest,google "$u" first_name.lower
	assert_output "$(sha 'dr. mary-jane')"
	run -0 digests meta,pinterest,google "$u" first_name.given
	assert_output "$(sha mary-jane)"
	run -0 digests meta,pinterest,google "$u" last_name.compact
	assert_output "$(sha oconnorjr)"
	run -0 digests meta,pinterest,google "$u" last_name.family
	assert_output "$(sha o’connor)"
	run -0 digests meta '{"last_name":"ΠΑΠΠΑΣ"}' last_name.compact
	assert_output "$(sha παππας)"
}

@test "a list is hashed value by value, and a digest stands once" {
	local u='{"email":["A@example.com","a@example.com ","b@example.com"]}'

	run -0 digests meta "$u" email.lower
	assert_output "$(sha a@example.com)
$(sha b@example.com)"
}

@test "only what a named platform takes in plain stays in user_data" {
	local u='{"email":"jane@example.com","city":"Paris","fbp":"fb.1.2.3",
	"ttclid":"E.C.P","client_ip_address":"203.0.113.7"}'

	u=$(echo "$u" | tr -d '\n\t')
	run -0 sh_pipe "echo '$(event "$u")' | capi-hash -p meta |
		jq -c .user_data"
	assert_output '{"fbp":"fb.1.2.3","client_ip_address":"203.0.113.7"}'
	run -0 sh_pipe "echo '$(event "$u")' | capi-hash -p tiktok |
		jq -c .user_data"
	assert_output '{"city":"Paris","ttclid":"E.C.P","client_ip_address":"203.0.113.7"}'
}

@test "nothing personal survives, wherever it stands" {
	cat >in <<-'END'
	{"email":"jane@example.com","firstName":"Jane","order":{"billing_address":{"street":"1 Main St"},"note":"mail jane@example.com, please"},"user_data":{"email":"jane@example.com","phone":"0650","mystery":"Jane","last_name":["Doe",["Doe"],{"a":"Doe"}],"date_of_birth":"16/2/1997","street":"1 Main St"},"custom_data":{"items":[{"id":"1","name":"Doll","engraving":"for jane@example.com"}]}}
	END
	run -0 --separate-stderr capi-hash -p meta,tiktok in
	refute_output --regexp '[Jj]ane|Doe|Main|0650|1997'
	assert_output --partial '"name":"Doll"'
	# And no message holds a value.
	refute_regex "$stderr" '[Jj]ane|Doe|Main|0650|1997'
}

# kept JSON: what capi-hash leaves of an event of that text
kept() {
	printf '%s\n' "$1" | capi-hash -p meta,tiktok 2>/dev/null
}

@test "a name of personal data is one in any spelling, and whoever's it is" {
	local key

	for key in Name name First-Name 'customer email' 'customer[email]' \
		billing_address_1 BillingPhone shipping-name phone2 \
		customerName 'Order Note' GiftMessage special_instructions \
		comment; do
		run -0 kept "{\"custom_data\":{\"$key\":\"x\",\"b\":1},\"$key\":\"x\"}"
		assert_output '{"custom_data":{"b":1}}'
	done
	for key in customer_mail tel Vorname Nachname prénom courriel PLZ \
		telefono_cliente 'form_fields[email]' lieferstrasse apellidos \
		Bestellnotiz nom nombre; do
		run -0 kept "{\"custom_data\":{\"$key\":\"x\",\"b\":1}}"
		assert_output '{"custom_data":{"b":1}}'
	done
	# What is called so and says yes or no is no person's data.
	run -0 kept '{"custom_data":{"newsletter_email":true,"mobile":"1"}}'
	assert_output '{"custom_data":{"newsletter_email":true,"mobile":"1"}}'
	for key in product_name item_name brand campaign_name shop_phone \
		phone_case is_mobile Größe farbe región telegram; do
		run -0 kept "{\"custom_data\":{\"$key\":\"x\"}}"
		assert_output "{\"custom_data\":{\"$key\":\"x\"}}"
	done
	for key in content_name shipping tax_state delivery_state \
		email_campaign user_type gift_wrap order_id; do
		run -0 kept "{\"custom_data\":{\"$key\":\"x\"}}"
		assert_output "{\"custom_data\":{\"$key\":\"x\"}}"
	done
	run --separate-stderr capi-hash -p meta <<<'{"a":{"note":"x","Name":"x"}}'
	assert_equal "$stderr" "capi-hash: standard input:1: a.note: left out: free text, which may hold personal data"
	# Items and shops have names, and a message can be an object.
	local same='{"items":[{"name":"Doll"}],"shop":{"name":"A"},"message":{"id":1},"gift":true}'
	run -0 kept "$same"
	assert_output "$same"
}

@test "no message shows a name that could be somebody's data: its place is told" {
	local key
	for key in jane@example.com 15551234567 1990-01-01 555-0100; do
		echo '{"user_data":{"'"$key"'":1},"custom_data":{"'"$key"'":"jane@example.com"}}' >in
		run -0 --separate-stderr capi-hash -p meta in
		[[ $stderr != *"$key"* ]]
		[[ $stderr == *"in:1: user_data.(key): left out: no member of user_data"* ]]
		[[ $stderr == *"in:1: custom_data.(key): left out: "* ]]
	done
	# a name that is one is still shown
	echo '{"user_data":{"e_mail_2":1}}' >in
	run -0 --separate-stderr capi-hash -p meta in
	[[ $stderr == *"in:1: user_data.e_mail_2: left out: no member of user_data"* ]]
}

@test "addresses and international numbers go from all texts and names" {
	local text

	for text in 'call +16505551212' 'tel:+1 (650) 555-1212' \
		'(+44 (0)20 7946 0958).' '+33.1.99.00.12.34' '+290 55501' \
		'josé@example.com' 'jane@bücher.example' \
		'<jane@example.com>' jane%40example.com; do
		run -0 kept "{\"a\":[\"$text\",\"b\"],\"$text\":{\"c\":1}}"
		assert_output '{"a":["b"]}'
	done
	run --separate-stderr capi-hash -p meta <<<'{"jane@example.com":1,"x":{"+16505551212":2}}'
	assert_success
	assert_output '{"x":{}}'
	refute_regex "$stderr" 'jane|1650'
	assert_regex "$stderr" 'x\.\(key\): left out: its name holds a phone'
	# An id that stays in user_data can be one as well.
	run -0 kept '{"user_data":{"fbp":"fb.1.2.3","anonymous_id":"jane@example.com"}}'
	assert_output '{"user_data":{"fbp":"fb.1.2.3"}}'
}

@test "ids, click ids, dates, amounts, pages and browsers are no phones" {
	local text

	for text in 16505551212 fb.1.1554763741205.IwAR2F4-dbP0l7Mn1 \
		'abc+1234567890/xyz==' +1234567890abcdef +123456.78 \
		+12.345.678,00 +1234567 +1234567890123456 +012345678 \
		2026-11-26T16:00:00+01:00 'Nov 26 16:30:58 +1100 2026' \
		'Mozilla/5.0 (compatible; +http://www.example.com/bot.html)' \
		https://map.example.com/@48.85,2.35 logo@2x.png vue@3.2.1 \
		https://media.example/@jane.doe '50%20off'; do
		run -0 kept "{\"a\":\"$text\"}"
		assert_output "{\"a\":\"$text\"}"
	done
}

@test "parameters of a URL go by their names, in all languages of the table" {
	local u=https://shop.example.com/a name

	for name in first_name Last-Name email tel customer_mail Vorname \
		Stra%C3%9Fe pr%C3%A9nom apellidos 'checkout[phone]' plz \
		access_token; do
		run -0 kept "{\"event_source_url\":\"$u?a=1&$name=Jane&b=2#c\"}"
		assert_output "{\"event_source_url\":\"$u?a=1&b=2#c\"}"
		run -0 kept "{\"custom_data\":{\"page\":\"$u?$name=Jane\"}}"
		assert_output "{\"custom_data\":{\"page\":\"$u\"}}"
	done
	run -0 kept "{\"referrer_url\":\"$u?a=1#vorname=Jane\"}"
	assert_output "{\"referrer_url\":\"$u?a=1\"}"
	for name in product_name utm_source utm_term gclid color q page \
		first_order email_campaign mobile_app order_id; do
		run -0 kept "{\"event_source_url\":\"$u?$name=Jane&b=2\"}"
		assert_output "{\"event_source_url\":\"$u?$name=Jane&b=2\"}"
	done
	run --separate-stderr capi-hash -p meta <<<"{\"event_source_url\":\"$u?tel=0650\"}"
	assert_success
	assert_equal "$stderr" 'capi-hash: standard input:1: event_source_url: left out: parameters of the URL named like personal data or a secret'
}

@test "an address in a URL is cut out with its parameter" {
	echo '{"event_source_url":"https://shop.example.com/a?x=1&e=jane%40example.com&y=2","user_data":{}}' >in
	run -0 --separate-stderr capi-hash -p meta in
	assert_output '{"event_source_url":"https://shop.example.com/a?x=1&y=2","user_data":{}}'
	run -0 kept '{"u":"https://shop.example.com/?x=1&p=%2B1%20650%20555%201212&q=a+%2b16505551212&e=jane%2540example.com"}'
	assert_output '{"u":"https://shop.example.com/?x=1"}'
}

@test "what it does not know outside user_data passes byte for byte" {
	printf '%s\n' '{ "a" : 10.00, "b":1e2,"big":12345678901234567890123,"t":"\u00e9\/", "user_data" : {"fbp":"x"} , "img":"logo@2x.png"}' >in
	run -0 --separate-stderr capi-hash -p meta in
	assert_output "$(cat in)"
	assert_equal "$stderr" ""
}

@test "hashing a hashed record changes nothing, for any platforms" {
	event '{"email":"Jane@example.com","city":"Paris","country":"FR","external_id":"A 7"}' >in
	capi-hash -p meta,tiktok,google in >once
	capi-hash -p meta,tiktok,google once >twice
	diff once twice
	capi-hash -p tiktok,google once >twice
	diff once twice
	capi-hash -p meta in >once
	run -0 --separate-stderr capi-hash -p google once
	assert_output --partial "$(sha jane@example.com)"
	assert_regex "$stderr" 'hashed already, and not in the form: gmail'
}

@test "a digest that comes in is taken as given, in lower case" {
	local d=B4C9A289323B21A01C3E940F150EB9B8C542587F1ABFD8F0E1CC1FFC5E475514

	run -0 digests meta,google "{\"email\":\"$d\"}" email.lower
	assert_output "${d,,}"
	run -0 digests meta,google "{\"email\":\"$d.AQ\"}" email.gmail
	assert_output "${d,,}"
	run -0 digests meta,google "{\"phone\":[\"$d\",\"+15551234567\"]}" phone.e164
	assert_output "${d,,}
$(sha +15551234567)"
}

# left_out USER_DATA: what was said, and that nothing of it is in the output
left_out() {
	event "$1" >in
	capi-hash -p meta in 2>&1 >out | sed 's/^.*left out: //'
	! grep -q hashed out
}

@test "MD5, SHA-1 and base64 are refused by name" {
	run -0 left_out "{\"email\":\"$(printf a | md5sum | cut -c1-32)\"}"
	assert_output "not a SHA-256 in hex: an MD5"
	run -0 left_out "{\"email\":\"$(printf a | sha1sum | cut -c1-40)\"}"
	assert_output "not a SHA-256 in hex: a SHA-1"
	run -0 left_out "{\"phone\":\"$(printf a | sha256sum | xxd -r -p | base64)\"}"
	assert_output "not a SHA-256 in hex: a SHA-256 in base64"
	# An id may well look like one.
	run -0 digests meta '{"external_id":"0cc175b9c0f1b6a831c399e269772661"}' external_id.compact
	assert_output "$(sha 0cc175b9c0f1b6a831c399e269772661)"
}

@test "digests of nothing, of null and of templates are refused by name" {
	run -0 left_out '{"email":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}'
	assert_output "the digest of a placeholder: an empty string"
	run -0 left_out '{"email":"74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b"}'
	assert_output "the digest of a placeholder: null"
	run -0 left_out '{"email":"EB045D78D273107348B0300C01D29B7552D622ABBC6FAF81B3EC55359AA9950C"}'
	assert_output "the digest of a placeholder: undefined"
	run -0 left_out '{"email":"2fa568238f6d6aa0d84b7d66ec13b95eef51f803f1fdc5b8c54e475574ee6de3"}'
	assert_output "the digest of a placeholder: {{email}}"
	run -0 left_out '{"external_id":"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"}'
	assert_output "the digest of a placeholder: 0"
}

@test "placeholders are refused by name" {
	local p

	for p in undefined null N/A '{{email}}' '${mail}' '%EMAIL%' '(not set)' \
		test@test.com '<none>' '[email]' -; do
		run -0 left_out "{\"email\":\"$p\"}"
		assert_output --partial "a placeholder: "
	done
	run -0 left_out '{"phone":"+11111111111"}'
	assert_output "a placeholder: one digit repeated"
	run -0 left_out '{"email":null}'
	assert_output null
	run -0 left_out '{"email":"  "}'
	assert_output empty
	run -0 left_out '{"email":[]}'
	assert_output empty
	# People are called so, and a country.
	run -0 digests meta '{"last_name":"Null","first_name":"Nan"}' last_name.compact
	assert_output "$(sha null)"
}

@test "titles and suffixes of names go, without a word and without a digest" {
	run -0 --separate-stderr sh_pipe "echo '{\"user_data\":{\"email\":\"jo@example.com\",
		\"name_prefix\":\"Dr.\",\"name_suffix\":\"Jr.\"}}' | tr -d '\n' |
		capi-hash -p meta,tiktok,google"
	refute_output --partial 'Dr.'
	refute_output --partial 'name_'
	assert_output --partial '"hashed":{"email"'
	assert_equal "$stderr" ""
}

@test "a phone that is not E.164 is left out, never hashed wrong" {
	local p

	for p in '(650) 555-1212' 6505551212 0016505551212 +0650555121 +1 \
		'+1 650 555 1212' +1650555121a +12345678901234567; do
		run -0 left_out "{\"phone\":\"$p\"}"
		assert_output "not E.164: run capi-normalize first"
	done
}

@test "an address that is none is left out" {
	local a

	for a in a abc a@b @b.c .c @ 324342@@@@bar.com invalid-email \
		test..test@example.com test@.example.com .test@example.com \
		test.@example.com test@example.com. 'test @example.com'; do
		run -0 left_out "{\"email\":\"$a\"}"
		assert_regex "$output" 'e-mail address|more than one @|dot at the edge'
	done
}

@test "values that are not text are left out and the event passes" {
	run -0 left_out '{"email":true}'
	assert_output "neither text nor a list of texts"
	run -0 left_out '{"email":{"a":"b"}}'
	assert_output "neither text nor a list of texts"
	run -0 left_out '{"email":[null,[],{}]}'
	assert_line null
	assert_line "neither text nor a list of texts"
	run -0 digests meta '{"postal_code":94035,"country":"US"}' postal_code.compact
	assert_output "$(sha 94035)"
	run -0 left_out '{"external_id":1e3}'
	assert_output "neither text nor a list of texts"
}

@test "a value of a megabyte is left out in a moment" {
	jq -nc '{user_data:{first_name:("a"*1000000),email:("b"*20000+"@example.com")}}' >in
	run -0 --separate-stderr timeout 5 capi-hash -p meta in
	assert_output '{"user_data":{}}'
	assert_regex "$stderr" 'longer than any real value'
}

@test "user_data that is no object can not be hashed: the event is refused" {
	printf '%s\n' '{"user_data":"jane@example.com"}' '{"user_data":{}}' >in
	run -1 --separate-stderr capi-hash -p meta -r rejects in
	assert_output '{"user_data":{}}'
	assert_regex "$stderr" 'in:1: user_data: not an object'
	run -0 jq -r .refused.reason rejects
	assert_output "not an object"
}

@test "a bad line between good ones is refused alone" {
	printf '%s\n' '{"user_data":{"fbp":"1"}}' '{"user_data":{' '[1]' \
		'{"user_data":{"fbp":"2"}}' >in
	run -1 --separate-stderr capi-hash -p meta in
	assert_output '{"user_data":{"fbp":"1"}}
{"user_data":{"fbp":"2"}}'
}

@test "a hashed member that holds anything but digests is cleaned" {
	local d
	d=$(sha jane@example.com)
	echo "{\"hashed\":{\"email\":{\"lower\":[\"jane@example.com\",\"$d\"]},\"phone\":\"+15551234567\",\"jane@example.com\":1},\"user_data\":{}}" >in
	run -0 --separate-stderr capi-hash -p meta in
	assert_output "{\"hashed\":{\"email\":{\"lower\":[\"$d\"]}},\"user_data\":{}}"
	refute_regex "$stderr" 'jane|1555'
}

@test "a rule set adds its spelling to the list, behind the page's" {
	event '{"city":"São Paulo","country":"BR","external_id":"User 7"}' >in
	run -0 sh_pipe "capi-hash -p meta --rules meta-builder,meta-sdk in | jq -r '.hashed.city.compact[], .hashed.external_id.compact[]'"
	assert_line -n 0 "$(sha sãopaulo)"
	assert_line -n 1 "$(sha sopaulo)"
	assert_line -n 2 "$(sha user7)"
	assert_line -n 3 "$(sha 'User 7')"
}

@test "what the page refuses has no other spelling either" {
	event '{"phone":"(555) 123-4567","city":"Paris"}' >in
	run -0 --separate-stderr capi-hash -p meta --rules meta-builder in
	refute_output --partial '"phone"'
	assert_output --partial "$(sha paris)"
	[[ $stderr == *"user_data.phone: left out: not E.164"* ]]
}

@test "Klaviyo takes plain data and can not be in the list" {
	run -64 capi-hash -p meta,klaviyo </dev/null
	assert_output --partial "klaviyo: it takes plain data"
}

@test "wrong use ends with 64 and a sentence" {
	run -64 capi-hash </dev/null
	run -64 capi-hash -p nobody </dev/null
	assert_output --partial "there are google, "
	run -64 capi-hash -p meta --rules nothing </dev/null
}

# people N: events whose values all differ, in the scripts that need work
people() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "{\"event_name\":\"Purchase\",\"event_id\":\"%d\"," \
			    "\"user_data\":{\"email\":[\"P%d@Example.com\"," \
			    "\"josé.%d@gmail.com\"],\"phone\":\"+1650555%04d\"," \
			    "\"first_name\":\"ΑΝΔΡΕΑΣ ΝΙΚΟΣ %d\"," \
			    "\"last_name\":\"Ren\\u0065\xcc\x81e %d\"," \
			    "\"city\":\"İzmir Владимир %d\",\"state\":\"x%d\"," \
			    "\"postal_code\":\"M%d 1AE\",\"country\":\"GB\"," \
			    "\"date_of_birth\":\"1990-01-%02d\"," \
			    "\"\\u0065xternal_id\":\"User %d\"}}\n",
			    i, i, i, i, i, i, i, i, i, i % 28 + 1, i
	}'
}

# allocations N OPTION...: how many, for N events
allocations() {
	people "$1" >in
	NOMEM_COUNT=count LD_PRELOAD=$PWD/nomem.so \
		"$CAPI_BIN/capi-hash" "${@:2}" in >out 2>err
	cat count
}

@test "ten times the events take no more allocations" {
	local p few many

	! grep -q __asan_init "$CAPI_BIN/capi-hash" || skip 'a sanitizer build'
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -o nomem.so \
		"$TESTS/shim/nomem.c" -ldl
	for p in meta meta,google,tiktok,pinterest,snapchat; do
		few=$(allocations 200 -p $p --rules meta-builder,meta-sdk)
		many=$(allocations 2000 -p $p --rules meta-builder,meta-sdk)
		echo "$p: $few for 200 events, $many for 2000"
		[ "$(wc -l <out)" -eq 2000 ]
		[ "$many" -le $((few + 3)) ] # a buffer or two that grows late
	done
}

@test "it passes each event as soon as it has it" {
	mkfifo in out
	capi-hash -p meta <in >out &
	exec 7>in 8<out
	echo '{"user_data":{"fbp":"1"}}' >&7
	run -0 head -n 1 <&8
	assert_output '{"user_data":{"fbp":"1"}}'
	exec 7>&- 8<&-
	wait
}

@test "a full or closed output is an error" {
	event '{"fbp":"1"}' >in
	run -74 sh_pipe 'capi-hash -p meta in >/dev/full'
	run -74 sh_pipe 'capi-hash -p meta in >&-'
}

@test "goldens: each spelling is the one that its page asks for" {
	local name n=0

	cd "$TESTS/hash"
	for name in *.in; do
		name=${name%.in}
		perl -MDigest::SHA=sha256_hex \
			-pe 's/"sha256:([^"]*)"/"\"" . sha256_hex($1) . "\""/ge' \
			"$name.want" >"$BATS_TEST_TMPDIR/want"
		# shellcheck disable=SC2046
		capi-hash $(cat "$name.args") "$name.in" \
			>"$BATS_TEST_TMPDIR/got" 2>"$BATS_TEST_TMPDIR/said"
		diff -u "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got"
		[ ! -e "$name.said" ] ||
			diff -u "$name.said" "$BATS_TEST_TMPDIR/said"
		n=$((n + 1))
	done
	[ "$n" -ge 3 ]
}

@test "digests are sha256sum's, on random bytes" {
	local i text

	for i in $(seq 60); do
		text=$(head -c $((i * 3)) /dev/urandom | base64 -w0)
		run -0 digests tiktok "{\"external_id\":\"$text\"}" external_id.exact
		assert_output "$(sha "$text")"
	done
}

@test "-f shows each form, the normalised value, the digest and who takes it" {
	run -0 --separate-stderr capi-hash -f phone --region us '(650) 555-1212'
	assert_line --regexp "^digits +16505551212 +e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176 +meta, pinterest and snapchat$"
	assert_line --regexp "^e164 +\+16505551212 +$(sha +16505551212) +google and tiktok$"
	assert_equal "$stderr" ""
}

# What the pipeline sends is what the terminal shows and what it calls right.
@test "-f and --check take a name as capi-normalize leaves it" {
	local field value digest

	while IFS='|' read -r field value; do
		jq -cn --arg f "$field" --arg v "$value" \
			'{event_name:"Purchase",event_time:1781430082,event_id:"84213",
			user_data:{($f):$v,client_user_agent:"x"}}' |
			capi-normalize --now 1781430100 2>/dev/null |
			capi-hash -p meta 2>/dev/null |
			jq -r ".hashed.$field[][]" >digest
		digest=$(cat digest)
		[ ${#digest} -eq 64 ]
		run -0 --separate-stderr capi-hash -f "$field" -p meta "$value"
		assert_output --partial " $digest "
		run -0 --separate-stderr capi-hash --check -f "$field" -p meta "$value" "$digest"
		assert_output --partial "right for meta"
	done <<-'END'
	first_name|Dr. Jean-Luc
	first_name|Frau  Prof. Anna
	last_name|Doe, Ph.D.
	last_name|O'Connor Jr.
	city|Saint  Denis
	email|Jane.Doe@GMail.com
	END
	# A page says nothing of titles: whoever hashed them is right as well.
	run why first_name 'Dr. Jean-Luc' "$(sha drjeanluc)" -p meta
	assert_output right
	run -1 capi-hash -f first_name '123'
	assert_output --partial 'no letter in it'
}

@test "-f takes values from standard input, one a line, and -p the platforms" {
	run -0 sh_pipe 'printf "%s\n" " User@Example.com " b@example.com |
		capi-hash -f email -p meta --json | jq -r ".normalised, .sha256"'
	assert_output "user@example.com
$(sha user@example.com)
b@example.com
$(sha b@example.com)"
}

@test "-f says why a value has no form, and ends with 1" {
	run -1 capi-hash -f phone '(650) 555-1212'
	assert_output --partial "no country code: say --region CC"
	run -1 capi-hash -f date_of_birth 3/4/1990
	assert_output --partial "say --date-order dmy or mdy"
	run -0 capi-hash -f date_of_birth --date-order mdy 3/4/1990
	assert_output --partial "$(sha 19900304)"
	run -0 capi-hash -f email test@test.com
	assert_output --partial "a placeholder"
	run -64 capi-hash -f nothing x
}

# why FIELD VALUE DIGEST...: verdict and mistakes
why() {
	local field=$1 value=$2 digest=$3

	shift 3
	capi-hash --check --json -f "$field" "$@" -- "$value" "$digest" |
		jq -r '[.verdict] + (.mistakes // []) | join(" ")'
}

@test "--check tells for whom a digest is right" {
	run -0 capi-hash --check -f phone --region US '(650) 555-1212' \
		e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176
	assert_line --partial "right for meta, pinterest and snapchat"
	assert_line --partial "not right for google and tiktok"
	run -1 capi-hash --check -p tiktok -f phone --region US '(650) 555-1212' \
		e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176
	assert_line --partial "hashed without the plus"
}

@test "--check says why of each platform that a digest is not right for" {
	local d

	d=$(sha jane.doe@gmail.com)
	for platforms in '' '-p meta,google'; do
		run capi-hash --check -f email $platforms Jane.Doe@gmail.com "$d"
		assert_equal "$status" $((${#platforms} > 0))
		assert_regex "$output" 'not right for google: gmail [^
]*
  why: hashed with the dots and the \+suffix of Gmail
  cure: Google wants them deleted'
	done
	# Each form has a reason of its own.
	run -0 sh_pipe "capi-hash --check --json -f last_name 'Doe, Jr.' $(sha 'doe, jr.') |
		jq -r '.reasons[] | .form + \": \" + .words'"
	assert_output "compact: hashed with its punctuation, with the blanks inside
family: hashed with the title or suffix"
}

@test "--check names the mistake" {
	local us='--region US' p='(650) 555-1212'

	run why email ' Jane@Example.com' "$(sha ' Jane@Example.com')"
	assert_output "wrong raw"
	run why email ' jane@example.com' "$(sha ' jane@example.com')"
	assert_output "wrong untrimmed"
	run why email 'Jane@Example.com' "$(sha 'Jane@Example.com')"
	assert_output "wrong case-kept"
	run why email jane@example.com "$(echo jane@example.com | sha256sum | cut -c1-64)"
	assert_output "wrong newline"
	run why email jane@example.com "$(sha "$(sha jane@example.com)")"
	assert_output "wrong double"
	run why email user@example.com 043e3ef5e76e423c9d3d3a5605bcb8904496c654fcd16180386298150d8e1b8f
	assert_output "wrong double"
	run why email jane@example.com "$(sha "$(sha jane@example.com | tr a-f A-F)")"
	assert_output "wrong double-upper"
	run why email jane@example.com "$(printf jane@example.com | md5sum | cut -c1-32)"
	assert_output "wrong md5"
	run why email jane@example.com "$(printf jane@example.com | sha1sum | cut -c1-40)"
	assert_output "wrong sha1"
	run why email jane@example.com "$(printf jane@example.com | sha256sum | cut -c1-64 | xxd -r -p | base64)"
	assert_output "wrong base64"
	run why email jane@example.com "$(sha jane@example.com | tr a-f A-F)"
	assert_output "wrong upper-hex"
	run why email j.d@gmail.com "$(sha jd@gmail.com)" -p meta
	assert_output "wrong gmail-wrong"
	run why email j.d@gmail.com "$(sha j.d@gmail.com)" -p google
	assert_output "wrong gmail-missing"
	run why email jane@example.com 74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b
	assert_output "wrong placeholder"
	run why email jane@example.com jane@example.com
	assert_output "wrong not-hashed"
	run why phone "$p" "$(sha 6505551212)" $us
	assert_output "wrong no-country-code"
	run why phone "$p" "$(sha +16505551212)" $us -p meta
	assert_output "wrong plus-kept"
	run why phone "$p" 92cfdc5fbcd4a20fbe5d3857af6c1aba31762105bba7f21a17155e920653046c $us
	assert_output "unexplained"
	run why phone '(800)555-0100' 92cfdc5fbcd4a20fbe5d3857af6c1aba31762105bba7f21a17155e920653046c $us -p google
	assert_output "wrong plus-missing"
	run why phone '020 7946 0958' "$(sha 02079460958)" --region GB
	assert_output "wrong trunk-zero"
	run why phone '+44 (0)20 7946 0958' "$(sha 4402079460958)" --region GB
	assert_output "wrong trunk-zero-kept"
	run why phone '+44 20 7946 0958' "$(sha 00442079460958)"
	assert_output "wrong 00-kept"
	run why phone "$p x123" "$(sha 16505551212123)" $us
	assert_output "wrong extension-kept"
	run why first_name 'Dr. Zoë' "$(sha 'dr. zoë')" -p google
	assert_output "wrong title-kept"
	run why last_name Müller "$(printf 'm\374ller' | sha256sum | cut -c1-64)"
	assert_output "wrong latin-1"
	run why last_name Müller "$(printf 'mu\314\210ller' | sha256sum | cut -c1-64)"
	assert_output "wrong nfd"
	run why last_name "O'Neil" "$(sha "o&#39;neil")" -p pinterest
	assert_output "wrong html-escaped"
	run why email a+b@example.com "$(sha a%2Bb%40example.com)"
	assert_output "wrong url-encoded"
	run why date_of_birth 1997-02-16 "$(sha 16021997)"
	assert_output "wrong date-order"
	run why postal_code 02139 "$(sha 2139)" --country US
	assert_output "wrong zero-lost"
	run why city Paris "$(sha Paris-by-night)"
	assert_output "unexplained"
	# A digest is right to its last digit or not at all.
	run why email jane@example.com "$(sha jane@example.com | cut -c1-63)$(
		sha jane@example.com | cut -c64 | tr 0-9a-f 1-9a-f0)"
	assert_output "unexplained"
}

@test "--check --json tells right from wrong when a digest is both" {
	run -1 capi-hash --check --json -f phone -p meta,google +16505551212 "$(sha 16505551212)"
	run -0 jq -c '[.verdict, .right_for, .wrong_for, .mistakes]' <<<"$output"
	assert_output '["wrong",["meta"],["google"],["plus-missing"]]'
}

@test "--check names two mistakes at a time" {
	run why email 'Jane@Example.com' "$(echo Jane@Example.com | sha256sum | cut -c1-64)"
	assert_output --regexp "^wrong (raw|case-kept) newline$"
	run why phone '020 7946 0958' "$(printf 2079460958 | md5sum | cut -c1-32)" --region GB
	assert_output "wrong md5 no-country-code"
}

@test "--check of a file sums up with a cure" {
	local i

	{
		echo field,value,digest,region
		for i in $(seq 142); do
			printf 'phone,"(650) 555-%04d",%s,US\n' "$i" \
				"$(sha "$(printf '650555%04d' "$i")")"
		done
		for i in $(seq 8); do
			printf 'phone,"(650) 555-%04d",%s,US\n' "$i" \
				"$(sha "$(printf '1650555%04d' "$i")")"
		done
	} >in.csv
	run -1 --separate-stderr capi-hash --check in.csv
	assert_line -n 0 "142 of 150 phones were hashed without the country code: normalise with --region US (lines 2, 3, 4 ...)"
	assert_line -n 1 "8 of 150 phones are right"
	assert_equal "${#lines[@]}" 2
}

@test "--check reads NDJSON, several lines in one cell, and standard input" {
	echo "{\"field\":\"email\",\"value\":\"a@example.com\",\"digest\":\"$(sha a@example.com)\"}" >in
	run -0 capi-hash --check in
	assert_output "1 of 1 e-mail address is right"
	printf 'value;digest\n"a@example.com\n";%s\n' "$(sha a@example.com)" >in
	run -0 sh_pipe 'capi-hash --check -f email <in'
	assert_output "1 of 1 e-mail address is right"
}

@test "--check refuses rows that it can not read, and says which" {
	printf 'field,value,digest\nshoe,a,b\nemail,a@example.com,\nemail,a@example.com,%s\n' \
		"$(sha a@example.com)" >in
	run -1 --separate-stderr capi-hash --check in
	assert_output "1 of 1 e-mail address is right"
	assert_regex "$stderr" "in:2: field: no identifier of that name"
	assert_regex "$stderr" "in:3: digest: empty"
	printf 'field,value,digest\nemail,"a@example.com,b\n' >in
	run -65 capi-hash --check in
}

@test "mistakes made on purpose are named, and no right digest is called wrong" {
	run -0 "$TOP/scripts/hash-mistakes" -n 3000 -s 11 "$(command -v capi-hash)"
	assert_output --regexp "[0-9]+ right digests, 0 called wrong"
}

@test "--selftest proves all published vectors" {
	run -0 capi-hash --selftest
	assert_line --regexp "^meta +page and tests +([0-9]+) of +([0-9]+) vectors hold"
	assert_line --regexp "^meta +meta-builder +616 of +616 vectors hold"
	assert_line --regexp "^google +google-library +6 of +6 vectors hold"
	assert_line "827 of 827 hold"
}

@test "--list-forms has every form with its rule, page and day" {
	run -0 capi-hash --list-forms
	assert_line --regexp "^email +gmail +google$"
	refute_output --partial "(null)"
	run -0 capi-hash --list-rules
	assert_line --partial "city: ascii beside compact"
	assert_line --partial "country: two-letters, in plain"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "--check of a value without its digest says what is wanted, and not the value" {
	run -64 capi-hash --check -f email jo@example.com
	assert_output --partial 'wants VALUE and DIGEST'
	refute_output --partial jo@
	printf 'value,digest\n' >file
	run -0 capi-hash --check -f email file
}

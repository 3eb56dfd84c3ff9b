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

@test "an address in a URL is cut out with its parameter" {
	echo '{"event_source_url":"https://shop.example.com/a?x=1&e=jane%40example.com&y=2","user_data":{}}' >in
	run -0 --separate-stderr capi-hash -p meta in
	assert_output '{"event_source_url":"https://shop.example.com/a?x=1&y=2","user_data":{}}'
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

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

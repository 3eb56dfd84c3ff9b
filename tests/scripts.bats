#!/usr/bin/env bats
# Scripts that people run by hand, with the smallest input that they take: that
# files have moved shows here, and not half a year later.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	case $CAPI_BIN in
	*san) skip 'a look at scripts, not at memory' ;;
	esac
}

# Some write beside what they read: they get a copy of it.
copy() { # copy PATH...: of the top folder
	local p
	mkdir -p copy
	for p; do
		mkdir -p "copy/$(dirname "$p")"
		cp -a "$TOP/$p" "copy/$p"
	done
}

# lines FILE...: the reader of numbers, with these before the library
lines() {
	cc -O1 -iquote "$TOP/lib" -iquote "$TOP/lib/data" -o lines "$TOP/scripts/phone-diff.d/lines.c" \
		"$@" "$CAPI_BIN/libcapi.a" -lutf8proc
}

@test "files that scripts name are there" {
	cat >paths.py <<'EOF'
import os
import re
import sys
top, named, gone = sys.argv[1], 0, []
for folder, _, files in os.walk(top + "/scripts"):
    for name in files if "__pycache__" not in folder else []:
        text = open(os.path.join(folder, name), encoding="utf-8").read()
        paths = set(re.findall(
            r"(?<![\w./-])((?:lib|tests|scripts)/[a-z][a-z0-9_./-]*[a-z0-9])",
            text))
        for joined in re.findall(
                r"""["'](?:lib|tests|scripts)["'](?:,\s*["'][\w.-]+["'])+""",
                text):
            paths.add("/".join(re.findall(r"[\w.-]+", joined)))
        named += len(paths)
        gone += [(name, p) for p in paths if not os.path.exists(top + "/" + p)]
print(named, gone)
sys.exit(named < 20 or gone != [])
EOF
	run -0 python3 paths.py "$TOP"
	mkdir -p top/scripts && cp "$TOP/scripts/golden-build" top/scripts
	run -1 python3 paths.py "$PWD/top"
}

@test "phone-diff's reader of numbers reads numbers" {
	run -0 lines
	# The verdicts of lib/rule/phone.h; libphonenumber's example numbers.
	printf '%s\t%s\n' US '(201) 555-0123' GB '07400 123456' US 12 '' 12345 |
		./lines >read
	run -0 cat read
	assert_line --index 0 $'0\t+12015550123'
	assert_line --index 1 $'0\t+447400123456'
	refute_line --partial '+12'$'\n'
	[ "$(grep -c '[0-9]' read)" -eq 4 ]
}

@test "phone-diff compares, if with an oracle that knows nothing" {
	command -v node >/dev/null || skip 'node is missing'
	wanted=$(sed -nE 's/.*google-libphonenumber ([^,]+),.*/\1/p' \
		"$TOP/lib/data/phone_data.c")
	mkdir -p npm/node_modules/{google-libphonenumber,libphonenumber-js}
	cd npm/node_modules
	echo "{\"version\":\"$wanted\"}" >google-libphonenumber/package.json
	cat >google-libphonenumber/index.js <<'EOF'
const nothing = () => { throw Error('knows nothing') }
exports.PhoneNumberUtil = { getInstance: () => ({ parse: nothing }) }
exports.PhoneNumberFormat = {}
EOF
	echo '{"version":"1"}' >libphonenumber-js/package.json
	cat >libphonenumber-js/metadata.max.json <<'EOF'
{"countries":{"US":["1","011","",[10],0,"1",0,0,0,0,0,[["201555\\d{4}",[10]]]]},
"nonGeographic":{}}
EOF
	run -1 "$TOP/scripts/phone-diff" -n 50 -d "$BATS_TEST_TMPDIR/npm"
	assert_line --partial "google-libphonenumber $wanted"
	assert_line --partial 'of a published type: 50 numbers'
	assert_line --partial 'ours valid +1201555'
}

@test "gen-phone makes tables that are read as its metadata says" {
	mkdir -p package/dist bin
	echo '{"name":"google-libphonenumber","version":"0.1"}' >package/package.json
	printf '#!/bin/sh\necho '\''{"0.1":"2026-01-02T00:00:00Z"}'\' >bin/npm
	chmod +x bin/npm
	# Numbers of fields as in phonemetadata.proto: a plan of seven digits with
	# two types, and one that shares its code and claims 77.
	python3 - >package/dist/libphonenumber.js <<'EOF'
import json
def message(**fields):
    out = [None] * 30
    for name, value in fields.items():
        out[int(name[1:])] = value
    return out
def kind(pattern):
    return message(_2=pattern, _9=[7])
whole = dict(_1=kind(r"[2-9]\d{6}"), _10=999, _11="00", _12="0", _15="0")
plans = {"AB": message(_2=kind(r"[2-5]\d{6}"), _3=kind(r"6(?:0[1-3]|99)\d{4}"),
                       **whole),
         "AC": message(_2=kind(r"77\d{5}"), _23="77", **whole)}
def literal(value):
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("null", "")
print("phonenumbers.metadata.countryCodeToRegionCodeMap=%s;" % literal(
    {"999": ["AB", "AC"]}))
print("phonenumbers.metadata.countryToMetadata=%s;" % literal(plans))
EOF
	PATH=$PWD/bin:$PATH run -0 "$TOP/scripts/gen-phone" -d package -o tables.c
	run -0 grep 'Source: google-libphonenumber 0.1, published 2026-01-02' tables.c
	run -0 lines tables.c
	printf '%s\t%s\n' AB '0234 5678' AC '+999 602 1234' '' +9996041234 \
		'' '00999 77 12345' '' +9997712345 '' +12015550123 >asked
	./lines <asked >read
	printf '%s\t%s\n' 0 +9992345678 0 +9996021234 1 +9996041234 \
		0 +9997712345 0 +9997712345 5 '' >wanted
	run -0 diff wanted read
}

@test "gen-place makes the table that is here" {
	run -0 "$TOP/scripts/gen-place"
	"$TOP/scripts/gen-place" >table.c 2>/dev/null
	# Of another release of iso-codes only the shape is the same.
	if [ "$(sed -n 3p table.c)" = "$(sed -n 3p "$TOP/lib/data/place_data.c")" ]
	then
		run -0 cmp table.c "$TOP/lib/data/place_data.c"
	else
		run -0 diff <(grep '^const' table.c | sed 's/= [0-9].*//') \
			<(grep '^const' "$TOP/lib/data/place_data.c" | sed 's/= [0-9].*//')
	fi
}

@test "gen-place rewrites its lists from CLDR and address data" {
	copy scripts
	mkdir -p core/supplemental names/main/en addresses
	echo '{"supplemental":{"version":{"_cldrVersion":"99"},"territoryInfo":{}}}' \
		>core/supplemental/territoryInfo.json
	echo '{"main":{"en":{"localeDisplayNames":{"territories":{"DE":"Gormany"}}}}}' \
		>names/main/en/territories.json
	run -0 copy/scripts/gen-place --cldr core names
	run -0 sed -n '/Unicode CLDR 99/,$p' copy/scripts/country-aliases.txt
	assert_line $'DE\ten\tGormany'
	echo '{"BR":{"sub_isoids":"SP","sub_names":"Sao Polo"}}' >addresses/BR.json
	run -0 copy/scripts/gen-place --addresses addresses
	run -0 sed -n '/--- libaddressinput/,$p' copy/scripts/state-aliases.txt
	assert_line $'BR-SP\tg\tSao Polo'
}

@test "golden-build writes the pairs that are here" {
	copy scripts/golden-build
	copy tests/platform
	run -0 copy/scripts/golden-build
	run -0 diff -r -x __pycache__ "$TOP/tests/platform" copy/tests/platform
}

@test "man-fields writes the page that is here" {
	copy scripts/man-fields
	copy man/capi-platforms.7
	run -0 copy/scripts/man-fields
	run -0 cmp "$TOP/man/capi-platforms.7" copy/man/capi-platforms.7
}

@test "hash-diff agrees with the rules of the pages" {
	command -v node >/dev/null || skip 'node is missing'
	run -0 "$TOP/scripts/hash-diff" -p 1 -n 2000 -s 5 "$CAPI_BIN/capi-hash"
	assert_line '2000 people, 0 disagreements without a rule'
	assert_line --regexp '^page +phone +1[0-9]+ agree'
}

@test "the demo runs to its end and sends nothing twice" {
	copy lib cmd man tests scripts Makefile README.md
	cp -a "$CAPI_BIN" copy/build
	run -0 copy/scripts/demo
	assert_line 'requests that reached the server: 0'
	assert_line --regexp '^ +2[0-9][0-9] delivered$'
}

@test "bench runs its commands on a few events" {
	run -0 "$TOP/scripts/bench" --events 300 --orders 300 --rounds 1 \
		--no-peers --bin "$CAPI_BIN" --scratch "$PWD/bench"
	assert_line --regexp '^capi-send .* 300 delivered$'
	assert_line --regexp "^with the browser's events .* CPU "
}

#!/usr/bin/env bats
# capi-send on machines that fail in ways that take tools to bring about: a
# disk that loses what was not synced, memory that runs out, calls that do half
# of what they were asked, servers that only listen. Shims are built from
# tests/shim. The numbers in brackets, here and in the other files, are rows of
# this matrix of faults:
#
#	1 killed at any instant         25 quota, file size limit
#	2 power cut                     26 fsync fails
#	3 outcome lost, not repeatable  27 spool read-only, another's, a link
#	4 answer lost                   28 spool damaged
#	5 nobody listens                29 several senders
#	6 storm of server errors        30 TERM, INT
#	7 pause asked for               31 HUP, PIPE
#	8 throttled without a time      32 nobody reads the receipts
#	9 200 with an error inside      33 input breaks off, is a folder
#	10 200 with nothing known       34 lines that are no requests
#	11 partial success              35 a line without end
#	12 one bad event in a batch     36 a long queue
#	13 too large                    37 token refused in the middle
#	14 answer comes slowly          38 one account refused
#	15 no answer, no handshake      39 spool of another version
#	16 huge answer, huge headers    40 no memory, no descriptors
#	17 answer is no JSON            41 short reads and writes, signals
#	18 redirect                     42 conflicts and repeats in the input
#	19 certificate                  43 event too old
#	20 name server                  44 another count in the answer
#	21 proxy                        45 answer after the time limit
#	22 clock jumps                  46 stopped in flight
#	23 disk full at ingest          47 hostile environment
#	24 disk full at outcome         48 replay

load helper
load send

@test "[2] a power cut at every fsync and after every receipt loses nothing that was acknowledged" {
	shim powercut
	run -0 "$TESTS/powercut" --shim powercut.so
	assert_output --partial 'ok 1 - nothing'
}

@test "[2] the control: the same with synchronous = NORMAL loses, and the test sees it" {
	shim powercut
	run -0 "$TESTS/powercut" --shim powercut.so --normal
}

@test "[1] SIGKILL at each fdatasync in turn: nothing is lost, nothing is sent twice but what was in the air" {
	bare
	command -v strace >/dev/null || skip 'no strace'
	serve
	n=1 total=0
	while :; do
		requests "k$n-" 20 >in
		rm -rf spool
		rc=0
		strace -f -qq -o trace -e trace=fdatasync,fsync \
			-e inject=fdatasync:signal=KILL:when=$n \
			capi-send --config "$conf" --spool spool --batch 5 in >r1 2>/dev/null || rc=$?
		total=$((total + 20))
		[ $rc = 0 ] && break
		# What the next run may repeat stands in the spool.
		air=0
		[ -e spool/store.db ] && air=$(sqlite3 spool/store.db 'select coalesce(sum(length(ids) / 8), 0) from flight')
		before=$(wc -l <s/accepted.ndjson)
		send in >r2
		assert_equal "$(queued)" 0
		twice=$(accepted | awk -v p="^k$n-" '$1 ~ p && $2 > 1' | wc -l)
		[ "$twice" -le "$air" ]
		n=$((n + 1))
		[ $n -lt 60 ]
	done
	[ $n -gt 5 ]
	assert_equal "$(accepted | wc -l)" $total
}

@test "each row of the matrix has a test" {
	rows=$(grep -hoE '^@test "\[[0-9,]+\]' "$TESTS"/{capi-send,send-faults,send-platforms,torture}.bats |
		grep -oE '[0-9]+' | sort -nu | xargs)
	assert_equal "$rows" "$(seq 48 | xargs)"
}

@test "[36] a long queue takes no more memory than a short one, and drains as fast" {
	bare
	serve --fast
	drained() { # drained N: kilobytes, and microseconds of CPU an event
		rm -rf spool
		requests "q$1-" "$1" >in
		CAPI_META_ENDPOINT=https://127.0.0.1:9 run -75 send --max-time 0 in
		sqlite3 spool/store.db 'update dest set paused_until = 0; update event set next_at = 0'
		command time -o used -f '%M %U %S' capi-send --config "$conf" --spool spool --flush >receipts
		assert_equal "$(outcomes)" "delivered $1"
		awk -v n="$1" '{ print $1, int(($2 + $3) * 1e6 / n) }' used
	}
	read -r short short_each < <(drained 10000)
	read -r long long_each < <(drained 40000)
	echo "$short $short_each, $long $long_each"
	# The page cache fills; beyond it nothing grows.
	[ "$long" -le $((short + 20000)) ]
	[ "$long_each" -le $((2 * short_each + 20)) ]
}

# server PYTHON: a server of a few lines; its port is in ./port
server() {
	python3 -c "$1" >port 3>&- &
	echo $! >s.pid
	for _ in $(seq 200); do
		[ -s port ] && break
		sleep 0.02
	done
	printf '[meta]\ndataset_id=1\naccess_token=t\nendpoint=https://127.0.0.1:%s\n' "$(cat port)" >l.conf
	chmod 600 l.conf
	conf=$PWD/l.conf
}

@test "[15] a server that listens and never accepts: the time limit holds, queued, no attempt" {
	server 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0)
print(s.getsockname()[1], flush=True)
hold = [socket.socket() for _ in range(4)]
for h in hold:
    h.setblocking(False); h.connect_ex(s.getsockname())
time.sleep(60)'
	requests a 3 >in
	start=$SECONDS
	run -75 send --connect-timeout 1 --max-time 2 in
	[ $((SECONDS - start)) -le 8 ]
	assert_equal "$(sqlite3 spool/store.db 'select sum(attempts), sum(uncertain) from event')" '0|0'
}

@test "[15] a server that accepts and says nothing, not even TLS: the same" {
	server 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(50)
print(s.getsockname()[1], flush=True)
k = []
while True: k.append(s.accept())'
	requests a 3 >in
	start=$SECONDS
	run -75 send --connect-timeout 1 --max-time 2 in
	[ $((SECONDS - start)) -le 8 ]
	assert_equal "$(sqlite3 spool/store.db 'select sum(attempts), sum(uncertain) from event')" '0|0'
}

@test "[14] an answer that comes byte by byte is cut off by the time limit: uncertain, sent again" {
	serve
	fault '{"script":[{"do":"slow","interval":0.2}]}'
	requests a 4 >in
	start=$SECONDS
	run -0 send --timeout 1 in
	[ $((SECONDS - start)) -le 8 ]
	echo "$output" >receipts
	assert_equal "$(jq -r '[.outcome,.attempts,.uncertain] | map(tostring) | join(" ")' receipts | uniq)" 'delivered 2 true'
}

@test "[14] a slow answer is given up before the time limit, too" {
	serve
	fault '{"script":[{"do":"slow","interval":0.5}]}'
	requests a 2 >in
	start=$SECONDS
	send --timeout 15 in >receipts
	[ $((SECONDS - start)) -le 12 ]
	assert_equal "$(jq -r .uncertain receipts | uniq)" true
}

@test "[19] a certificate that is not valid yet: nothing is sent, 75, no attempt, the message names the clock" {
	shim clock
	serve
	requests a 2 >in
	CLOCK_SHIFT=-31536000 LD_PRELOAD=$PWD/clock.so run -75 --separate-stderr capi-send --config "$conf" --spool spool --max-time 0 in
	[[ $stderr == *'not yet valid'*'clock'* ]]
	assert_equal "$(request_count)" 0
	assert_equal "$(sqlite3 spool/store.db 'select sum(attempts), sum(uncertain) from event')" '0|0'
	run -0 send --flush
	all_once 2
}

@test "[20] a name server that does not answer: the time limit holds, queued" {
	shim slowdns
	serve
	sed 's/127\.0\.0\.1/slow.example/' s/capi.conf >n.conf
	conf=$PWD/n.conf
	requests a 3 >in
	start=$SECONDS
	SLOWDNS=20 LD_PRELOAD=$PWD/slowdns.so run -75 send --connect-timeout 1 --max-time 2 in
	[ $((SECONDS - start)) -le 10 ]
	assert_equal "$(request_count)" 0
	assert_equal "$(sqlite3 spool/store.db 'select sum(attempts), sum(uncertain) from event')" '0|0'
}

@test "[21] a proxy that cuts CONNECT off, before and in the middle of its answer: queued, no attempt" {
	serve
	requests a 2 >in
	for said in '' 'HTTP/1.1 200 Conn' 'HTTP/1.1 200 OK\r\n\r\n'; do
		rm -rf spool proxy.port
		python3 -c 'import socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
print(s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept(); c.recv(4096)
    c.sendall(sys.argv[1].encode().decode("unicode_escape").encode()); c.close()' "$said" >proxy.port 3>&- &
		proxy=$!
		wait_until [ -s proxy.port ]
		https_proxy=http://127.0.0.1:$(cat proxy.port) run -75 send --max-time 0 in
		kill $proxy
		assert_equal "$(sqlite3 spool/store.db 'select count(*), sum(attempts), sum(uncertain) from event')" '2|0|0'
	done
	assert_equal "$(request_count)" 0
	run -0 send --flush
	all_once 2
}

# The disk fills up while the answers are on their way.
fill_in_flight() {
	"$@" capi-send --config "$conf" --spool small/spool --batch 40 --backoff 10 in >receipts 2>err &
	local pid=$!
	wait_until lines_in s/requests.ndjson 4 || kill $pid
	dd if=/dev/zero of=small/filler bs=4096 2>/dev/null
	wait $pid
}

@test "[24] the disk is full when the answers come: with the reserve they are known, without it they are sent again" {
	bare
	unshare -Urm true 2>/dev/null || skip 'no user namespaces'
	serve
	shim noroom
	export -f fill_in_flight wait_until lines_in
	export conf
	for reserve in with without; do
		rm -rf spool small kept
		mkdir small kept
		fault '{"always":[{"do":"pass","delay":1}]}'
		requests "$reserve" 160 >in
		: >s/requests.ndjson
		preload=
		[ $reserve = with ] || preload=$PWD/noroom.so
		run -74 in_small_fs 12000 fill_in_flight env LD_PRELOAD=$preload
		mv kept/spool spool
		fault '{}'
		run send --flush
		twice=$(accepted | awk -v p="^$reserve" '$1 ~ p && $2 > 1' | wc -l)
		once=$(accepted | grep -c "^$reserve")
		assert_equal "$reserve $once" "$reserve 160"
		if [ $reserve = with ]; then
			assert_equal "$twice" 0
		else
			[ "$twice" -gt 0 ] # the control
		fi
	done
}

@test "[25] ENOSPC and EDQUOT out of the blue: 74 or what was to be, and nothing is lost" {
	bare
	command -v strace >/dev/null || skip 'no strace'
	serve
	fed=0
	for error in ENOSPC EDQUOT; do
		for n in 1 3 6 10 20 40; do
			rm -rf spool
			requests "$error$n-" 50 >in
			fed=$((fed + 50))
			rc=0
			strace -f -qq -o trace -e trace=pwrite64 -e inject=pwrite64:error=$error:when=$n+ \
				capi-send --config "$conf" --spool spool --batch 10 in >r1 2>err || rc=$?
			[ $rc = 74 ] || [ $rc = 73 ] || [ $rc = 0 ]
			send in >r2
			run -0 send --flush
		done
	done
	assert_equal "$(accepted | wc -l)" $fed
}

@test "[27] a spool that belongs to another, or can not be written: refused, nothing is read" {
	unshare -Urm true 2>/dev/null || skip 'no user namespaces'
	serve
	requests a 1 >in
	send in >/dev/null
	before=$(request_count)
	requests b 1 >in
	if [ "$(id -u)" = 0 ]; then
		mkdir -m 700 theirs && chown 1234 theirs
		theirs=theirs
	else
		theirs=/usr
	fi
	run -78 capi-send --config "$conf" --spool "$theirs" in
	assert_output --partial 'belongs to another user'
	run unshare -Urm bash -c 'mount --bind spool spool && mount -o remount,ro,bind spool && exec capi-send --config "$1" --spool spool in' - "$conf"
	[ "$status" = 73 ] || [ "$status" = 74 ]
	assert_output --partial spool
	assert_equal "$(request_count)" "$before"
	run -0 send in
	assert_equal "$(accepted | wc -l)" 2
}

@test "[28] hundreds of flipped bits: no event is sent altered, none vanishes without a word" {
	run -0 "$TESTS/flips" --flips "${FLIPS:-300}"
	echo "$output" | sed -n 's/^# flips/# flips/p' >&3
}

@test "[28] a queue that contradicts itself ends with 74 at once, and can be salvaged" {
	serve
	fault '{"script":[{"do":"status","status":429,"retry_after":1}]}'
	requests a 5 >in
	run -75 send --max-time 0 in
	# Event 0, due at 0: the index says that something is due, and no look
	# for what lies behind (0, 0) finds it. Who believes both is busy for ever.
	sqlite3 spool/store.db 'update dest set paused_until = 0;
		update event set id = 0, next_at = 0 where id = 1;
		delete from event where id > 1'
	run -74 timeout 10 capi-send --config "$conf" --spool spool --flush
	assert_output --partial 'the queue is out of order'
	assert_output --partial '--salvage DIR'
	run -0 capi-send --config "$conf" --spool spool --salvage new
	assert_output --partial ' 1 events were copied to new'
	fault '{}'
	run -0 capi-send --config "$conf" --spool new --flush
	assert_equal "$(accepted)" 'a1 1'
}

@test "[28] a log that is rubbish: nothing of it is believed" {
	serve
	fault '{"script":[{"do":"status","status":429,"retry_after":9,"times":-1}]}'
	requests a 20 >in
	run -75 send --max-time 0 in
	sqlite3 spool/store.db 'pragma wal_checkpoint(truncate)'
	head -c 200000 /dev/urandom >spool/store.db-wal
	chmod 600 spool/store.db-wal
	fault '{}'
	run -75 send --max-time 0 in # the pause is remembered, so is the queue
	assert_equal "$(queued)" 20
	sqlite3 spool/store.db 'update dest set paused_until = 0; update event set next_at = 0'
	run -0 send --flush
	all_once 20
}

@test "[40] the Nth allocation fails, for many N: no crash, and nothing is lost" {
	shim nomem
	serve
	requests a 30 >in
	NOMEM_COUNT=$PWD/count LD_PRELOAD=$PWD/nomem.so send in >/dev/null
	total=$(cat count)
	[ "$total" -gt 1000 ]
	fed=30
	for i in $(seq 1 "${NOMEM:-60}"); do
		rm -rf spool
		requests "n$i-" 30 >in
		fed=$((fed + 30))
		at=$((total * i / ${NOMEM:-60}))
		rc=0
		NOMEM_AT=$at LD_PRELOAD=$PWD/nomem.so send in >r1 2>err || rc=$?
		[ $rc -lt 128 ] || { echo "allocation $at: status $rc"; cat err; return 1; }
		[ $rc != 70 ] || { echo "allocation $at"; cat err; return 1; }
		send in >r2
		run -0 send --flush
	done
	assert_equal "$(accepted | wc -l)" $fed
}

@test "[40] memory that stays out: the same" {
	shim nomem
	serve
	fed=0
	for at in 1 50 200 500 900 1500 3000 6000; do
		rm -rf spool
		requests "o$at-" 30 >in
		fed=$((fed + 30))
		rc=0
		NOMEM_ON=1 NOMEM_AT=$at LD_PRELOAD=$PWD/nomem.so send in >r1 2>err || rc=$?
		# OpenSSL 3.0 falls over when the first things it asks for are
		# refused; that loses nothing either.
		[ $rc -lt 128 ] || [ $at -lt 500 ] ||
			{ echo "allocation $at: status $rc"; cat err; return 1; }
		[ $rc != 0 ]
		send in >r2
		run -0 send --flush
	done
	assert_equal "$(accepted | wc -l)" $fed
}

@test "[41] calls that do a part of what they were asked, and signals all the time: no effect" {
	shim shortio
	serve --keep-bodies
	requests a 25 >in
	SHORTIO=7 LD_PRELOAD=$PWD/shortio.so run -0 --separate-stderr send --timeout 60 in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 25'
	all_once 25
	assert_equal "$(jq -r .uncertain receipts | uniq)" null
	for id in $(seq 25); do
		sed -n "s/.*\"event\":\(.*\"order_id\":\"a$id\".*\)}\$/\1/p" in >one
		grep -qF -f one s/bodies/*
	done
}

# http2: a front that speaks HTTP/2 before the stand-in, which has none
http2() {
	[ -e port ] || python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' >port
	nghttpx --single-process --conf=/dev/null --frontend="127.0.0.1,$(cat port)" \
		--backend="127.0.0.1,$(cat s/port);;tls" --insecure --no-ocsp \
		--accesslog-format='$alpn $status $remote_port' --accesslog-file=front.log \
		--errorlog-file=front.err s/server.key s/server.pem 3>&- 7>&- &
	front=$!
	wait_until bash -c ': </dev/tcp/127.0.0.1/'"$(cat port)"
	sed "s/127\.0\.0\.1:[0-9]*/127.0.0.1:$(cat port)/" s/capi.conf >h2.conf
	conf=$PWD/h2.conf
}

@test "--http2: requests share a connection, and each event arrives once" {
	command -v nghttpx >/dev/null || skip 'no nghttpx'
	serve
	http2
	requests a 60 >in
	run -0 --separate-stderr send --http2 --batch 5 in
	echo "$output" >receipts
	assert_equal "$(outcomes)" 'delivered 60'
	all_once 60
	assert_equal "$(request_count)" 12
	wait_until lines_in front.log 12
	assert_equal "$(sort -u front.log | wc -l)" 1
	assert_equal "$(cut -d' ' -f1,2 front.log | sort -u)" 'h2 200'
	# The control: without it the same server gets HTTP/1.1.
	requests b 5 >in
	run -0 send in
	wait_until lines_in front.log 13
	assert_equal "$(tail -n 1 front.log | cut -d' ' -f1,2)" 'http/1.1 200'
	kill $front
}

@test "[4] --http2: a connection that dies with the answer on its way is no second sending behind our back" {
	command -v nghttpx >/dev/null || skip 'no nghttpx'
	serve
	http2
	fault '{"script":["pass",{"do":"hang","accept":true,"seconds":20}]}'
	requests a 1 >in
	requests b 5 >in2
	mkfifo fifo
	exec_send --http2 --backoff 300 fifo >receipts 2>err 3>&- &
	pid=$!
	exec 7>fifo
	cat in >&7
	wait_until lines_in receipts 1 # the connection is there
	cat in2 >&7
	wait_until lines_in s/accepted.ndjson 6
	kill -KILL $front
	http2
	exec 7>&-
	wait $pid
	assert_equal "$(jq -r 'select(.event_id != "a1") | [.outcome,.attempts,.uncertain] | map(tostring) | join(" ")' receipts | sort | uniq -c | xargs)" '5 delivered 2 true'
	assert_equal "$(request_count)" 3
	kill $front
}

@test "a random walk through feeding, running, killing, moods of the server, tokens, clocks and replays" {
	# Without it, for sanitizer builds, the clock stays where it is.
	grep -q __asan_init "$(command -v capi-send)" || shim clock
	run -0 "$TESTS/model" --clock clock.so --steps "${MODEL_STEPS:-200}"
	echo "$output" | sed -n 's/^# seed/# seed/p' >&3
}

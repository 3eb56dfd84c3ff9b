#include "sender.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "platform.h"

#define FLUSH_AT (64 << 10)

/* What an event and its destination say of each other, and nothing of a
 * request. */
struct capi_receipt
capi_receipt_of(const struct capi_lane *l, const struct capi_store_event *e)
{
	static const unsigned char none[CAPI_DIGEST_BYTES];

	return (struct capi_receipt){.platform = l->platform->name,
	    .destination = l->name,
	    .name = e->name,
	    .event_id = e->event_id,
	    .key = e->key,
	    .has_id = e->has_id,
	    .has_time = e->has_time,
	    .time = e->time,
	    .attempts = e->attempts,
	    .sent_at = -1,
	    .latency_ms = -1,
	    .batch = -1,
	    .uncertain = e->uncertain > 0,
	    .sha = memcmp(e->sha, none, sizeof(none)) ? e->sha : NULL};
}

void
capi_receipt_spell(struct capi_buf *b, const struct capi_receipt *r)
{
	char hex[CAPI_DIGEST_HEX];
	size_t from = b->len;

	capi_buf_addc(b, '{');
	capi_json_key(b, "platform");
	capi_json_cstring(b, r->platform);
	capi_json_key(b, "destination");
	capi_json_cstring(b, r->destination);
	capi_json_key(b, "event_name");
	capi_json_string(b, r->name.p, r->name.n);
	if (r->has_id) {
		capi_json_key(b, "event_id");
		capi_json_string(b, r->event_id.p, r->event_id.n);
	}
	if (r->has_time) {
		capi_json_key(b, "event_time");
		capi_buf_add_int(b, r->time);
	}
	capi_json_key(b, "key");
	capi_json_string(b, r->key.p, r->key.n);
	capi_json_key(b, "outcome");
	capi_json_cstring(b, r->outcome);
	if (r->attempts) {
		capi_json_key(b, "attempts");
		capi_buf_add_int(b, r->attempts);
	}
	if (r->http > 0) {
		capi_json_key(b, "http_status");
		capi_buf_add_int(b, r->http);
	}
	if (r->code && *r->code) {
		capi_json_key(b, "code");
		capi_json_cstring(b, r->code);
	}
	if (r->trace && *r->trace) {
		capi_json_key(b, "trace_id");
		capi_json_cstring(b, r->trace);
	}
	if (r->sent_at >= 0) {
		capi_json_key(b, "sent_at");
		capi_buf_add_int(b, r->sent_at);
	}
	if (r->latency_ms >= 0) {
		capi_json_key(b, "latency_ms");
		capi_buf_add_int(b, r->latency_ms);
	}
	if (r->batch >= 0) {
		capi_json_key(b, "batch");
		capi_buf_add_int(b, r->batch);
	}
	if (r->sha) {
		capi_hex(r->sha, CAPI_DIGEST_BYTES, hex);
		capi_json_key(b, "payload_sha256");
		capi_json_string(b, hex, sizeof(hex));
	}
	if (r->uncertain) {
		capi_json_key(b, "uncertain");
		capi_buf_adds(b, "true");
	}
	if (r->reason && *r->reason) {
		capi_json_key(b, "reason");
		capi_json_cstring(b, r->reason);
	}
	capi_buf_adds(b, "}\n");
	capi_receipt_mend(b, from);
}

/* A damaged store must not make a damaged receipt: its text is UTF-8. */
void
capi_receipt_mend(struct capi_buf *b, size_t from)
{
	if (capi_text_is_utf8(b->data + from, b->len - from))
		return;
	for (size_t i = from; i < b->len; i++)
		if ((unsigned char)b->data[i] >= 0x80)
			b->data[i] = '?';
}

/*
 * A reader that left must not cost an outcome: sending and recording go on,
 * the receipts of what was sent stay in the store for the next run, and the
 * exit status says that reading or writing failed.
 */
static void
write_out(struct capi_sender *s, const char *p, size_t n)
{
	if (s->out_broken || !n)
		return;
	if (!capi_write_all(STDOUT_FILENO, p, n))
		return;
	s->out_broken = true;
	s->status = capi_exit_worse(s->status, CAPI_EXIT_IO);
	capi_warn("standard output: %s%s",
	    errno == EPIPE ? "its reader is gone" : strerror(errno),
	    s->store ? "; receipts of what was sent are kept for the next run"
		     : "");
}

void
capi_receipt_put(struct capi_sender *s, const struct capi_receipt *r)
{
	capi_receipt_spell(&s->out, r);
	if (s->out.len >= FLUSH_AT)
		capi_receipt_flush(s);
}

void
capi_receipt_flush(struct capi_sender *s)
{
	write_out(s, s->out.data, s->out.len);
	capi_buf_reset(&s->out);
}

void
capi_receipt_lines(struct capi_sender *s, int64_t id, struct capi_str lines)
{
	capi_fault("before-receipt-write");
	capi_receipt_flush(s);
	write_out(s, lines.p, lines.n);
	capi_fault("after-receipt-write");
	if (s->out_broken)
		return;
	if (s->out_done_count == sizeof(s->out_done) / sizeof(s->out_done[0])) {
		if (capi_store_begin(s->store))
			capi_sender_store_failed(s);
		capi_receipt_settle(s);
		if (capi_store_commit(s->store))
			capi_sender_store_failed(s);
	}
	s->out_done[s->out_done_count++] = id;
}

void
capi_receipt_settle(struct capi_sender *s)
{
	for (size_t i = 0; i < s->out_done_count; i++)
		if (capi_store_receipt_done(s->store, s->out_done[i]))
			capi_sender_store_failed(s);
	s->out_done_count = 0;
}

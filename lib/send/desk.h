/*
 * What a person asks of the store: how it stands, what lies in it, and to do
 * something about it. Lists are NDJSON on standard output.
 */
#ifndef CAPI_SEND_DESK_H
#define CAPI_SEND_DESK_H

#include "sender.h"

/* One line a destination and state, for people. */
void capi_desk_status(struct capi_sender *s);
/* False: there is no such state. */
bool capi_desk_list(struct capi_sender *s, const char *state);
/* Everything known of a key, its payload included; false: nothing. */
bool capi_desk_show(struct capi_sender *s, const char *key);
/* KEY or "all"; says how many, or why none and sets the status. */
void capi_desk_replay(struct capi_sender *s, const char *key);
void capi_desk_forget(struct capi_sender *s, const char *key);

#endif

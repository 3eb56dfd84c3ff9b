/*
 * capi-send: requests in, receipts out; the only program that talks to the
 * network. The engine is lib/send/.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "filter.h"
#include "send/desk.h"
#include "send/sender.h"

struct send {
	struct capi_sender sender;
	const char *config;
	char spool[4096];
	bool flush, status, list_keys;
	const char *list, *show, *replay, *forget, *salvage;
	int64_t max_time, wait, timeout, connect_timeout, backoff;
	sigset_t signals;
	int signal_fd;
	bool input_done;
};

static struct send the;

/* clang-format off */
static const struct capi_opt options[] = {
	{0, "config", CAPI_OPT_STRING, &the.config, "FILE",
	    "the destinations and their accounts, see CONFIGURATION in the "
	    "manual", 0, 0, NULL},
	{0, "list-keys", CAPI_OPT_FLAG, &the.list_keys, NULL,
	    "print the keys that the configuration may have", 0, 0, NULL},
	{0, "spool", CAPI_OPT_STRING, &the.sender.o.spool, "DIR",
	    "keep queue and ledger here; the default is "
	    "$XDG_STATE_HOME/capi or ~/.local/state/capi", 0, 0, NULL},
	{0, "flush", CAPI_OPT_FLAG, &the.flush, NULL,
	    "read no input, send what is queued and due", 0, 0, NULL},
	{0, "status", CAPI_OPT_FLAG, &the.status, NULL,
	    "say what is queued, parked and paused; sends nothing", 0, 0,
	    NULL},
	{0, "list", CAPI_OPT_STRING, &the.list, "STATE",
	    "the events that are queued, parked or in conflict (which are "
	    "parked, too), a line each",
	    0, 0, NULL},
	{0, "show", CAPI_OPT_STRING, &the.show, "KEY",
	    "all that is known of a key, with its payload", 0, 0, NULL},
	{0, "replay", CAPI_OPT_STRING, &the.replay, "KEY",
	    "put a parked event back into the queue; all: every one but "
	    "those in conflict", 0, 0, NULL},
	{0, "forget", CAPI_OPT_STRING, &the.forget, "KEY",
	    "remove a queued or parked event, or what the ledger knows of a "
	    "delivered one, as if it had never been fed; all: every parked "
	    "one", 0, 0, NULL},
	{0, "salvage", CAPI_OPT_STRING, &the.salvage, "DIR",
	    "copy what can be read of a damaged spool to a new one in DIR", 0,
	    0, NULL},
	{0, "follow", CAPI_OPT_FLAG, &the.sender.o.follow, NULL,
	    "also ask what became of requests that a platform judges later "
	    "(Google)", 0, 0, NULL},
	{0, "dry-run", CAPI_OPT_FLAG, &the.sender.o.dry_run, NULL,
	    "no network and no spool: the receipts say dry-run", 0, 0, NULL},
	{0, "bodies", CAPI_OPT_STRING, &the.sender.o.bodies, "FILE",
	    "with --dry-run: write each request there as it would leave, the "
	    "token masked", 0, 0, NULL},
	{0, "test-code", CAPI_OPT_STRING, &the.sender.o.test_code, "CODE",
	    "mark the events for the platform's test console", 0, 0, NULL},
	{0, "batch", CAPI_OPT_NUMBER, &the.sender.o.batch, "EVENTS",
	    "at most so many events in a request; the default is the "
	    "platform's limit", 1, 100000, NULL},
	{0, "max-time", CAPI_OPT_NUMBER, &the.max_time, "SECONDS",
	    "wait for no retry beyond this; what is left stays queued; the "
	    "default is 600", 0, 86400 * 7, NULL},
	{0, "wait", CAPI_OPT_NUMBER, &the.wait, "SECONDS",
	    "wait so long for another capi-send that sends to the same "
	    "destination; the default is 0: queue and leave it to that one",
	    0, 86400, NULL},
	{0, "timeout", CAPI_OPT_NUMBER, &the.timeout, "SECONDS",
	    "longest time of one request; the default is 60", 1, 3600, NULL},
	{0, "connect-timeout", CAPI_OPT_NUMBER, &the.connect_timeout,
	    "SECONDS", "longest time to connect; the default is 10", 1, 3600,
	    NULL},
	{0, "backoff", CAPI_OPT_NUMBER, &the.backoff, "MILLISECONDS",
	    "longest first pause after a failed request, doubled each time; "
	    "the default is 2000", 1, 3600000, NULL},
	{0, "http2", CAPI_OPT_FLAG, &the.sender.o.http2, NULL,
	    "use HTTP/2 where the server has it", 0, 0, NULL},
	{0, "ca-file", CAPI_OPT_STRING, &the.sender.o.ca_file, "FILE",
	    "trust these certificates instead of the system's", 0, 0, NULL},
	{0, "plain-http", CAPI_OPT_FLAG, &the.sender.o.plain_http, NULL,
	    "allow an endpoint http:// on this machine", 0, 0, NULL},
	{0, "log", CAPI_OPT_STRING, &the.sender.o.log, "FILE",
	    "append a line of JSON for each request", 0, 0, NULL},
	{0, "metrics", CAPI_OPT_STRING, &the.sender.o.metrics, "FILE",
	    "write counters there for Prometheus' textfile collector", 0, 0,
	    NULL},
	{0, "min-success", CAPI_OPT_NUMBER, &the.sender.o.min_success,
	    "PERCENT", "end with status 1 when fewer of the events were "
	    "taken", 1, 100, NULL},
	{0, "keep-days", CAPI_OPT_NUMBER, &the.sender.o.keep_days, "DAYS",
	    "remember delivered events for so long; the default is 100", 1,
	    36500, NULL},
	{0, NULL, CAPI_OPT_FLAG, NULL, NULL, NULL, 0, 0, NULL},
};
/* clang-format on */

/* ---- where the spool is ---- */

static const char *
find_spool(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	struct passwd *pw = NULL;

	if (the.sender.o.spool)
		return the.sender.o.spool;
	if (state && *state == '/') {
		snprintf(the.spool, sizeof(the.spool), "%s/capi", state);
		return the.spool;
	}
	if (!home || *home != '/')
		pw = getpwuid(geteuid());
	if (pw)
		home = pw->pw_dir;
	if (!home || *home != '/')
		return NULL;
	snprintf(the.spool, sizeof(the.spool), "%s/.local/state/capi", home);
	return the.spool;
}

static void
need_spool(struct capi_sender *s)
{
	s->o.spool = find_spool();
	if (!s->o.spool)
		capi_die(CAPI_EXIT_CONFIG,
		    "no home folder to keep the queue in; name one with "
		    "--spool DIR");
}

/* Looking at the store, or changing it, and nothing else. */
static bool
is_desk(void)
{
	return the.status || the.list || the.show || the.replay || the.forget;
}

/* A question, or a step to be undone, makes no spool where none is. */
static void
must_exist(const char *spool)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/store.db", spool);

	if (n < (int)sizeof(path) && access(path, F_OK) && errno == ENOENT)
		capi_die(CAPI_EXIT_NOINPUT, "%s: there is no spool", spool);
}

static void
open_store(struct capi_sender *s)
{
	enum capi_store_cause cause = CAPI_STORE_OK;
	char err[512];

	need_spool(s);
	if (is_desk())
		must_exist(s->o.spool);
	s->store = capi_store_open(s->o.spool, &cause, err, sizeof(err));
	if (!s->store)
		capi_die(capi_sender_exit(cause), "%s", err);
}

/* ---- signals ---- */

/* They are read as a descriptor, beside the input and the network: a handler
 * could not do anything safe. Only by who sends, and has something in the air
 * to finish: whoever looks at the store, waits for its lock or makes a dry run
 * ends at once. */
static int
open_signals(void)
{
	static const int wanted[] = {SIGTERM, SIGINT, SIGHUP};
	struct sigaction now;

	sigemptyset(&the.signals);
	/* What nohup(1) or a shell told us to ignore stays ignored. */
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!sigaction(wanted[i], NULL, &now) &&
		    now.sa_handler != SIG_IGN)
			sigaddset(&the.signals, wanted[i]);
	sigprocmask(SIG_BLOCK, &the.signals, NULL);
	return signalfd(-1, &the.signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int
pending_signal(void)
{
	struct signalfd_siginfo info;

	if (read(the.signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

/*
 * What is in the air gets four seconds, a second signal ends that. When not
 * all of the input was read, the end says so as a shell expects it: by the
 * signal.
 */
static _Noreturn void
end_by_signal(struct capi_filter *f, int signo)
{
	struct capi_sender *s = &the.sender;
	int status;

	sigprocmask(SIG_UNBLOCK, &the.signals, NULL);
	capi_ingest_commit(s);
	capi_sender_land(s, 4000);
	capi_sender_close(s);
	s->store = NULL;
	if (the.input_done) {
		status = capi_exit_worse(s->status, f->status);
		_exit(status);
	}
	capi_warn("ended by a signal before the end of the input: feed it "
		  "again");
	raise(signo);
	_exit(CAPI_EXIT_IO);
}

/* ---- the filter ---- */

static int
found_dest(void *arg, const char *name, const char *platform,
    const struct capi_store_dest *d)
{
	struct capi_sender *s = arg;
	struct capi_dest dest;
	char err[256];

	if (capi_store_next_due(s->store, d->id) < 0 &&
	    !capi_store_has_receipts(s->store, d->id))
		return 0;
	if (capi_store_next_due(s->store, d->id) < 0 &&
	    !capi_config_find(s->config, name, &dest, err, sizeof(err)))
		return 0;
	capi_lane_find(s, name, strlen(name), platform);
	return 0;
}

static int
desk(void)
{
	struct capi_sender *s = &the.sender;
	int status = CAPI_EXIT_OK;

	if (the.replay)
		capi_desk_replay(s, the.replay);
	if (the.forget)
		capi_desk_forget(s, the.forget);
	if (the.list && !capi_desk_list(s, the.list))
		capi_opt_misuse("--list: not one of queued, parked, conflict");
	if (the.show && !capi_desk_show(s, the.show)) {
		capi_warn("nothing is known of that key");
		status = CAPI_EXIT_FINDINGS;
	}
	if (the.status)
		capi_desk_status(s);
	capi_store_close(s->store);
	if (close(STDOUT_FILENO))
		status = CAPI_EXIT_IO;
	return capi_exit_worse(status, s->status);
}

static _Noreturn void
end_listing_keys(void)
{
	struct capi_buf b = CAPI_BUF_INIT((size_t)1 << 20);

	capi_config_list_keys(&b);
	if (capi_write_all(STDOUT_FILENO, b.data, b.len) ||
	    close(STDOUT_FILENO))
		capi_die(CAPI_EXIT_IO, "standard output: %s", strerror(errno));
	exit(CAPI_EXIT_OK);
}

static _Noreturn void
end_salvaging(void)
{
	struct capi_sender *s = &the.sender;
	struct stat from, to;
	int64_t kept, lost;
	char err[512];

	need_spool(s);
	must_exist(s->o.spool);
	if (!stat(s->o.spool, &from) && !stat(the.salvage, &to) &&
	    from.st_dev == to.st_dev && from.st_ino == to.st_ino)
		capi_opt_misuse("--salvage wants a new folder, not the spool");
	if (capi_store_salvage(
		s->o.spool, the.salvage, &kept, &lost, err, sizeof(err)))
		capi_die(CAPI_EXIT_IO, "%s", err);
	capi_warn("%" PRId64 " events were copied to %s, %" PRId64
		  " could not be read",
	    kept, the.salvage, lost);
	exit(lost ? CAPI_EXIT_FINDINGS : CAPI_EXIT_OK);
}

/* To the millisecond, unless the clock is fixed from outside. */
static int64_t
clock_ms(const struct capi_filter *f)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (t.tv_sec - f->now > 1 || t.tv_sec < f->now)
		return f->now * 1000;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What would be ignored in silence, or does not do what its user means. */
static void
check_options(void)
{
	const struct capi_sender_options *o = &the.sender.o;

	/* Made as a folder of that name, each machine would have a ledger of
	 * its own, and each would send. */
	if (o->spool && strstr(o->spool, "://"))
		capi_opt_misuse("--spool wants a folder of this machine: there "
				"is no store at an address");
	if (the.status + !!the.list + !!the.show + !!the.replay + !!the.forget +
		!!the.salvage >
	    1)
		capi_opt_misuse("--status, --list, --show, --replay, --forget "
				"and --salvage go one at a time");
	if (o->dry_run && (is_desk() || the.flush || the.salvage || o->follow))
		capi_opt_misuse("--dry-run looks at no spool: it goes with "
				"input alone");
	if (o->bodies && !o->dry_run)
		capi_opt_misuse("--bodies goes with --dry-run: without it "
				"the requests leave");
	if ((is_desk() || the.salvage) && (the.flush || o->follow))
		capi_opt_misuse("--status and its like send nothing");
}

static void
count_refused(void *arg, const char *why)
{
	capi_filter_back(arg, why);
}

static void
begin(struct capi_filter *f)
{
	struct capi_sender *s = &the.sender;
	char err[512];

	check_options();
	s->refused = count_refused;
	s->refused_arg = f;
	s->o.now_ms = clock_ms(f);
	s->o.max_time_ms = the.max_time * 1000;
	s->o.wait_ms = the.wait * 1000;
	s->o.timeout_ms = the.timeout * 1000;
	s->o.connect_ms = the.connect_timeout * 1000;
	s->o.base_ms = the.backoff;
	s->bodies_fd = s->log_fd = -1;
	if (the.list_keys)
		end_listing_keys();
	capi_secret_harden();
	umask(077);
	s->config = capi_config_load(the.config, err, sizeof(err));
	if (!s->config)
		capi_die(CAPI_EXIT_CONFIG, "%s", err);
	if (s->o.log) {
		s->log_fd = open(s->o.log,
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
		    0600);
		if (s->log_fd < 0)
			capi_die(CAPI_EXIT_CANTCREAT, "%s: %s", s->o.log,
			    strerror(errno));
	}
	signal(SIGXFSZ, SIG_IGN);
	if (the.salvage)
		end_salvaging();
	if (!s->o.dry_run)
		open_store(s);
	the.signal_fd = s->o.dry_run || is_desk() ? -1 : open_signals();
	capi_sender_open(s);
	if (is_desk())
		return;
	if (s->store) {
		if (capi_store_dests(s->store, found_dest, s))
			capi_sender_store_failed(s);
		if (s->o.follow)
			capi_follow_begin(s);
		for (size_t i = 0; i < s->lane_count; i++) {
			if (the.flush)
				capi_lane_concerns(s, s->lanes[i]);
			capi_lane_ready(s, s->lanes[i]);
		}
	}
}

static void
check_signal(struct capi_filter *f)
{
	int signo = pending_signal();

	if (signo)
		end_by_signal(f, signo);
}

static void
record(struct capi_filter *f, struct capi_record *r)
{
	const char *field = NULL, *why = NULL;

	switch (capi_ingest_line(&the.sender, r->json, &field, &why)) {
	case CAPI_INGEST_PUT:
		capi_filter_sent(f);
		break;
	case CAPI_INGEST_WITHHELD:
		capi_filter_withhold(f, why);
		break;
	case CAPI_INGEST_WRONG:
		capi_filter_refuse(f, r, field, "%s", why);
		break;
	}
	if (the.sender.put % 64 == 0)
		check_signal(f);
}

static void
idle(struct capi_filter *f)
{
	struct capi_sender *s = &the.sender;

	capi_ingest_commit(s);
	capi_receipt_flush(s);
	if (s->o.dry_run)
		return;
	capi_sender_wait(s, f->lines.fd, the.signal_fd);
	check_signal(f);
}

static void
end(struct capi_filter *f)
{
	struct capi_sender *s = &the.sender;

	capi_ingest_commit(s);
	the.input_done = true;
	for (size_t i = 0; s->o.dry_run && i < s->lane_count; i++)
		for (size_t c = 0; c < CAPI_LANE_CALLS; c++) {
			struct capi_flight *w = s->lanes[i]->forming[c];

			if (!w)
				continue;
			capi_flight_close(w);
			capi_batch_show(s, w);
		}
	if (!s->o.dry_run) {
		capi_sender_wait(s, -1, the.signal_fd);
		check_signal(f);
	}
	capi_filter_raise(f, s->status);
	s->summary = f->summary || getenv("CAPI_SUMMARY");
	capi_sender_close(s);
	capi_filter_raise(f, s->status);
}

/* ---- the file of --bodies ---- */

static bool
is_one(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool
is_same(const struct stat *own, const char *path)
{
	struct stat st;

	return path && !stat(path, &st) && is_one(own, &st);
}

static bool
is_open(const struct stat *own, int fd)
{
	struct stat st;

	return !fstat(fd, &st) && is_one(own, &st);
}

static bool
is_in_spool(const struct stat *own, const char *spool)
{
	DIR *dir = spool ? opendir(spool) : NULL;
	const struct dirent *e;
	struct stat st;
	bool found = false;

	while (dir && (e = readdir(dir)))
		found |=
		    !fstatat(dirfd(dir), e->d_name, &st, 0) && is_one(own, &st);
	if (dir)
		closedir(dir);
	return found;
}

/* What else this run, or the next, needs the file for; NULL: nothing. */
static const char *
used_as(const struct stat *own, const struct capi_filter *f, char **inputs)
{
	const struct {
		const char *path, *use;
	} files[] = {{f->rejects, "the file of -r"},
	    {the.config, "the configuration"}, {the.sender.o.log, "the log"}};

	for (; *inputs; inputs++)
		if (is_same(own, *inputs))
			return "an input";
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (is_same(own, files[i].path))
			return files[i].use;
	if (is_open(own, STDIN_FILENO))
		return "the input";
	if (is_open(own, STDOUT_FILENO))
		return "the output";
	return is_in_spool(own, find_spool()) ? "a file of the spool" : NULL;
}

/* Emptied only when it is known to be nothing else. */
static void
open_bodies(const struct capi_filter *f, char **inputs)
{
	struct capi_sender *s = &the.sender;
	const char *path = s->o.bodies, *use;
	struct stat own;

	if (!path)
		return;
	s->bodies_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (s->bodies_fd < 0 || fstat(s->bodies_fd, &own))
		capi_die(CAPI_EXIT_CANTCREAT, "%s: can not be created: %s",
		    path, strerror(errno));
	if (!S_ISREG(own.st_mode))
		return;
	use = used_as(&own, f, inputs);
	if (use)
		capi_opt_misuse("--bodies names %s, which it would empty: "
				"give the bodies another file",
		    use);
	if (ftruncate(s->bodies_fd, 0))
		capi_die(CAPI_EXIT_IO, "%s: %s", path, strerror(errno));
}

int
main(int argc, char **argv)
{
	static struct capi_filter filter = {
	    .program =
		{
		    .name = "capi-send",
		    .purpose = "Send requests made by capi-build to the ad "
			       "platforms, each event once, and write a "
			       "receipt for each.",
		    .operands = "[FILE...]",
		    .options = options,
		},
	    .begin = begin,
	    .record = record,
	    .idle = idle,
	    .end = end,
	    .has_now = true,
	};
	int first;

	the.max_time = 600;
	the.timeout = 60;
	the.connect_timeout = 10;
	the.backoff = 2000;
	the.sender.o.keep_days = 100;
	the.sender.o.cap_ms = 15 * 60 * 1000;
	the.sender.o.max_attempts = 12;
	the.sender.o.max_age_ms = 24 * 3600 * 1000;
	the.sender.o.breaker = 6;
	first = capi_filter_start(&filter, argc, argv);
	if (is_desk()) {
		if (first != argc)
			capi_opt_misuse("--status and its like read no input");
		return desk();
	}
	if (the.flush) {
		if (first != argc)
			capi_opt_misuse("--flush reads no input");
		return capi_filter_finish(&filter);
	}
	open_bodies(&filter, argv + first);
	if (first == argc)
		capi_filter_file(&filter, "-");
	for (int i = first; i < argc; i++)
		capi_filter_file(&filter, argv[i]);
	return capi_filter_finish(&filter);
}

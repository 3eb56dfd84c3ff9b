/*
 * A disk that loses everything that was not fsynced, for LD_PRELOAD.
 *
 * CUT_DIR is the folder that is watched. At each fsync or fdatasync of a file
 * in it the file as it is becomes durable: CUT_IMAGE/ino-N; at each fsync of
 * the folder its names do: CUT_IMAGE/names, a line "inode name" each; at an
 * fsync of the folder above, the folder itself: CUT_IMAGE/there. What the
 * machine would have after a power cut is made of that alone.
 *
 * CUT_SYNC=N    dies before the Nth of those has an effect
 * CUT_WRITE=N   dies right after the Nth write to standard output
 * CUT_NORMAL=1  turns SQLite's synchronous = FULL to NORMAL (the control)
 */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

struct sqlite3;

static void
die_at(const char *variable, int *count)
{
	const char *at = getenv(variable);

	if (at && ++*count == (int)strtol(at, NULL, 10))
		kill(getpid(), SIGKILL);
}

static void
copy_file(int fd, ino_t ino, const char *image)
{
	char path[PATH_MAX], whole[PATH_MAX], self[64];
	static char block[1 << 16];
	int from, to;
	ssize_t n;

	snprintf(whole, sizeof(whole), "%s/ino-%lu", image, (unsigned long)ino);
	snprintf(path, sizeof(path), "%s/part", image);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	from = open(self, O_RDONLY | O_CLOEXEC);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while (from >= 0 && (n = read(from, block, sizeof(block))) > 0)
		if (REAL(write)(to, block, (size_t)n) != n)
			abort();
	/* `from` stays open: closing it would drop SQLite's POSIX locks. */
	close(to);
	if (rename(path, whole))
		abort();
}

static void
copy_names(const char *dir, const char *image)
{
	char path[PATH_MAX], whole[PATH_MAX];
	DIR *d = opendir(dir);
	struct dirent *e;
	FILE *out;

	snprintf(whole, sizeof(whole), "%s/names", image);
	snprintf(path, sizeof(path), "%s/names.part", image);
	out = fopen(path, "we");
	if (!d || !out)
		abort();
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			fprintf(out, "%lu %s\n", (unsigned long)e->d_ino,
			    e->d_name);
	closedir(d);
	fclose(out);
	if (rename(path, whole))
		abort();
}

static void
make_durable(int fd)
{
	const char *dir = getenv("CUT_DIR"), *image = getenv("CUT_IMAGE");
	char self[64], path[PATH_MAX], there[PATH_MAX];
	static int count;
	struct stat st;
	ssize_t n;
	size_t len;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (!dir || !image || fstat(fd, &st) ||
	    (n = readlink(self, path, sizeof(path) - 1)) < 0)
		return;
	path[n] = '\0';
	len = strlen(dir);
	if (strncmp(path, dir, len)) {
		if (!S_ISDIR(st.st_mode) || strncmp(dir, path, (size_t)n) ||
		    strchr(dir + n + 1, '/') || access(dir, F_OK))
			return;
		snprintf(there, sizeof(there), "%s/there", image);
		close(open(there, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		return;
	}
	die_at("CUT_SYNC", &count);
	if (S_ISDIR(st.st_mode))
		copy_names(dir, image);
	else
		copy_file(fd, st.st_ino, image);
}

int
fsync(int fd)
{
	make_durable(fd);
	return REAL(fsync)(fd);
}

int
fdatasync(int fd)
{
	make_durable(fd);
	return REAL(fdatasync)(fd);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	ssize_t rc = REAL(write)(fd, p, n);
	static int count;

	if (fd == STDOUT_FILENO)
		die_at("CUT_WRITE", &count);
	return rc;
}

int sqlite3_exec(struct sqlite3 *db, const char *sql,
    int (*callback)(void *, int, char **, char **), void *arg, char **err);

int
sqlite3_exec(struct sqlite3 *db, const char *sql,
    int (*callback)(void *, int, char **, char **), void *arg, char **err)
{
	static const char full[] = "synchronous = FULL";
	static const char normal[] = "synchronous =NORMAL";
	char text[4096];
	char *at;

	snprintf(text, sizeof(text), "%s", sql);
	if (getenv("CUT_NORMAL") && strlen(sql) < sizeof(text) - 1 &&
	    strstr(sql, "journal_mode = WAL") && (at = strstr(text, full))) {
		memmove(at + sizeof(normal) - 1, at + sizeof(full) - 1,
		    strlen(at + sizeof(full) - 1) + 1);
		memcpy(at, normal, sizeof(normal) - 1);
		sql = text;
	}
	return REAL(sqlite3_exec)(db, sql, callback, arg, err);
}

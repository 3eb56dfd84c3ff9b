/* measure FILE COMMAND...: runs it and writes wall and CPU seconds and the peak
 * memory in MiB of its largest process. Small itself, since a child begins with
 * its parent's size. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	double start = seconds();
	struct rusage use;
	int status = 0;
	pid_t child;
	FILE *f;

	if (argc < 3)
		return 64;
	child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &use) < 0 ||
	    !(f = fopen(argv[1], "w")))
		return 71;
	fprintf(f, "%.6f %.6f %.1f\n", seconds() - start,
	    (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		(double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6,
	    (double)use.ru_maxrss / 1024);
	fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 71;
}

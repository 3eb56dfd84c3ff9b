/* A name server that takes SLOWDNS seconds for slow.example, for LD_PRELOAD. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **found)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);
	const char *seconds = getenv("SLOWDNS");

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (seconds && node && !strcmp(node, "slow.example"))
		sleep((unsigned)strtoul(seconds, NULL, 10));
	return real(node, service, hints, found);
}

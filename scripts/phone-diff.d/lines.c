/* Lines "REGION<tab>text" in; "verdict<tab>+number" out, for scripts/phone-diff
 * and for tests/scripts.bats. */
#include <stdio.h>
#include <string.h>

#include "rule/phone.h"

int
main(void)
{
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		char *tab = strchr(line, '\t');
		struct capi_phone out;
		int verdict;

		if (!tab)
			return 1;
		*tab++ = '\0';
		verdict = capi_phone_parse(tab, strcspn(tab, "\n"), line, &out);
		printf("%d\t%s\n", verdict, out.e164);
	}
	return 0;
}

/*
 * For dkim_test.py: signs what it is told to, with public headers only.
 *
 *	dkim_sign DOMAIN SELECTOR FILE	the key, as PEM
 *
 * Prints the key's k= and p=, then reads messages, each behind a line with its
 * length, and for each prints the field behind a line with its length.
 */
#include <squab/dkim.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = 1 << 20 };

static char bytes[MAX];

static int fail(const sqb_error *err)
{
	fprintf(stderr, "dkim_sign: %s\n", err->text);
	return 1;
}

static sqb_dkim_key *read_key(char **args)
{
	FILE *f = fopen(args[3], "rb");
	size_t n = f ? fread(bytes, 1, MAX, f) : 0;
	sqb_dkim_key *key;
	sqb_error err;

	if (f)
		fclose(f);
	if (sqb_dkim_key_new(&key, args[1], args[2], (sqb_str){ bytes, n },
	    NULL, &err) < 0)
		fail(&err);
	return key;
}

/* False: there is none. */
static bool read_message(sqb_str *message)
{
	char line[32];
	size_t len;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	len = strtoul(line, NULL, 10);
	*message = (sqb_str){ bytes, len };
	return len <= MAX && fread(bytes, 1, len, stdin) == len;
}

int main(int argc, char **args)
{
	sqb_dkim_key *key = argc == 4 ? read_key(args) : NULL;
	sqb_str message;
	sqb_error err;
	char *field;

	if (!key)
		return 1;
	printf("%s %s\n", sqb_dkim_algorithm(key), sqb_dkim_public(key));
	fflush(stdout);
	while (read_message(&message)) {
		if (sqb_dkim_sign(&field, key, message, 1767225600, NULL,
		    &err) < 0)
			return fail(&err);
		printf("%zu\n%s", strlen(field), field);
		fflush(stdout);
		free(field);
	}
	sqb_dkim_key_free(key);
	return 0;
}

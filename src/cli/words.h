/* A command that is run without a shell: its words, as a JSON array. */
#ifndef SQUAB_CLI_WORDS_H
#define SQUAB_CLI_WORDS_H

#include <squab/base.h>

#define CLI_WORDS_MAX 64
#define CLI_WORDS_TEXT 4096	/* octets of the array, as it is written */

typedef struct cli_words {
	char *argv[CLI_WORDS_MAX + 1];	/* NULL ends it; they point to text */
	size_t n;			/* at least 1 */
	char text[CLI_WORDS_TEXT];
} cli_words;

/*
 * RFC 8259, with nothing before or behind the array. False: *why, static, says
 * what is wrong.
 */
bool cli_words_parse(cli_words *w, const char *text, const char **why);

#endif

/* What all readers of JSON (RFC 8259) in the program share: a cursor. */
#ifndef SQUAB_CLI_JSON_READ_H
#define SQUAB_CLI_JSON_READ_H

#include <squab/base.h>

typedef struct cli_json_reader {
	const char *p, *end;
	char *room;		/* what is decoded next goes here; of as many
				   octets as there are from p to end */
	const char *wrong;	/* the first that was found, static; NULL */
} cli_json_reader;

/* What is wrong, unless something was already. Always false. */
bool cli_json_fail(cli_json_reader *r, const char *why);

void cli_json_skip_blanks(cli_json_reader *r);
/* Blanks, and c, which is taken. */
bool cli_json_try(cli_json_reader *r, char c);
bool cli_json_want(cli_json_reader *r, char c, const char *why);
/* The rest of a text, whose first quotation mark was taken. */
bool cli_json_want_text(cli_json_reader *r, char **text, size_t *len);
/* Nothing but blanks is left. */
bool cli_json_want_end(cli_json_reader *r, const char *why);

#endif

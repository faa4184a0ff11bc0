/*
 * A message that comes in pieces and leaves in a file without a name, with
 * CRLF line ends, as it is to be sent: without Bcc, and with what RFC 5322
 * demands and its writer has left out. Only its header is ever in memory.
 */
#ifndef SQUAB_CLI_SENDMAIL_LETTER_H
#define SQUAB_CLI_SENDMAIL_LETTER_H

#include <squab/base.h>

#include <stdio.h>

#define LETTER_HEADER_MAX (1u << 20)	/* octets */
#define LETTER_RECIPIENTS_MAX 10000

/* Addresses, each once. */
typedef struct letter_list {
	char **items;
	size_t n;
	const char *local_to;	/* gets mail to names without a domain; */
	const char *domain;	/* NULL: this is put behind them */
} letter_list;

/*
 * Adds those that text has, written as in a field. 0, or the exit status after
 * saying why.
 */
int letter_list_add(letter_list *list, sqb_str text);
void letter_list_clear(letter_list *list);

typedef struct letter_options {
	const char *from, *name;	/* of a From that is missing; name may
					   be NULL */
	letter_list *list;		/* gets the recipients of the fields;
					   NULL: they do not matter */
} letter_options;

typedef struct letter {
	letter_options options;
	FILE *file;
	char *header;			/* as it came */
	size_t len, cap;
	size_t line;			/* where its last line begins */
	bool in_body;
	bool cr, line_start;		/* the last octet written was CR; LF */
	bool eight_bit;
	int status;			/* the first that was not 0 */
	uint64_t octets;		/* after end */
} letter;

/* 0, or the exit status after saying why. In either case clear it. */
int letter_begin(letter *l, const letter_options *options);
/* The first status that is not 0 sticks, and was said. */
int letter_write(letter *l, sqb_str bytes);
/* All of it is there, and can be read from its start. */
int letter_end(letter *l);
void letter_clear(letter *l);

/* The octets, an sqb_source of which a letter is the context. */
int64_t letter_read(void *l, void *out, size_t cap);
int letter_rewind(void *l);

#endif

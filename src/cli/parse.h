/* The pieces of squab parse. */
#ifndef SQUAB_CLI_PARSE_H
#define SQUAB_CLI_PARSE_H

#include <squab/json.h>

/* A message in memory of its own, which is freed with free(3). */
typedef struct parse_message {
	char *bytes;
	size_t len;
	char *source;		/* the file, and behind "#" which of an mbox */
} parse_message;

void parse_message_clear(parse_message *m);

/* The messages of a file or pipe: one, or those of an mbox (RFC 4155). */
typedef struct parse_input {
	int fd;
	const char *name;
	char *buf;		/* read and not given out yet: [start, len) */
	size_t start, len, cap;
	bool mbox, ended;
	uint64_t n;		/* messages given out */
} parse_input;

/* False: see errno. name and fd are borrowed. */
bool parse_input_begin(parse_input *in, int fd, const char *name);
void parse_input_clear(parse_input *in);

/*
 * The next message, without its From_ line and with "From " as it was before
 * it was quoted. 1: there is one; 0: there are no more; -1: see errno.
 */
int parse_input_next(parse_input *in, parse_message *m);

typedef struct parse_options {
	sqb_json_options json;
	uint32_t jobs;		/* 0: as many as there are processors */
	int extract;		/* the folder to save attachments in; -1: no */
} parse_options;

/* Takes messages and prints them in their order, on several threads. */
typedef struct parse_jobs parse_jobs;

/* NULL: no memory. */
parse_jobs *parse_jobs_new(const parse_options *options);
/* Takes over what m owns. */
void parse_jobs_add(parse_jobs *j, parse_message *m);
/* Waits for all of them; the exit status. */
int parse_jobs_end(parse_jobs *j);

/*
 * A walk's visit: all messages of a file, an mbox or a pipe go to j, which is
 * a parse_jobs.
 */
int parse_visit(void *j, int fd, const char *name);

#endif

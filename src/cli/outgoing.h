/*
 * Mail that is to leave: letters that a form describes, one or one a line of
 * JSON, or finished messages out of files, mboxes and folders. One is in memory
 * at a time.
 */
#ifndef SQUAB_CLI_OUTGOING_H
#define SQUAB_CLI_OUTGOING_H

#include "compose_flags.h"
#include "parse.h"

#include <squab/smtp.h>

#include <stdio.h>

typedef struct outgoing_mail {
	char *label;			/* "mail.eml", "line 3"; "" */
	sqb_compose *composed;		/* this, or … */
	parse_message finished;		/* … these octets without … */
	sqb_str *pieces;		/* … Bcc: what is left of them */
	size_t n_pieces;
	size_t piece, offset;		/* where reading is … */
	sqb_str left;			/* … and in a composed one */
	sqb_str from;
	sqb_smtp_recipient *recipients;
	size_t n_recipients;
	bool eight_bit, utf8;		/* of finished: what it needs */
	sqb_addresses **lists;		/* whose slices these are */
	size_t n_lists;
} outgoing_mail;

typedef struct outgoing_options {
	const char *from_file;		/* JSON lines; NULL: none */
	const char *messages;		/* a folder of them; NULL: none */
	char *const *files;
	size_t n_files;
	unsigned notify;		/* SQB_NOTIFY_… of all recipients */
} outgoing_options;

typedef struct outgoing {
	const outgoing_options *options;
	const compose_identity *identity;
	const compose_flags *flags;
	compose_form form;
	char **names;			/* of the files, in order */
	size_t n_names, name;
	parse_input input;		/* the present one */
	bool input_open, letter_done;
	FILE *lines;			/* of from_file */
	unsigned long line;
	char *text, *room;		/* of the line, and of what it says */
	int status;			/* the first that was not 0 */
} outgoing;

/* 0, or the exit status after saying why. In either case clear it. */
int outgoing_init(outgoing *o, const outgoing_options *options,
    const compose_identity *identity, const compose_flags *flags);
void outgoing_clear(outgoing *o);

/*
 * The next one, to be given back to outgoing_free() before o is cleared. False:
 * there are no more. What is wrong with one was said, is in o->status, and
 * does not keep the others.
 */
bool outgoing_next(outgoing *o, outgoing_mail **m);
void outgoing_free(outgoing_mail *m);

/*
 * The octets of one, an sqb_source of which m is the context; of a composed one
 * as every way takes it, after a rewind.
 */
int64_t outgoing_read(void *m, void *out, size_t cap);
int outgoing_rewind(void *m);

#endif

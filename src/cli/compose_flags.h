/*
 * A message from flags: what squab compose prints and squab send sends. With
 * a line of JSON beside them, a form letter: {{name}} stands for its member of
 * that name, and members named as flags are as if they had been given.
 */
#ifndef SQUAB_CLI_COMPOSE_FLAGS_H
#define SQUAB_CLI_COMPOSE_FLAGS_H

#include "json_flat.h"
#include "options.h"

#include <squab/compose.h>

/* Who writes: also keys of an account in the config. */
typedef struct compose_identity {
	const char *from, *from_name;
	const char *dkim_key, *dkim_domain, *dkim_selector;
} compose_identity;

extern const cli_option compose_identity_table[];

/* TEXT, "-" for standard input, "@FILE". */
typedef struct compose_flags {
	cli_list to, cc, bcc, reply_to;
	const char *subject, *text, *html, *calendar;
	const char *reply, *forward;	/* files, or "-" */
	bool make_text, reply_all, quote, attached;
	cli_list attach, inlined, attach_message, header, unsubscribe;
} compose_flags;

extern const cli_option compose_flags_table[];

/* True where they are more than an envelope: there is something to write. */
bool compose_flags_have_content(const compose_flags *f);

/* What was read for the flags, once for all letters. */
typedef struct compose_form {
	const compose_identity *identity;
	const compose_flags *flags;
	char *text, *html, *calendar;	/* NULL: none */
	char *reply_bytes, *forward_bytes;
	sqb_message *reply, *forward;
	sqb_dkim_key *key;
	bool stdin_taken;
} compose_form;

/* 0, or the exit status after saying why. In either case clear it. */
int compose_form_init(compose_form *form, const compose_identity *identity,
    const compose_flags *flags);
void compose_form_clear(compose_form *form);

/*
 * One message; line may be NULL. 0 and *c, to be freed before the form; or the
 * exit status after saying why, in front of which where is put ("", "3: ").
 */
int compose_form_fill(const compose_form *form, const cli_json_object *line,
    const char *where, sqb_compose **c);

#endif

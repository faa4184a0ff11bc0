/*
 * Destinations: what all kinds have in common, and the table of kinds. Here is
 * kept which message is begun and which have ended; a kind does the rest.
 */
#include "store/store.h"

#include "base/options.h"
#include "store/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_TIMEOUT 300000	/* ms */
#define LOCK_WAIT 30000

static const sqb__store_ops *const kinds[] = { &sqb__store_maildir,
	&sqb__store_raw, &sqb__store_mbox, &sqb__store_sqlite,
	&sqb__store_json, &sqb__store_command, &sqb__store_lmtp,
	&sqb__store_smtp };

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

int sqb__store_fail(sqb_store *s, const char *doing)
{
	char what[160];

	snprintf(what, sizeof(what), "%s%.100s: %s", s->ops->scheme, s->path,
	    doing);
	return sqb__store_error(&s->error, errno == ENOMEM ? SQB_E_NOMEM :
	    SQB_E_SINK, what);
}

int sqb__store_refuse(sqb_store *s, sqb_code code, const char *why)
{
	s->error = (sqb_error){ .code = code };
	snprintf(s->error.text, sizeof(s->error.text), "%s%.80s: %.140s",
	    s->ops->scheme, s->path, why);
	return code;
}

static const sqb__store_ops *kind_of(const char *destination)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		size_t n = strlen(kinds[i]->scheme);

		if (strncmp(destination, kinds[i]->scheme, n) == 0 &&
		    destination[n] != '\0')
			return kinds[i];
	}
	return NULL;
}

static int no_kind(sqb_error *err, const char *destination)
{
	if (err) {
		*err = (sqb_error){ .code = SQB_E_USAGE };
		snprintf(err->text, sizeof(err->text), "%.80s is no "
		    "destination: write maildir:DIR, raw:DIR, mbox:FILE, "
		    "sqlite:FILE, json:FILE, json:-, command:CMD, "
		    "lmtp:TO@SERVER or smtp:TO@SERVER",
		    destination);
	}
	return SQB_E_USAGE;
}

/* What is not the kind's own. False: no memory. */
static bool prepare(sqb_store *s, const char *destination,
    const sqb_store_options *options)
{
	sqb_store_options o = { .size = sizeof(o) };

	sqb__options_copy(&o, sizeof(o), options);
	s->ledger = o.ledger;
	s->command_timeout = o.command_timeout > 0 ? o.command_timeout :
	    COMMAND_TIMEOUT;
	s->lock_wait = o.lock_wait > 0 ? o.lock_wait : LOCK_WAIT;
	s->path = strdup(destination + strlen(s->ops->scheme));
	s->account = strdup(o.account ? o.account : "");
	return s->path && s->account;
}

static void release(sqb_store *s)
{
	free(s->path);
	free(s->account);
	free(s);
}

int sqb_store_open(sqb_store **store, const char *destination,
    const sqb_store_options *options, sqb_error *err)
{
	const sqb__store_ops *ops = kind_of(destination);
	sqb_store *s;
	int code;

	*store = NULL;
	if (!ops)
		return no_kind(err, destination);
	s = calloc(1, ops->size);
	if (!s)
		return sqb__store_error(err, SQB_E_NOMEM, "store");
	s->ops = ops;
	if (!prepare(s, destination, options)) {
		release(s);
		return sqb__store_error(err, SQB_E_NOMEM, "store");
	}
	code = ops->open(s);
	if (code == SQB_OK) {
		*store = s;
		return code;
	}
	if (err)
		*err = s->error;
	ops->close(s);
	release(s);
	return code;
}

void sqb_store_close(sqb_store *s)
{
	if (!s)
		return;
	while (s->begun || s->n_ended > 0)
		sqb_store_drop(s);
	s->ops->close(s);
	release(s);
}

int sqb_store_find(sqb_store *s, const sqb_store_id *ids, size_t n,
    bool *there)
{
	for (size_t i = 0; i < n; i++)
		there[i] = false;
	return s->ops->find ? s->ops->find(s, ids, n, there) : SQB_OK;
}

bool sqb_store_is_full(const sqb_store *s)
{
	return s->n_ended == SQB_STORE_GROUP ||
	    (s->n_ended > 0 && s->ops->is_full && s->ops->is_full(s));
}

int sqb_store_begin(sqb_store *s, const sqb_store_id *id, sqb_str uidl)
{
	int code;

	if (s->begun || sqb_store_is_full(s)) {
		errno = EBUSY;
		return sqb__store_fail(s, "the last message is not published");
	}
	s->ids[s->n_ended] = *id;
	code = s->ops->begin(s, uidl);
	s->begun = code == SQB_OK;
	return code;
}

int sqb_store_write(sqb_store *s, sqb_str bytes)
{
	return bytes.len == 0 ? SQB_OK : s->ops->write(s, bytes);
}

int sqb_store_end(sqb_store *s)
{
	int code = s->ops->end(s);

	if (code == SQB_OK) {
		s->begun = false;
		s->n_ended++;
	}
	return code;
}

void sqb_store_drop(sqb_store *s)
{
	if (!s->begun && s->n_ended == 0)
		return;
	if (!s->begun)
		s->n_ended--;
	s->begun = false;
	s->ops->drop(s);
}

int sqb_store_publish(sqb_store *s, int *codes)
{
	int own[SQB_STORE_GROUP], code;

	if (s->begun) {
		errno = EBUSY;
		return sqb__store_fail(s, "a message has not ended");
	}
	if (!codes)
		codes = own;
	for (size_t i = 0; i < s->n_ended; i++)
		codes[i] = SQB_OK;
	if (s->n_ended == 0)
		return SQB_OK;
	code = s->ops->publish(s, codes);
	if (code == SQB_OK)
		s->n_ended = 0;
	return code;
}

const sqb_error *sqb_store_error(const sqb_store *s)
{
	return &s->error;
}

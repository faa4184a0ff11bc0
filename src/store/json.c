/*
 * json: files, and standard output: a message becomes a line, the Email object
 * of RFC 8621 with the members "account" and "uidl" before the others.
 */
#include "store/append.h"

#include "store/file.h"
#include "store/json_string.h"
#include "store/pipe.h"

#include <squab/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct json {
	sqb_store store;
	sqb__append append;	/* of a file; of standard output the spool */
	bool to_stdout;
	sqb__spool message;	/* as it came */
	char *uidl;
	sqb_charsets *charsets;
} json;

static size_t next_line(sqb_str text, size_t at)
{
	const char *lf = memchr(text.ptr + at - 1, '\n', text.len - at + 1);

	return lf ? (size_t)(lf - text.ptr) + 1 : SIZE_MAX;
}

static const sqb__append_kind json_kind = { "{", "\n",
	"is no file of JSON lines", next_line, NULL };

static int open_json(sqb_store *s)
{
	json *j = (json *)s;
	int code = SQB_OK;

	j->to_stdout = strcmp(s->path, "-") == 0;
	j->charsets = sqb_charsets_new(NULL);
	if (!j->charsets || !sqb__spool_init(&j->message, -1))
		return sqb__store_fail(s, "cannot be opened");
	if (!j->to_stdout)
		code = sqb__append_open(&j->append, s, &json_kind);
	else if (!sqb__spool_init(&j->append.spool, -1))
		code = sqb__store_fail(s, "cannot be opened");
	return code;
}

static void close_json(sqb_store *s)
{
	json *j = (json *)s;

	sqb__append_close(&j->append);
	sqb__spool_clear(&j->message);
	sqb_charsets_free(j->charsets);
	free(j->uidl);
}

static int find(sqb_store *s, const sqb_store_id *ids, size_t n, bool *there)
{
	json *j = (json *)s;

	return j->to_stdout ? SQB_OK :
	    sqb__append_find(&j->append, ids, n, there);
}

static int begin(sqb_store *s, sqb_str uidl)
{
	json *j = (json *)s;

	free(j->uidl);
	j->uidl = strndup(uidl.len > 0 ? uidl.ptr : "", uidl.len);
	if (!j->uidl || !sqb__spool_cut(&j->message, 0))
		return sqb__store_fail(s, "begin");
	if (!j->to_stdout)
		sqb__append_begin(&j->append);
	return SQB_OK;
}

static int write_json(sqb_store *s, sqb_str bytes)
{
	return sqb__spool_put(&((json *)s)->message, bytes) ? SQB_OK :
	    sqb__store_fail(s, "write");
}

static bool put_c(sqb__spool *out, const char *text)
{
	return sqb__spool_put(out, sqb_str_of(text));
}

typedef struct sink {
	sqb__spool *out;
	bool begun;		/* the first octet, "{", was left out */
} sink;

static int on_octets(void *ctx, sqb_str octets)
{
	sink *k = ctx;

	if (!k->begun && octets.len > 0)
		octets = (sqb_str){ octets.ptr + 1, octets.len - 1 };
	k->begun = true;
	return sqb__spool_put(k->out, octets) ? SQB_OK : SQB_E_SINK;
}

static int put_message(json *j, sqb_message *m)
{
	sqb__spool *out = &j->append.spool;
	sink to = { out, false };
	sqb_error err = { .code = SQB_OK };
	int code;

	if (!put_c(out, "{\"account\":") ||
	    !sqb__json_put_string(out, sqb_str_of(j->store.account)) ||
	    !put_c(out, ",\"uidl\":") ||
	    !sqb__json_put_string(out, sqb_str_of(j->uidl)) || !put_c(out, ","))
		return sqb__store_fail(&j->store, "write");
	code = sqb_message_json(m, NULL, on_octets, &to, &err);
	if (code == SQB_OK && put_c(out, "\n"))
		return SQB_OK;
	return code == SQB_E_NOMEM ?
	    sqb__store_refuse(&j->store, SQB_E_NOMEM, err.text) :
	    sqb__store_fail(&j->store, "write");
}

static int end(sqb_store *s)
{
	json *j = (json *)s;
	sqb_message_options options = { .size = sizeof(options),
		.charsets = j->charsets };
	sqb_str bytes;
	sqb_message *m;
	int code;

	if (!sqb__spool_view(&j->message, 0, sqb__spool_len(&j->message),
	    &bytes))
		return sqb__store_fail(s, "read");
	m = sqb_message_parse(bytes, &options);
	if (!m)
		return sqb__store_refuse(s, SQB_E_NOMEM, "no memory");
	code = put_message(j, m);
	sqb_message_free(m);
	if (code == SQB_OK && !j->to_stdout)
		code = sqb__append_end(&j->append, SQB__HEAD_MAX);
	return code;
}

static void drop(sqb_store *s)
{
	json *j = (json *)s;

	if (j->to_stdout)
		(void)sqb__spool_cut(&j->append.spool, 0);
	else
		sqb__append_drop(&j->append);
}

static bool write_out(sqb__spool *out)
{
	uint64_t from = 0, len = sqb__spool_len(out);
	sqb_str piece;

	if (out->flushed > 0 && !sqb__spool_flush(out))
		return false;
	while (from < len)
		if (!sqb__spool_read(out, &from, &piece) ||
		    !sqb__write_pipe(STDOUT_FILENO, piece))
			return false;
	return sqb__spool_cut(out, 0);
}

static int publish(sqb_store *s, int *codes)
{
	json *j = (json *)s;

	(void)codes;
	if (!j->to_stdout)
		return sqb__append_publish(&j->append);
	return write_out(&j->append.spool) ? SQB_OK :
	    sqb__store_fail(s, "write");
}

static bool is_full(const sqb_store *s)
{
	const json *j = (const json *)s;

	return j->to_stdout || sqb__spool_is_full(&j->append.spool);
}

const sqb__store_ops sqb__store_json = { "json:", sizeof(json), open_json,
	close_json, find, begin, write_json, end, drop, publish, is_full };

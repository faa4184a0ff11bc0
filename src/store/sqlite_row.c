/*
 * What a message becomes in a database: a row, and one for each attachment.
 * Small contents are bound to the statement; large ones are written piece by
 * piece into room that the row has for them, so that there is no copy of
 * them in memory.
 */
#include "store/sqlite.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SMALL = 262144,		/* octets that are bound as they are */
	TEXT_MAX = 1 << 20,	/* octets of a text that are kept to search */
	CONTENT_MAX = 64 << 20,	/* octets decoded in memory */
	PART_ROOM = 2048
};

/* Columns of the statements, from 1. */
enum { KEY = 1, SIZE, ACCOUNT, UIDL, DELIVERED, DATE, FROM, TO, CC, SUBJECT,
	MESSAGE_ID, IN_REPLY_TO, REFERENCES, PREVIEW, TEXT, FILES, RAW };
enum { MESSAGE = 1, PART, NAME, TYPE, LENGTH, CONTENT };

/* A text where it is one; octets as they are elsewhere. */
static void bind(sqlite3_stmt *s, int column, sqb_str value)
{
	if (value.len == 0)
		sqlite3_bind_text(s, column, "", 0, SQLITE_STATIC);
	else if (sqb__utf8_valid(value))
		sqlite3_bind_text64(s, column, value.ptr, value.len,
		    SQLITE_STATIC, SQLITE_UTF8);
	else
		sqlite3_bind_blob64(s, column, value.ptr, value.len,
		    SQLITE_STATIC);
}

static void bind_c(sqlite3_stmt *s, int column, const char *value)
{
	bind(s, column, sqb_str_of(value));
}

/* The ids of a field with blanks between them. For free(3). */
static char *join_ids(const sqb_msgids *ids)
{
	size_t size = 1, at = 0;
	char *out;

	for (size_t i = 0; i < ids->n_items; i++)
		size += ids->items[i].id.len + 1;
	out = malloc(size);
	for (size_t i = 0; out && i < ids->n_items; i++) {
		if (i > 0)
			out[at++] = ' ';
		memcpy(out + at, ids->items[i].id.ptr, ids->items[i].id.len);
		at += ids->items[i].id.len;
	}
	if (out)
		out[at] = '\0';
	return out;
}

static bool bind_ids(sqlite3_stmt *s, int column, sqb_message *m,
    const char *field)
{
	sqb_msgids *ids;
	char *text;

	if (sqb_msgids_parse(&ids, sqb_message_raw(m, field, 0), NULL) < 0)
		return false;
	text = join_ids(ids);
	sqb_msgids_free(ids);
	if (text)
		sqlite3_bind_text(s, column, text, -1, free);
	return text != NULL;
}

static void bind_date(sqlite3_stmt *s, sqb_message *m)
{
	sqb_date date;

	if (sqb_date_parse(&date, sqb_message_raw(m, "Date", 0)) == SQB_OK)
		sqlite3_bind_int64(s, DATE, date.utc);
}

typedef struct walk {
	sqb__sqlite *sqlite;
	int64_t row;		/* of the message */
	char *files;		/* the names so far, a line each; or NULL */
	size_t len;
} walk;

/* What is done with an attachment; prefix says in which leaf's message. */
typedef int visit(walk *w, sqb_message *m, size_t i, const char *prefix);

static int visit_all(walk *w, sqb_message *m, const char *prefix,
    visit *each);

static bool is_wrapping(sqb_inner_kind kind)
{
	return kind == SQB_INNER_SIGNED || kind == SQB_INNER_TNEF ||
	    kind == SQB_INNER_UUENCODE || kind == SQB_INNER_YENC;
}

/* What only wraps others is not an attachment: they are. */
static int visit_part(walk *w, sqb_message *m, size_t i, const char *prefix,
    visit *each)
{
	sqb_inner_kind kind;
	sqb_message *inner = sqb_part_inner(m, i, &kind);
	char path[PART_ROOM];

	if (!inner || !is_wrapping(kind))
		return each(w, m, i, prefix);
	snprintf(path, sizeof(path), "%s%s/", prefix, sqb_part_path(m, i));
	return visit_all(w, inner, path, each);
}

/* Messages in messages are not as deep as the stack: eight, says squab. */
static int visit_all(walk *w, sqb_message *m, const char *prefix, visit *each)
{
	const sqb_bodies *b = sqb_message_bodies(m, 0);
	int code = b ? SQB_OK : SQB_E_NOMEM;

	for (size_t k = 0; code == SQB_OK && k < b->n_attachments; k++)
		code = visit_part(w, m, b->attachments[k], prefix, each);
	/* Texts may have files in them. */
	for (size_t k = 0; code == SQB_OK && k < b->n_text; k++)
		if (sqb_part_inner(m, b->text[k], NULL))
			code = visit_part(w, m, b->text[k], prefix, each);
	return code;
}

static int add_name(walk *w, sqb_message *m, size_t i, const char *prefix)
{
	const char *name = sqb_part_safe_name(m, i);
	size_t n = strlen(name);
	char *files = realloc(w->files, w->len + n + 2);

	(void)prefix;
	if (!files)
		return SQB_E_NOMEM;
	w->files = files;
	if (w->len > 0)
		files[w->len++] = '\n';
	memcpy(files + w->len, name, n + 1);
	w->len += n;
	return SQB_OK;
}

static int no_memory(sqb__sqlite *q)
{
	return sqb__store_refuse(&q->store, SQB_E_NOMEM, "no memory");
}

/* A message has rows of its own, and is no leaf. */
static sqb_encoding encoding_of(const sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);

	return p->type == SQB_PART_MESSAGE && p->next > i + 1 ?
	    SQB_ENCODING_BINARY : (sqb_encoding)p->encoding;
}

static sqb_str body_of(const sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);

	return (sqb_str){ sqb_message_bytes(m).ptr + p->body,
	    (size_t)(p->end - p->body) };
}

/* Where a content goes piece by piece; blob NULL: it is only measured. */
typedef struct pieces {
	sqlite3_blob *blob;
	uint64_t len;
	int rc;
} pieces;

static void take_piece(pieces *p, sqb_str piece)
{
	while (p->blob && p->rc == SQLITE_OK && piece.len > 0) {
		size_t n = piece.len < SMALL ? piece.len : SMALL;

		p->rc = sqlite3_blob_write(p->blob, piece.ptr, (int)n,
		    (int)p->len);
		p->len += n;
		piece = (sqb_str){ piece.ptr + n, piece.len - n };
	}
	p->len += piece.len;
}

/* False: no memory. */
static bool decode(pieces *p, const sqb_message *m, size_t i)
{
	sqb_decoder *d = sqb_decoder_new(encoding_of(m, i), NULL);
	sqb_str in = body_of(m, i), piece;

	while (d && p->rc == SQLITE_OK &&
	    (piece = sqb_decoder_next(d, &in)).len > 0)
		take_piece(p, piece);
	if (d && p->rc == SQLITE_OK)
		take_piece(p, sqb_decoder_end(d));
	sqb_decoder_free(d);
	return d != NULL;
}

static int open_blob(sqb__sqlite *q, const char *table, const char *column,
    sqlite3_blob **blob)
{
	return sqlite3_blob_open(q->db, "main", table, column,
	    sqlite3_last_insert_rowid(q->db), 1, blob);
}

static int run(sqb__sqlite *q, sqlite3_stmt *s, const char *doing)
{
	int code = sqb__sqlite_fail(q, sqlite3_step(s), doing);

	sqlite3_reset(s);
	return code;
}

static int add_large(sqb__sqlite *q, sqb_message *m, size_t i)
{
	pieces p = { .rc = SQLITE_OK };
	int code;

	if (!decode(&p, m, i))
		return no_memory(q);
	sqlite3_bind_int64(q->attach, LENGTH, (int64_t)p.len);
	sqlite3_bind_zeroblob64(q->attach, CONTENT, p.len);
	code = run(q, q->attach, "attachment");
	if (code != SQB_OK)
		return code;
	p.len = 0;
	p.rc = open_blob(q, "attachment", "content", &p.blob);
	if (p.rc == SQLITE_OK && !decode(&p, m, i))
		p.rc = SQLITE_NOMEM;
	code = sqb__sqlite_fail(q, p.rc, "attachment");
	sqlite3_blob_close(p.blob);
	return code;
}

static int add_content(sqb__sqlite *q, sqb_message *m, size_t i)
{
	sqb_str content;

	if (body_of(m, i).len > SMALL ||
	    encoding_of(m, i) == SQB_ENCODING_BINARY ||
	    sqb_part_content(m, i, &content) != SQB_OK)
		return add_large(q, m, i);
	sqlite3_bind_int64(q->attach, LENGTH, (int64_t)content.len);
	sqlite3_bind_blob64(q->attach, CONTENT, content.len > 0 ?
	    content.ptr : "", content.len, SQLITE_STATIC);
	return run(q, q->attach, "attachment");
}

static int add_attachment(walk *w, sqb_message *m, size_t i,
    const char *prefix)
{
	sqb__sqlite *q = w->sqlite;
	char part[PART_ROOM];
	int code;

	snprintf(part, sizeof(part), "%s%s", prefix, sqb_part_path(m, i));
	sqlite3_bind_int64(q->attach, MESSAGE, w->row);
	bind_c(q->attach, PART, part);
	bind_c(q->attach, NAME, sqb_part_safe_name(m, i));
	bind_c(q->attach, TYPE, sqb_part_media_type(m, i));
	code = add_content(q, m, i);
	sqlite3_clear_bindings(q->attach);
	return code;
}

static void bind_identity(sqb__sqlite *q, size_t i, sqb_str uidl, int64_t now)
{
	const sqb_store_id *id = &q->store.ids[i];

	sqlite3_bind_blob(q->add, KEY, id->key, sizeof(id->key),
	    SQLITE_STATIC);
	sqlite3_bind_int64(q->add, SIZE, (int64_t)id->size);
	bind_c(q->add, ACCOUNT, q->store.account);
	bind(q->add, UIDL, uidl);
	sqlite3_bind_int64(q->add, DELIVERED, now);
}

/* False: no memory. */
static bool bind_message(sqb__sqlite *q, sqb_message *m)
{
	sqlite3_stmt *s = q->add;

	bind_date(s, m);
	bind_c(s, FROM, sqb_message_from(m));
	bind_c(s, TO, sqb_message_to(m));
	bind_c(s, CC, sqb_message_field(m, "Cc", 0));
	bind_c(s, SUBJECT, sqb_message_subject(m));
	bind_c(s, PREVIEW, sqb_message_preview(m, 0));
	bind(s, TEXT, sqb__utf8_cut(sqb_str_of(sqb_message_text(m)),
	    TEXT_MAX));
	return bind_ids(s, MESSAGE_ID, m, "Message-ID") &&
	    bind_ids(s, IN_REPLY_TO, m, "In-Reply-To") &&
	    bind_ids(s, REFERENCES, m, "References");
}

/* The row; *added: it was not there before. */
static int add_row(sqb__sqlite *q, sqb_str raw, bool *added)
{
	pieces p = { .rc = SQLITE_OK };
	int code;

	if (raw.len > SMALL)
		sqlite3_bind_zeroblob64(q->add, RAW, raw.len);
	else
		sqlite3_bind_blob64(q->add, RAW, raw.len > 0 ? raw.ptr : "",
		    raw.len, SQLITE_STATIC);
	code = run(q, q->add, "message");
	*added = code == SQB_OK && sqlite3_changes(q->db) > 0;
	if (!*added || raw.len <= SMALL)
		return code;
	p.rc = open_blob(q, "message", "raw", &p.blob);
	if (p.rc == SQLITE_OK)
		take_piece(&p, raw);
	code = sqb__sqlite_fail(q, p.rc, "message");
	sqlite3_blob_close(p.blob);
	return code;
}

static int add_message(sqb__sqlite *q, sqb_message *m)
{
	walk w = { .sqlite = q };
	bool added = false;
	int code = SQB_OK;

	if (!bind_message(q, m) || visit_all(&w, m, "", add_name) < 0)
		code = no_memory(q);
	if (w.files)
		bind(q->add, FILES, (sqb_str){ w.files, w.len });
	if (code == SQB_OK)
		code = add_row(q, sqb_message_bytes(m), &added);
	w.row = sqlite3_last_insert_rowid(q->db);
	if (added && code == SQB_OK) {
		code = visit_all(&w, m, "", add_attachment);
		if (code == SQB_E_NOMEM)
			code = no_memory(q);
	}
	free(w.files);
	return code;
}

int sqb__sqlite_add(sqb__sqlite *q, size_t i, int64_t now)
{
	sqb_message_options options = { .size = sizeof(options),
		.max_content = CONTENT_MAX, .charsets = q->charsets };
	uint64_t from = q->uidls[i], start = q->starts[i],
	    to = i + 1 < q->store.n_ended ? q->uidls[i + 1] :
	    sqb__spool_len(&q->spool);
	sqb_str octets, uidl;
	sqb_message *m;
	int code;

	if (!sqb__spool_view(&q->spool, from, to - from, &octets))
		return sqb__store_fail(&q->store, "read");
	uidl = (sqb_str){ octets.ptr, (size_t)(start - from) };
	m = sqb_message_parse((sqb_str){ octets.ptr + uidl.len,
	    octets.len - uidl.len }, &options);
	if (!m)
		return no_memory(q);
	bind_identity(q, i, uidl, now);
	code = add_message(q, m);
	sqlite3_clear_bindings(q->add);
	sqb_message_free(m);
	return code;
}

/*
 * Subject and References of what follows a message. Nothing in that message
 * can make this fail: what cannot be written again is left out.
 */
#include "mime/compose_answer.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mime/address.h"
#include "mime/raw.h"

#include <string.h>

enum {
	MAX_SUBJECT = 2000,	/* octets */
	MAX_REFERENCES = 32	/* ids: the first and the last ones */
};

/*
 * What programs put before the subject, in the languages that do not leave it
 * at "Re:" and "Fwd:". One that means both somewhere is the answer's.
 */
static const char *const replies[] = { "re", "aw", "antw", "sv", "vs", "odp",
	NULL };
static const char *const forwards[] = { "fwd", "fw", "wg", "vb", "tr", "pd",
	NULL };

static size_t skip_blanks(sqb_str s, size_t n)
{
	while (n < s.len && sqb__is_blank(s.ptr[n]))
		n++;
	return n;
}

/* "[2]" or "(2)", which some programs count with */
static size_t skip_count(sqb_str s, size_t n)
{
	size_t at = n + 1;

	if (n >= s.len || (s.ptr[n] != '[' && s.ptr[n] != '('))
		return n;
	while (at < s.len && sqb__is_digit(s.ptr[at]))
		at++;
	return at < s.len && at > n + 1 &&
	    s.ptr[at] == (s.ptr[n] == '[' ? ']' : ')') ? at + 1 : n;
}

/* The length of a word of the list with its colon; 0: there is none. */
static size_t marker_len(sqb_str s, const char *const *words)
{
	for (; *words; words++) {
		size_t n = strlen(*words);

		if (s.len < n || !sqb_str_eq_nocase((sqb_str){ s.ptr, n },
		    sqb_str_of(*words)))
			continue;
		n = skip_blanks(s, skip_count(s, n));
		if (n < s.len && s.ptr[n] == ':')
			return n + 1;
	}
	return 0;
}

int sqb__answer_subject(sqb_compose *c, sqb_message *m, bool forward)
{
	const char *const *words = forward ? forwards : replies;
	sqb_str s = sqb_str_of(sqb_message_subject(m));
	sqb__buf subject;
	size_t n;

	if (sqb__compose_has(c, SQB__SUBJECT))
		return SQB_OK;
	while ((n = marker_len(s, words)) > 0)
		s = sqb__trim(sqb__str_from(s, n));
	s = sqb__utf8_cut(s, MAX_SUBJECT);
	sqb__buf_init(&subject, c->allocator, MAX_SUBJECT + 10);
	sqb__buf_add_c(&subject, forward ? "Fwd:" : "Re:");
	sqb__buf_add_c(&subject, s.len > 0 ? " " : "");
	sqb__buf_add(&subject, s);
	sqb__buf_add_char(&subject, '\0');
	if (subject.failed)
		sqb__compose_no_memory(c);
	else
		sqb_compose_field(c, "Subject", subject.data);
	sqb__buf_clear(&subject);
	return c->error.code;
}

/* Ids that nobody can misread, and that any server takes. */
static bool is_clean(const sqb_msgid *id)
{
	static const unsigned word = SQB_MSGID_NO_BRACKETS | SQB_MSGID_NO_AT;

	for (size_t i = 0; i < id->id.len; i++)
		if (id->id.ptr[i] <= ' ' || id->id.ptr[i] >= 0x7f ||
		    id->id.ptr[i] == '<' || id->id.ptr[i] == '>')
			return false;
	return id->id.len > 0 && id->id.len <= SQB__FOLD_WORD - 2 &&
	    !(id->defects & SQB_MSGID_OPEN) && (id->defects & word) != word;
}

/* Appends the ids of a field of m to list, an sqb_str each; how many. */
static size_t add_ids(sqb_compose *c, sqb_message *m, const char *field,
    sqb__buf *list)
{
	sqb_msgids *ids;
	size_t n = 0;

	if (sqb_msgids_parse(&ids, sqb_message_raw(m, field, 0),
	    c->allocator) != SQB_OK) {
		list->failed = true;
		return 0;
	}
	for (size_t i = 0; i < ids->n_items; i++) {
		sqb_str id = ids->items[i].id;

		if (!is_clean(&ids->items[i]))
			continue;
		id.ptr = sqb__arena_copy(&c->arena, id);
		list->failed = list->failed || !id.ptr;
		sqb__buf_add(list, (sqb_str){ (char *)&id, sizeof(id) });
		n++;
	}
	sqb_msgids_free(ids);
	return n;
}

/* The field of these ids, but for those in the middle of too many. */
static void write_ids(sqb_compose *c, const char *field, sqb_str ids)
{
	const sqb_str *rows = (const sqb_str *)(const void *)ids.ptr;
	size_t n = ids.len / sizeof(*rows);
	sqb__buf value;

	sqb__buf_init(&value, c->allocator,
	    MAX_REFERENCES * (SQB__FOLD_WORD + 2));
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && i + MAX_REFERENCES <= n)
			continue;
		sqb__buf_add_char(&value, '<');
		sqb__buf_add(&value, rows[i]);
		sqb__buf_add_c(&value, "> ");
	}
	sqb__buf_add_char(&value, '\0');
	if (value.failed)
		sqb__compose_no_memory(c);
	else if (n > 0)
		sqb_compose_field(c, field, value.data);
	sqb__buf_clear(&value);
}

/*
 * The ids of m's References, or else its In-Reply-To if that is one id, and
 * its Message-ID, which is the row behind the first *n, if there is one.
 */
static void read_ids(sqb_compose *c, sqb_message *m, sqb__buf *list,
    size_t *n)
{
	size_t more;

	*n = add_ids(c, m, "References", list);
	if (*n == 0) {
		*n = add_ids(c, m, "In-Reply-To", list);
		if (*n > 1) {
			sqb__buf_drop(list, *n * sizeof(sqb_str));
			*n = 0;
		}
	}
	more = add_ids(c, m, "Message-ID", list);
	if (more > 1 && !list->failed)
		list->end -= (more - 1) * sizeof(sqb_str);
}

static void write_fields(sqb_compose *c, sqb_str ids, sqb_str own,
    bool in_reply_to)
{
	if (in_reply_to && !sqb__compose_has(c, SQB__IN_REPLY_TO))
		write_ids(c, "In-Reply-To", own);
	if (c->error.code == SQB_OK && !sqb__compose_has(c, SQB__REFERENCES))
		write_ids(c, "References", ids);
}

int sqb__answer_ids(sqb_compose *c, sqb_message *m, bool in_reply_to)
{
	sqb__buf list;
	sqb_str ids;
	size_t n;

	sqb__buf_init(&list, c->allocator, SIZE_MAX / 4);
	read_ids(c, m, &list, &n);
	ids = sqb__buf_str(&list);
	if (list.failed)
		sqb__compose_no_memory(c);
	else if (ids.ptr)
		write_fields(c, ids, sqb__str_from(ids, n * sizeof(sqb_str)),
		    in_reply_to);
	sqb__buf_clear(&list);
	return c->error.code;
}

int sqb__answer_addresses(sqb_compose *c, sqb_message *m, const char *field,
    sqb__arena *arena, sqb_addresses *out)
{
	sqb_addresses_options o = { .size = sizeof(o) };
	sqb_str text = sqb_message_raw(m, field, 0);

	*out = (sqb_addresses){ .n_items = 0 };
	if (sqb__addresses_read(out, arena, text, &o,
	    sqb__reading_of(m, 0, text), NULL) != SQB_OK)
		return sqb__compose_no_memory(c);
	return SQB_OK;
}

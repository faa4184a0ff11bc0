/*
 * The fields of mailing lists: List-Id (RFC 2919), the URLs of RFC 2369 and
 * the word of RFC 8058. In angle brackets all is taken as it is, for URLs
 * have parentheses, commas and quotes in them that mean nothing here. What is
 * at a URL, and whether its scheme is one to follow, is not looked at.
 */
#include <squab/record.h>

#include "base/ascii.h"
#include "base/error.h"
#include "mime/header.h"
#include "mime/message.h"
#include "mime/urls.h"

#include <string.h>

enum { MAX_URLS = 100, MAX_READ = 64 * 1024 /* octets of a field */ };

/* A token that is no comment. */
static sqb__token next_token(sqb__lexer *l)
{
	sqb__token t;

	do
		sqb__token_next(l, &t);
	while (t.kind == SQB__TOKEN_COMMENT);
	return t;
}

/* Behind "<": what stands up to the ">", if there is one, which goes too. */
static sqb_str take_bracketed(sqb__lexer *l)
{
	sqb_str s = sqb__str_from(l->text, l->at);
	const char *end = s.len > 0 ? memchr(s.ptr, '>', s.len) : NULL;

	if (!end) {
		l->at = l->text.len;
		return (sqb_str){ .len = 0 };
	}
	s.len = (size_t)(end - s.ptr);
	l->at += s.len + 1;
	return s;
}

static void add_percent(sqb__buf *out, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char octet = (unsigned char)c;

	sqb__buf_add_char(out, '%');
	sqb__buf_add_char(out, digits[octet >> 4]);
	sqb__buf_add_char(out, digits[octet & 15]);
}

/* Without blanks; what must not be printed is not lost, so that s cannot
   become another address than the one that was meant. */
static void add_safe(sqb__buf *out, sqb_str s)
{
	size_t n;

	for (; s.len > 0; s = sqb__str_from(s, n)) {
		n = sqb__printable(s);
		if (n > 0 && s.ptr[0] != ' ')
			sqb__buf_add(out, (sqb_str){ s.ptr, n });
		else if (!sqb__is_space(s.ptr[0]))
			add_percent(out, s.ptr[0]);
		n += n == 0;
	}
}

/* "<" URL ">" *("," "<" URL ">"), RFC 2369, section 2 */
bool sqb__urls_next(sqb__lexer *l, sqb__buf *out)
{
	size_t before = out->end;

	while (out->end == before) {
		if (l->at > 0 && next_token(l).mark != ',')
			return false;
		if (next_token(l).mark != '<')
			return false;
		add_safe(out, take_bracketed(l));
	}
	return !out->failed;
}

/* The first field of that name; empty: there is none. */
static sqb_str field(sqb_message *m, size_t root, const char *name)
{
	sqb_str s = sqb_part_raw(m, root, name, 0);

	if (s.len > MAX_READ)
		s.len = MAX_READ;
	return s;
}

/* Whether the first word of a field is that one. */
static bool begins_with(sqb_str text, const char *word)
{
	sqb__lexer l = { .text = text };
	sqb__token t = next_token(&l);

	return t.kind == SQB__TOKEN_ATOM &&
	    sqb_str_eq_nocase(t.text, sqb_str_of(word));
}

/* What is in scratch, which is emptied. NULL: memory is short. */
static const char *keep(sqb_message *m)
{
	const char *kept = m->scratch.failed ? NULL :
	    sqb__arena_copy(&m->arena, sqb__buf_str(&m->scratch));

	sqb__buf_reset(&m->scratch);
	return kept;
}

/* False: memory is short. */
static bool read_urls(sqb_message *m, sqb_str text, sqb_urls *urls)
{
	const char *found[MAX_URLS], **items;
	sqb__lexer l = { .text = text };
	size_t n = 0;

	sqb__buf_reset(&m->scratch);
	while (n < MAX_URLS && sqb__urls_next(&l, &m->scratch))
		if (!(found[n++] = keep(m)))
			return false;
	if (m->scratch.failed || n == 0)
		return !m->scratch.failed;
	items = sqb__arena_alloc(&m->arena, n * sizeof(*items));
	if (!items)
		return false;
	memcpy(items, found, n * sizeof(*items));
	*urls = (sqb_urls){ items, n };
	return true;
}

/*
 * [phrase] "<" list-id ">", RFC 2919, section 3. A word alone without "<" is
 * an id as well. Appends to phrase, and to id what is no phrase.
 */
static void split_id(sqb_str text, sqb__buf *phrase, sqb__buf *id)
{
	sqb__lexer l = { .text = text };
	bool one_word = true;
	sqb__token t;

	while ((t = next_token(&l)).kind != SQB__TOKEN_END && t.mark != '<') {
		if (t.spaced && sqb__buf_len(phrase) > 0) {
			sqb__buf_add_char(phrase, ' ');
			one_word = false;
		}
		if (t.kind == SQB__TOKEN_QUOTED)
			one_word = false;
		sqb__token_add(phrase, &t);
	}
	if (t.mark == '<') {
		add_safe(id, take_bracketed(&l));
	} else if (one_word) {
		add_safe(id, sqb__buf_str(phrase));
		sqb__buf_drop(phrase, sqb__buf_len(phrase));
	}
}

/* False: memory is short. */
static bool read_id(sqb_message *m, size_t root, sqb_list *list)
{
	sqb__buf phrase;

	sqb__buf_init(&phrase, m->allocator, MAX_READ);
	sqb__buf_reset(&m->scratch);
	split_id(field(m, root, "List-Id"), &phrase, &m->scratch);
	list->id = keep(m);
	list->description = phrase.failed ? NULL :
	    sqb__field_keep(m, root, sqb__buf_str(&phrase));
	sqb__buf_clear(&phrase);
	return list->id && list->description;
}

static bool has_https(const sqb_urls *urls)
{
	static const sqb_str scheme = SQB_STR("https:");

	for (size_t i = 0; i < urls->n_items; i++)
		if (strlen(urls->items[i]) > scheme.len && sqb_str_eq_nocase(
		    (sqb_str){ urls->items[i], scheme.len }, scheme))
			return true;
	return false;
}

bool sqb_message_list(sqb_message *m, size_t root, sqb_list *out)
{
	sqb_list list = { .id = "" };
	const struct {
		const char *name;
		sqb_urls *urls;
	} fields[] = {
		{ "List-Help", &list.help },
		{ "List-Unsubscribe", &list.unsubscribe },
		{ "List-Subscribe", &list.subscribe },
		{ "List-Post", &list.post },
		{ "List-Owner", &list.owner },
		{ "List-Archive", &list.archive },
	};
	bool any = sqb__part_find(m, root, "List-Id", 0) != NULL;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		any = any || sqb__part_find(m, root, fields[i].name, 0);
		if (!read_urls(m, field(m, root, fields[i].name),
		    fields[i].urls))
			return false;
	}
	if (!any || !read_id(m, root, &list))
		return false;
	list.no_post = begins_with(field(m, root, "List-Post"), "NO");
	list.one_click = has_https(&list.unsubscribe) && begins_with(field(m,
	    root, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
	*out = list;
	return true;
}

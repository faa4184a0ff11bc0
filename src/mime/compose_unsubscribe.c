/* How to leave a list: RFC 2369, section 3.2, and RFC 8058. */
#include "mime/compose.h"

#include "base/ascii.h"

#include <string.h>

/* A URL that begins so, and can stand between < and > in one line. */
static bool is_url(const char *url, const char *begin)
{
	sqb_str s = sqb_str_of(url), b = sqb_str_of(begin);

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f ||
		    strchr("<>,\"\\", s.ptr[i]))
			return false;
	return s.len > b.len && s.len <= SQB__FOLD_WORD &&
	    sqb_str_eq_nocase((sqb_str){ s.ptr, b.len }, b);
}

static bool has_one(const sqb_compose *c)
{
	static const sqb_str begin = SQB_STR("List-Unsubscribe");

	for (const sqb__line *line = c->lines; line; line = line->next)
		if (line->text.len > begin.len && sqb_str_eq_nocase((sqb_str){
		    line->text.ptr, begin.len }, begin))
			return true;
	return false;
}

/* "<" URL ">", RFC 2369, section 2 */
static void add_url(sqb__fold *f, const char *url)
{
	char word[SQB__FOLD_WORD + 2];
	size_t n = strlen(url);

	word[0] = '<';
	memcpy(word + 1, url, n);
	word[n + 1] = '>';
	sqb__fold_word(f, (sqb_str){ word, n + 2 });
}

static int write_urls(sqb_compose *c, const char *https, const char *mailto)
{
	sqb__fold f;

	sqb__buf_reset(&c->scratch);
	sqb__fold_begin(&f, &c->scratch, "List-Unsubscribe");
	if (https)
		add_url(&f, https);
	if (https && mailto)
		sqb__fold_mark(&f, ",");
	if (mailto)
		add_url(&f, mailto);
	sqb__fold_end(&f);
	if (c->scratch.failed)
		return sqb__compose_no_memory(c);
	return sqb__compose_line(c, SQB__OTHER, sqb__buf_str(&c->scratch));
}

int sqb_compose_unsubscribe(sqb_compose *c, const char *https,
    const char *mailto)
{
	int code = sqb__compose_check(c);

	if (code != SQB_OK)
		return code;
	if (has_one(c))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "a second List-Unsubscribe");
	if (!https && !mailto)
		return sqb__compose_error(c, SQB_E_USAGE,
		    "List-Unsubscribe needs a URL");
	if (https && !is_url(https, "https://"))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "List-Unsubscribe: not a whole https URL");
	if (mailto && !is_url(mailto, "mailto:"))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "List-Unsubscribe: not a whole mailto URL");
	code = write_urls(c, https, mailto);
	if (code == SQB_OK && https)
		code = sqb__compose_line(c, SQB__OTHER, (sqb_str)SQB_STR(
		    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
	return code;
}

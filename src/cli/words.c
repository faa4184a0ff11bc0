/* A JSON array of strings (RFC 8259, sections 5 and 7), and nothing else. */
#include "words.h"

#include <string.h>

typedef struct cursor {
	const char *p;		/* a NUL ends it */
	cli_words *w;
	const char *why;	/* the first that is wrong; NULL: nothing */
} cursor;

static bool wrong(cursor *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

static void skip_space(cursor *c)
{
	c->p += strspn(c->p, " \t\r\n");
}

static bool put(cursor *c, uint32_t octet)
{
	if (c->w->used == CLI_WORDS_TEXT)
		return wrong(c, "the list of words is too long");
	c->w->text[c->w->used++] = (char)(unsigned char)octet;
	return true;
}

/* RFC 3629, section 3 */
static bool put_utf8(cursor *c, uint32_t u)
{
	if (u < 0x80)
		return put(c, u);
	if (u < 0x800)
		return put(c, 0xc0 | u >> 6) && put(c, 0x80 | (u & 0x3f));
	if (u < 0x10000)
		return put(c, 0xe0 | u >> 12) &&
		    put(c, 0x80 | (u >> 6 & 0x3f)) && put(c, 0x80 | (u & 0x3f));
	return put(c, 0xf0 | u >> 18) && put(c, 0x80 | (u >> 12 & 0x3f)) &&
	    put(c, 0x80 | (u >> 6 & 0x3f)) && put(c, 0x80 | (u & 0x3f));
}

/* 4HEXDIG */
static bool take_hex(cursor *c, uint32_t *out)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	*out = 0;
	for (int i = 0; i < 4; i++) {
		const char *d = *c->p == '\0' ? NULL : strchr(digits, *c->p);
		uint32_t n = d ? (uint32_t)(d - digits) : 0;

		if (!d)
			return wrong(c, "after \\u come four digits, 0 to f");
		*out = *out << 4 | (n < 16 ? n : n - 6);
		c->p++;
	}
	return true;
}

/* What follows \u; half of a character needs the other half. */
static bool take_unicode(cursor *c)
{
	uint32_t u, low;

	if (!take_hex(c, &u))
		return false;
	if (u == 0)
		return wrong(c, "a word holds no NUL");
	if (u < 0xd800 || u > 0xdfff)
		return put_utf8(c, u);
	if (u > 0xdbff || c->p[0] != '\\' || c->p[1] != 'u')
		return wrong(c, "half a character in a word");
	c->p += 2;
	if (!take_hex(c, &low))
		return false;
	if (low < 0xdc00 || low > 0xdfff)
		return wrong(c, "half a character in a word");
	return put_utf8(c, 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00));
}

/* What follows the backslash. */
static bool take_escape(cursor *c)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *found;
	char name = *c->p;

	if (name == 'u') {
		c->p++;
		return take_unicode(c);
	}
	found = name == '\0' ? NULL : strchr(names, name);
	if (!found)
		return wrong(c, "a backslash goes before one of \"\\/bfnrtu");
	c->p++;
	return put(c, (unsigned char)values[found - names]);
}

static bool take_word(cursor *c)
{
	cli_words *w = c->w;

	if (*c->p != '"')
		return wrong(c, "words stand in \"quotes\"");
	if (w->n == CLI_WORDS_MAX)
		return wrong(c, "the list has too many words");
	w->argv[w->n++] = w->text + w->used;
	for (c->p++; *c->p != '"'; ) {
		if (*c->p == '\0')
			return wrong(c, "a word does not end");
		if ((unsigned char)*c->p < 0x20)
			return wrong(c, "a control character in a word");
		if (*c->p == '\\' ? (c->p++, !take_escape(c)) :
		    !put(c, (unsigned char)*c->p++))
			return false;
	}
	c->p++;
	return put(c, '\0');
}

/* array = "[" string *( "," string ) "]" */
static bool take_array(cursor *c)
{
	skip_space(c);
	if (*c->p != '[')
		return wrong(c, "a list begins with [");
	do {
		c->p++;
		skip_space(c);
		if (!take_word(c))
			return false;
		skip_space(c);
	} while (*c->p == ',');
	if (*c->p != ']')
		return wrong(c, "after a word comes , or ]");
	c->p++;
	skip_space(c);
	if (*c->p != '\0')
		return wrong(c, "something follows the list of words");
	return c->w->argv[0][0] != '\0' ||
	    wrong(c, "the first word is the program");
}

bool cli_words_parse(cli_words *w, const char *text, const char **why)
{
	cursor c = { text, w, NULL };
	bool good;

	w->n = w->used = 0;
	good = take_array(&c);
	w->argv[w->n] = NULL;
	*why = c.why;
	return good;
}

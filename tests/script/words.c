/*
 * The small change of script files: byte strings, escapes, words.
 */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must(void *p)
{
	if (!p) {
		fputs("Bail out! out of memory\n", stdout);
		exit(1);
	}
	return p;
}

/* --- bytes */

void bytes_add(bytes *b, const void *data, size_t len)
{
	if (b->cap - b->len <= len) {
		b->cap = (b->len + len + 1) * 2;
		b->data = must(realloc(b->data, b->cap));
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void bytes_add_c(bytes *b, const char *s)
{
	bytes_add(b, s, strlen(s));
}

void bytes_drop(bytes *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

bool bytes_has(const bytes *b, const void *part, size_t len)
{
	for (size_t i = 0; i + len <= b->len; i++)
		if (memcmp(b->data + i, part, len) == 0)
			return true;
	return false;
}

void bytes_clear(bytes *b)
{
	free(b->data);
	*b = (bytes){ NULL, 0, 0 };
}

static void add_visible_char(bytes *b, unsigned char c)
{
	char hex[8];

	if (c == '\r')
		bytes_add_c(b, "\\r");
	else if (c == '\n')
		bytes_add_c(b, "\\n");
	else if (c == '\\')
		bytes_add_c(b, "\\\\");
	else if (c >= 0x20 && c < 0x7f)
		bytes_add(b, &c, 1);
	else {
		snprintf(hex, sizeof(hex), "\\x%02x", c);
		bytes_add_c(b, hex);
	}
}

void bytes_add_visible(bytes *b, const char *data, size_t len)
{
	enum { MOST = 160 };

	for (size_t i = 0; i < len && i < MOST; i++)
		add_visible_char(b, (unsigned char)data[i]);
	if (len > MOST)
		bytes_add_c(b, "...");
}

/* --- escapes */

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* What a letter after the backslash stands for; 0: nothing that simple. */
static char simple_escape(char c)
{
	static const char from[] = "rnt\\\"", to[] = "\r\n\t\\\"";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : '\0';
}

/* s begins after the backslash. The length of the escape; 0: it is none. */
static size_t add_escape(bytes *b, const char *s, size_t len, unsigned ordinal)
{
	char c = len > 0 ? simple_escape(s[0]) : '\0';
	char number[16];

	if (len == 0)
		return 0;
	if (c) {
		bytes_add(b, &c, 1);
		return 1;
	}
	if (s[0] == '0') {
		bytes_add(b, "", 1);
		return 1;
	}
	if (s[0] == 'i') {
		snprintf(number, sizeof(number), "%u", ordinal);
		bytes_add_c(b, number);
		return 1;
	}
	if (s[0] != 'x' || len < 3 || hex_digit(s[1]) < 0 ||
	    hex_digit(s[2]) < 0)
		return 0;
	c = (char)(hex_digit(s[1]) << 4 | hex_digit(s[2]));
	bytes_add(b, &c, 1);
	return 3;
}

bool bytes_add_unescaped(bytes *b, const char *s, size_t len,
    unsigned ordinal)
{
	size_t n;

	bytes_add(b, "", 0);
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '\\') {
			bytes_add(b, &s[i], 1);
			continue;
		}
		n = add_escape(b, s + i + 1, len - i - 1, ordinal);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

/* --- words */

/* The length of a key with its operator at s; 0: there is none. */
static size_t key_length(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || s[n] == '_' ||
	    (n > 0 && s[n] >= '0' && s[n] <= '9'))
		n++;
	return n > 0 && (s[n] == '=' || s[n] == '~') ? n + 1 : 0;
}

/* From s to the end of the value; a quoted one ends after its quote. */
static size_t value_length(const char *s)
{
	size_t n = 1;

	if (s[0] != '"')
		return strcspn(s, " \t");
	while (s[n] && s[n] != '"')
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	return s[n] ? n + 1 : 0;
}

static bool take_word(const char **s, unsigned ordinal, word *w)
{
	size_t key = key_length(*s), len;
	bool quoted;

	*w = (word){ .op = '=' };
	if (key > 0) {
		w->key = must(strndup(*s, key - 1));
		w->op = (*s)[key - 1];
		*s += key;
	}
	len = value_length(*s);
	quoted = (*s)[0] == '"';
	if (quoted && len == 0)
		return false;
	if (!bytes_add_unescaped(&w->value, *s + quoted,
	    len - (quoted ? 2 : 0), ordinal))
		return false;
	*s += len;
	return true;
}

bool words_split(const char *line, unsigned ordinal, word *words,
    size_t *n_words)
{
	for (;;) {
		line += strspn(line, " \t");
		if (*line == '\0' || *line == '#')
			return true;
		if (*n_words == MAX_WORDS)
			return false;
		if (!take_word(&line, ordinal, &words[(*n_words)++]))
			return false;
	}
}

void words_clear(word *words, size_t n_words)
{
	for (size_t i = 0; i < n_words; i++) {
		free(words[i].key);
		bytes_clear(&words[i].value);
	}
}

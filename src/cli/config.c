/*
 * The config file, read by inih. inih cuts off what follows " ;", joins lines
 * that begin with a blank, says nothing of an empty section and hands lines
 * that are too long out in pieces: what it gets to read is made such that
 * none of it can happen, and what it gave is put right again.
 */
#include "config.h"

#include "way.h"
#include "words.h"

#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEMICOLON '\1'		/* stands for one while inih reads */
#define ACCOUNT "account "

static const char *const groups[][6] = {
	{ "password", "password-command", "password-file", "token-command",
	    "token-file", NULL },
	{ "keep", "delete", "delete-after", NULL },
	{ "proxy", "tunnel", NULL },
};

enum { N_GROUPS = sizeof(groups) / sizeof(groups[0]) };

static const char *const not_here[] = { "config", "all", NULL };

typedef struct reader {
	cli_config *c;
	const cli_option *const *tables;
	sqb_str rest;		/* of the text */
	unsigned line;		/* that was read last */
	unsigned header;	/* of a section that has no key yet; 0: none */
} reader;

/* Debian's inih takes its limits from variables, others have them built in. */
#ifdef SQUAB_INI_VARIABLES
static void allow_long_lines(void)
{
	ini_use_stack = false;
	ini_initial_alloc = ini_max_line = CLI_CONFIG_LINE_MAX + 2;
}
#else
static void allow_long_lines(void)
{
}
#endif

__attribute__((format(printf, 3, 4)))
static bool wrong(cli_config *c, unsigned line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->why, sizeof(c->why), format, args);
	va_end(args);
	c->line = line;
	return false;
}

static bool is_among(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

int cli_config_group(const char *name)
{
	for (int i = 0; i < N_GROUPS; i++)
		if (is_among(groups[i], name))
			return i + 1;
	return 0;
}

/* n items with room for one more: the arrays double. NULL: no memory. */
static void *grow(void *items, size_t n, size_t size)
{
	return (n & (n - 1)) != 0 ? items :
	    realloc(items, (n == 0 ? 1 : n * 2) * size);
}

/* The text has more octets than all that is kept of it, and a NUL for each. */
static const char *keep(cli_config *c, const char *s)
{
	char *kept = c->room + c->room_used;
	size_t size = strlen(s) + 1;

	memcpy(kept, s, size);
	for (char *p = kept; (p = strchr(p, SEMICOLON)) != NULL; )
		*p = ';';
	c->room_used += size;
	return kept;
}

/* --- what inih reads */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* At the end of a line CR is one too. */
static sqb_str trim(sqb_str s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = (sqb_str){ s.ptr + 1, s.len - 1 };
	if (s.len > 0 && s.ptr[s.len - 1] == '\r')
		s.len--;
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static bool check_line(reader *r, sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.ptr[i] < 0x20 && s.ptr[i] != '\t') ||
		    s.ptr[i] == 0x7f)
			return wrong(r->c, r->line, "a control character");
	return true;
}

static bool begin_section(reader *r, sqb_str s)
{
	if (memchr(s.ptr, ']', s.len) != s.ptr + s.len - 1)
		return wrong(r->c, r->line,
		    "a section is written [account NAME]");
	if (r->header)
		return wrong(r->c, r->header, "an account needs url = URL");
	r->header = r->line;
	return true;
}

static bool take_line(reader *r, size_t cap, sqb_str *out)
{
	const char *lf = memchr(r->rest.ptr, '\n', r->rest.len);
	size_t n = lf ? (size_t)(lf - r->rest.ptr) : r->rest.len;
	sqb_str s = { r->rest.ptr, n };

	n += lf ? 1 : 0;
	r->rest = (sqb_str){ r->rest.ptr + n, r->rest.len - n };
	r->line++;
	if (cap > CLI_CONFIG_LINE_MAX + 2)
		cap = CLI_CONFIG_LINE_MAX + 2;
	if (s.len + 2 > cap)
		return wrong(r->c, r->line, "a line has at most %zu octets",
		    cap - 2);
	*out = trim(s);
	return check_line(r, *out) && (out->len == 0 || *out->ptr != '[' ||
	    begin_section(r, *out));
}

/* As fgets(3). inih's own buffer may have held a password. */
static char *read_line(char *out, int cap, void *ctx)
{
	reader *r = ctx;
	sqb_str s = { NULL, 0 };

	if (r->c->line != 0 || r->rest.len == 0 ||
	    !take_line(r, (size_t)cap, &s)) {
		explicit_bzero(out, (size_t)cap);
		return NULL;
	}
	for (size_t i = 0; i < s.len; i++)
		out[i] = i > 0 && s.ptr[i] == ';' ? SEMICOLON : s.ptr[i];
	out[s.len] = '\n';
	out[s.len + 1] = '\0';
	return out;
}

/* --- what inih has read */

static cli_section *last_section(cli_config *c)
{
	return &c->sections[c->n_sections - 1];
}

static bool add_section(cli_config *c, const char *name, unsigned line)
{
	cli_section *s = grow(c->sections, c->n_sections, sizeof(*s));

	if (!s)
		return wrong(c, line, "no memory");
	c->sections = s;
	c->sections[c->n_sections++] = (cli_section){ .name = name,
		.url = "", .line = line, .first = c->n_keys };
	return true;
}

static bool has_url(cli_config *c)
{
	const cli_section *s = last_section(c);

	return *s->name == '\0' || *s->url != '\0' ||
	    wrong(c, s->line, "the account %s needs url = URL", s->name);
}

static bool is_name(const char *s)
{
	for (const char *p = s; *p != '\0'; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9') || (unsigned char)*p >= 0x80 ||
		    strchr("._@+-", *p)))
			return false;
	return *s != '\0' && *s != '-';
}

/* inih keeps 49 octets, which is longer than the longest that is right. */
static bool open_section(reader *r, const char *title)
{
	cli_config *c = r->c;
	size_t n = strlen(ACCOUNT);

	if (strncmp(title, ACCOUNT, n) != 0)
		return wrong(c, r->header,
		    "a section is written [account NAME]");
	if (!is_name(title + n))
		return wrong(c, r->header, "an account's name has letters, "
		    "digits and ._@+- only");
	if (strlen(title + n) > CLI_CONFIG_NAME_MAX)
		return wrong(c, r->header, "an account's name has at most %d "
		    "octets", CLI_CONFIG_NAME_MAX);
	if (c->n_sections > CLI_CONFIG_ACCOUNTS_MAX)
		return wrong(c, r->header, "at most %d accounts can be",
		    CLI_CONFIG_ACCOUNTS_MAX);
	if (!has_url(c) || !add_section(c, keep(c, title + n), r->header))
		return false;
	r->header = 0;
	return true;
}

static bool is_no(const cli_key *k)
{
	return strcmp(k->value, "no") == 0;
}

/* A section has each key once, and of a group one. */
static bool is_first(reader *r, const cli_key *key)
{
	const cli_section *s = last_section(r->c);
	int group = cli_config_group(key->name);

	for (size_t i = 0; i < s->n_keys; i++) {
		const cli_key *k = &r->c->keys[s->first + i];

		if (strcmp(k->name, key->name) == 0)
			return wrong(r->c, r->line, "%s is there twice",
			    k->name);
		if (group != 0 && cli_config_group(k->name) == group &&
		    !is_no(k) && !is_no(key))
			return wrong(r->c, r->line, "of %s and %s only one "
			    "can be", k->name, key->name);
	}
	return true;
}

static bool check_option(reader *r, const cli_key *key)
{
	const cli_option *o = NULL;
	const char *why, *dash = strrchr(key->name, '-');
	cli_words words;

	for (const cli_option *const *t = r->tables; *t && !o; t++)
		o = cli_option_find(*t, key->name);
	if (!o)
		return wrong(r->c, r->line, "there is no option %.40s (squab "
		    "help COMMAND lists them)", key->name);
	if (is_among(not_here, o->name))
		return wrong(r->c, r->line, "%s goes on the command line only",
		    o->name);
	why = cli_option_set_text(o, NULL, key->value);
	if (why)
		return wrong(r->c, r->line, "%s takes %s", o->name, why);
	if (dash && strcmp(dash, "-command") == 0 && *key->value == '[' &&
	    !cli_words_parse(&words, key->value, &why))
		return wrong(r->c, r->line, "%s: %s", o->name, why);
	return true;
}

static bool check_url(reader *r, const cli_key *key)
{
	cli_section *s = last_section(r->c);
	sqb_error err;
	sqb_url url;

	if (*s->name == '\0')
		return wrong(r->c, r->line, "url goes below [account NAME]");
	if (sqb_url_parse(&url, key->value, &err) < 0)
		return wrong(r->c, r->line, "%s", err.text);
	if (*s->url == '\0')
		s->url = key->value;
	return true;
}

static bool check_key(reader *r, const cli_key *key)
{
	if (strcmp(key->name, "url") == 0)
		return check_url(r, key);
	if (strcmp(key->name, "proxy") == 0 && cli_way_has_password(key->value))
		r->c->has_password = true;
	if (strcmp(key->name, "password") != 0)
		return check_option(r, key);
	r->c->has_password = true;
	return *key->value != '\0' ||
	    wrong(r->c, r->line, "password takes a text");
}

static bool add_key(reader *r, const char *name, const char *value)
{
	cli_config *c = r->c;
	cli_key key = { keep(c, name), keep(c, value) }, *keys;

	if (!check_key(r, &key) || !is_first(r, &key))
		return false;
	keys = grow(c->keys, c->n_keys, sizeof(*keys));
	if (!keys)
		return wrong(c, r->line, "no memory");
	keys[c->n_keys++] = key;
	c->keys = keys;
	last_section(c)->n_keys++;
	return true;
}

static int on_key(void *ctx, const char *section, const char *name,
    const char *value)
{
	reader *r = ctx;

	return r->c->line == 0 &&
	    (r->header == 0 || open_section(r, section)) &&
	    add_key(r, name, value);
}

/* --- all of it */

static int by_name(const void *a, const void *b)
{
	const cli_section *x = *(const cli_section *const *)a;
	const cli_section *y = *(const cli_section *const *)b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static bool sort(cli_config *c)
{
	size_t n = c->n_sections - 1;

	c->by_name = malloc((n + 1) * sizeof(*c->by_name));
	if (!c->by_name)
		return wrong(c, 1, "no memory");
	for (size_t i = 0; i < n; i++)
		c->by_name[i] = &c->sections[i + 1];
	qsort(c->by_name, n, sizeof(*c->by_name), by_name);
	for (size_t i = 1; i < n; i++)
		if (strcmp(c->by_name[i - 1]->name, c->by_name[i]->name) == 0)
			return wrong(c, c->by_name[i]->line, "the account %s "
			    "is in line %u already", c->by_name[i]->name,
			    c->by_name[i - 1]->line);
	return true;
}

/* inih goes on after what it cannot read: of two faults the first is told. */
static bool parse_lines(reader *r)
{
	cli_config *c = r->c;
	int bad = ini_parse_stream(read_line, r, on_key, r);

	if (bad < 0)
		return wrong(c, 1, "no memory");
	if (bad > 0 && (c->line == 0 || (unsigned)bad < c->line))
		return wrong(c, (unsigned)bad, "this is no option = VALUE");
	if (c->line == 0 && r->header)
		return wrong(c, r->header, "an account needs url = URL");
	return c->line == 0 && has_url(c);
}

bool cli_config_parse(cli_config *c, sqb_str text,
    const cli_option *const *tables)
{
	reader r = { .c = c, .tables = tables, .rest = text };

	*c = (cli_config){ .room_size = text.len + 2 };
	if (text.len > CLI_CONFIG_MAX)
		return wrong(c, 1, "the file has more than %u MiB",
		    CLI_CONFIG_MAX >> 20);
	if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
		r.rest = (sqb_str){ text.ptr + 3, text.len - 3 };
	c->room = malloc(c->room_size);
	if (!c->room)
		return wrong(c, 1, "no memory");
	allow_long_lines();
	return add_section(c, "", 0) && parse_lines(&r) && sort(c);
}

void cli_config_clear(cli_config *c)
{
	if (c->room)
		explicit_bzero(c->room, c->room_used);
	free(c->room);
	free(c->keys);
	free(c->sections);
	free(c->by_name);
	*c = (cli_config){ .n_keys = 0 };
}

static int compare_name(const void *name, const void *item)
{
	return strcmp(name, (*(const cli_section *const *)item)->name);
}

const cli_section *cli_config_find(const cli_config *c, const char *name)
{
	const cli_section **found = !c->by_name ? NULL : bsearch(name,
	    c->by_name, c->n_sections - 1, sizeof(*c->by_name), compare_name);

	return found ? *found : NULL;
}

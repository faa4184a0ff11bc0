/*
 * Reads a script file into steps. Every step may be repeated: "S*300 row \i"
 * is three hundred lines. "--- NAME" begins another session, which starts
 * with what stands before the first such line.
 */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct prelude_line {
	char *text;
	unsigned line;
} prelude_line;

typedef struct reader {
	script *script;		/* the session that is being read */
	size_t room;		/* its steps allocated */
	char *name;		/* of the file */
	char protocol[16];	/* of its folder */
	unsigned line;
	prelude_line *prelude;
	size_t n_prelude;
	script *first, *last;	/* sessions that are complete */
	bool in_prelude;
} reader;

static step *new_step(reader *r, step_type type)
{
	script *s = r->script;

	if (s->n_steps == r->room) {
		r->room = r->room * 2 + 16;
		s->steps = must(realloc(s->steps, r->room * sizeof(step)));
	}
	s->steps[s->n_steps] = (step){ .type = type, .line = r->line };
	return &s->steps[s->n_steps++];
}

/* --- one function for each kind of line; text is what follows the mark */

static bool read_bytes(reader *r, step_type type, const char *text,
    const char *end, unsigned ordinal)
{
	step *s = new_step(r, type);

	if (!bytes_add_unescaped(&s->data, text, strlen(text), ordinal))
		return false;
	bytes_add_c(&s->data, end);
	if (type == STEP_SERVER)
		r->script->n_server += s->data.len;
	return true;
}

static bool read_words(reader *r, step_type type, const char *text,
    unsigned ordinal)
{
	step *s = new_step(r, type);

	return words_split(text, ordinal, s->words, &s->n_words);
}

static bool read_clock(reader *r, const char *text)
{
	step *s = new_step(r, STEP_CLOCK);
	char *end;

	s->ms = strtoll(text, &end, 10);
	return end != text && *end == '\0' && s->ms >= 0;
}

static bool read_options(reader *r, const char *text)
{
	script *s = r->script;

	return words_split(text, 1, s->options, &s->n_options);
}

/* --- lines */

/* What a line of the script begins with. end: what S and C lines end with. */
static const struct mark {
	const char *text;
	step_type type;
	const char *end;
} marks[] = {
	{ "S-", STEP_SERVER, "" },
	{ "S!", STEP_SERVER, "\n" },
	{ "S", STEP_SERVER, "\r\n" },
	{ "C-", STEP_CLIENT, "" },
	{ "C~", STEP_CLIENT, "" },
	{ "C", STEP_CLIENT, "\r\n" },
	{ ">", STEP_CALL, NULL },
	{ "=", STEP_EVENT, NULL },
	{ "?", STEP_QUERY, NULL },
	{ "T", STEP_TLS, NULL },
};

/* The mark with its "*N"; *text is moved behind it and one blank. */
static const struct mark *take_mark(const char **text, unsigned *times)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t n = strlen(marks[i].text);
		char *rest = (char *)*text + n;

		if (strncmp(*text, marks[i].text, n) != 0)
			continue;
		*times = *rest == '*' ?
		    (unsigned)strtoul(rest + 1, &rest, 10) : 1;
		if (*rest != ' ' && *rest != '\0')
			continue;
		*text = *rest ? rest + 1 : rest;
		return &marks[i];
	}
	return NULL;
}

static bool read_marked(reader *r, const char *line)
{
	unsigned times;
	const struct mark *m = take_mark(&line, &times);
	bool ok = m != NULL;

	for (unsigned i = 1; ok && i <= times; i++) {
		ok = m->end ? read_bytes(r, m->type, line, m->end, i) :
		    read_words(r, m->type, line, i);
		r->script->steps[r->script->n_steps - 1].any_tail =
		    m->text[1] == '~';
	}
	return ok;
}

static bool read_line(reader *r, const char *line)
{
	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (strcmp(line, "EOF") == 0)
		return new_step(r, STEP_EOF) != NULL;
	if (strncmp(line, "CLOCK +", 7) == 0)
		return read_clock(r, line + 7);
	if (strncmp(line, "option ", 7) == 0)
		return read_options(r, line + 7);
	return read_marked(r, line);
}

/* --- sessions */

static void keep_prelude(reader *r, const char *line)
{
	r->prelude = must(realloc(r->prelude,
	    (r->n_prelude + 1) * sizeof(prelude_line)));
	r->prelude[r->n_prelude++] = (prelude_line){ must(strdup(line)),
		r->line };
}

static void begin_session(reader *r, const char *name)
{
	bytes full = { 0 };

	if (strcmp(r->protocol, "pop3") != 0) {
		bytes_add_c(&full, r->protocol);
		bytes_add_c(&full, "/");
	}
	bytes_add_c(&full, r->name);
	if (name) {
		bytes_add_c(&full, "/");
		bytes_add_c(&full, name);
	}
	r->script = must(calloc(1, sizeof(script)));
	r->script->name = full.data;
	snprintf(r->script->protocol, sizeof(r->script->protocol), "%s",
	    r->protocol);
	r->room = 0;
}

static void end_session(reader *r)
{
	if (r->last)
		r->last->next = r->script;
	else
		r->first = r->script;
	r->last = r->script;
}

static bool read_separator(reader *r, const char *name)
{
	unsigned line = r->line;
	bool ok = true;

	if (r->in_prelude)
		script_free(r->script);
	else
		end_session(r);
	r->in_prelude = false;
	begin_session(r, name);
	for (size_t i = 0; ok && i < r->n_prelude; i++) {
		r->line = r->prelude[i].line;
		ok = read_line(r, r->prelude[i].text);
	}
	if (ok)
		r->line = line;
	return ok;
}

static bool read_lines(reader *r, FILE *in)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	bool ok = true;

	while (ok && (len = getline(&line, &room, in)) >= 0) {
		r->line++;
		if (len > 0 && line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (strncmp(line, "--- ", 4) == 0) {
			ok = read_separator(r, line + 4);
			continue;
		}
		if (r->in_prelude)
			keep_prelude(r, line);
		ok = read_line(r, line);
	}
	free(line);
	return ok;
}

/* --- whole files */

/* The folder that the file is in, where it has a name. */
static void folder_of(const char *path, char *out, size_t cap)
{
	const char *slash = strrchr(path, '/'), *from = slash;

	while (from && from > path && from[-1] != '/')
		from--;
	snprintf(out, cap, "%.*s", slash ? (int)(slash - from) : 0,
	    slash ? from : "");
}

static char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	return must(strndup(name, dot ? (size_t)(dot - name) : strlen(name)));
}

static void free_reader(reader *r)
{
	for (size_t i = 0; i < r->n_prelude; i++)
		free(r->prelude[i].text);
	free(r->prelude);
	free(r->name);
}

script *script_read(const char *path)
{
	reader r = { .name = base_name(path), .in_prelude = true };
	FILE *in = fopen(path, "r");
	bool ok;

	folder_of(path, r.protocol, sizeof(r.protocol));
	begin_session(&r, NULL);
	ok = in && read_lines(&r, in);
	end_session(&r);
	if (!ok)
		fprintf(stderr, "%s:%u: cannot read this\n", path, r.line);
	if (in)
		fclose(in);
	free_reader(&r);
	if (ok)
		return r.first;
	script_free(r.first);
	return NULL;
}

static void free_session(script *s)
{
	for (size_t i = 0; i < s->n_steps; i++) {
		bytes_clear(&s->steps[i].data);
		words_clear(s->steps[i].words, s->steps[i].n_words);
	}
	words_clear(s->options, s->n_options);
	free(s->steps);
	free(s->name);
	free(s);
}

void script_free(script *s)
{
	while (s) {
		script *next = s->next;

		free_session(s);
		s = next;
	}
}

/* --- looking things up */

const char *script_option(const script *s, const char *key)
{
	for (size_t i = 0; i < s->n_options; i++)
		if (s->options[i].key && strcmp(s->options[i].key, key) == 0)
			return s->options[i].value.data;
	return NULL;
}

size_t step_fits(const step *s, const bytes *got)
{
	const char *end;

	if (got->len < s->data.len ||
	    memcmp(got->data, s->data.data, s->data.len) != 0)
		return 0;
	if (!s->any_tail)
		return s->data.len;
	end = memchr(got->data, '\n', got->len);
	return end ? (size_t)(end + 1 - got->data) : 0;
}

const word *step_word(const step *s, const char *key)
{
	for (size_t i = 0; i < s->n_words; i++)
		if (s->words[i].key && strcmp(s->words[i].key, key) == 0)
			return &s->words[i];
	return NULL;
}

const char *step_arg(const step *s, size_t n)
{
	for (size_t i = 0; i < s->n_words; i++)
		if (!s->words[i].key && n-- == 0)
			return s->words[i].value.data;
	return "";
}

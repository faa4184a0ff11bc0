/*
 * squab parse: messages to JSON, one object a line, in the order in which
 * they were found.
 */
#include "cli.h"
#include "extract.h"
#include "options.h"
#include "parse.h"
#include "print.h"
#include "walk.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { OUTPUT = 256 * 1024 };

typedef struct values {
	int bodies;
	bool digest;
	cli_list headers;
	const char *extract;
	uint32_t jobs;
	uint64_t max_body;
} values;

static const cli_option table[] = {
	{ "bodies", "text|none|all", "which bodies to print; text", CLI_CHOICE,
	    offsetof(values, bodies) },
	{ "max-body", "SIZE", "cut texts off behind so many octets", CLI_SIZE,
	    offsetof(values, max_body) },
	{ "headers", "NAME,...", "print these header fields too", CLI_LIST,
	    offsetof(values, headers) },
	{ "digest", NULL, "add the SHA-256 of what is in each part", CLI_FLAG,
	    offsetof(values, digest) },
	{ "extract", "DIR", "save what is attached in this folder", CLI_STRING,
	    offsetof(values, extract) },
	{ "jobs", "N", "threads; as many as there are processors", CLI_COUNT,
	    offsetof(values, jobs) },
	{ .name = NULL }
};

/* The names in the words, between commas, in a copy. NULL: no memory. */
static const char **split(const cli_list *list, char **copy, size_t *n)
{
	size_t len = 1, at = 0;
	const char **names;

	for (size_t i = 0; i < list->n; i++)
		len += strlen(list->words[i]) + 1;
	*n = 0;
	*copy = malloc(len);
	names = malloc(len * sizeof(*names));
	for (size_t i = 0; *copy && names && i < list->n; i++) {
		const char *word = list->words[i];

		names[(*n)++] = *copy + at;
		for (; *word != '\0'; word++) {
			(*copy)[at++] = *word == ',' ? '\0' : *word;
			if (*word == ',')
				names[(*n)++] = *copy + at;
		}
		(*copy)[at++] = '\0';
	}
	if (*copy)
		return names;
	free(names);
	return NULL;
}

static int drop(void *ctx, sqb_str octets)
{
	(void)ctx;
	(void)octets;
	return SQB_OK;
}

/* Whether the library takes the names: asked before any file is read. */
static bool check_headers(const sqb_json_options *json)
{
	sqb_message *m = sqb_message_parse((sqb_str)SQB_STR("\n"), NULL);
	sqb_json_options only = { .size = sizeof(only),
	    .headers = json->headers, .n_headers = json->n_headers };
	sqb_error err;
	bool ok = m && sqb_message_json(m, &only, drop, NULL, &err) == SQB_OK;

	if (!ok)
		cli_error("parse: --headers: %s", m ? err.text : "no memory");
	sqb_message_free(m);
	return ok;
}

static int fail(const char *name)
{
	int sys = errno;

	cli_error("%s: %s", name, sys == EFBIG ?
	    "a message is larger than 1G, the most that is read" :
	    strerror(sys));
	return sys == EISDIR ? EX_NOINPUT : EX_IOERR;
}

int parse_visit(void *j, int fd, const char *name)
{
	parse_message m;
	parse_input in;
	int more = parse_input_begin(&in, fd, name) ? 1 : -1;

	while (more > 0 && !ferror(stdout)) {
		more = parse_input_next(&in, &m);
		if (more > 0)
			parse_jobs_add(j, &m);
	}
	parse_input_clear(&in);
	if (more < 0)
		return fail(name);
	return ferror(stdout) ? WALK_STOP : EX_OK;
}

static int parse(const parse_options *o, int n, char **operands)
{
	parse_jobs *j = parse_jobs_new(o);
	int status = EX_OK, done;

	if (!j) {
		cli_error("no memory");
		return EX_OSERR;
	}
	setvbuf(stdout, NULL, _IOFBF, OUTPUT);
	for (int i = 0; i < n || (n == 0 && i == 0); i++) {
		int one = walk(n > 0 ? operands[i] : "-", parse_visit, j);

		status = status == EX_OK ? one : status;
	}
	done = parse_jobs_end(j);
	return status == EX_OK ? done : status;
}

static int open_folder(const char *folder, int *fd)
{
	if (!folder)
		return EX_OK;
	*fd = extract_open(folder);
	if (*fd >= 0)
		return EX_OK;
	cli_error("%s: %s", folder, strerror(errno));
	return EX_CANTCREAT;
}

static int run(const values *v, int n, char **operands)
{
	static const sqb_json_bodies bodies[] = { SQB_JSON_TEXT,
		SQB_JSON_TEXT, SQB_JSON_NONE, SQB_JSON_ALL };
	parse_options o = { .jobs = v->jobs, .extract = -1, .json = {
	    .size = sizeof(o.json), .bodies = bodies[v->bodies],
	    .digest = v->digest, .max_body_value = v->max_body } };
	char *text;
	const char **names = split(&v->headers, &text, &o.json.n_headers);
	int status = EX_OSERR;

	o.json.headers = names;
	if (!names)
		cli_error("no memory");
	else if (v->headers.n > 0 && !check_headers(&o.json))
		status = EX_USAGE;
	else
		status = open_folder(v->extract, &o.extract);
	if (status == EX_OK)
		status = parse(&o, n, operands);
	if (o.extract >= 0)
		close(o.extract);
	free(names);
	free(text);
	return status;
}

int cmd_parse(int argc, char **argv)
{
	values v = { .bodies = 0 };
	cli_option_set sets[] = { { NULL, table, &v, sizeof(v) } };
	cli_usage usage = { "parse", "[FILE | DIR | -]...",
		"Prints messages as JSON, one object a line: of files, mboxes, "
		"Maildirs, folders.", 0, INT_MAX, sets, 1 };
	int n = cli_options(&usage, argc, argv);

	if (n < 0)
		return cli_options_exit(n);
	return cli_close_stdout(run(&v, n, argv));
}

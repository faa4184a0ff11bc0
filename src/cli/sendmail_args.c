/*
 * See sendmail_args.h. Letters stand together ("-ti"), and a value may stick
 * to its letter or be the next word. What only matters to a mail system of
 * many users is taken and does nothing.
 */
#include "sendmail_args.h"

#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* As getopt(3) has it; "::" is a value that may only stick. */
static const char letters[] =
    "A:B:C:D:F:GL:N:O:R:UV:X:b:d::e::f:h:imno:p:q::r:stv";

typedef struct reader {
	sendmail_args *a;
	const cli_usage *usage;
	int argc, i;
	char **argv;
} reader;

static int misused(const char *what, const char *value)
{
	cli_error("sendmail: %s %s", what, value);
	return EX_USAGE;
}

static int set_mode(sendmail_args *a, const char *value)
{
	static const struct {
		char letter;
		sendmail_mode mode;
	} modes[] = { { 'm', SENDMAIL_SEND }, { 's', SENDMAIL_SMTP },
		{ 'p', SENDMAIL_LIST }, { 'i', SENDMAIL_NOTHING } };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (value[0] == modes[i].letter && value[1] == '\0') {
			a->mode = modes[i].mode;
			return 0;
		}
	return misused("there is -bm, -bs, -bp and -bi, but no -b", value);
}

static int set_body(sendmail_args *a, const char *value)
{
	static const sqb_str eight = SQB_STR("8BITMIME"),
	    seven = SQB_STR("7BIT");
	sqb_str given = sqb_str_of(value);

	if (sqb_str_eq_nocase(given, eight))
		a->wishes.body = SQB_SMTP_8BITMIME;
	else if (!sqb_str_eq_nocase(given, seven))
		return misused("-B takes 7BIT or 8BITMIME, not", value);
	return 0;
}

static int set_ret(sendmail_args *a, const char *value)
{
	static const sqb_str full = SQB_STR("full"), hdrs = SQB_STR("hdrs");
	sqb_str given = sqb_str_of(value);

	if (sqb_str_eq_nocase(given, full))
		a->wishes.ret = SQB_SMTP_RET_FULL;
	else if (sqb_str_eq_nocase(given, hdrs))
		a->wishes.ret = SQB_SMTP_RET_HDRS;
	else
		return misused("-R takes full or hdrs, not", value);
	return 0;
}

static int set_envid(sendmail_args *a, const char *value)
{
	size_t n = strlen(value);

	if (n > POSTING_ENVID_MAX)
		return misused("-V takes at most 100 octets, not", value);
	memcpy(a->wishes.envid, value, n + 1);
	return 0;
}

/* -oi is the one that matters; -om, -oem, -odb and their like do not. */
static void set_old(sendmail_args *a, const char *value)
{
	if (strcmp(value, "i") == 0)
		a->whole = true;
	else if (strcmp(value, "t") == 0)
		a->from_fields = true;
	else if (strcmp(value, "v") == 0)
		a->verbose = true;
}

static int set(sendmail_args *a, char letter, const char *value)
{
	switch (letter) {
	case 'b':
		return set_mode(a, value);
	case 'B':
		return set_body(a, value);
	case 'R':
		return set_ret(a, value);
	case 'V':
		return set_envid(a, value);
	case 'N':
		return posting_read_notify(value, &a->wishes.notify) ? 0 :
		    misused("-N takes never, or some of success, failure and "
		    "delay, not", value);
	case 'f':
	case 'r':
		a->from = value;
		break;
	case 'F':
		a->name = value;
		break;
	case 'C':
		a->config = value;
		break;
	case 'o':
		set_old(a, value);
		break;
	case 'q':
		a->mode = SENDMAIL_RUN;
		break;
	case 'i':
		a->whole = true;
		break;
	case 't':
		a->from_fields = true;
		break;
	case 'v':
		a->verbose = true;
		break;
	default:
		break;
	}
	return 0;
}

/* The word r->i, of one or more letters. */
static int read_letters(reader *r)
{
	const char *p = r->argv[r->i] + 1;
	int status = 0;

	while (*p != '\0' && status == 0) {
		char letter[] = { '-', *p++, '\0' };
		const char *known = letter[1] == ':' ? NULL :
		    strchr(letters, letter[1]), *value = "";

		if (!known)
			return misused("there is no option", letter);
		if (known[1] == ':') {
			value = p;
			p = "";
			if (*value == '\0' && known[2] != ':') {
				if (r->i + 1 == r->argc)
					return misused("a value is missing "
					    "after", letter);
				value = r->argv[++r->i];
			}
		}
		status = set(r->a, letter[1], value);
	}
	return status;
}

static bool takes_value(const cli_usage *u, const char *name)
{
	for (size_t i = 0; i < u->n_sets; i++) {
		const cli_option *o = cli_option_find(u->sets[i].options,
		    name);

		if (o)
			return o->type != CLI_FLAG;
	}
	return false;
}

static void read_long(reader *r)
{
	sendmail_args *a = r->a;
	char *word = r->argv[r->i];

	a->options[a->n_options++] = word;
	if (!strchr(word, '=') && takes_value(r->usage, word + 2) &&
	    r->i + 1 < r->argc)
		a->options[a->n_options++] = r->argv[++r->i];
}

int sendmail_args_read(sendmail_args *a, const cli_usage *usage, int argc,
    char **argv)
{
	reader r = { a, usage, argc, 1, argv };
	size_t room = (size_t)argc + 1;
	bool ended = false;
	int status = 0;

	*a = (sendmail_args){ .recipients = calloc(room, sizeof(char *)),
	    .options = calloc(room, sizeof(char *)) };
	if (!a->recipients || !a->options) {
		cli_error("no memory");
		return EX_OSERR;
	}
	a->options[a->n_options++] = argv[0];
	for (; r.i < argc && status == 0; r.i++) {
		char *word = argv[r.i];

		if (ended || word[0] != '-' || word[1] == '\0')
			a->recipients[a->n_recipients++] = word;
		else if (strcmp(word, "--") == 0)
			ended = true;
		else if (word[1] == '-')
			read_long(&r);
		else
			status = read_letters(&r);
	}
	return status;
}

void sendmail_args_clear(sendmail_args *a)
{
	free(a->recipients);
	free(a->options);
	*a = (sendmail_args){ .recipients = NULL };
}

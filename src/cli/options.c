/* Reads the command line by tables; see options.h. */
#include "options.h"

#include "print.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Digits at the front of text; false: none, or a number above max. */
static bool take_number(const char **text, uint64_t max, uint64_t *out)
{
	const char *p = *text;
	uint64_t n = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (p == *text)
		return false;
	*text = p;
	*out = n;
	return true;
}

/* A number with one of units behind it, or none; n * factor must fit. */
typedef struct unit {
	char name;
	uint64_t factor;
} unit;

static bool take_measure(const char *text, const unit *units, size_t n_units,
    uint64_t *out)
{
	uint64_t n;

	if (!take_number(&text, INT64_MAX, &n))
		return false;
	for (size_t i = 0; i < n_units; i++) {
		size_t len = units[i].name == '\0' ? 0 : 1;

		if (text[0] != units[i].name || text[len] != '\0')
			continue;
		if (n > INT64_MAX / units[i].factor)
			return false;
		*out = n * units[i].factor;
		return true;
	}
	return false;
}

bool cli_parse_number(const char *text, uint64_t max, uint64_t *out)
{
	return take_number(&text, max, out) && *text == '\0';
}

bool cli_parse_size(const char *text, uint64_t *out)
{
	static const unit units[] = { { '\0', 1 },
		{ 'K', 1 << 10 }, { 'M', 1 << 20 }, { 'G', 1 << 30 },
		{ 'k', 1 << 10 }, { 'm', 1 << 20 }, { 'g', 1 << 30 } };

	return take_measure(text, units, sizeof(units) / sizeof(units[0]),
	    out);
}

bool cli_parse_time(const char *text, sqb_time *out)
{
	static const unit units[] = { { '\0', 1000 }, { 's', 1000 },
		{ 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 } };
	uint64_t n;

	if (!take_measure(text, units, sizeof(units) / sizeof(units[0]), &n))
		return false;
	*out = (sqb_time)n;
	return true;
}

/* The place from 1 of value among words separated by "|"; 0: it is none. */
static int place_of(const char *words, const char *value)
{
	size_t len = strlen(value);

	for (int place = 1; words; place++) {
		size_t n = strcspn(words, "|");

		if (n == len && memcmp(words, value, n) == 0)
			return place;
		words = words[n] == '|' ? words + n + 1 : NULL;
	}
	return 0;
}

static bool set_count(uint32_t *field, const char *value)
{
	uint64_t n;

	if (!cli_parse_number(value, UINT32_MAX, &n) || n == 0)
		return false;
	*field = (uint32_t)n;
	return true;
}

static bool add_word(cli_list *field, const char *value)
{
	if (*value == '\0' || field->n == CLI_LIST_MAX)
		return false;
	field->words[field->n++] = value;
	return true;
}

static bool set_value(const cli_option *o, void *values, const char *value)
{
	void *field = (char *)values + o->offset;

	switch (o->type) {
	case CLI_FLAG:
		*(bool *)field = true;
		return true;
	case CLI_STRING:
		*(const char **)field = value;
		return *value != '\0';
	case CLI_LIST:
		return add_word(field, value);
	case CLI_COUNT:
		return set_count(field, value);
	case CLI_SIZE:
		return cli_parse_size(value, field) && *(uint64_t *)field > 0;
	case CLI_TIME:
		return cli_parse_time(value, field) && *(sqb_time *)field > 0;
	case CLI_AGE:
		return cli_parse_time(value, field) &&
		    *(sqb_time *)field > 0 &&
		    value[strspn(value, "0123456789")] != '\0';
	case CLI_CHOICE:
		*(int *)field = place_of(o->arg, value);
		return *(int *)field != 0;
	}
	return false;
}

static const char *what_it_takes(const cli_option *o)
{
	static const char *const words[] = {
		[CLI_FLAG] = "no value", [CLI_STRING] = "a text",
		[CLI_LIST] = "a text, and is given at most 64 times",
		[CLI_COUNT] = "a whole number from 1",
		[CLI_SIZE] = "a size: octets, or with K, M or G",
		[CLI_TIME] = "a time: seconds, or with s, m, h or d",
		[CLI_AGE] = "a time with its unit: 12h or 30d",
	};

	return o->type == CLI_CHOICE ? o->arg : words[o->type];
}

const cli_option *cli_option_find(const cli_option *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

/* A field of any type, for values that nobody keeps. */
typedef union field {
	bool flag;
	const char *text;
	cli_list list;
	uint32_t count;
	uint64_t size;
	sqb_time time;
	int choice;
} field;

const char *cli_option_set_text(const cli_option *o, void *values,
    const char *value)
{
	field unused = { .list = { .n = 0 } };
	cli_option alone = *o;
	int place;

	if (!values) {
		alone.offset = 0;
		o = &alone;
		values = &unused;
	}
	if (o->type != CLI_FLAG)
		return set_value(o, values, value) ? NULL : what_it_takes(o);
	place = place_of("yes|no", value);
	if (place == 0)
		return "yes or no";
	*(bool *)((char *)values + o->offset) = place == 1;
	return NULL;
}

static size_t size_of(cli_type type)
{
	static const size_t sizes[] = {
		[CLI_FLAG] = sizeof(bool), [CLI_STRING] = sizeof(char *),
		[CLI_LIST] = sizeof(cli_list), [CLI_COUNT] = sizeof(uint32_t),
		[CLI_SIZE] = sizeof(uint64_t), [CLI_TIME] = sizeof(sqb_time),
		[CLI_AGE] = sizeof(sqb_time), [CLI_CHOICE] = sizeof(int),
	};

	return sizes[type];
}

bool cli_option_is_set(const cli_option *o, const void *values)
{
	static const field unset = { .list = { .n = 0 } };

	return memcmp((const char *)values + o->offset, &unset,
	    size_of(o->type)) != 0;
}

void cli_option_clear(const cli_option *o, void *values)
{
	memset((char *)values + o->offset, 0, size_of(o->type));
}

void cli_option_copy(const cli_option *o, void *to, const void *from)
{
	memcpy((char *)to + o->offset, (const char *)from + o->offset,
	    size_of(o->type));
}

typedef struct found {
	const cli_option *option;
	void *values;
} found;

static found find(const cli_usage *u, sqb_str name)
{
	for (size_t i = 0; i < u->n_sets; i++) {
		const cli_option *o = u->sets[i].options;

		for (; o->name; o++)
			if (sqb_str_eq(sqb_str_of(o->name), name))
				return (found){ o, u->sets[i].values };
	}
	return (found){ NULL, NULL };
}

static int misused(const cli_usage *u, const char *why, sqb_str name)
{
	cli_error("%s: %s --%.*s (squab %s --help says more)", u->command, why,
	    (int)(name.len < 100 ? name.len : 100), name.ptr, u->command);
	return CLI_MISUSED;
}

/* Takes argv[*i], an option, and its value; *i ends on the last word taken. */
static int take_option(const cli_usage *u, int argc, char **argv, int *i)
{
	const char *value = strchr(argv[*i], '=');
	sqb_str name = { argv[*i] + 2, value ?
	    (size_t)(value - argv[*i]) - 2 : strlen(argv[*i] + 2) };
	found f = find(u, name);

	if (!f.option)
		return misused(u, "there is no option", name);
	if (f.option->type == CLI_FLAG && value)
		return misused(u, "no value goes with", name);
	if (value)
		value++;
	else if (f.option->type == CLI_FLAG)
		value = "";
	else if (*i + 1 < argc)
		value = argv[++*i];
	else
		return misused(u, "a value is missing after", name);
	if (set_value(f.option, f.values, value))
		return 0;
	cli_error("%s: --%s takes %s", u->command, f.option->name,
	    what_it_takes(f.option));
	return CLI_MISUSED;
}

static void print_options(const cli_option_set *set)
{
	printf("\n%s:\n", set->title ? set->title : "Options");
	for (const cli_option *o = set->options; o->name; o++) {
		int n = printf("  --%s%s%s", o->name, o->arg ? " " : "",
		    o->arg ? o->arg : "");

		if (n > 27)
			n = printf("\n") - 1;
		printf("%*s%s\n", 28 - n, "", o->help);
	}
}

static int print_help(const cli_usage *u)
{
	printf("usage: squab %s [OPTION...]%s%s\n\n%s\n", u->command,
	    *u->operands ? " " : "", u->operands, u->about);
	for (size_t i = 0; i < u->n_sets; i++)
		print_options(&u->sets[i]);
	return cli_close_stdout(EX_OK) == EX_OK ? CLI_HELPED :
	    CLI_UNHEARD;
}

static int check_operands(const cli_usage *u, int n)
{
	if (n >= u->min_operands && n <= u->max_operands)
		return n;
	cli_error("%s: too %s operands; usage: squab %s [OPTION...] %s",
	    u->command, n < u->min_operands ? "few" : "many", u->command,
	    u->operands);
	return CLI_MISUSED;
}

int cli_options(const cli_usage *u, int argc, char **argv)
{
	bool ended = false;
	int n = 0;

	for (int i = 1; i < argc; i++) {
		if (ended || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[n++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			ended = true;
		} else if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			return print_help(u);
		} else if (argv[i][1] != '-') {
			cli_error("%s: options are written out, with two "
			    "dashes: not %s", u->command, argv[i]);
			return CLI_MISUSED;
		} else if (take_option(u, argc, argv, &i) < 0) {
			return CLI_MISUSED;
		}
	}
	return check_operands(u, n);
}

int cli_options_exit(int result)
{
	return result == CLI_HELPED ? EX_OK :
	    result == CLI_UNHEARD ? EX_IOERR : EX_USAGE;
}

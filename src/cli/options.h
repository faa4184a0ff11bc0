/*
 * Options of the command line, table-driven: --name VALUE or --name=VALUE,
 * anywhere among the operands, "--" ends them. A table is static and const;
 * the values go to fields of a struct whose zeroes are the defaults.
 */
#ifndef SQUAB_CLI_OPTIONS_H
#define SQUAB_CLI_OPTIONS_H

#include <squab/base.h>

/* What an option takes, and the type of the field that it goes to. */
typedef enum cli_type {
	CLI_FLAG,		/* bool; takes no value */
	CLI_STRING,		/* const char *, not empty */
	CLI_LIST,		/* cli_list; the option may be repeated */
	CLI_COUNT,		/* uint32_t, from 1 */
	CLI_SIZE,		/* uint64_t, from 1: 20000, 64K, 25M, 1G */
	CLI_TIME,		/* sqb_time, from 1: 30 or 30s, 5m, 2h, 7d */
	CLI_AGE,		/* sqb_time, the same but never without unit */
	CLI_CHOICE		/* int: the place from 1 in the words of arg */
} cli_type;

#define CLI_LIST_MAX 64

typedef struct cli_list {
	const char *words[CLI_LIST_MAX];	/* none of them empty */
	size_t n;
} cli_list;

typedef struct cli_option {
	const char *name;	/* without the dashes; NULL ends a table */
	const char *arg;	/* "FILE"; for CLI_CHOICE "auto|never" */
	const char *help;
	cli_type type;
	size_t offset;		/* of the field */
} cli_option;

/* A table and the struct that its values go to. */
typedef struct cli_option_set {
	const char *title;	/* NULL: "Options" */
	const cli_option *options;
	void *values;
	size_t size;		/* octets of that struct */
} cli_option_set;

typedef struct cli_usage {
	const char *command, *operands, *about;	/* for --help */
	int min_operands, max_operands;
	const cli_option_set *sets;
	size_t n_sets;
} cli_usage;

#define CLI_HELPED	(-1)	/* --help was answered: return EX_OK */
#define CLI_MISUSED	(-2)	/* it was said what is wrong: EX_USAGE */
#define CLI_UNHEARD	(-3)	/* --help could not be written: EX_IOERR */

/*
 * Reads argv[1..argc). Operands end up in argv[0..n), in order. Returns their
 * number or one of the above, for cli_options_exit().
 */
int cli_options(const cli_usage *usage, int argc, char **argv);

/* The exit status for a negative result of cli_options(). */
int cli_options_exit(int result);

/* The option of that name in a table. NULL: none. */
const cli_option *cli_option_find(const cli_option *table, const char *name);

/*
 * Sets an option as a file has it: name and value, a flag's being yes or no.
 * NULL, or what the option takes, in words. values NULL: only looks whether
 * value is right.
 */
const char *cli_option_set_text(const cli_option *o, void *values,
    const char *value);

/* True where the field has another value than its default. */
bool cli_option_is_set(const cli_option *o, const void *values);
/* Its default, and the value that it has in another struct. */
void cli_option_clear(const cli_option *o, void *values);
void cli_option_copy(const cli_option *o, void *to, const void *from);

/* 1*DIGIT of all of text, not above max. */
bool cli_parse_number(const char *text, uint64_t max, uint64_t *out);
/* As CLI_SIZE and CLI_TIME say. */
bool cli_parse_size(const char *text, uint64_t *out);
bool cli_parse_time(const char *text, sqb_time *out);

#endif

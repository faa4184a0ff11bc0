/*
 * What people and programs get to read. Text that a server or a mail may
 * have chosen goes through here: no control character, no bidi control and
 * nothing that is not UTF-8 reaches a terminal.
 */
#ifndef SQUAB_CLI_PRINT_H
#define SQUAB_CLI_PRINT_H

#include <squab/error.h>

#include <stdio.h>

/* "squab: …" and the end of the line on stderr, made safe. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The exit status that fits the error: that of its code, but for NET, where
 * no such host and a line that broke have their own.
 */
int cli_error_exit(const sqb_error *err);

/* The error in words, after "what: " where that is not NULL; its status. */
int cli_fail(const char *what, const sqb_error *err);

/*
 * Ends stdout: status, or EX_IOERR after saying so where not all of it could
 * be written.
 */
int cli_close_stdout(int status);

/* s with what is not safe to print as \xNN. */
void cli_print_safe(FILE *out, sqb_str s);

/*
 * As above, but at most width columns, "…" standing for what is left out, and
 * filled up with blanks where pad says so. Width 0: all of it.
 */
void cli_print_column(FILE *out, sqb_str s, size_t width, bool pad);

/*
 * Lines that are safe, one at a time: a stream that is buffered by lines
 * writes no part of one.
 */
void cli_print_lines(FILE *out, const char *lines);

/* RFC 3629. */
bool cli_is_utf8(sqb_str s);

/* The columns that s takes when it is printed safely. */
size_t cli_columns(sqb_str s);

/* "999", "1.5K", "20M": at most five columns. */
typedef struct cli_size_text {
	char text[8];
} cli_size_text;
cli_size_text cli_size(uint64_t octets);

/* The columns of the terminal that out is; 0: it is none. */
size_t cli_width(FILE *out);

/*
 * One JSON object a line: begin, members, end. Strings come out as ASCII
 * escapes where they are not printable; what is no UTF-8 as U+FFFD.
 */
typedef struct cli_json {
	FILE *out;
	bool more;		/* a member has been written */
} cli_json;

cli_json cli_json_begin(FILE *out);
void cli_json_string(cli_json *j, const char *name, sqb_str value);
/* An array of the lines, each ended by LF. */
void cli_json_lines(cli_json *j, const char *name, sqb_str lines);
void cli_json_number(cli_json *j, const char *name, int64_t value);
void cli_json_unsigned(cli_json *j, const char *name, uint64_t value);
void cli_json_bool(cli_json *j, const char *name, bool value);
void cli_json_end(cli_json *j);

#endif

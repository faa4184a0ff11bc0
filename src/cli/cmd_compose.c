/* squab compose: prints a message that flags describe. */
#include "cli.h"
#include "compose_flags.h"
#include "print.h"

#include <string.h>
#include <sysexits.h>

/*
 * With LF for CRLF, as files have lines here: nothing else of a message has a
 * CR in it, for it is not composed with binary parts.
 */
static void print_lines(sqb_str piece)
{
	while (piece.len > 0) {
		const char *cr = memchr(piece.ptr, '\r', piece.len);
		size_t n = cr ? (size_t)(cr - piece.ptr) : piece.len;

		fwrite(piece.ptr, 1, n, stdout);
		n += cr ? 1 : 0;
		piece = (sqb_str){ piece.ptr + n, piece.len - n };
	}
}

/* 7 bit, which every way takes. */
static int print_message(sqb_compose *c)
{
	sqb_str piece;
	int rc = sqb_compose_begin(c, SQB_COMPOSE_UTF8);

	while (rc >= 0 && (rc = sqb_compose_next(c, &piece)) > 0)
		print_lines(piece);
	return rc < 0 ? cli_fail(NULL, sqb_compose_error(c)) : 0;
}

static int compose(const compose_identity *identity,
    const compose_flags *flags)
{
	compose_form form;
	sqb_compose *c = NULL;
	int status = compose_form_init(&form, identity, flags);

	if (status == 0)
		status = compose_form_fill(&form, NULL, "", &c);
	if (status == 0)
		status = print_message(c);
	sqb_compose_free(c);
	compose_form_clear(&form);
	return status;
}

int cmd_compose(int argc, char **argv)
{
	compose_identity identity = { .from = NULL };
	compose_flags flags = { .subject = NULL };
	cli_option_set sets[] = {
		{ NULL, compose_identity_table, &identity, sizeof(identity) },
		{ "Message options", compose_flags_table, &flags,
		    sizeof(flags) },
	};
	cli_usage usage = { "compose", "", "Prints a message: its recipients "
		"in Bcc are not in it.", 0, 0, sets, 2 };
	int n = cli_options(&usage, argc, argv);

	if (n < 0)
		return cli_options_exit(n);
	return cli_close_stdout(compose(&identity, &flags));
}

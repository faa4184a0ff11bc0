/*
 * The whole of POP3 in one sitting (RFC 1939): log in, list, fetch what is
 * small, delete on request, quit, and show what the server says to each
 * command. docs/tutorial.md goes through it.
 */
#include <squab/squab.h>

#include <stdio.h>
#include <stdlib.h>

static int fail(sqb_pop3_session *s, sqb_error err)
{
	fprintf(stderr, "%s\n", err.text);
	sqb_pop3_close(s);
	return sqb_code_exit(err.code);
}

int main(int argc, char **argv)
{
	sqb_pop3_session *s;
	sqb_pop3_list_result list;
	sqb_message *m;
	sqb_error err;

	if (argc < 2)
		return fputs("usage: tutorial URL [HOW [delete]]\n",
		    stderr), 64;
	sqb_session_options options = { .size = sizeof(options),
	    .mechanism = argv[2], .password = getenv("MAIL_PASSWORD"),
	    .link.tls.ca_file = getenv("MAIL_CA_FILE") };
	if (sqb_pop3_open(&s, argv[1], &options, &err) < 0)
		return fail(s, err);
	puts(sqb_pop3_welcome(s));
	puts(sqb_pop3_status(s));

	if (sqb_pop3_list(s, &list) < 0)
		return fail(s, *sqb_pop3_error(s));
	puts(sqb_pop3_status(s));
	for (size_t i = 0; i < list.n_items; i++) {
		const sqb_pop3_item *item = &list.items[i];

		if (item->size > 20000)
			continue;
		if (sqb_pop3_message(s, item->number, &m) < 0)
			return fail(s, *sqb_pop3_error(s));
		puts(sqb_pop3_status(s));
		sqb_str text = sqb_message_bytes(m);
		fwrite(text.ptr, 1, text.len, stdout);
		if (argc > 3) {
			if (sqb_pop3_dele(s, item->number) < 0)
				return fail(s, *sqb_pop3_error(s));
			puts(sqb_pop3_status(s));
		}
	}

	if (sqb_pop3_quit(s, &err) < 0)
		return fail(NULL, err);
	if (err.text[0] != '\0')
		puts(err.text);
	return 0;
}

/*
 * A help desk takes what has come, gives it a ticket and answers, in the
 * thread it began (In-Reply-To, References); what was answered is deleted.
 */
#include <squab/squab.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int fail(const sqb_error *err)
{
	return fprintf(stderr, "%s\n", err->text), sqb_code_exit(err->code);
}

static int answer(sqb_smtp_session *smtp, sqb_message *m, const char *desk,
    unsigned ticket)
{
	char text[128];
	sqb_compose *c = sqb_compose_new(&(sqb_compose_options){
	    .size = sizeof(sqb_compose_options), .now = time(NULL) });
	int rc;

	if (!c)
		return SQB_E_NOMEM;
	snprintf(text, sizeof(text), "This is ticket %u now.\n", ticket);
	sqb_compose_address(c, "From", "Help desk", desk);
	sqb_compose_field(c, "Auto-Submitted", "auto-replied");
	sqb_compose_reply(c, m, SQB_REPLY_QUOTE, NULL);
	sqb_compose_text(c, sqb_str_of(text));
	rc = sqb_smtp_send(smtp, c);
	sqb_compose_free(c);
	return rc;
}

static int answer_all(sqb_pop3_session *pop3, sqb_smtp_session *smtp,
    const char *desk)
{
	sqb_pop3_list_result list;
	sqb_message *m;
	int rc = sqb_pop3_list(pop3, &list);

	for (size_t i = 0; rc == SQB_OK && i < list.n_items; i++) {
		uint32_t number = list.items[i].number;

		if (sqb_pop3_message(pop3, number, &m) < 0)
			return fail(sqb_pop3_error(pop3));
		printf("%u: %s\n", (unsigned)number, sqb_message_subject(m));
		/* no program answers a program: RFC 3834, section 2 */
		if (sqb_message_field(m, "Auto-Submitted", 0)[0] == '\0' &&
		    answer(smtp, m, desk, number) < 0)
			return fail(sqb_smtp_error(smtp));
		rc = sqb_pop3_dele(pop3, number);
	}
	return rc < 0 ? fail(sqb_pop3_error(pop3)) : 0;
}

int main(int argc, char **argv)
{
	sqb_session_options options = { .size = sizeof(options),
	    .password = getenv("MAIL_PASSWORD"),
	    .link.tls.ca_file = getenv("MAIL_CA_FILE") };
	sqb_pop3_session *pop3;
	sqb_smtp_session *smtp;
	sqb_error err;
	int status;

	if (argc != 4)
		return puts("usage: helpdesk POP3-URL SMTP-URL ADDRESS"), 64;
	if (sqb_pop3_open(&pop3, argv[1], &options, &err) < 0 ||
	    sqb_smtp_open(&smtp, argv[2], &options, &err) < 0)
		return fail(&err);
	status = answer_all(pop3, smtp, argv[3]);
	sqb_smtp_quit(smtp, NULL);
	return sqb_pop3_quit(pop3, &err) < 0 ? fail(&err) : status;
}

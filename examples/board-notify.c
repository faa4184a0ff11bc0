/*
 * A board tells the subscribers of a topic, a file with an address a line, of a
 * new post: a message each, over one connection, with a way to leave the list.
 */
#include <squab/squab.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct post {
	const char *topic, *poster, *title;
	char text[65536];
	size_t len;
} post;

static sqb_compose *notice(const post *p, const char *subscriber)
{
	char subject[512], leave[512];
	sqb_compose *c = sqb_compose_new(&(sqb_compose_options){
	    .size = sizeof(sqb_compose_options), .now = time(NULL) });

	if (!c)
		return NULL;
	snprintf(subject, sizeof(subject), "[%s] %s", p->topic, p->title);
	snprintf(leave, sizeof(leave), "https://board.example/leave/%s",
	    p->topic);
	sqb_compose_address(c, "From", p->poster, "board@board.example");
	sqb_compose_address(c, "To", NULL, subscriber);
	sqb_compose_field(c, "Subject", subject);
	sqb_compose_field(c, "Auto-Submitted", "auto-generated");
	sqb_compose_unsubscribe(c, leave, NULL);
	sqb_compose_text(c, (sqb_str){ p->text, p->len });
	return c;
}

/* A subscriber who cannot be reached does not keep the others waiting. */
static int notify_all(sqb_smtp_session *s, const post *p, FILE *subscribers)
{
	char address[320];
	int n_failed = 0, rc;

	while (fgets(address, sizeof(address), subscribers)) {
		sqb_compose *c;

		address[strcspn(address, "\r\n")] = '\0';
		c = notice(p, address);
		rc = c ? sqb_smtp_send(s, c) : SQB_E_NOMEM;
		fprintf(rc ? stderr : stdout, "%s: %s\n", address, rc == 0 ?
		    "told" : c ? sqb_smtp_error(s)->text : "out of memory");
		n_failed += rc != SQB_OK;
		sqb_compose_free(c);
	}
	return n_failed;
}

int main(int argc, char **argv)
{
	FILE *subscribers = argc == 6 ? fopen(argv[5], "r") : NULL;
	static post p;
	sqb_smtp_session *s;
	sqb_error err;
	int n_failed;

	if (!subscribers)
		return fputs("usage: board-notify SERVER TOPIC POSTER TITLE "
		    "SUBSCRIBERS <POST\n", stderr), 64;
	p = (post){ argv[2], argv[3], argv[4], .len = 0 };
	p.len = fread(p.text, 1, sizeof(p.text), stdin);
	if (sqb_smtp_open(&s, argv[1], &(sqb_session_options){
	    .size = sizeof(sqb_session_options),
	    .password = getenv("MAIL_PASSWORD"),
	    .link.tls.ca_file = getenv("MAIL_CA_FILE") }, &err) < 0)
		return fprintf(stderr, "%s\n", err.text),
		    sqb_code_exit(err.code);
	n_failed = notify_all(s, &p, subscribers);
	return sqb_smtp_quit(s, NULL), n_failed > 0;
}

/*
 * smtp_send URL FILE N: sends FILE N times over one connection, as a
 * program that uses the library would.
 */
#include <squab/send.h>

#include <stdio.h>
#include <stdlib.h>

static const sqb_smtp_recipient to = { .address = SQB_STR("b@bench.example") };

typedef struct work {
	sqb_str message;
	long n, n_done;
} work;

static int next(void *ctx, sqb_smtp_mail *mail, sqb_source *source, void **tag)
{
	work *w = ctx;

	(void)source;
	(void)tag;
	if (w->n == 0)
		return 0;
	w->n--;
	*mail = (sqb_smtp_mail){
		.size = sizeof(*mail),
		.from = SQB_STR("a@bench.example"),
		.recipients = &to,
		.n_recipients = 1,
		.message = w->message,
	};
	return 1;
}

static int done(void *ctx, void *tag, int code, const sqb_error *err,
    const sqb_smtp_result *results, size_t n)
{
	work *w = ctx;

	(void)tag;
	(void)results;
	(void)n;
	w->n_done += code == SQB_OK;
	if (code != SQB_OK)
		fprintf(stderr, "smtp_send: %s\n", err->text);
	return code;
}

static int send_all(const char *url, work *w)
{
	static const sqb_tls_mode clear = SQB_TLS_OFF;
	sqb_outbox outbox = { .next = next, .done = done, .ctx = w };
	sqb_smtp_session *s;
	sqb_error err;
	long n = w->n;

	if (sqb_smtp_open(&s, url, &(sqb_session_options){
	    .size = sizeof(sqb_session_options), .tls = &clear }, &err) < 0) {
		fprintf(stderr, "smtp_send: %s\n", err.text);
		return 1;
	}
	sqb_smtp_send_all(s, &outbox);
	sqb_smtp_quit(s, NULL);
	return w->n_done != n;
}

int main(int argc, char **argv)
{
	static char buf[64 << 20];
	FILE *f = argc == 4 ? fopen(argv[2], "rb") : NULL;
	work w = { .n = 0 };

	if (!f) {
		fputs("usage: smtp_send URL FILE N\n", stderr);
		return 64;
	}
	w.message = (sqb_str){ buf, fread(buf, 1, sizeof(buf), f) };
	w.n = atol(argv[3]);
	fclose(f);
	return send_all(argv[1], &w);
}

/* squab list: a table of the messages on the server, or a JSON object each. */
#include "accounts.h"
#include "cli.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define HEADER_MAX 65536	/* octets of a header that are looked at */
#define DATE_COLUMNS 16		/* "2026-12-31 23:59" */

typedef struct list_options {
	bool headers, json;
} list_options;

const cli_option list_table[] = {
	{ "headers", NULL, "date, sender and subject too", CLI_FLAG,
	    offsetof(list_options, headers) },
	{ "json", NULL, "a JSON object a line", CLI_FLAG,
	    offsetof(list_options, json) },
	{ .name = NULL }
};

typedef struct table {
	const list_options *options;
	sqb_pop3_list_result list;
	size_t number, uidl, from, subject;	/* columns; 0: as it comes */
	char *header;				/* of the message on its way */
	size_t len;
} table;

static size_t digits(uint64_t n)
{
	size_t count = 1;

	for (; n >= 10; n /= 10)
		count++;
	return count;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What a terminal has is shared out; elsewhere nothing is cut. */
static void lay_out(table *t)
{
	size_t width = cli_width(stdout), fixed, n = t->list.n_items;

	t->number = digits(t->list.items[n - 1].number);
	if (t->number < 3)
		t->number = 3;
	t->uidl = 4;
	for (size_t i = 0; i < n; i++) {
		size_t columns = cli_columns(
		    sqb_str_of(t->list.items[i].uidl));

		if (columns > t->uidl)
			t->uidl = columns;
	}
	t->from = 28;
	t->subject = 0;
	if (width == 0)
		return;
	fixed = t->number + 2 + 5 + 2;
	if (t->options->headers)
		fixed += 2 + DATE_COLUMNS + 2 + 2;
	width = width > fixed + 15 ? width - fixed : 15;
	if (t->options->headers) {
		t->uidl = smaller(t->uidl, width / 5);
		t->from = (width - t->uidl) / 2;
		t->subject = width - t->uidl - t->from;
	} else {
		t->uidl = smaller(t->uidl, width);
	}
}

static void put(const char *text, size_t width, bool last)
{
	cli_print_column(stdout, sqb_str_of(text), width, !last);
	fputs(last ? "\n" : "  ", stdout);
}

static void print_head(const table *t)
{
	printf("%*s  %5s  ", (int)t->number, "NO", "SIZE");
	put("UIDL", t->uidl, !t->options->headers);
	if (!t->options->headers)
		return;
	put("DATE", DATE_COLUMNS, false);
	put("FROM", t->from, false);
	put("SUBJECT", 0, true);
}

/*
 * "2026-12-31 23:59" by the sender's clock; what is no date, as it stands.
 */
static void put_date(sqb_message *m)
{
	char text[SQB_DATE_TEXT];
	sqb_date date;

	if (sqb_date_parse(&date, sqb_message_raw(m, "Date", 0)) < 0) {
		put(sqb_message_date(m), DATE_COLUMNS, false);
		return;
	}
	sqb_date_text(text, &date);
	text[10] = ' ';
	text[DATE_COLUMNS] = '\0';
	put(text, DATE_COLUMNS, false);
}

/* The name of the first sender, or the address; or what there is. */
static void put_from(sqb_message *m, size_t width)
{
	sqb_addresses *from = NULL;
	const char *text = sqb_message_from(m);

	if (sqb_addresses_parse(&from, sqb_message_raw(m, "From", 0), NULL,
	    NULL) == SQB_OK && from->n_items > 0) {
		const sqb_address *first = &from->items[0];

		if (first->name.len > 0)
			text = first->name.ptr;
		else if (first->address.len > 0)
			text = first->address.ptr;
	}
	put(text, width, false);
	sqb_addresses_free(from);
}

static void print_row(const table *t, const sqb_pop3_item *item,
    sqb_message *m)
{
	printf("%*u  %5s  ", (int)t->number, (unsigned)item->number,
	    cli_size(item->size).text);
	put(item->uidl, t->uidl, !m);
	if (!m)
		return;
	put_date(m);
	put_from(m, t->from);
	put(sqb_message_subject(m), t->subject, true);
}

/* RFC 3339; what is no date, as it stands. */
static void print_json_date(cli_json *j, sqb_message *m)
{
	char text[SQB_DATE_TEXT];
	const char *value = sqb_message_date(m);
	sqb_date date;

	if (sqb_date_parse(&date, sqb_message_raw(m, "Date", 0)) == SQB_OK)
		value = sqb_date_text(text, &date);
	cli_json_string(j, "date", sqb_str_of(value));
}

static void print_json(const sqb_pop3_item *item, sqb_message *m)
{
	cli_json j = cli_json_begin(stdout);

	cli_json_number(&j, "number", item->number);
	cli_json_number(&j, "size", (int64_t)item->size);
	cli_json_string(&j, "uidl", sqb_str_of(item->uidl));
	if (m) {
		print_json_date(&j, m);
		cli_json_string(&j, "from", sqb_str_of(sqb_message_from(m)));
		cli_json_string(&j, "subject",
		    sqb_str_of(sqb_message_subject(m)));
	}
	cli_json_end(&j);
}

static void print_item(const table *t, const sqb_pop3_item *item,
    sqb_message *m)
{
	if (t->options->json)
		print_json(item, m);
	else
		print_row(t, item, m);
}

static int on_header(void *ctx, size_t index, sqb_str bytes)
{
	table *t = ctx;
	size_t n = smaller(bytes.len, HEADER_MAX - t->len);

	(void)index;
	memcpy(t->header + t->len, bytes.ptr, n);
	t->len += n;
	return 0;
}

/* A message whose header is not to be had is listed all the same. */
static int on_header_end(void *ctx, size_t index, int code,
    const sqb_error *err)
{
	table *t = ctx;
	const sqb_pop3_item *item = &t->list.items[index];
	sqb_message *m;

	if (code != SQB_OK && code != SQB_E_REFUSED && code != SQB_E_RETRY &&
	    code != SQB_E_UNSUPPORTED)
		return 0;
	if (code != SQB_OK)
		cli_error("message %u: %s", (unsigned)item->number, err->text);
	m = sqb_message_parse((sqb_str){ t->header, t->len }, NULL);
	if (!m)
		return -1;
	print_item(t, item, m);
	sqb_message_free(m);
	t->len = 0;
	return 0;
}

static int print_headers(cli_server *v, table *t)
{
	sqb_sink sink = { on_header, on_header_end, t };
	int code;

	t->header = malloc(HEADER_MAX);
	if (!t->header) {
		cli_error("no memory");
		return EX_OSERR;
	}
	code = sqb_pop3_tops(v->session, t->list.items, t->list.n_items, 0,
	    &sink);
	free(t->header);
	return code < 0 ? cli_server_fail(v) : EX_OK;
}

static int print_list(cli_server *v, const list_options *options)
{
	table t = { .options = options };

	if (sqb_pop3_listing(v->session, &t.list) < 0)
		return cli_server_fail(v);
	if (t.list.n_items == 0) {
		cli_error("%s: the mailbox is empty", v->account);
		return EX_OK;
	}
	lay_out(&t);
	if (!options->json)
		print_head(&t);
	if (options->headers)
		return print_headers(v, &t);
	for (size_t i = 0; i < t.list.n_items; i++)
		print_item(&t, &t.list.items[i], NULL);
	return EX_OK;
}

static int list(const cli_account *account)
{
	cli_server server;
	int status = cli_server_init(&server, account->conn, account->url);

	server.listing_ahead = true;
	if (status == 0)
		status = cli_server_open(&server);
	if (status == 0) {
		status = print_list(&server, account->options);
		if (status == 0)
			status = cli_server_quit(&server);
	}
	cli_server_clear(&server);
	return status;
}

int cmd_list(int argc, char **argv)
{
	list_options options = { .headers = false };
	cli_conn conn = { .tls = 0 };
	cli_option_set sets[] = { { NULL, list_table, &options,
		sizeof(options) }, CLI_CONN_SET(&conn) };
	cli_usage usage = { "list", "URL|ACCOUNT",
		"Shows what is in a mailbox.", 1, 1, sets, 2 };

	return cli_accounts_run_one(&usage, argc, argv, list);
}

/* What squab fetch tells, for people and as JSON. */
#include "fetch.h"

#include "print.h"

#include <stdlib.h>
#include <string.h>

static cli_json begin_event(FILE *out, const fetch_run *r,
    const char *event)
{
	cli_json j = cli_json_begin(out);

	cli_json_string(&j, "event", sqb_str_of(event));
	cli_json_string(&j, "account", sqb_str_of(r->server->account));
	return j;
}

static void report_json(FILE *out, const fetch_run *r, const char *event,
    const sqb_pop3_item *item)
{
	cli_json j = begin_event(out, r, event);

	cli_json_number(&j, "number", item->number);
	cli_json_number(&j, "size", (int64_t)item->size);
	cli_json_string(&j, "uidl", sqb_str_of(item->uidl));
	cli_json_end(&j);
}

/* People hear of what they may have to act on; of the rest in the sum. */
void fetch_report(fetch_run *r, const char *event, size_t place)
{
	const sqb_pop3_item *item = &r->plan.list.items[place];

	if (r->options->json)
		report_json(stdout, r, event, item);
	if (strcmp(event, "skipped") == 0)
		cli_error("%s: message %u (%sB) is too large and stays on the "
		    "server", r->server->account, (unsigned)item->number,
		    cli_size(item->size).text);
}

char *fetch_deletions_json(const fetch_run *r)
{
	char *text = NULL;
	size_t len;
	FILE *out = r->options->json ? open_memstream(&text, &len) : NULL;

	for (size_t i = 0; out && i < r->plan.list.n_items; i++)
		if (fetch_is_to_go(r->options, &r->plan.messages[i]))
			report_json(out, r, "deleted",
			    &r->plan.list.items[i]);
	if (out)
		fclose(out);
	return text;
}

bool fetch_to_stdout(const fetch_options *options)
{
	return options->to && strcmp(options->to, "json:-") == 0;
}

/* The account, where there are others. */
static void print_account(FILE *out, const fetch_run *r)
{
	if (!r->options->many)
		return;
	cli_print_safe(out, sqb_str_of(r->server->account));
	fputs(": ", out);
}

static void report_intent(const fetch_run *r, const char *verb, size_t place)
{
	static const char would[] = "would-";
	const sqb_pop3_item *item = &r->plan.list.items[place];
	char event[32];

	if (r->options->json) {
		snprintf(event, sizeof(event), "%s%s", would, verb);
		report_json(stdout, r, event, item);
		return;
	}
	print_account(stdout, r);
	printf("would %s %u (%sB)  ", verb, (unsigned)item->number,
	    cli_size(item->size).text);
	cli_print_safe(stdout, sqb_str_of(item->uidl));
	putchar('\n');
}

void fetch_report_plan(fetch_run *r)
{
	const fetch_plan *p = &r->plan;

	for (size_t i = 0; i < p->n_get; i++) {
		report_intent(r, "fetch", p->places[i]);
		p->messages[p->places[i]].delivered = true;
	}
	for (size_t i = 0; i < p->list.n_items; i++)
		if (p->messages[i].fate == FETCH_TOO_BIG)
			report_intent(r, "skip", i);
	for (size_t i = 0; i < p->list.n_items; i++)
		if (fetch_is_to_go(r->options, &p->messages[i]))
			report_intent(r, "delete", i);
}

static void sum_json(const fetch_run *r, sqb_time took)
{
	cli_json j = begin_event(stdout, r, "summary");

	cli_json_number(&j, "new", (int64_t)r->n_delivered);
	cli_json_number(&j, "skipped", (int64_t)r->plan.n_skipped);
	cli_json_number(&j, "deleted", (int64_t)r->n_deleted);
	cli_json_number(&j, "octets", (int64_t)r->octets);
	cli_json_number(&j, "milliseconds", took);
	cli_json_number(&j, "status", r->status);
	cli_json_end(&j);
}

void fetch_report_sum(const fetch_run *r)
{
	sqb_time took = sqb_link_now() - r->start;
	FILE *out = fetch_to_stdout(r->options) ? stderr : stdout;

	if (r->options->json) {
		sum_json(r, took);
		return;
	}
	print_account(out, r);
	fprintf(out, "%zu new, %zu skipped, ", r->n_delivered,
	    r->plan.n_skipped);
	if (r->n_deleted > 0)
		fprintf(out, "%zu deleted, ", r->n_deleted);
	fprintf(out, "%sB in %lld.%lld s\n", cli_size(r->octets).text,
	    (long long)(took / 1000), (long long)(took / 100 % 10));
}

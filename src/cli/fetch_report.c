/* What squab fetch tells, for people and as JSON. */
#include "fetch.h"

#include "print.h"

#include <stdlib.h>
#include <string.h>

static cli_json begin_event(const fetch_run *r, const char *event)
{
	cli_json j = cli_json_begin(stdout);

	cli_json_string(&j, "event", sqb_str_of(event));
	cli_json_string(&j, "account", sqb_str_of(r->server.account));
	return j;
}

static void report_json(const fetch_run *r, const char *event,
    const sqb_pop3_item *item)
{
	cli_json j = begin_event(r, event);

	cli_json_number(&j, "number", item->number);
	cli_json_number(&j, "size", (int64_t)item->size);
	cli_json_string(&j, "uidl", sqb_str_of(item->uidl));
	cli_json_end(&j);
}

/* People hear of what they may have to act on; of the rest in the sum. */
void fetch_report(const fetch_run *r, const char *event, size_t place)
{
	const sqb_pop3_item *item = &r->plan.list.items[place];
	const fetch_message *m = &r->plan.messages[place];
	bool said = r->options->watch && m->first_seen;

	if (r->options->json)
		report_json(r, event, item);
	if (m->fate == FETCH_TOO_BIG && !said)
		cli_error("%s: message %u (%sB) is too large and stays on the "
		    "server", r->server.account, (unsigned)item->number,
		    cli_size(item->size).text);
}

bool fetch_to_stdout(const fetch_options *options)
{
	return options->to && strcmp(options->to, "json:-") == 0;
}

/* The account, where there are others. */
static void print_account(FILE *out, const fetch_run *r)
{
	if (!r->named)
		return;
	cli_print_safe(out, sqb_str_of(r->server.account));
	fputs(": ", out);
}

static void report_intent(const fetch_run *r, const char *verb, size_t place)
{
	static const char would[] = "would-";
	const sqb_pop3_item *item = &r->plan.list.items[place];
	char event[32];

	if (r->options->json) {
		snprintf(event, sizeof(event), "%s%s", would, verb);
		report_json(r, event, item);
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
		if (p->messages[i].fate == FETCH_TOO_BIG ||
		    p->messages[i].fate == FETCH_FILTERED)
			report_intent(r, "skip", i);
	for (size_t i = 0; i < p->list.n_items; i++)
		if (fetch_is_to_go(r->options, &p->messages[i]))
			report_intent(r, "delete", i);
}

static void put_sum(cli_json *j, const fetch_sum *sum, sqb_time took)
{
	cli_json_number(j, "new", (int64_t)sum->n_delivered);
	cli_json_number(j, "skipped", (int64_t)sum->n_skipped);
	cli_json_number(j, "failed", (int64_t)sum->n_failed);
	cli_json_number(j, "deleted", (int64_t)sum->n_deleted);
	cli_json_number(j, "octets", (int64_t)sum->octets);
	cli_json_number(j, "milliseconds", took);
}

static void print_sum(FILE *out, const fetch_sum *sum, sqb_time took)
{
	fprintf(out, "%zu new, %zu skipped, ", sum->n_delivered,
	    sum->n_skipped);
	if (sum->n_failed > 0)
		fprintf(out, "%zu failed, ", sum->n_failed);
	if (sum->n_deleted > 0)
		fprintf(out, "%zu deleted, ", sum->n_deleted);
	fprintf(out, "%sB in %lld.%lld s\n", cli_size(sum->octets).text,
	    (long long)(took / 1000), (long long)(took / 100 % 10));
}

void fetch_sum_add(fetch_sum *sum, const fetch_run *r)
{
	sum->n_accounts++;
	sum->n_failed_accounts += r->status != 0;
	sum->n_delivered += r->n_delivered;
	sum->n_skipped += r->plan.n_skipped + r->plan.n_filtered;
	sum->n_failed += r->n_failed;
	sum->n_deleted += r->n_deleted;
	sum->octets += r->octets;
	sum->n_planned += r->n_planned;
	sum->n_done += r->n_done;
	sum->planned_octets += r->n_planned > 0 ? r->plan.octets : 0;
	sum->done_octets += r->done_octets;
}

void fetch_report_sum(const fetch_run *r)
{
	sqb_time took = sqb_link_now() - r->start;
	FILE *out = fetch_to_stdout(r->options) ? stderr : stdout;
	fetch_sum sum = { .n_accounts = 0 };

	fetch_sum_add(&sum, r);
	if (r->options->json) {
		cli_json j = begin_event(r, "summary");

		put_sum(&j, &sum, took);
		cli_json_number(&j, "status", r->status);
		cli_json_end(&j);
	} else if (!r->options->quiet) {
		print_account(out, r);
		print_sum(out, &sum, took);
	}
}

void fetch_report_total(const fetch_sum *sum, const fetch_options *o,
    sqb_time took)
{
	FILE *out = fetch_to_stdout(o) ? stderr : stdout;

	if (o->json) {
		cli_json j = cli_json_begin(stdout);

		cli_json_string(&j, "event", sqb_str_of("total"));
		cli_json_number(&j, "accounts", (int64_t)sum->n_accounts);
		cli_json_number(&j, "accounts_failed",
		    (int64_t)sum->n_failed_accounts);
		put_sum(&j, sum, took);
		cli_json_end(&j);
	} else if (!o->quiet) {
		fprintf(out, "%zu accounts, %zu failed: ", sum->n_accounts,
		    sum->n_failed_accounts);
		print_sum(out, sum, took);
	}
}

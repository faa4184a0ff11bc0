/* Draws on stderr, ten times a second at most. */
#include "progress.h"

#include "print.h"

#include <squab/link.h>

#include <stdio.h>
#include <unistd.h>

#define PATIENCE 1000		/* ms that work may take with no bar */
#define PERIOD 100		/* ms from one picture to the next */
#define BAR 20			/* columns */

int cli_progress_kind(int choice)
{
	if (choice > CLI_PROGRESS_AUTO)
		return choice;
	return isatty(STDERR_FILENO) ? CLI_PROGRESS_ALWAYS :
	    CLI_PROGRESS_NEVER;
}

void cli_progress_begin(cli_progress *p, int choice, const char *account,
    uint64_t n_messages, uint64_t octets)
{
	sqb_time now = sqb_link_now();

	*p = (cli_progress){ .kind = cli_progress_kind(choice), .start = now,
		.from = choice <= CLI_PROGRESS_AUTO ? now + PATIENCE : now,
		.shown = now - PERIOD,
		.n_messages = n_messages, .octets = octets,
		.account = account };
}

static void draw(const cli_progress *p, uint64_t n, uint64_t octets,
    uint64_t rate)
{
	uint64_t all = p->octets > octets ? p->octets : octets;
	uint64_t left = rate > 0 ? (all - octets) / rate : 0;
	unsigned filled = all > 0 ?
	    (unsigned)((double)octets / (double)all * BAR) : BAR;
	char line[200], accounts[64] = "";
	size_t width = cli_width(stderr);

	if (p->n_accounts > 0)
		snprintf(accounts, sizeof(accounts), "%zu/%zu accounts  ",
		    p->accounts_done, p->n_accounts);
	snprintf(line, sizeof(line), "[%.*s%*s] %s%llu/%llu  %sB of %sB  "
	    "%sB/s  %llu:%02llu left", (int)filled, "####################",
	    BAR - (int)filled, "", accounts, (unsigned long long)n,
	    (unsigned long long)p->n_messages, cli_size(octets).text,
	    cli_size(all).text, cli_size(rate).text,
	    (unsigned long long)left / 60, (unsigned long long)left % 60);
	fputs("\r\033[K", stderr);
	cli_print_column(stderr, sqb_str_of(line), width > 1 ? width - 1 : 0,
	    false);
	fflush(stderr);
}

static void tell(const cli_progress *p, uint64_t n, uint64_t octets,
    uint64_t rate)
{
	cli_json j = cli_json_begin(stderr);

	cli_json_string(&j, "event", sqb_str_of("progress"));
	cli_json_string(&j, "account", sqb_str_of(p->account));
	cli_json_number(&j, "messages", (int64_t)n);
	cli_json_number(&j, "messages_total", (int64_t)p->n_messages);
	cli_json_number(&j, "octets", (int64_t)octets);
	cli_json_number(&j, "octets_total", (int64_t)p->octets);
	cli_json_number(&j, "octets_per_second", (int64_t)rate);
	cli_json_end(&j);
}

static void picture(cli_progress *p, sqb_time now, uint64_t n_messages,
    uint64_t octets)
{
	uint64_t rate = octets * 1000 /
	    (uint64_t)(now > p->start ? now - p->start : 1);

	p->shown = now;
	if (p->kind == CLI_PROGRESS_JSON) {
		tell(p, n_messages, octets, rate);
		return;
	}
	draw(p, n_messages, octets, rate);
	p->visible = true;
}

void cli_progress_show(cli_progress *p, uint64_t n_messages, uint64_t octets)
{
	sqb_time now;

	if (p->kind == 0 || p->kind == CLI_PROGRESS_NEVER)
		return;
	now = sqb_link_now();
	if (now >= p->from && now - p->shown >= PERIOD)
		picture(p, now, n_messages, octets);
}

void cli_progress_end(cli_progress *p, uint64_t n_messages, uint64_t octets)
{
	sqb_time now = sqb_link_now();

	if (p->kind != 0 && p->kind != CLI_PROGRESS_NEVER && now >= p->from)
		picture(p, now, n_messages, octets);
	cli_progress_hide(p);
	p->kind = 0;
}

void cli_progress_hide(cli_progress *p)
{
	if (p->visible)
		fputs("\r\033[K", stderr);
	p->visible = false;
}

/* squab watch tells of each new message: a JSON line, or a command. */
#include "fetch.h"

#include "command.h"
#include "interrupt.h"
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXEC_PATIENCE 300000	/* ms for a command */

enum { N_OWN = 4, N_VARIABLES = N_OWN + FETCH_N_FIELDS };

static const char *text_of(const fetch_message *m, size_t i)
{
	return m->fields ? m->fields->text[i] : "";
}

static void told(fetch_message *m)
{
	m->news = false;
	fetch_fields_free(m->fields);
	m->fields = NULL;
}

/* False: not all of the line could be written. */
static bool print_news(const fetch_run *r, size_t place)
{
	const sqb_pop3_item *item = &r->plan.list.items[place];
	const fetch_message *m = &r->plan.messages[place];
	cli_json j = cli_json_begin(stdout);

	cli_json_string(&j, "event", sqb_str_of("new"));
	cli_json_string(&j, "account", sqb_str_of(r->server.account));
	cli_json_number(&j, "number", item->number);
	cli_json_number(&j, "size", (int64_t)item->size);
	cli_json_string(&j, "uidl", sqb_str_of(item->uidl));
	for (size_t i = 0; i < FETCH_N_FIELDS; i++)
		cli_json_string(&j, fetch_field_names[i],
		    sqb_str_of(text_of(m, i)));
	cli_json_end(&j);
	return fflush(stdout) == 0 && !ferror(stdout);
}

/* "SQUAB_NAME=text", for free(3). NULL: no memory. */
static char *variable(const char *name, const char *text)
{
	size_t size = sizeof("SQUAB_=") + strlen(name) + strlen(text);
	char *out = malloc(size);

	if (out)
		snprintf(out, size, "SQUAB_%s=%s", name, text);
	return out;
}

/* What the command finds in its environment; it is given none of it to read
   as anything but text. */
static void run_for(const fetch_run *r, size_t place)
{
	const sqb_pop3_item *item = &r->plan.list.items[place];
	const fetch_message *m = &r->plan.messages[place];
	char number[24], size[24], *env[N_VARIABLES + 1] = { NULL };
	bool good = true;

	snprintf(number, sizeof(number), "%u", (unsigned)item->number);
	snprintf(size, sizeof(size), "%llu", (unsigned long long)item->size);
	env[0] = variable("ACCOUNT", r->server.account);
	env[1] = variable("NUMBER", number);
	env[2] = variable("SIZE", size);
	env[3] = variable("UIDL", item->uidl);
	for (size_t i = 0; i < FETCH_N_FIELDS; i++)
		env[N_OWN + i] = variable(fetch_field_variables[i],
		    text_of(m, i));
	for (size_t i = 0; i < N_VARIABLES; i++)
		good = good && env[i];
	if (good)
		cli_command_do(r->options->exec, EXEC_PATIENCE, env);
	else
		cli_error("no memory");
	for (size_t i = 0; i < N_VARIABLES; i++)
		free(env[i]);
}

/* Those who stop begin no more for what can be told of later. */
static void run_commands(fetch_run *r)
{
	bool later = fetch_only_looks(r->options);

	for (size_t i = 0; i < r->plan.list.n_items; i++)
		if (r->plan.messages[i].news &&
		    !(later && cli_interrupted())) {
			run_for(r, i);
			told(&r->plan.messages[i]);
		}
}

static void print_all(fetch_run *r)
{
	for (size_t i = 0; i < r->plan.list.n_items; i++) {
		if (!r->plan.messages[i].news)
			continue;
		if (!print_news(r, i)) {
			fetch_failed(r, &(sqb_error){ .code = SQB_E_SINK,
			    .text = "standard output: a line could not be "
			    "written" });
			clearerr(stdout);
			return;
		}
		told(&r->plan.messages[i]);
	}
}

void fetch_tell(fetch_run *r, void (*then)(fetch_run *r))
{
	size_t n = 0;

	/* Only squab watch has news. */
	for (size_t i = 0; r->options->watch && i < r->plan.list.n_items; i++)
		n += r->plan.messages[i].news;
	if (n > 0 && r->options->exec) {
		fetch_work(r, run_commands, then);
		return;
	}
	if (n > 0)
		print_all(r);
	then(r);
}

/*
 * Options of each account: zeroes, then the keys for every server, then the
 * account's, then what the command line says.
 */
#include "accounts.h"

#include "cli.h"
#include "interrupt.h"
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { MAX_TOLD = 20 };

/* The password in the config, which no option of the command line gives. */
static const cli_option password_option = { "password", NULL, NULL,
	CLI_STRING, offsetof(cli_conn, password) };

/* The structs of one account, in the order of usage->sets. */
typedef struct layer {
	const cli_usage *usage;
	size_t n;
	void *values[CLI_ACCOUNT_SETS];
} layer;

typedef struct spot {
	const cli_option *option;	/* NULL: another command's */
	void *values;
} spot;

static spot find_spot(const layer *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++) {
		const cli_option *table = l->usage->sets[i].options;
		const cli_option *o = cli_option_find(table, name);

		if (!o && table == cli_conn_options &&
		    strcmp(name, password_option.name) == 0)
			o = &password_option;
		if (o)
			return (spot){ o, l->values[i] };
	}
	return (spot){ NULL, NULL };
}

/* What is nearer takes the place of all that it excludes. */
static void clear_group(const layer *l, const char *name)
{
	int group = cli_config_group(name);

	for (size_t i = 0; group != 0 && i < l->n; i++) {
		const cli_option *o = l->usage->sets[i].options;

		for (; o->name; o++)
			if (cli_config_group(o->name) == group)
				cli_option_clear(o, l->values[i]);
		if (l->usage->sets[i].options == cli_conn_options &&
		    cli_config_group(password_option.name) == group)
			cli_option_clear(&password_option, l->values[i]);
	}
}

static void add_keys(const layer *l, const cli_config *c,
    const cli_section *s)
{
	for (size_t i = 0; i < s->n_keys; i++) {
		const cli_key *k = &c->keys[s->first + i];
		spot at = find_spot(l, k->name);

		if (!at.option)
			continue;
		if (at.option->type != CLI_FLAG || strcmp(k->value, "no") != 0)
			clear_group(l, k->name);
		cli_option_set_text(at.option, at.values, k->value);
	}
}

/* In two rounds: two of a group on one command line are not lost. */
static void add_command_line(const layer *l)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < l->n; i++) {
			const cli_option_set *set = &l->usage->sets[i];

			for (const cli_option *o = set->options; o->name; o++)
				if (!cli_option_is_set(o, set->values))
					continue;
				else if (round == 0)
					clear_group(l, o->name);
				else
					cli_option_copy(o, l->values[i],
					    set->values);
		}
	}
}

/* s: NULL for a URL. */
static void fill(const layer *l, const cli_config *c, const cli_section *s)
{
	if (c->n_sections > 0)
		add_keys(l, c, &c->sections[0]);
	if (s)
		add_keys(l, c, s);
	add_command_line(l);
}

static size_t aligned(size_t size)
{
	size_t unit = _Alignof(max_align_t);

	return (size + unit - 1) / unit * unit;
}

static size_t n_sets(const cli_usage *u)
{
	return u->n_sets < CLI_ACCOUNT_SETS ? u->n_sets : CLI_ACCOUNT_SETS;
}

/* The next structs, which are all zero. */
static layer next_layer(const cli_accounts *a, const cli_usage *u)
{
	layer l = { .usage = u, .n = n_sets(u) };

	for (size_t i = 0; i < l.n; i++)
		l.values[i] = a->values[i].room +
		    a->values[i].n * aligned(u->sets[i].size);
	return l;
}

/* What is as the account before has it is taken from there. */
static void keep_layer(cli_accounts *a, layer *l)
{
	for (size_t i = 0; i < l->n; i++) {
		size_t size = aligned(l->usage->sets[i].size);
		char *at = l->values[i];

		if (a->values[i].n == 0 || memcmp(at - size, at, size) != 0) {
			a->values[i].n++;
			continue;
		}
		memset(at, 0, size);
		l->values[i] = at - size;
	}
}

/* For n accounts, and for none. */
static bool make_room(cli_accounts *a, const cli_usage *u, size_t n)
{
	bool good;

	a->items = calloc(n + 1, sizeof(*a->items));
	good = a->items;
	for (size_t i = 0; i < n_sets(u); i++) {
		a->values[i].room = calloc(n + 1, aligned(u->sets[i].size));
		good = good && a->values[i].room;
	}
	if (!good)
		cli_error("no memory");
	return good;
}

static void add_account(cli_accounts *a, const cli_usage *u, const char *name,
    const cli_section *s)
{
	layer l = next_layer(a, u);
	bool conn_first = u->sets[0].options == cli_conn_options;

	fill(&l, &a->config, s);
	keep_layer(a, &l);
	a->items[a->n++] = (cli_account){
		.name = name,
		.url = s ? s->url : name,
		.conn = l.values[!conn_first],
		.options = l.values[conn_first],
		.more = l.n > 2 ? l.values[2] : NULL,
	};
}

static const char *config_name(const cli_conn *conn, char **own)
{
	*own = conn->config ? NULL : cli_config_path();
	return conn->config ? conn->config : *own ? *own : "a config file";
}

/* Which there are, as far as a line goes. */
static void say_unknown(const cli_config *c, const char *name,
    const char *file)
{
	char names[MAX_TOLD * (CLI_CONFIG_NAME_MAX + 2) + 8] = "";
	size_t at = 0;

	if (c->n_sections < 2) {
		cli_error("%s is no URL, such as pop3s://user@host, and there "
		    "is no account in %s", name, file);
		return;
	}
	for (size_t i = 1; i < c->n_sections && i <= MAX_TOLD; i++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s",
		    i > 1 ? ", " : "", c->sections[i].name);
	cli_error("there is no account %.*s in %s; there %s %s%s",
	    CLI_CONFIG_NAME_MAX * 2, name, file, c->n_sections == 2 ? "is" :
	    "are", names, c->n_sections > MAX_TOLD + 1 ? ", …" : "");
}

static int add_operand(cli_accounts *a, const cli_usage *u,
    const cli_conn *conn, const char *operand)
{
	const cli_section *s = NULL;
	char *own;

	if (!strstr(operand, "://")) {
		s = cli_config_find(&a->config, operand);
		if (!s) {
			say_unknown(&a->config, operand,
			    config_name(conn, &own));
			free(own);
			return EX_USAGE;
		}
	}
	add_account(a, u, operand, s);
	return 0;
}

static int add_all(cli_accounts *a, const cli_usage *u, const cli_conn *conn)
{
	char *own;

	for (size_t i = 1; i < a->config.n_sections; i++)
		add_account(a, u, a->config.sections[i].name,
		    &a->config.sections[i]);
	if (a->n > 0)
		return 0;
	cli_error("there is no account in %s", config_name(conn, &own));
	free(own);
	return EX_CONFIG;
}

/* Not before all accounts are made: they take what it was. */
static void fill_beneath(const cli_accounts *a, const cli_usage *u)
{
	layer l = next_layer(a, u);

	fill(&l, &a->config, NULL);
	for (size_t i = 0; i < l.n; i++) {
		const cli_option_set *set = &u->sets[i];

		for (const cli_option *o = set->options; o->name; o++)
			cli_option_copy(o, set->values, l.values[i]);
		if (set->options == cli_conn_options)
			cli_option_copy(&password_option, set->values,
			    l.values[i]);
	}
}

int cli_accounts_init(cli_accounts *a, const cli_usage *u,
    char *const *operands, size_t n_operands)
{
	size_t conn_at = u->sets[0].options != cli_conn_options, n;
	const cli_conn *conn = u->sets[conn_at].values;
	int status;

	*a = (cli_accounts){ .n = 0 };
	status = cli_way_check_told(&conn->way);
	if (status != 0)
		return status;
	status = cli_config_read(&a->config, conn->config, cli_account_tables);
	if (status != 0)
		return status;
	n = operands ? n_operands : a->config.n_sections;
	if (!make_room(a, u, n))
		return EX_OSERR;
	if (!operands)
		status = add_all(a, u, conn);
	for (size_t i = 0; operands && i < n && status == 0; i++)
		status = add_operand(a, u, conn, operands[i]);
	if (status == 0)
		fill_beneath(a, u);
	return status;
}

void cli_accounts_clear(cli_accounts *a)
{
	cli_config_clear(&a->config);
	free(a->items);
	for (size_t i = 0; i < CLI_ACCOUNT_SETS; i++)
		free(a->values[i].room);
	*a = (cli_accounts){ .n = 0 };
}

int cli_accounts_run_one(const cli_usage *u, int argc, char **argv,
    int (*work)(const cli_account *account))
{
	cli_accounts accounts;
	int n = cli_options(u, argc, argv), status;

	if (n < 0)
		return cli_options_exit(n);
	cli_catch_signals();
	status = cli_accounts_init(&accounts, u, argv, 1);
	if (status == 0)
		status = work(&accounts.items[0]);
	cli_accounts_clear(&accounts);
	return cli_close_stdout(status);
}

/* squab COMMAND: finds the command and runs it. */
#include "cli.h"
#include "connect.h"
#include "print.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

typedef struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} command;

static const command commands[] = {
	{ "list", cmd_list, "show what is in a mailbox" },
	{ "fetch", cmd_fetch, "deliver what has not been fetched before" },
	{ "watch", cmd_watch, "tell of new messages as they come" },
	{ "show", cmd_show, "show one message" },
	{ "parse", cmd_parse, "print messages as JSON" },
	{ "probe", cmd_probe, "say what a server is and can" },
	{ "ledger", cmd_ledger, "show, forget or move what has been seen" },
	{ "send", cmd_send, "send mail" },
	{ "queue", cmd_queue, "show, send or drop mail that waits" },
	{ "sendmail", cmd_sendmail, "send a message, as sendmail(8) does" },
	{ "compose", cmd_compose, "print a message made of flags" },
	{ "serve", cmd_serve, "be a post office for development and tests" },
	{ "help", cmd_help, "say what the commands are" },
};

const cli_option *const cli_account_tables[] = { cli_conn_options, list_table,
	fetch_table, show_table, probe_table, watch_table, send_table,
	compose_identity_table, sendmail_table, NULL };

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const command *find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void print_usage(FILE *out)
{
	fputs("usage: squab COMMAND [OPTION...] [OPERAND...]\n\n", out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-8s  %s\n", commands[i].name,
		    commands[i].help);
	fputs("\nsquab COMMAND --help says what a command takes.\n", out);
}

static int unknown(const char *name)
{
	cli_error("there is no command %s (squab help lists them)", name);
	return EX_USAGE;
}

/* squab help COMMAND is squab COMMAND --help. */
int cmd_help(int argc, char **argv)
{
	const command *c;
	char flag[] = "--help", *args[] = { NULL, flag, NULL };

	if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_usage(stdout);
		return cli_close_stdout(EX_OK);
	}
	c = find(argv[1]);
	if (!c)
		return unknown(argv[1]);
	args[0] = argv[1];
	return c->run(2, args);
}

static int run(int argc, char **argv)
{
	const command *c;

	if (argc < 1) {
		print_usage(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[0], "--version") == 0) {
		puts("squab " SQUAB_VERSION);
		return cli_close_stdout(EX_OK);
	}
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
		return cmd_help(argc, argv);
	c = find(argv[0]);
	return c ? c->run(argc, argv) : unknown(argv[0]);
}

/* Links of that name are what other programs run. */
static bool is_sendmail(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return path && strcmp(slash ? slash + 1 : path, "sendmail") == 0;
}

/* Passwords pass through here: no core file may hold one. */
int main(int argc, char **argv)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	if (argc > 0 && is_sendmail(argv[0]))
		return cmd_sendmail(argc, argv);
	return run(argc - 1, argv + 1);
}

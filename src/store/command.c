/*
 * command: a program for each message, which stands complete in a file before
 * that is begun: what is cut off on its way never gets to it.
 */
#include "store/command.h"

#include "store/spool.h"
#include "store/store.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

extern char **environ;

enum { OWN = 3 };		/* variables of ours */

static const char *const own_names[OWN] = { "SQUAB_ACCOUNT=", "SQUAB_UIDL=",
	"SQUAB_SIZE=" };

typedef struct command {
	sqb_store store;
	sqb__spool spool;	/* the message */
	bool cr;		/* as in sqb__copy_lf() */
	char **words;
	char *uidl;
} command;

static int open_command(sqb_store *s)
{
	command *c = (command *)s;
	const char *why;

	c->words = sqb__words_new(s->path, &why);
	if (!c->words)
		return sqb__store_refuse(s, SQB_E_USAGE, why);
	return sqb__spool_init(&c->spool, -1) ? SQB_OK :
	    sqb__store_fail(s, "cannot be opened");
}

static void close_command(sqb_store *s)
{
	command *c = (command *)s;

	sqb__spool_clear(&c->spool);
	sqb__words_free(c->words);
	free(c->uidl);
}

static int begin(sqb_store *s, sqb_str uidl)
{
	command *c = (command *)s;

	c->cr = false;
	free(c->uidl);
	c->uidl = strndup(uidl.len > 0 ? uidl.ptr : "", uidl.len);
	return c->uidl ? SQB_OK : sqb__store_fail(s, "begin");
}

static int write_command(sqb_store *s, sqb_str bytes)
{
	command *c = (command *)s;

	return sqb__spool_put_lf(&c->spool, bytes, &c->cr) ? SQB_OK :
	    sqb__store_fail(s, "write");
}

static int end(sqb_store *s)
{
	command *c = (command *)s;

	if (c->cr && !sqb__spool_put(&c->spool, (sqb_str){ "\r", 1 }))
		return sqb__store_fail(s, "write");
	return SQB_OK;
}

static void drop(sqb_store *s)
{
	(void)sqb__spool_cut(&((command *)s)->spool, 0);
}

static bool is_own(const char *variable)
{
	for (int i = 0; i < OWN; i++)
		if (strncmp(variable, own_names[i], strlen(own_names[i])) == 0)
			return true;
	return false;
}

/* "NAME=value" for free(3). */
static char *variable(const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 1;
	char *out = malloc(size);

	if (out)
		snprintf(out, size, "%s%s", name, value);
	return out;
}

static void free_env(char **env)
{
	for (int i = 0; env && i < OWN; i++)
		free(env[i]);
	free(env);
}

/* Ours come first; the strings behind them are those of environ. */
static char **make_env(const command *c, const sqb_store_id *id)
{
	char size[24];
	const char *values[OWN] = { c->store.account, c->uidl, size };
	size_t n = 0, at = OWN;
	char **env;
	bool made = true;

	snprintf(size, sizeof(size), "%llu", (unsigned long long)id->size);
	while (environ && environ[n])
		n++;
	env = calloc(n + OWN + 1, sizeof(*env));
	for (size_t i = 0; env && i < n; i++)
		if (!is_own(environ[i]))
			env[at++] = environ[i];
	for (int i = 0; env && i < OWN; i++) {
		env[i] = variable(own_names[i], values[i]);
		made = made && env[i];
	}
	if (made)
		return env;
	free_env(env);
	return NULL;
}

/* What passes: the message may be tried again as it is. */
static bool passes(int status)
{
	return status == EX_TEMPFAIL || status == EX_OSERR ||
	    status == EX_IOERR || status == EX_UNAVAILABLE;
}

/* What its end means, and says so. */
static int judge(command *c, int status, bool late)
{
	char why[120];
	int code = SQB_E_RETRY;

	if (late)
		snprintf(why, sizeof(why), "was ended after %lld s",
		    (long long)(c->store.command_timeout / 1000));
	else if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "signal %d (%s) has ended it",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == 0)
		return SQB_OK;
	else
		snprintf(why, sizeof(why), "exit status %d",
		    WEXITSTATUS(status));
	if (!late && WIFEXITED(status) && !passes(WEXITSTATUS(status)))
		code = SQB_E_REFUSED;
	return sqb__store_refuse(&c->store, code, why);
}

static int publish(sqb_store *s, int *codes)
{
	command *c = (command *)s;
	char **env = make_env(c, &s->ids[0]);
	bool late = false, ran;
	int status = 0;

	/* An empty message is an empty file. */
	if (!env || !sqb__spool_flush(&c->spool) ||
	    !sqb__spool_rewind(&c->spool)) {
		free_env(env);
		return sqb__store_fail(s, "begin");
	}
	ran = sqb__command_run(c->words, env, c->spool.fd,
	    s->command_timeout, &status, &late);
	free_env(env);
	if (!ran)
		return sqb__store_fail(s, "cannot be run");
	codes[0] = judge(c, status, late);
	return sqb__spool_cut(&c->spool, 0) ? SQB_OK :
	    sqb__store_fail(s, "spool");
}

static bool is_full(const sqb_store *s)
{
	(void)s;
	return true;
}

const sqb__store_ops sqb__store_command = { "command:", sizeof(command),
	open_command, close_command, NULL, begin, write_command, end, drop,
	publish, is_full };

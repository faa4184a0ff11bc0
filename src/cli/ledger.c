/* Opens the user's ledger; see ledger.h. */
#include "ledger.h"

#include "print.h"
#include "xdg.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void warn_of_damage(const sqb_ledger *ledger)
{
	const char *aside = sqb_ledger_set_aside(ledger);

	if (aside)
		cli_error("warning: the ledger was damaged: it is now %s, and "
		    "a new one is begun", aside);
}

/* For free(3). NULL: it is said why. */
static char *place_of(const char *state)
{
	char *dir = state ? strdup(state) :
	    cli_xdg_path("XDG_STATE_HOME", ".local/state", "squab");

	if (!dir)
		cli_error("no place for the ledger: set $HOME or give "
		    "--state DIR");
	return dir;
}

/* other: a handle of it; NULL: there is none. */
static int open_in(sqb_ledger **ledger, const char *dir,
    const sqb_ledger *other)
{
	sqb_error err;
	int code = other ? sqb_ledger_open_beside(ledger, other, &err) :
	    sqb_ledger_open(ledger, dir, &err), status;

	if (code == SQB_OK) {
		warn_of_damage(*ledger);
		return 0;
	}
	status = cli_fail(NULL, &err);
	return code == SQB_E_SINK ? EX_CANTCREAT : status;
}

int cli_ledger_open(sqb_ledger **ledger, const char *state)
{
	char *dir = place_of(state);
	int status = dir ? open_in(ledger, dir, NULL) : EX_CONFIG;

	if (status != 0)
		*ledger = NULL;
	free(dir);
	return status;
}

/* --- of many at once */

typedef struct cli_ledger_place {
	char *dir;
	sqb_ledger *first;	/* at rest: it keeps what the others share */
	struct cli_ledger_place *next;
} cli_ledger_place;

static cli_ledger_place **find_place(cli_ledgers *all, const char *dir)
{
	cli_ledger_place **at = &all->places;

	while (*at && strcmp((*at)->dir, dir) != 0)
		at = &(*at)->next;
	return at;
}

static void drop_place(cli_ledger_place **at)
{
	cli_ledger_place *place = *at;

	*at = place->next;
	sqb_ledger_close(place->first);
	free(place->dir);
	free(place);
}

static int add_place(cli_ledger_place **at, const char *dir)
{
	cli_ledger_place *place = calloc(1, sizeof(*place));
	int status = EX_OSERR;

	if (place)
		place->dir = strdup(dir);
	if (place && place->dir)
		status = open_in(&place->first, dir, NULL);
	else
		cli_error("no memory");
	if (status == 0) {
		sqb_ledger_rest(place->first);
		*at = place;
		return 0;
	}
	if (place)
		free(place->dir);
	free(place);
	return status;
}

/* A place that fails is opened anew by the next who asks for it. */
static int open_at(cli_ledgers *all, sqb_ledger **ledger, const char *dir)
{
	cli_ledger_place **at = find_place(all, dir);
	int status = *at ? 0 : add_place(at, dir);

	if (status == 0)
		status = open_in(ledger, dir, (*at)->first);
	if (status != 0 && *at)
		drop_place(at);
	return status;
}

int cli_ledgers_open(cli_ledgers *all, sqb_ledger **ledger,
    const char *state)
{
	char *dir = place_of(state);
	int status = EX_CONFIG;

	*ledger = NULL;
	if (dir) {
		pthread_mutex_lock(&all->mutex);
		status = open_at(all, ledger, dir);
		pthread_mutex_unlock(&all->mutex);
	}
	free(dir);
	return status;
}

void cli_ledgers_clear(cli_ledgers *all)
{
	while (all->places)
		drop_place(&all->places);
}

/* Opens the user's ledger; see ledger.h. */
#include "ledger.h"

#include "print.h"
#include "xdg.h"

#include <stdlib.h>
#include <sysexits.h>

static void warn_of_damage(const sqb_ledger *ledger)
{
	const char *aside = sqb_ledger_set_aside(ledger);

	if (aside)
		cli_error("warning: the ledger was damaged: it is now %s, and "
		    "a new one is begun", aside);
}

int cli_ledger_open(sqb_ledger **ledger, const char *state)
{
	char *own = state ? NULL :
	    cli_xdg_path("XDG_STATE_HOME", ".local/state", "squab");
	const char *dir = own ? own : state;
	sqb_error err;
	int status = 0;

	*ledger = NULL;
	if (!dir) {
		cli_error("no place for the ledger: set $HOME or give "
		    "--state DIR");
		return EX_CONFIG;
	}
	if (sqb_ledger_open(ledger, dir, &err) == SQB_OK) {
		warn_of_damage(*ledger);
	} else {
		status = cli_fail(NULL, &err);
		if (err.code == SQB_E_SINK)
			status = EX_CANTCREAT;
	}
	free(own);
	return status;
}

/* What a service manager wants to hear: sd_notify(3). */
#ifndef SQUAB_CLI_NOTIFY_H
#define SQUAB_CLI_NOTIFY_H

/* "READY=1" and the like, where $NOTIFY_SOCKET says that somebody listens. */
void cli_notify(const char *state);

#endif

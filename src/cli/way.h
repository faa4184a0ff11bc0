/* How a server is reached: straight, through a proxy, or by a command. */
#ifndef SQUAB_CLI_WAY_H
#define SQUAB_CLI_WAY_H

#include "secret.h"
#include "words.h"

#include <squab/link.h>

/* The options. */
typedef struct cli_way_options {
	const char *proxy, *proxy_password_file;
	const char *tunnel;
} cli_way_options;

typedef struct cli_way {
	const char *proxy;
	cli_secret proxy_password;	/* none: the URL's, or none */
	cli_words *tunnel;		/* NULL: not by its words */
	const char *shell[4];		/* where the tunnel is a line for it */
} cli_way;

/*
 * Reads the password of the proxy, and the tunnel's words. 0, or the exit
 * status after saying why. In either case w is to be cleared.
 */
int cli_way_init(cli_way *w, const cli_way_options *o);
void cli_way_clear(cli_way *w);

/* Lifetime of what o gets: that of w. */
void cli_way_fill(const cli_way *w, sqb_link_options *o);

/* True for a proxy's URL with a password in it. */
bool cli_way_has_password(const char *proxy);

/* What the command line may not say. 0, or EX_USAGE after saying why. */
int cli_way_check_told(const cli_way_options *o);

#endif

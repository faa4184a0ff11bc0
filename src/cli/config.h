/*
 * The config file: keys for every server, then a section for each account.
 * See squab-config(5).
 */
#ifndef SQUAB_CLI_CONFIG_H
#define SQUAB_CLI_CONFIG_H

#include "options.h"

#include <squab/session.h>

#define CLI_CONFIG_MAX (16u << 20)	/* octets of the file */
#define CLI_CONFIG_LINE_MAX 4096	/* octets of a line, with its end */
#define CLI_CONFIG_ACCOUNTS_MAX 100000
#define CLI_CONFIG_NAME_MAX 40		/* octets of an account's name */

/* An option, "url" or "password", and a value that is right for it. */
typedef struct cli_key {
	const char *name, *value;
} cli_key;

typedef struct cli_section {
	const char *name;	/* "": the keys for every server */
	const char *url;	/* "" for them only */
	unsigned line;
	size_t first, n_keys;	/* among the keys */
} cli_section;

/* Lifetime of all strings: until clear. They are wiped then. */
typedef struct cli_config {
	cli_section *sections;	/* the first is there always, and has no name */
	size_t n_sections;
	cli_key *keys;
	size_t n_keys;
	const cli_section **by_name;	/* all but the first */
	bool has_password;
	unsigned line;		/* of what is wrong; 0: it has none */
	char why[SQB_ERROR_TEXT]; /* and what that is */
	char *room;		/* for the strings */
	size_t room_used, room_size;
} cli_config;

/*
 * Reads text. A key must be in one of the tables, which NULL ends. False: see
 * line and why. In either case c is to be cleared.
 */
bool cli_config_parse(cli_config *c, sqb_str text,
    const cli_option *const *tables);

/*
 * Reads a file; NULL: the user's own, where there is one. Warns where others
 * may use it. 0, or the exit status after saying why. In either case c is to
 * be cleared.
 */
int cli_config_read(cli_config *c, const char *file,
    const cli_option *const *tables);

/* Where the user's own is, for free(3). NULL: nowhere, or no memory. */
char *cli_config_path(void);

void cli_config_clear(cli_config *c);

/* The account of that name. NULL: there is none. */
const cli_section *cli_config_find(const cli_config *c, const char *name);

/*
 * The place from 1 of the group that an option is in; 0: none. Of a group one
 * option only can be, so that one which is nearer replaces the others.
 */
int cli_config_group(const char *name);

#endif

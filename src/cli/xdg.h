/* Where a user's files are: the XDG Base Directory Specification. */
#ifndef SQUAB_CLI_XDG_H
#define SQUAB_CLI_XDG_H

/*
 * $VARIABLE/REST, or $HOME/HOME_REST/REST where that is no absolute path; for
 * free(3). NULL: neither is there, or no memory.
 */
char *cli_xdg_path(const char *variable, const char *home_rest,
    const char *rest);

#endif

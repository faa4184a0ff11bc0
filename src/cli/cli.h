/* The commands of squab, and the statuses that they return: sysexits.h. */
#ifndef SQUAB_CLI_H
#define SQUAB_CLI_H

#include "options.h"

/* The options of the commands that take accounts, besides those of cli_conn. */
extern const cli_option list_table[], fetch_table[], show_table[];
extern const cli_option probe_table[], watch_table[], send_table[];
extern const cli_option compose_identity_table[];
extern const cli_option sendmail_table[];

/* The tables of all keys that a config may have; NULL ends it. */
extern const cli_option *const cli_account_tables[];

/* argv[0] is the command's name. The result is the exit status. */
int cmd_help(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_fetch(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_parse(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int cmd_ledger(int argc, char **argv);
int cmd_compose(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_queue(int argc, char **argv);
int cmd_sendmail(int argc, char **argv);
int cmd_serve(int argc, char **argv);

#endif

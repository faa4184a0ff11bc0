/* The commands of squab, and the statuses that they return: sysexits.h. */
#ifndef SQUAB_CLI_H
#define SQUAB_CLI_H

/* argv[0] is the command's name. The result is the exit status. */
int cmd_help(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_fetch(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_parse(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int cmd_ledger(int argc, char **argv);
int cmd_serve(int argc, char **argv);

#endif

/* What is attached to a message, into files. */
#ifndef SQUAB_CLI_EXTRACT_H
#define SQUAB_CLI_EXTRACT_H

#include <squab/message.h>

/* Makes the folder if it is not there. Its descriptor, or -1: see errno. */
int extract_open(const char *folder);

/*
 * Saves what is attached to m, and to the messages in it, in the folder of
 * that descriptor. No file that is there is written to: another name gets a
 * number. The exit status; what is wrong was said.
 */
int extract_all(sqb_message *m, int folder);

#endif

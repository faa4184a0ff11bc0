/* Programs that are given a message. */
#ifndef SQB_STORE_COMMAND_H
#define SQB_STORE_COMMAND_H

#include <squab/error.h>

/*
 * The words of a command for execvp(3), NULL-terminated: sh -c CMD, or those
 * of CMD if it begins with "[", which then is a JSON array of strings. For
 * sqb__words_free(). NULL with *why, which is static: it cannot be read.
 */
char **sqb__words_new(const char *command, const char **why);
void sqb__words_free(char **words);

/*
 * Runs a program with standard input from fd and its output going to standard
 * error, in a process group of its own, which is ended when it takes longer
 * than timeout ms. *status is as waitpid(2) has it; *late: it was ended. False:
 * it could not be started, see errno.
 */
bool sqb__command_run(char *const *words, char *const *env, int fd,
    sqb_time timeout, int *status, bool *late);

#endif

/* A file as a whole. */
#ifndef SQUAB_CLI_SLURP_H
#define SQUAB_CLI_SLURP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * All of fd, at most max octets, with a NUL behind it; for free(3). False: see
 * errno.
 */
bool slurp_fd(int fd, size_t max, char **out, size_t *len);

/*
 * The same of a file, or of standard input for "-". 0, or the exit status
 * after saying why; limit is what max is called there.
 */
int slurp(const char *file, size_t max, const char *limit, char **out,
    size_t *len);

#endif

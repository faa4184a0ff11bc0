/* The files that operands name: themselves, and those in folders. */
#ifndef SQUAB_CLI_WALK_H
#define SQUAB_CLI_WALK_H

/* What is done with a file: an exit status, or this to see no more of them. */
#define WALK_STOP	(-1)
typedef int (*walk_visit)(void *ctx, int fd, const char *name);

/*
 * Visits a file, "-" for standard input, or what is in a Maildir or folder:
 * names in the order of their octets; links are not followed, and names that
 * begin with a dot are passed over. The first exit status that is not 0; what
 * cannot be opened was said.
 */
int walk(const char *operand, walk_visit visit, void *ctx);

#endif

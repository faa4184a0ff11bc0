/* A command whose standard input and output are the line. */
#ifndef SQB_NET_TUNNEL_H
#define SQB_NET_TUNNEL_H

#include <squab/error.h>

#include <sys/types.h>

typedef struct sqb__tunnel {
	pid_t pid;		/* 0: there is none */
	bool leads;		/* a process group of its own */
} sqb__tunnel;

/* Starts argv; *fd is our end of the line. < 0: err says why. */
int sqb__tunnel_start(sqb__tunnel *t, const char *const *argv, int *fd,
    sqb_error *err);

/*
 * The line has ended: whether the command has too, and has failed; err says
 * how. Waits for at most 20 ms, as a command's files are closed before it is
 * over. t may be without one.
 */
bool sqb__tunnel_failed(sqb__tunnel *t, sqb_error *err);

/* Kills and reaps it; t may be without one. */
void sqb__tunnel_end(sqb__tunnel *t);

#endif

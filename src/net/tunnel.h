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

/* Kills and reaps it; t may be without one. */
void sqb__tunnel_end(sqb__tunnel *t);

#endif

/* Whether what names were found by may be another network's by now. */
#ifndef SQB_NET_NETWORK_H
#define SQB_NET_NETWORK_H

#include "net/sys.h"

typedef struct sqb__network {
	bool is_known;			/* else this is the first look */
	uint64_t resolver[SQB__SYS_STAMP];
	uint64_t hosts[SQB__SYS_STAMP];
	int news;			/* where it is told; -1: nowhere */
	sqb_time asleep;		/* ms that the system ever slept */
} sqb__network;

/*
 * True: since the last call an address or route came or went, the system
 * slept, or /etc/resolv.conf or /etc/hosts changed. Never blocks; holds a
 * descriptor from the first call on.
 */
bool sqb__network_changed(sqb__network *n);

/* network_linux.c, network_portable.c: what only the system knows. */
void sqb__network_listen(sqb__network *n);
void sqb__network_leave(sqb__network *n);	/* the next look is the first */
bool sqb__network_heard(sqb__network *n);

/* Whether these messages of rtnetlink(7) tell of such a change. */
bool sqb__network_is_news(const void *messages, size_t len);

#endif

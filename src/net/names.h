/*
 * Names and the addresses that they were found to have, each for as long as
 * that is true. No threads, no clock, no lock: resolve.c has all three.
 */
#ifndef SQB_NET_NAMES_H
#define SQB_NET_NAMES_H

#include "net/cache.h"
#include "net/host.h"

#include <netdb.h>

enum {
	SQB__MAX_ADDRESSES = 16,	/* of a name; more are not tried */
	SQB__MAX_NAMES = 16384
};

struct sqb__resolve;

typedef struct sqb__name {
	sqb__kept kept;
	size_t n_refs;
	bool is_known;			/* else somebody is asking */
	int status;			/* of getaddrinfo(3) */
	sqb__address *addresses;	/* without ports */
	size_t n_addresses;
	sqb_time since, until;		/* ms; of what is known */
	struct sqb__resolve *waiting;	/* for it */
	struct sqb__name *next;		/* that is to be asked for */
	char host[SQB__MAX_HOST];	/* in lower case */
} sqb__name;

void sqb__name_release(sqb__name *name);

typedef sqb__cache sqb__names;		/* all zero in the beginning */

/*
 * find: what is known of host at this time, or will be soon; NULL: nothing.
 * add: it will be, for the caller asks and tells; NULL: no memory. Either way
 * the caller gets a reference of its own.
 */
sqb__name *sqb__names_find(sqb__names *names, const char *host, sqb_time now);
sqb__name *sqb__names_add(sqb__names *names, const char *host);

/*
 * The answer: of getaddrinfo(3), and how long in ms it is good, which is put
 * between a second and an hour. status is EAI_MEMORY where that is short.
 */
void sqb__name_tell(sqb__name *name, int status, const struct addrinfo *found,
    sqb_time now);
void sqb__name_set_life(sqb__name *name, sqb_time life);

/* It led nowhere, or was not asked for; others that are known stay. */
void sqb__names_doubt(sqb__names *names, const char *host);
void sqb__names_drop(sqb__names *names, sqb__name *name);

#endif

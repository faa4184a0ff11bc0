/*
 * Names are asked for by getaddrinfo(3), which blocks, on a thread of its own.
 * The request is shared by that thread and its owner; who leaves last frees
 * it. Asking is not stopped, since nothing portable can, but nobody waits for
 * it either.
 */
#include "net/resolve.h"

#include "base/error.h"
#include "net/sys.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct sqb__resolve {
	atomic_int n_owners;
	atomic_bool done;		/* what is below has been set */
	struct addrinfo *found;
	int status;			/* of getaddrinfo */
	int ours, theirs;		/* a pair; theirs is closed when done */
	char host[SQB__MAX_HOST];
	char service[8];
};

static const struct addrinfo stream_hints = {
	.ai_family = AF_UNSPEC,
	.ai_socktype = SOCK_STREAM,
	.ai_flags = AI_NUMERICSERV,
};

static void leave(sqb__resolve *r)
{
	if (atomic_fetch_sub(&r->n_owners, 1) > 1)
		return;
	if (r->found)
		freeaddrinfo(r->found);
	free(r);
}

/* The loopback addresses, whatever a name server says (RFC 6761, 6.3). */
static bool is_localhost(const char *host)
{
	return strcasecmp(host, "localhost") == 0;
}

static void *ask(void *arg)
{
	sqb__resolve *r = arg;
	const char *host = is_localhost(r->host) ? NULL : r->host;
	int theirs = r->theirs;

	r->status = getaddrinfo(host, r->service, &stream_hints, &r->found);
	atomic_store(&r->done, true);
	leave(r);
	(void)close(theirs);
	return NULL;
}

/* The program's signals are not for this thread. */
static int start_thread(sqb__resolve *r)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int rc = pthread_attr_init(&attr);

	if (rc != 0)
		return rc;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, &attr, ask, r);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return rc;
}

static int start(sqb__resolve *r, sqb_error *err)
{
	int pair[2], rc;

	if (sqb__sys_pair(pair) < 0)
		return sqb__error(err, SQB_E_NET,
		    "out of descriptors for a name lookup");
	r->ours = pair[0];
	r->theirs = pair[1];
	rc = start_thread(r);
	if (rc == 0)
		return SQB_OK;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return sqb__error(err, SQB_E_NET,
	    "no thread can be had for a name lookup");
}

sqb__resolve *sqb__resolve_new(const char *host, uint16_t port, sqb_error *err)
{
	sqb__resolve *r = calloc(1, sizeof(*r));

	if (!r) {
		sqb__error(err, SQB_E_NOMEM, "out of memory");
		return NULL;
	}
	atomic_init(&r->n_owners, 2);
	atomic_init(&r->done, false);
	(void)snprintf(r->host, sizeof(r->host), "%s", host);
	(void)snprintf(r->service, sizeof(r->service), "%u", port);
	if (start(r, err) == SQB_OK)
		return r;
	free(r);
	return NULL;
}

void sqb__resolve_free(sqb__resolve *r)
{
	if (!r)
		return;
	(void)close(r->ours);
	leave(r);
}

int sqb__resolve_fd(const sqb__resolve *r)
{
	return r->ours;
}

static int no_address(int status, sqb_error *err)
{
	if (status == EAI_NONAME)
		sqb__error(err, SQB_E_NET, "there is no such host name");
	else if (status == EAI_AGAIN)
		sqb__error(err, SQB_E_NET,
		    "no name server answers; try again later");
	else if (status == EAI_MEMORY)
		return sqb__error(err, SQB_E_NOMEM, "out of memory");
	else
		sqb__error(err, SQB_E_NET, "name lookup: ",
		    gai_strerror(status));
	err->sys = status;
	return SQB_E_NET;
}

int sqb__resolve_take(sqb__resolve *r, sqb__address *out, size_t cap,
    size_t *n, sqb_error *err)
{
	*n = 0;
	if (!atomic_load(&r->done))
		return 0;
	if (r->status != 0)
		return no_address(r->status, err);
	for (struct addrinfo *a = r->found; a && *n < cap; a = a->ai_next)
		if (a->ai_addrlen <= sizeof(*out))
			memcpy(&out[(*n)++], a->ai_addr, a->ai_addrlen);
	return *n > 0 ? 1 : sqb__error(err, SQB_E_NET, "it has no address");
}

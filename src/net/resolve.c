/*
 * Names are asked for by getaddrinfo(3), which knows all ways that a system
 * has, those of its files, its own network and its VPNs too, and blocks: on a
 * few threads that come and go with the questions. What many want is asked
 * once, and known for as long as names.c says; all is forgotten when the
 * network may be another. Asking is not stopped, since nothing portable can,
 * but nobody waits for it either.
 */
#include "net/resolve.h"

#include "base/error.h"
#include "net/network.h"
#include "net/sys.h"
#include "net/ttl.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
	MAX_THREADS = 64,
	LOOK_AROUND = 1000		/* ms; at the network, no more often */
};

struct sqb__resolve {
	sqb__name *name;
	int ours, theirs;	/* a pair; theirs is closed when it is known */
	sqb__resolve *next;	/* of those who wait */
	sqb__resolve **at;	/* what points here; NULL: it is known */
};

/* One for the process, behind a lock. */
static struct {
	pthread_mutex_t lock;
	sqb__names names;
	sqb__network network;
	sqb_time looked;		/* around */
	sqb__name *first, *last;	/* that are to be asked for */
	size_t n_threads;
	pid_t pid;			/* whose threads they are */
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void lock(void)
{
	(void)pthread_mutex_lock(&shared.lock);
}

static void unlock(void)
{
	(void)pthread_mutex_unlock(&shared.lock);
}

/* --- asking, on a thread */

static void push(sqb__name *name)
{
	name->n_refs++;
	name->next = NULL;
	*(shared.last ? &shared.last->next : &shared.first) = name;
	shared.last = name;
}

/* The next that somebody still waits for; NULL: there is none. */
static sqb__name *pop(void)
{
	sqb__name *name;

	while ((name = shared.first)) {
		shared.first = name->next;
		if (!shared.first)
			shared.last = NULL;
		if (name->waiting)
			return name;
		sqb__names_drop(&shared.names, name);
		sqb__name_release(name);
	}
	return NULL;
}

static void wake_all(sqb__name *name)
{
	for (sqb__resolve *r = name->waiting; r; r = r->next) {
		(void)close(r->theirs);
		r->at = NULL;
	}
	name->waiting = NULL;
}

/* The lock is held, but not while somebody else is asked. */
static void ask(sqb__name *name)
{
	static const struct addrinfo hints = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int64_t ttl = -1;
	int status;

	unlock();
	status = getaddrinfo(name->host, NULL, &hints, &found);
	lock();
	sqb__name_tell(name, status, found, sqb__sys_now());
	wake_all(name);
	unlock();
	if (status == 0)
		freeaddrinfo(found);
	/* known, and so it does not change */
	if (name->status == 0)
		ttl = sqb__ttl_ask(name->host, name->addresses,
		    name->n_addresses);
	lock();
	if (ttl >= 0)
		sqb__name_set_life(name, ttl * 1000);
}

static void *work(void *unused)
{
	sqb__name *name;

	lock();
	while ((name = pop())) {
		ask(name);
		sqb__name_release(name);
	}
	shared.n_threads--;
	unlock();
	return unused;
}

/* The program's signals are not for this thread. */
static int start_thread(void)
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
	rc = pthread_create(&thread, &attr, work, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return rc;
}

/* One thread at least will come to it, or false. */
static bool have_asked(sqb__name *name)
{
	push(name);
	if (shared.n_threads < MAX_THREADS && start_thread() == 0)
		shared.n_threads++;
	return shared.n_threads > 0;
}

/* --- those who want to know */

static void look_around(sqb_time now)
{
	if (shared.network.is_known && now - shared.looked < LOOK_AROUND)
		return;
	shared.looked = now;
	if (sqb__network_changed(&shared.network))
		sqb__cache_forget(&shared.names, (sqb_str){ NULL, 0 });
}

/* A child of fork(2) has none of the threads, and should not hear for us. */
static void mind_fork(void)
{
	pid_t pid = getpid();
	sqb__name *name;

	if (shared.pid == pid)
		return;
	shared.pid = pid;
	sqb__network_leave(&shared.network);
	sqb__cache_forget(&shared.names, (sqb_str){ NULL, 0 });
	while ((name = shared.first)) {
		shared.first = name->next;
		sqb__name_release(name);
	}
	shared.last = NULL;
	shared.n_threads = 0;
}

static sqb__name *find(const char *host)
{
	sqb_time now = sqb__sys_now();

	mind_fork();
	look_around(now);
	return sqb__names_find(&shared.names, host, now);
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

static void set_port(sqb__address *a, uint16_t port)
{
	if (a->any.sa_family == AF_INET6)
		a->v6.sin6_port = htons(port);
	else
		a->v4.sin_port = htons(port);
}

static int give(const sqb__name *name, uint16_t port, sqb__address *out,
    size_t *n, sqb_error *err)
{
	*n = 0;
	if (!name || !name->is_known)
		return 0;
	if (name->status != 0)
		return no_address(name->status, err);
	for (; *n < name->n_addresses; (*n)++) {
		out[*n] = name->addresses[*n];
		set_port(&out[*n], port);
	}
	return *n > 0 ? 1 : sqb__error(err, SQB_E_NET, "it has no address");
}

/* Always the loopback addresses, whatever anybody says (RFC 6761, 6.3). */
static int give_loopback(uint16_t port, sqb__address *out, size_t *n)
{
	out[0] = (sqb__address){ .v6 = { .sin6_family = AF_INET6,
	    .sin6_port = htons(port), .sin6_addr = in6addr_loopback } };
	out[1] = (sqb__address){ .v4 = { .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	*n = 2;
	return 1;
}

int sqb__resolve_known(const char *host, uint16_t port,
    sqb__address out[SQB__MAX_ADDRESSES], size_t *n, sqb_error *err)
{
	sqb__name *name;
	int rc;

	if (strcasecmp(host, "localhost") == 0)
		return give_loopback(port, out, n);
	lock();
	name = find(host);
	rc = give(name, port, out, n, err);
	if (name)
		sqb__name_release(name);
	unlock();
	return rc;
}

static void wait_for(sqb__resolve *r, sqb__name *name)
{
	r->name = name;
	if (name->is_known) {
		(void)close(r->theirs);
		return;
	}
	r->next = name->waiting;
	if (r->next)
		r->next->at = &r->next;
	r->at = &name->waiting;
	name->waiting = r;
}

/* r->name is set, or err says why not. */
static int join(sqb__resolve *r, const char *host, sqb_error *err)
{
	sqb__name *name = find(host);

	if (name) {
		wait_for(r, name);
		return SQB_OK;
	}
	name = sqb__names_add(&shared.names, host);
	if (!name)
		return sqb__error(err, SQB_E_NOMEM, "out of memory");
	wait_for(r, name);
	if (have_asked(name))
		return SQB_OK;
	name->waiting = NULL;
	(void)pop();
	sqb__name_release(name);
	return sqb__error(err, SQB_E_NET,
	    "no thread can be had for a name lookup");
}

static int start(sqb__resolve *r, const char *host, sqb_error *err)
{
	int pair[2], rc;

	if (sqb__sys_pair(pair) < 0)
		return sqb__error(err, SQB_E_NET,
		    "out of descriptors for a name lookup");
	r->ours = pair[0];
	r->theirs = pair[1];
	lock();
	rc = join(r, host, err);
	unlock();
	if (rc == SQB_OK)
		return SQB_OK;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return rc;
}

sqb__resolve *sqb__resolve_new(const char *host, sqb_error *err)
{
	sqb__resolve *r = calloc(1, sizeof(*r));

	if (!r) {
		sqb__error(err, SQB_E_NOMEM, "out of memory");
		return NULL;
	}
	if (start(r, host, err) == SQB_OK)
		return r;
	free(r);
	return NULL;
}

void sqb__resolve_free(sqb__resolve *r)
{
	if (!r)
		return;
	lock();
	if (r->at) {
		*r->at = r->next;
		if (r->next)
			r->next->at = r->at;
		(void)close(r->theirs);
	}
	sqb__name_release(r->name);
	unlock();
	(void)close(r->ours);
	free(r);
}

int sqb__resolve_fd(const sqb__resolve *r)
{
	return r->ours;
}

int sqb__resolve_take(sqb__resolve *r, uint16_t port,
    sqb__address out[SQB__MAX_ADDRESSES], size_t *n, sqb_error *err)
{
	int rc;

	lock();
	rc = give(r->name, port, out, n, err);
	unlock();
	return rc;
}

void sqb__resolve_doubt(const char *host)
{
	lock();
	sqb__names_doubt(&shared.names, host);
	unlock();
}

/*
 * Resumption: RFC 8446, section 2.2 and 4.6.1; RFC 5077 and RFC 5246, section
 * 7.3, for TLS 1.2. A server that we come back to proves itself by a secret
 * that we share since it showed its certificate; that spares both the costly
 * half of a handshake.
 *
 * So a session is as good as the verification that it began with, and must not
 * serve where that would not have been enough:
 *
 * - Its key is a digest of all that decides whether a server is who it should
 *   be: name, pin, whether anything is verified at all, what TLS must be, the
 *   files of CAs and revocation lists and our own certificate, as they are
 *   now; and of where the connection goes, so that one service of a host
 *   cannot be passed off as another. A session without verification has
 *   another key than any with it. The key goes into the session, and OpenSSL
 *   compares it too.
 * - It is put here only once its connection is established, the pin checked
 *   as well. In a resumed one the pin is checked again.
 * - It is good for an hour from when the certificate was shown, however often
 *   it was renewed since, and not after a certificate of the chain has
 *   expired. Then the server must show a certificate again.
 * - Each is used once, so that who watches cannot tell by a ticket that two
 *   connections are of one client (RFC 8446, appendix C.4). Under TLS 1.2 the
 *   same one may come back after its use: there it was sent in clear before.
 * - Under TLS 1.3 keys are agreed anew as well (psk_dhe_ke, RFC 8446, 4.2.9).
 *   TLS 1.2 cannot do that, so there who steals a server's ticket key reads
 *   what was said since the last full handshake: another reason for the hour.
 *   Without extended master secret it is not resumed (RFC 7627, 5.4).
 * - Through a proxy, a tunnel or a socket of the caller's nothing is resumed:
 *   who goes such ways may not want to be known again.
 * - A server that breaks off when it is offered one fails that connection, and
 *   is offered none for an hour.
 *
 * No early data is sent: whoever saw it could send it again (RFC 8446, section
 * 8), and what a mail client says first is to log in. Nothing goes to a disk:
 * these are secrets, and each process begins with none.
 *
 * What servers send is bounded: how many in all, how many of one key, and how
 * much memory, by count of their certificates.
 */
#include "net/tls_sessions.h"

#include "net/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	MAX_SESSIONS = 1024,
	MAX_SAME = 64,			/* as many connections at a time */
	MAX_COST = 16 * 1024 * 1024,	/* octets */
	OVERHEAD = 1024,		/* octets, of a session without all */
	LONGEST = 60 * 60 * 1000	/* ms */
};

typedef struct entry {
	sqb__kept kept;
	SSL_SESSION *session;		/* NULL: none is wanted */
	sqb__proof proof;
	unsigned char key[SQB__SHA256];
} entry;

static void drop(sqb__kept *k)
{
	entry *e = (entry *)k;

	SSL_SESSION_free(e->session);
	free(e);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqb__cache sessions = { .max_n = MAX_SESSIONS, .max_same = MAX_SAME,
    .max_cost = MAX_COST, .drop = drop };

static sqb_str str_of(const unsigned char key[SQB__SHA256])
{
	return (sqb_str){ (const char *)key, SQB__SHA256 };
}

static bool is_good(const entry *e, sqb_time now)
{
	if (now - e->proof.when >= LONGEST)
		return false;
	return !e->session || (time(NULL) < e->proof.good_until &&
	    SSL_SESSION_is_resumable(e->session));
}

static void discard(entry *e)
{
	sqb__cache_remove(&sessions, &e->kept);
	drop(&e->kept);
}

/* The newest of key that is good; those that are not go. */
static entry *find(const unsigned char key[SQB__SHA256], sqb_time now)
{
	entry *e;

	while ((e = (entry *)sqb__cache_find(&sessions, str_of(key))) &&
	    !is_good(e, now))
		discard(e);
	return e;
}

/* What nobody came back for. */
static void discard_old(sqb_time now)
{
	while (sessions.oldest && !is_good((entry *)sessions.oldest, now))
		discard((entry *)sessions.oldest);
}

static entry *make(const unsigned char *key, SSL_SESSION *session, size_t size)
{
	entry *e = calloc(1, sizeof(*e));

	if (!e) {
		SSL_SESSION_free(session);
		return NULL;
	}
	memcpy(e->key, key, sizeof(e->key));
	e->kept.key = str_of(e->key);
	e->kept.cost = OVERHEAD + size;
	e->session = session;
	return e;
}

/* A copy: the connection goes on changing its own, on another thread even. */
void sqb__tls_sessions_put(const SSL_SESSION *session, size_t size,
    const sqb__proof *proof, sqb_time now)
{
	unsigned len;
	const unsigned char *key = SSL_SESSION_get0_id_context(session, &len);
	SSL_SESSION *copy = SSL_SESSION_dup((SSL_SESSION *)session);
	entry *e = copy ? make(key, copy, size) : NULL, *last;

	if (!e)
		return;
	e->proof = *proof;
	(void)pthread_mutex_lock(&lock);
	discard_old(now);
	last = find(key, now);
	if (is_good(e, now) && (!last || last->session))
		sqb__cache_add(&sessions, &e->kept);
	else
		drop(&e->kept);
	(void)pthread_mutex_unlock(&lock);
}

SSL_SESSION *sqb__tls_sessions_take(const unsigned char key[SQB__SHA256],
    sqb__proof *proof, sqb_time now)
{
	SSL_SESSION *session = NULL;
	entry *e;

	(void)pthread_mutex_lock(&lock);
	e = find(key, now);
	if (e && e->session) {
		session = e->session;
		*proof = e->proof;
		e->session = NULL;
		discard(e);
	}
	(void)pthread_mutex_unlock(&lock);
	return session;
}

void sqb__tls_sessions_refuse(const unsigned char key[SQB__SHA256],
    sqb_time now)
{
	entry *e = make(key, NULL, 0);

	if (e)
		e->proof.when = now;
	(void)pthread_mutex_lock(&lock);
	sqb__cache_forget(&sessions, str_of(key));
	if (e)
		sqb__cache_add(&sessions, &e->kept);
	(void)pthread_mutex_unlock(&lock);
}

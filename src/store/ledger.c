/*
 * The ledger's handle, its locks on accounts, and the identities of messages.
 * An account is locked by a file of its own: that outlasts any transaction,
 * and keeps out nobody else.
 */
#include "store/ledger.h"

#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define NAP_MS 20
#define LOCK_NAME 17		/* octets: 16 hex digits and the NUL */

bool sqb__ledger_nap(sqb_time *waited, sqb_time wait)
{
	if (*waited >= wait)
		return false;
	nanosleep(&(struct timespec){ .tv_nsec = NAP_MS * 1000000 }, NULL);
	*waited += NAP_MS;
	return true;
}

int sqb__ledger_lock_file(sqb_ledger *l, const char *name)
{
	return openat(l->home->locks, name, O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
}

static bool digest(sqb_ledger *l, sqb_str uidl, uint8_t out[32])
{
	/* The NUL keeps account and UIDL apart. */
	return EVP_DigestInit_ex2(l->digest, NULL, NULL) == 1 &&
	    EVP_DigestUpdate(l->digest, l->account,
	    strlen(l->account) + 1) == 1 &&
	    EVP_DigestUpdate(l->digest, uidl.ptr, uidl.len) == 1 &&
	    EVP_DigestFinal_ex(l->digest, out, NULL) == 1;
}

int sqb_ledger_id(sqb_ledger *l, sqb_str uidl, uint64_t size,
    sqb_store_id *id)
{
	uint8_t out[32];

	if (!l->account)
		return sqb__ledger_misuse(l, "no account is locked");
	if (!digest(l, uidl, out))
		return sqb__ledger_no_memory(l);
	memcpy(id->key, out, sizeof(id->key));
	id->size = size;
	return SQB_OK;
}

bool sqb__ledger_add_place(sqb_ledger *l, const char *place)
{
	char **places;

	for (size_t i = 0; i < l->n_places; i++)
		if (strcmp(l->places[i], place) == 0)
			return true;
	places = realloc(l->places, (l->n_places + 1) * sizeof(*places));
	if (!places)
		return false;
	l->places = places;
	places[l->n_places] = strdup(place);
	return places[l->n_places] && ++l->n_places;
}

void sqb__ledger_forget_places(sqb_ledger *l)
{
	while (l->n_places > 0)
		free(l->places[--l->n_places]);
	free(l->places);
	l->places = NULL;
}

static bool name_lock(sqb_ledger *l, char name[LOCK_NAME])
{
	uint8_t out[32];

	if (!digest(l, (sqb_str){ NULL, 0 }, out))
		return false;
	for (size_t i = 0; i < LOCK_NAME / 2; i++)
		snprintf(name + 2 * i, 3, "%02x", out[i]);
	return true;
}

static int busy(sqb_ledger *l)
{
	l->error = (sqb_error){ .code = SQB_E_RETRY };
	snprintf(l->error.text, sizeof(l->error.text), "another squab is at "
	    "work on %.120s: try again when it is done", l->account);
	return SQB_E_RETRY;
}

static int take_lock(sqb_ledger *l, sqb_time wait)
{
	char name[LOCK_NAME];
	sqb_time waited = 0;

	if (!name_lock(l, name))
		return sqb__ledger_no_memory(l);
	l->lock = sqb__ledger_lock_file(l, name);
	if (l->lock < 0)
		return sqb__ledger_fail_sys(l, "the account's lock");
	while (flock(l->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return sqb__ledger_fail_sys(l, "the account's lock");
		if (!sqb__ledger_nap(&waited, wait))
			return busy(l);
	}
	return SQB_OK;
}

static void unlock(sqb_ledger *l)
{
	sqb_ledger_rollback(l);
	if (l->lock >= 0)
		close(l->lock);
	l->lock = -1;
	free(l->account);
	l->account = NULL;
}

int sqb_ledger_lock(sqb_ledger *l, const char *account, sqb_time wait)
{
	size_t len = strlen(account);
	int code;

	unlock(l);
	if (len == 0 || len > SQB_LEDGER_MAX_NAME)
		return sqb__ledger_misuse(l, "no such name of an account");
	l->account = strdup(account);
	if (!l->account)
		return sqb__ledger_no_memory(l);
	code = take_lock(l, wait);
	if (code < 0)
		unlock(l);
	return code;
}

/* home: NULL for one of its own. */
static int open_it(sqb_ledger *l, sqb__ledger_home *home, const char *dir)
{
	int code = SQB_OK;

	if (home)
		sqb__ledger_enter(l, home);
	else
		code = sqb__ledger_settle(l, dir);
	if (code < 0)
		return code;
	l->digest = EVP_MD_CTX_new();
	if (!l->digest ||
	    EVP_DigestInit_ex2(l->digest, l->home->md, NULL) != 1)
		return sqb__ledger_no_memory(l);
	return sqb__ledger_take(l);
}

static int open_handle(sqb_ledger **ledger, sqb__ledger_home *home,
    const char *dir, sqb_error *err)
{
	sqb_ledger *l = calloc(1, sizeof(*l));
	int code;

	*ledger = NULL;
	if (!l)
		return sqb__store_error(err, SQB_E_NOMEM, "ledger");
	l->lock = -1;
	code = open_it(l, home, dir);
	if (code == SQB_OK) {
		*ledger = l;
		return SQB_OK;
	}
	if (err)
		*err = l->error;
	sqb_ledger_close(l);
	return code;
}

int sqb_ledger_open(sqb_ledger **ledger, const char *dir, sqb_error *err)
{
	return open_handle(ledger, NULL, dir, err);
}

int sqb_ledger_open_beside(sqb_ledger **ledger, const sqb_ledger *other,
    sqb_error *err)
{
	return open_handle(ledger, other->home, NULL, err);
}

void sqb_ledger_close(sqb_ledger *l)
{
	if (!l)
		return;
	unlock(l);
	sqb__ledger_leave(l);
	EVP_MD_CTX_free(l->digest);
	free(l->set_aside);
	free(l);
}

const char *sqb_ledger_set_aside(const sqb_ledger *l)
{
	return l->set_aside;
}

const sqb_error *sqb_ledger_error(const sqb_ledger *l)
{
	return &l->error;
}

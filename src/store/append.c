/*
 * Appending of append.h. A group gathers in the spool; publish() locks the
 * file, tells the ledger what is to come, writes it in as few pieces as can
 * be, and syncs. Where that fails the file gets its old length again.
 */
#include "store/append.h"

#include "store/file.h"
#include "store/sum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int lock(sqb__append *a)
{
	int code = sqb__lock_take(&a->lock, a->store->lock_wait);

	if (code == SQB_E_RETRY)
		return sqb__store_refuse(a->store, SQB_E_RETRY,
		    "another program has it locked");
	if (code != SQB_OK && errno == EINVAL)
		return sqb__store_refuse(a->store, SQB_E_SINK,
		    a->kind->other);
	return code == SQB_OK ? code :
	    sqb__store_fail(a->store, "cannot be opened or locked");
}

/*
 * Whose file it is. Before recovery it may begin with NUL: what a power cut
 * has made of a file whose first message was on its way.
 */
static int check_first(sqb__append *a, bool recovered)
{
	char text[8];
	size_t first = strlen(a->kind->first);
	ssize_t n = pread(a->lock.fd, text, first, 0);

	if (n < 0)
		return sqb__store_fail(a->store, "read");
	if (n == 0 || (!recovered && a->store->ledger && text[0] == '\0'))
		return SQB_OK;
	return (size_t)n == first &&
	    memcmp(text, a->kind->first, first) == 0 ? SQB_OK :
	    sqb__store_refuse(a->store, SQB_E_SINK, a->kind->other);
}

/* How long the file is, and how many line ends it ends in. */
static int look_at_end(sqb__append *a, uint64_t *len, size_t *n_ends)
{
	char text[8];
	size_t gap = strlen(a->kind->gap);
	struct stat st;
	ssize_t n;

	*n_ends = 0;
	if (fstat(a->lock.fd, &st) < 0)
		return sqb__store_fail(a->store, "length");
	*len = (uint64_t)st.st_size;
	n = *len < gap ? 0 : pread(a->lock.fd, text, gap,
	    (off_t)(*len - gap));
	while (n > 0 && text[--n] == '\n')
		++*n_ends;
	return SQB_OK;
}

static bool name_place(sqb__append *a)
{
	const char *scheme = a->store->ops->scheme;
	size_t size = strlen(scheme) + strlen(a->lock.path.whole) + 1;

	a->place = malloc(size);
	if (a->place)
		snprintf(a->place, size, "%s%s", scheme, a->lock.path.whole);
	return a->place != NULL;
}

int sqb__append_open(sqb__append *a, sqb_store *s,
    const sqb__append_kind *kind)
{
	int code;

	a->store = s;
	a->kind = kind;
	a->records = malloc(SQB_STORE_GROUP * sizeof(*a->records));
	if (!a->records || !sqb__lock_init(&a->lock, s->path) ||
	    !name_place(a) || !sqb__spool_init(&a->spool,
	    fcntl(a->lock.path.dir, F_DUPFD_CLOEXEC, 0)))
		return sqb__store_fail(s, "cannot be opened or made");
	code = lock(a);
	if (code == SQB_OK)
		code = check_first(a, false);
	sqb__lock_drop(&a->lock);
	return code;
}

void sqb__append_close(sqb__append *a)
{
	sqb__lock_clear(&a->lock);
	sqb__spool_clear(&a->spool);
	free(a->place);
	free(a->records);
}

int sqb__append_find(sqb__append *a, const sqb_store_id *ids, size_t n,
    bool *there)
{
	sqb__torns torns = { NULL, 0 };
	sqb__search w;
	int code;

	if (!a->store->ledger)
		return SQB_OK;
	if (!sqb__search_init(&w, ids, n, there))
		return sqb__store_fail(a->store, "search");
	code = lock(a);
	if (code == SQB_OK)
		code = sqb__recover(a, &w, &torns);
	/* Who wrote it may have been killed before the sync. */
	if (code == SQB_OK && w.found && !sqb__sync(a->lock.fd))
		code = sqb__store_fail(a->store, "sync");
	sqb__lock_drop(&a->lock);
	sqb__search_clear(&w);
	free(torns.items);
	return code;
}

void sqb__append_begin(sqb__append *a)
{
	sqb__record *r = &a->records[a->store->n_ended];

	*r = (sqb__record){ .id = a->store->ids[a->store->n_ended],
		.at = sqb__spool_len(&a->spool) };
}

/* All that follows the head. */
static bool sum(sqb__append *a, sqb__record *r)
{
	uint64_t from = r->at + r->n_head, len = sqb__spool_len(&a->spool);
	sqb_str piece;
	sqb__sum s;

	sqb__sum_init(&s);
	if (a->spool.flushed > 0 && !sqb__spool_flush(&a->spool))
		return false;
	while (from < len) {
		if (!sqb__spool_read(&a->spool, &from, &piece))
			return false;
		sqb__sum_add(&s, piece);
	}
	r->sum = sqb__sum_end(&s);
	return true;
}

static bool take_head(sqb__append *a, sqb__record *r)
{
	sqb_str head;

	if (a->spool.flushed > 0 && !sqb__spool_flush(&a->spool))
		return false;
	if (a->spool.flushed > 0)
		return pread(a->spool.fd, r->head, r->n_head,
		    (off_t)r->at) == (ssize_t)r->n_head;
	if (!sqb__spool_view(&a->spool, r->at, r->n_head, &head))
		return false;
	memcpy(r->head, head.ptr, head.len);
	return true;
}

int sqb__append_end(sqb__append *a, size_t n_head)
{
	sqb__record *r = &a->records[a->store->n_ended];

	r->len = sqb__spool_len(&a->spool) - r->at;
	r->n_head = n_head < r->len ? n_head : (size_t)r->len;
	return take_head(a, r) && sum(a, r) ? SQB_OK :
	    sqb__store_fail(a->store, "write");
}

void sqb__append_drop(sqb__append *a)
{
	/* What cannot be cut off is a file that nobody reads again. */
	(void)sqb__spool_cut(&a->spool, a->records[a->store->n_ended].at);
}

static bool is_torn_head(const sqb__torns *torns, uint64_t at,
    const sqb__record *r)
{
	for (size_t i = 0; i < torns->n_items; i++) {
		const sqb__torn *t = &torns->items[i];

		if (t->at == at && t->n_head == r->n_head &&
		    memcmp(t->head, r->head, r->n_head) == 0)
			return true;
	}
	return false;
}

/*
 * Where another account's run has left a torn end, a message that begins with
 * the same octets must never be taken for that.
 */
static bool be_unlike(sqb__append *a, const sqb__torns *torns, uint64_t at)
{
	sqb__record *r = &a->records[0];

	for (int i = 0; i < 10 && is_torn_head(torns, at, r); i++) {
		if (!a->kind->vary)
			return true;
		a->kind->vary(r->head, r->n_head);
		if (!sqb__spool_patch(&a->spool, 0,
		    (sqb_str){ r->head, r->n_head }))
			return false;
	}
	return true;
}

/* Durable in the ledger. */
static int intend(sqb__append *a, uint64_t at)
{
	sqb_ledger *ledger = a->store->ledger;
	size_t len;
	char *intent;
	int code;

	if (!ledger)
		return SQB_OK;
	intent = sqb__intent_new(a, at, &len);
	if (!intent)
		return sqb__store_fail(a->store, "intent");
	code = sqb_ledger_intend(ledger, a->place, (sqb_str){ intent, len });
	if (code < 0)
		a->store->error = *sqb_ledger_error(ledger);
	free(intent);
	return code;
}

static bool write_group(sqb__append *a, const char *lead)
{
	uint64_t from = 0, len = sqb__spool_len(&a->spool);
	sqb_str piece;

	if (!sqb__write_all(a->lock.fd, sqb_str_of(lead)))
		return false;
	if (a->spool.flushed > 0 && !sqb__spool_flush(&a->spool))
		return false;
	while (from < len)
		if (!sqb__spool_read(&a->spool, &from, &piece) ||
		    !sqb__write_all(a->lock.fd, piece))
			return false;
	return sqb__sync_data(a->lock.fd);
}

/* What has been written is taken back, if nobody has written behind it. */
static int undo(sqb__append *a, uint64_t len, size_t lead)
{
	int code = sqb__store_fail(a->store, "write");
	struct stat st;

	if (fstat(a->lock.fd, &st) == 0 && (uint64_t)st.st_size > len &&
	    (uint64_t)st.st_size <= len + lead + sqb__spool_len(&a->spool) &&
	    ftruncate(a->lock.fd, (off_t)len) == 0)
		sqb__sync_data(a->lock.fd);
	return code;
}

static int append(sqb__append *a, const sqb__torns *torns)
{
	uint64_t len = 0;
	size_t n_ends;
	const char *lead;
	int code = check_first(a, true);

	if (code == SQB_OK)
		code = look_at_end(a, &len, &n_ends);
	if (code != SQB_OK)
		return code;
	lead = len == 0 ? "" : a->kind->gap + n_ends;
	if (!be_unlike(a, torns, len + strlen(lead)))
		return sqb__store_fail(a->store, "write");
	code = intend(a, len + strlen(lead));
	if (code == SQB_OK && !write_group(a, lead))
		code = undo(a, len, strlen(lead));
	return code;
}

int sqb__append_publish(sqb__append *a)
{
	sqb__torns torns = { NULL, 0 };
	int code = lock(a);

	if (code == SQB_OK && a->store->ledger)
		code = sqb__recover(a, NULL, &torns);
	if (code == SQB_OK)
		code = append(a, &torns);
	sqb__lock_drop(&a->lock);
	free(torns.items);
	if (code == SQB_OK && !sqb__spool_cut(&a->spool, 0))
		code = sqb__store_fail(a->store, "spool");
	return code;
}

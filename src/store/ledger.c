/*
 * The ledger of one account: a small append-only text file, locked while a
 * run has it open. In memory an entry is a digest and two numbers.
 */
#include "store/file.h"
#include "store/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MANY_GONE 1000		/* entries; fewer are not worth a rewrite */
#define RETRY_MS 50

typedef struct entry {
	sqb_store_id id;
	int64_t seen;
} entry;

struct sqb_ledger {
	char *account;
	EVP_MD *md;
	EVP_MD_CTX *digest;
	int dir, fd;
	char name[40];
	entry *entries;		/* sorted by id, then by seen */
	size_t n_entries, cap;
	int64_t len;		/* octets of the file that are committed */
	char *waiting;		/* lines for the next commit */
	size_t n_waiting, waiting_cap;
	sqb_error error;
};

static int fail(sqb_ledger *l, sqb_code code, const char *doing)
{
	char what[120];

	snprintf(what, sizeof(what), "ledger %s: %s", l->name, doing);
	return sqb__store_error(&l->error, code, what);
}

static int no_memory(sqb_ledger *l)
{
	errno = ENOMEM;
	return fail(l, SQB_E_NOMEM, "no memory");
}

static bool digest(sqb_ledger *l, sqb_str uidl, uint8_t out[32])
{
	/* The NUL keeps account and UIDL apart. */
	return EVP_DigestInit_ex2(l->digest, l->md, NULL) == 1 &&
	    EVP_DigestUpdate(l->digest, l->account,
	    strlen(l->account) + 1) == 1 &&
	    EVP_DigestUpdate(l->digest, uidl.ptr, uidl.len) == 1 &&
	    EVP_DigestFinal_ex(l->digest, out, NULL) == 1;
}

int sqb_ledger_id(sqb_ledger *l, sqb_str uidl, uint64_t size,
    sqb_store_id *id)
{
	uint8_t out[32];

	if (!digest(l, uidl, out))
		return no_memory(l);
	memcpy(id->key, out, sizeof(id->key));
	id->size = size;
	return SQB_OK;
}

/* "ledger-" and 16 hex digits of the account's own digest. */
static bool name_file(sqb_ledger *l)
{
	uint8_t out[32];
	size_t at = sizeof("ledger-") - 1;

	memcpy(l->name, "ledger-", at);
	if (!digest(l, (sqb_str){ NULL, 0 }, out))
		return false;
	for (size_t i = 0; i < 8; i++, at += 2)
		snprintf(l->name + at, 3, "%02x", out[i]);
	return true;
}

static int by_entry(const void *a, const void *b)
{
	const entry *x = a, *y = b;
	int order = sqb_store_id_compare(&x->id, &y->id);

	return order != 0 ? order : (x->seen > y->seen) - (x->seen < y->seen);
}

/* The first entry that is not before id. */
static size_t find(const sqb_ledger *l, const sqb_store_id *id)
{
	size_t low = 0, high = l->n_entries;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sqb_store_id_compare(&l->entries[mid].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int64_t sqb_ledger_seen(const sqb_ledger *l, const sqb_store_id *id)
{
	size_t at = find(l, id);

	if (at < l->n_entries &&
	    sqb_store_id_compare(&l->entries[at].id, id) == 0)
		return l->entries[at].seen;
	return -1;
}

static bool load_line(void *ctx, const sqb__ledger_line *line)
{
	sqb_ledger *l = ctx;
	entry *e;

	if (l->n_entries == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;

		e = realloc(l->entries, cap * sizeof(*e));
		if (!e)
			return false;
		l->entries = e;
		l->cap = cap;
	}
	e = &l->entries[l->n_entries];
	if (sqb_ledger_id(l, line->uidl, line->size, &e->id) < 0)
		return false;
	e->seen = line->seen;
	l->n_entries++;
	return true;
}

/* Reads it, and cuts off the line that a crash has left half written. */
static int load(sqb_ledger *l)
{
	if (!sqb__ledger_read(l->fd, load_line, l, &l->len))
		return fail(l, SQB_E_SINK, "read");
	if (lseek(l->fd, 0, SEEK_END) > l->len &&
	    ftruncate(l->fd, l->len) < 0)
		return fail(l, SQB_E_SINK, "repair");
	if (l->n_entries > 0)
		qsort(l->entries, l->n_entries, sizeof(*l->entries),
		    by_entry);
	return SQB_OK;
}

/* Opens the file, and locks it if nobody else has; -1: see errno. */
static int open_locked(sqb_ledger *l)
{
	struct stat mine, there;
	int fd = openat(l->dir, l->name, O_RDWR | O_CREAT | O_APPEND |
	    O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &mine) == 0) {
		/* Whoever had it may have put a new file in its place. */
		if (fstatat(l->dir, l->name, &there, 0) == 0 &&
		    mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
			return fd;
		errno = EWOULDBLOCK;
	}
	close(fd);
	return -1;
}

static int lock(sqb_ledger *l, sqb_time wait)
{
	for (sqb_time waited = 0; ; waited += RETRY_MS) {
		l->fd = open_locked(l);
		if (l->fd >= 0)
			return SQB_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail(l, SQB_E_SINK, "cannot be opened");
		if (waited >= wait)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = RETRY_MS * 1000000 },
		    NULL);
	}
	l->error = (sqb_error){ .code = SQB_E_RETRY };
	snprintf(l->error.text, sizeof(l->error.text), "another squab is at "
	    "work on %.120s: try again when it is done", l->account);
	return SQB_E_RETRY;
}

static int header(char *out, size_t cap, const char *account)
{
	int n = snprintf(out, cap, "# squab ledger 1 %.512s\n", account);

	for (char *p = out; p < out + n - 1; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	return n;
}

/* A new file says for people whose it is, and gets its place for sure. */
static int begin_file(sqb_ledger *l)
{
	char line[600];
	int n;

	if (l->len > 0)
		return SQB_OK;
	n = header(line, sizeof(line), l->account);
	if (!sqb__write_all(l->fd, (sqb_str){ line, (size_t)n }) ||
	    !sqb__sync(l->fd) || !sqb__sync(l->dir))
		return fail(l, SQB_E_SINK, "cannot be written");
	l->len = n;
	return SQB_OK;
}

static int open_file(sqb_ledger *l, const char *dir, sqb_time wait)
{
	int code;

	l->dir = sqb__open_dirs(dir);
	if (l->dir < 0)
		return sqb__store_error(&l->error, SQB_E_SINK, dir);
	code = lock(l, wait);
	if (code == SQB_OK)
		code = load(l);
	return code == SQB_OK ? begin_file(l) : code;
}

int sqb_ledger_open(sqb_ledger **ledger, const char *dir,
    const char *account, sqb_time wait, sqb_error *err)
{
	sqb_ledger *l = calloc(1, sizeof(*l));
	int code;

	*ledger = NULL;
	if (!l)
		return sqb__store_error(err, SQB_E_NOMEM, "ledger");
	l->dir = l->fd = -1;
	l->account = strdup(account);
	l->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	l->digest = EVP_MD_CTX_new();
	if (!l->account || !l->md || !l->digest || !name_file(l))
		code = no_memory(l);
	else
		code = open_file(l, dir, wait);
	if (code == SQB_OK) {
		*ledger = l;
		return SQB_OK;
	}
	if (err)
		*err = l->error;
	sqb_ledger_close(l);
	return code;
}

void sqb_ledger_close(sqb_ledger *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		close(l->fd);
	if (l->dir >= 0)
		close(l->dir);
	EVP_MD_CTX_free(l->digest);
	EVP_MD_free(l->md);
	free(l->account);
	free(l->entries);
	free(l->waiting);
	free(l);
}

int sqb_ledger_add(sqb_ledger *l, sqb_str uidl, uint64_t size, int64_t now)
{
	if (uidl.len == 0 || uidl.len > SQB_LEDGER_MAX_UIDL) {
		errno = EINVAL;
		return fail(l, SQB_E_USAGE, "UIDL");
	}
	if (l->waiting_cap - l->n_waiting < SQB__LEDGER_LINE) {
		size_t cap = l->waiting_cap * 2 + SQB__LEDGER_LINE;
		char *bigger = realloc(l->waiting, cap);

		if (!bigger)
			return no_memory(l);
		l->waiting = bigger;
		l->waiting_cap = cap;
	}
	l->n_waiting += sqb__ledger_write_line(l->waiting + l->n_waiting,
	    uidl, now, size);
	return SQB_OK;
}

int sqb_ledger_commit(sqb_ledger *l)
{
	size_t n = l->n_waiting;

	l->n_waiting = 0;
	if (n == 0)
		return SQB_OK;
	if (sqb__write_all(l->fd, (sqb_str){ l->waiting, n }) &&
	    fdatasync(l->fd) == 0) {
		l->len += (int64_t)n;
		return SQB_OK;
	}
	fail(l, SQB_E_SINK, "cannot be written");
	if (ftruncate(l->fd, l->len) < 0)
		fail(l, SQB_E_SINK, "cannot be written nor repaired");
	return SQB_E_SINK;
}

/* A new file in the making; the lines of ids stay. */
typedef struct rewrite {
	sqb_ledger *l;
	const sqb_store_id *ids;	/* sorted */
	size_t n;
	int fd;
	size_t len;
	char buf[16384];
} rewrite;

static int by_id(const void *a, const void *b)
{
	return sqb_store_id_compare(a, b);
}

static bool stays(const rewrite *w, const sqb_store_id *id)
{
	return bsearch(id, w->ids, w->n, sizeof(*id), by_id) != NULL;
}

static bool flush(rewrite *w)
{
	size_t n = w->len;

	w->len = 0;
	return sqb__write_all(w->fd, (sqb_str){ w->buf, n });
}

static bool keep_line(void *ctx, const sqb__ledger_line *line)
{
	rewrite *w = ctx;
	sqb_store_id id;

	if (sqb_ledger_id(w->l, line->uidl, line->size, &id) < 0)
		return false;
	if (!stays(w, &id))
		return true;
	if (line->bytes.len > sizeof(w->buf) - w->len && !flush(w))
		return false;
	memcpy(w->buf + w->len, line->bytes.ptr, line->bytes.len);
	w->len += line->bytes.len;
	return true;
}

/* The new file is locked before it has the name that others open. */
static bool rewrite_file(rewrite *w, const char *name)
{
	sqb_ledger *l = w->l;
	int64_t whole;

	w->fd = openat(l->dir, name, O_RDWR | O_CREAT | O_TRUNC | O_APPEND |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->fd < 0 || flock(w->fd, LOCK_EX | LOCK_NB) < 0)
		return false;
	w->len = (size_t)header(w->buf, sizeof(w->buf), l->account);
	return sqb__ledger_read(l->fd, keep_line, w, &whole) && flush(w) &&
	    sqb__sync(w->fd) &&
	    renameat(l->dir, name, l->dir, l->name) == 0;
}

static int compact(sqb_ledger *l, rewrite *w)
{
	char name[48];

	snprintf(name, sizeof(name), "%s.new", l->name);
	if (!rewrite_file(w, name)) {
		fail(l, SQB_E_SINK, "cannot be rewritten");
		if (w->fd >= 0) {
			unlinkat(l->dir, name, 0);
			close(w->fd);
		}
		return SQB_E_SINK;
	}
	close(l->fd);
	l->fd = w->fd;
	l->len = lseek(l->fd, 0, SEEK_END);
	return sqb__sync(l->dir) ? SQB_OK : fail(l, SQB_E_SINK, "sync");
}

int sqb_ledger_compact(sqb_ledger *l, const sqb_store_id *ids, size_t n)
{
	sqb_store_id *sorted;
	rewrite *w;
	size_t gone = 0;
	int code = SQB_OK;

	/* An empty mailbox may be a server's bad day: forget nothing. */
	if (n == 0 || l->n_entries < MANY_GONE)
		return SQB_OK;
	sorted = malloc(n * sizeof(*sorted));
	w = calloc(1, sizeof(*w));
	if (!sorted || !w) {
		free(sorted);
		free(w);
		return no_memory(l);
	}
	memcpy(sorted, ids, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_id);
	*w = (rewrite){ .l = l, .ids = sorted, .n = n, .fd = -1 };
	for (size_t i = 0; i < l->n_entries; i++)
		gone += !stays(w, &l->entries[i].id);
	if (gone >= MANY_GONE && gone > l->n_entries / 2)
		code = compact(l, w);
	free(sorted);
	free(w);
	return code;
}

const sqb_error *sqb_ledger_error(const sqb_ledger *l)
{
	return &l->error;
}

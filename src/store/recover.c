/*
 * What a run that died has left in a file it was appending to. Its intent, in
 * the ledger, has the offset and for each message its length, a sum and how
 * it begins. Messages that are whole are known by that. From the first that
 * is not, the rest of the file is cut off, but only where it is certain that
 * nobody else has written any of it: it begins as the intent says, or with so
 * many NUL, and no message begins in it but where the intent says.
 *
 * Nothing is lost by that: a message has an intent only until the ledger has
 * it, and what the ledger does not have is still on the server.
 */
#include "store/append.h"

#include "store/sum.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	VERSION = 1,
	START = 1 + 8 + 4,		/* octets before the first record */
	RECORD = 16 + 8 + 8 + 8 + 1,	/* of a record, without its head */
	WINDOW = 65536
};

static void put_uint(char **p, uint64_t n, int octets)
{
	for (int i = 0; i < octets; i++)
		*(*p)++ = (char)(n >> 8 * i & 0xff);
}

char *sqb__intent_new(const sqb__append *a, uint64_t at, size_t *len)
{
	size_t n = a->store->n_ended;
	char *intent = malloc(START + n * (RECORD + SQB__HEAD_MAX));
	char *p = intent;

	if (!intent)
		return NULL;
	put_uint(&p, VERSION, 1);
	put_uint(&p, at, 8);
	put_uint(&p, n, 4);
	for (size_t i = 0; i < n; i++) {
		const sqb__record *r = &a->records[i];

		memcpy(p, r->id.key, sizeof(r->id.key));
		p += sizeof(r->id.key);
		put_uint(&p, r->id.size, 8);
		put_uint(&p, r->len, 8);
		put_uint(&p, r->sum, 8);
		put_uint(&p, r->n_head, 1);
		memcpy(p, r->head, r->n_head);
		p += r->n_head;
	}
	*len = (size_t)(p - intent);
	return intent;
}

static uint64_t take_uint(sqb_str *in, int octets)
{
	uint64_t n = 0;

	for (int i = 0; i < octets; i++)
		n |= (uint64_t)(unsigned char)in->ptr[i] << 8 * i;
	in->ptr += octets;
	in->len -= (size_t)octets;
	return n;
}

/* at is where the record before it ends. */
static bool take_record(sqb_str *in, uint64_t at, sqb__record *r)
{
	if (in->len < RECORD)
		return false;
	memcpy(r->id.key, in->ptr, sizeof(r->id.key));
	*in = (sqb_str){ in->ptr + sizeof(r->id.key),
		in->len - sizeof(r->id.key) };
	r->at = at;
	r->id.size = take_uint(in, 8);
	r->len = take_uint(in, 8);
	r->sum = take_uint(in, 8);
	r->n_head = (size_t)take_uint(in, 1);
	if (r->n_head > SQB__HEAD_MAX || r->n_head > in->len ||
	    r->n_head > r->len || r->len > INT64_MAX - at)
		return false;
	memcpy(r->head, in->ptr, r->n_head);
	*in = (sqb_str){ in->ptr + r->n_head, in->len - r->n_head };
	return true;
}

/* False: it is none of ours. For free(3). */
static sqb__record *read_intent(sqb_str in, size_t *n)
{
	sqb__record *records;
	uint64_t at;

	if (in.len < START || take_uint(&in, 1) != VERSION)
		return NULL;
	at = take_uint(&in, 8);
	*n = (size_t)take_uint(&in, 4);
	if (*n == 0 || *n > SQB_STORE_GROUP || at > INT64_MAX)
		return NULL;
	records = calloc(*n, sizeof(*records));
	for (size_t i = 0; records && i < *n; i++) {
		if (!take_record(&in, at, &records[i])) {
			free(records);
			return NULL;
		}
		at += records[i].len;
	}
	return records;
}

typedef struct recovery {
	sqb__append *append;
	sqb__search *search;
	sqb__torns *torns;
	char *window;		/* WINDOW octets */
	uint64_t len;		/* of the file */
} recovery;

/* Fills the window from that offset on; -1: see errno. */
static ssize_t look(recovery *v, uint64_t at, size_t room)
{
	ssize_t n;

	do
		n = pread(v->append->lock.fd, v->window, room, (off_t)at);
	while (n < 0 && errno == EINTR);
	return n;
}

/* As far as the file goes. */
static bool begins_with(recovery *v, const sqb__record *r, const char *head)
{
	size_t n = r->at + r->n_head <= v->len ? r->n_head :
	    (size_t)(v->len - r->at);

	return look(v, r->at, n) == (ssize_t)n &&
	    memcmp(v->window, head, n) == 0;
}

static bool has_head(recovery *v, const sqb__record *r)
{
	return begins_with(v, r, r->head);
}

/* Blocks that the power cut has left empty. */
static bool has_void_head(recovery *v, const sqb__record *r)
{
	static const char none[SQB__HEAD_MAX];

	return begins_with(v, r, none);
}

static bool is_whole(recovery *v, const sqb__record *r)
{
	uint64_t at = r->at + r->n_head, end = r->at + r->len;
	sqb__sum sum;

	if (end > v->len || !has_head(v, r))
		return false;
	sqb__sum_init(&sum);
	while (at < end) {
		ssize_t n = look(v, at, end - at < WINDOW ?
		    (size_t)(end - at) : WINDOW);

		if (n <= 0)
			return false;
		sqb__sum_add(&sum, (sqb_str){ v->window, (size_t)n });
		at += (uint64_t)n;
	}
	return sqb__sum_end(&sum) == r->sum;
}

/* Nothing but NUL from there to the end: what a power cut makes of a file. */
static bool is_void(recovery *v, uint64_t at)
{
	while (at < v->len) {
		ssize_t n = look(v, at, WINDOW);

		if (n <= 0)
			return false;
		for (ssize_t i = 0; i < n; i++)
			if (v->window[i] != '\0')
				return false;
		at += (uint64_t)n;
	}
	return true;
}

/*
 * A message begins there that the intent has. Where the file ends within the
 * head, what is there is too little to be another's message.
 */
static bool is_intended(const sqb__record *r, size_t n, uint64_t at,
    sqb_str text)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].at == at)
			return text.len > 0 && memcmp(text.ptr, r[i].head,
			    text.len < r[i].n_head ? text.len :
			    r[i].n_head) == 0;
	return false;
}

/* No message begins behind r[0] but those of r. */
static bool is_alone(recovery *v, const sqb__record *r, size_t n)
{
	uint64_t base = r[0].at;

	for (;;) {
		ssize_t got = look(v, base, WINDOW);
		sqb_str text = { v->window, got > 0 ? (size_t)got : 0 };
		bool last = base + text.len >= v->len;
		size_t end = last ? text.len : text.len - SQB__APPEND_LOOK;
		size_t at = 0;

		if (got <= 0 || (!last && text.len < WINDOW))
			return false;
		while ((at = v->append->kind->next(text, at + 1)) <= end)
			if (!is_intended(r, n, base + at, (sqb_str){
			    text.ptr + at, text.len - at }))
				return false;
		if (last)
			return true;
		base += end - 1;
	}
}

static bool is_certain(recovery *v, const sqb__record *r, size_t n)
{
	if (v->len > r[n - 1].at + r[n - 1].len)
		return false;
	return is_void(v, r[0].at) ||
	    ((has_head(v, r) || has_void_head(v, r)) && is_alone(v, r, n));
}

static int cut(recovery *v, uint64_t at)
{
	int fd = v->append->lock.fd;

	if (ftruncate(fd, (off_t)at) < 0 || fsync(fd) < 0)
		return sqb__store_fail(v->append->store, "cut");
	v->len = at;
	return SQB_OK;
}

static int add_torn(recovery *v, const sqb__record *r)
{
	sqb__torns *t = v->torns;
	sqb__torn *items = realloc(t->items,
	    (t->n_items + 1) * sizeof(*items));

	if (!items)
		return sqb__store_fail(v->append->store, "intents");
	t->items = items;
	items[t->n_items] = (sqb__torn){ .at = r->at, .n_head = r->n_head };
	memcpy(items[t->n_items++].head, r->head, r->n_head);
	return SQB_OK;
}

static int recover_group(recovery *v, const sqb__record *r, size_t n)
{
	int code = SQB_OK;

	for (; n > 0 && is_whole(v, r); r++, n--)
		if (v->search)
			sqb__search_mark(v->search, &r->id);
	if (n == 0)
		return SQB_OK;
	if (r->at < v->len && is_certain(v, r, n))
		code = cut(v, r->at);
	return code == SQB_OK ? add_torn(v, r) : code;
}

static int on_intent(void *ctx, sqb_str account, sqb_str intent)
{
	recovery *v = ctx;
	size_t n;
	sqb__record *records = read_intent(intent, &n);
	int code;

	(void)account;
	/* What a later version means is not for us to say. */
	if (!records)
		return SQB_OK;
	code = recover_group(v, records, n);
	free(records);
	return code;
}

int sqb__recover(sqb__append *a, sqb__search *w, sqb__torns *torns)
{
	recovery v = { .append = a, .search = w, .torns = torns };
	struct stat st;
	int code;

	v.window = malloc(WINDOW);
	if (!v.window || fstat(a->lock.fd, &st) < 0) {
		free(v.window);
		return sqb__store_fail(a->store, "recovery");
	}
	v.len = (uint64_t)st.st_size;
	a->store->error.code = SQB_OK;
	code = sqb_ledger_intents(a->store->ledger, a->place, on_intent, &v);
	if (code < 0 && a->store->error.code == SQB_OK)
		a->store->error = *sqb_ledger_error(a->store->ledger);
	free(v.window);
	return code;
}

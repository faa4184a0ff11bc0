/*
 * Messages to JSON on several threads. They are in a ring, from the oldest
 * that was not printed yet to the newest that was added; threads take them in
 * that order, and they are printed in it by the one that adds them. So no more
 * of them are in memory than the ring is long, and of large ones only so many
 * as make a fixed sum.
 */
#include "extract.h"
#include "parse.h"
#include "print.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	MAX_THREADS = 256,
	A_THREAD = 4,			/* places in the ring */
	MAX_WAITING = 128 << 20,	/* octets of messages in it */
	MAX_KEPT = 1 << 20		/* of memory for a text */
};

/* What is to be printed of a message. */
typedef struct text {
	char *s;
	size_t len, cap;
} text;

typedef struct slot {
	parse_message message;
	size_t len;		/* octets of it, also when it was cleared */
	text out;
	int status;
	bool done;
} slot;

struct parse_jobs {
	const parse_options *options;
	pthread_t threads[MAX_THREADS];
	size_t n_threads;
	pthread_mutex_t lock;
	pthread_cond_t added, done;
	slot *ring;
	size_t cap;
	uint64_t n_printed, n_taken, n_added;	/* counts of messages */
	uint64_t waiting;		/* octets added and not printed */
	bool ended;
	sqb_charsets *charsets;		/* of the thread that adds */
	int status;
};

static int append(void *ctx, sqb_str octets)
{
	text *t = ctx;

	if (t->cap - t->len < octets.len) {
		size_t cap = 2 * t->cap + octets.len;
		char *bigger = realloc(t->s, cap);

		if (!bigger)
			return SQB_E_NOMEM;
		t->s = bigger;
		t->cap = cap;
	}
	memcpy(t->s + t->len, octets.ptr, octets.len);
	t->len += octets.len;
	return SQB_OK;
}

static int print(void *ctx, sqb_str octets)
{
	(void)ctx;
	return fwrite(octets.ptr, 1, octets.len, stdout) == octets.len ?
	    SQB_OK : SQB_E_CANCELED;
}

static int write_message(const parse_options *o, const parse_message *pm,
    sqb_message *m, sqb_json_write *sink, void *ctx)
{
	sqb_json_options json = o->json;
	sqb_error err;
	int result;

	json.source = pm->source;
	result = sqb_message_json(m, &json, sink, ctx, &err);
	if (result == SQB_OK)
		result = sink(ctx, (sqb_str)SQB_STR("\n"));
	if (result == SQB_OK)
		return EX_OK;
	if (result != SQB_E_CANCELED)
		cli_error("%s: %s", pm->source, err.text);
	return result == SQB_E_CANCELED ? EX_IOERR : EX_OSERR;
}

static int work(const parse_options *o, sqb_charsets *charsets,
    const parse_message *pm, sqb_json_write *sink, void *ctx)
{
	sqb_message_options options = { .size = sizeof(options),
	    .charsets = charsets };
	sqb_message *m = sqb_message_parse((sqb_str){ pm->bytes, pm->len },
	    &options);
	int status, saved = EX_OK;

	if (!m) {
		cli_error("%s: no memory", pm->source);
		return EX_OSERR;
	}
	status = write_message(o, pm, m, sink, ctx);
	if (o->extract >= 0)
		saved = extract_all(m, o->extract);
	sqb_message_free(m);
	return status != EX_OK ? status : saved;
}

/* The next message to work on; NULL: there will be no more. */
static slot *take(parse_jobs *j)
{
	slot *s = NULL;

	pthread_mutex_lock(&j->lock);
	while (j->n_taken == j->n_added && !j->ended)
		pthread_cond_wait(&j->added, &j->lock);
	if (j->n_taken < j->n_added)
		s = &j->ring[j->n_taken++ % j->cap];
	pthread_mutex_unlock(&j->lock);
	return s;
}

static void *run(void *ctx)
{
	parse_jobs *j = ctx;
	sqb_charsets *charsets = sqb_charsets_new(NULL);
	slot *s;

	while ((s = take(j)) != NULL) {
		s->out.len = 0;
		s->status = work(j->options, charsets, &s->message, append,
		    &s->out);
		parse_message_clear(&s->message);
		pthread_mutex_lock(&j->lock);
		s->done = true;
		pthread_cond_signal(&j->done);
		pthread_mutex_unlock(&j->lock);
	}
	sqb_charsets_free(charsets);
	return NULL;
}

static size_t n_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (size_t)n : 1;
}

/* With one thread there is no ring: it is the one that adds. */
parse_jobs *parse_jobs_new(const parse_options *options)
{
	size_t n = options->jobs > 0 ? options->jobs : n_processors();
	parse_jobs *j = calloc(1, sizeof(*j));

	n = n < MAX_THREADS ? n : MAX_THREADS;
	if (!j)
		return NULL;
	j->options = options;
	j->charsets = sqb_charsets_new(NULL);
	j->cap = n * A_THREAD;
	j->ring = calloc(j->cap, sizeof(*j->ring));
	if (!j->ring || !j->charsets) {
		sqb_charsets_free(j->charsets);
		free(j->ring);
		free(j);
		return NULL;
	}
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->added, NULL);
	pthread_cond_init(&j->done, NULL);
	while (n > 1 && j->n_threads < n && pthread_create(
	    &j->threads[j->n_threads], NULL, run, j) == 0)
		j->n_threads++;
	return j;
}

static void note(parse_jobs *j, int status)
{
	if (j->status == EX_OK)
		j->status = status;
}

/* The oldest message, once it is done. */
static void print_oldest(parse_jobs *j)
{
	slot *s = &j->ring[j->n_printed % j->cap];

	pthread_mutex_lock(&j->lock);
	while (!s->done)
		pthread_cond_wait(&j->done, &j->lock);
	pthread_mutex_unlock(&j->lock);
	if (fwrite(s->out.s, 1, s->out.len, stdout) < s->out.len)
		note(j, EX_IOERR);
	note(j, s->status);
	if (s->out.cap > MAX_KEPT) {
		free(s->out.s);
		s->out = (text){ .s = NULL };
	}
	j->waiting -= s->len;
	s->done = false;
	j->n_printed++;
}

void parse_jobs_add(parse_jobs *j, parse_message *m)
{
	slot *s;

	if (j->n_threads == 0) {
		note(j, work(j->options, j->charsets, m, print, NULL));
		parse_message_clear(m);
		return;
	}
	while (j->n_added > j->n_printed &&
	    (j->n_added - j->n_printed == j->cap ||
	    j->waiting + m->len > MAX_WAITING))
		print_oldest(j);
	s = &j->ring[j->n_added % j->cap];
	s->message = *m;
	s->len = m->len;
	j->waiting += m->len;
	pthread_mutex_lock(&j->lock);
	j->n_added++;
	pthread_cond_signal(&j->added);
	pthread_mutex_unlock(&j->lock);
}

int parse_jobs_end(parse_jobs *j)
{
	int status;

	pthread_mutex_lock(&j->lock);
	j->ended = true;
	pthread_cond_broadcast(&j->added);
	pthread_mutex_unlock(&j->lock);
	while (j->n_threads > 0 && j->n_printed < j->n_added)
		print_oldest(j);
	for (size_t i = 0; i < j->n_threads; i++)
		pthread_join(j->threads[i], NULL);
	status = j->status;
	for (size_t i = 0; i < j->cap; i++)
		free(j->ring[i].out.s);
	pthread_cond_destroy(&j->added);
	pthread_cond_destroy(&j->done);
	pthread_mutex_destroy(&j->lock);
	sqb_charsets_free(j->charsets);
	free(j->ring);
	free(j);
	return status;
}

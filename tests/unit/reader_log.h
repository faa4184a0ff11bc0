/* For tests of the reader: what it says, and whether the parser says so. */
#ifndef SQUAB_TESTS_READER_LOG_H
#define SQUAB_TESTS_READER_LOG_H

#include <squab/reader.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wrong ends the program, in unit tests and fuzzers alike. */
#define MUST(x) ((x) ? (void)0 : must(__LINE__, #x))

static inline void must(int line, const char *what)
{
	fprintf(stderr, "reader_log.h:%d: %s\n", line, what);
	abort();
}

/* Events that are merged where one continues the other. */
typedef struct reader_log {
	sqb_reader *r;
	sqb_str in;		/* all of it */
	size_t at;		/* how much of it the events have been */
	sqb_message_range *ranges;
	size_t n, cap;
	uint32_t n_headers;	/* complete ones */
	int result;		/* the last */
} reader_log;

static inline void log_begin(reader_log *log, sqb_str in,
    const sqb_message_options *o)
{
	*log = (reader_log){ .r = sqb_reader_new(o), .in = in };
	if (!log->r)
		log->result = SQB_E_NOMEM;
}

static inline void log_free(reader_log *log)
{
	sqb_reader_free(log->r);
	free(log->ranges);
}

static inline void log_range(reader_log *log, sqb_range_kind kind,
    uint32_t part, size_t len)
{
	sqb_message_range *last;

	if (log->n == log->cap) {
		log->cap = 2 * log->cap + 16;
		log->ranges = realloc(log->ranges,
		    log->cap * sizeof(*log->ranges));
		MUST(log->ranges);
	}
	last = log->ranges + (log->n > 0 ? log->n - 1 : 0);
	if (log->n > 0 && last->kind == kind && last->part == part)
		last->end += len;
	else
		log->ranges[log->n++] = (sqb_message_range){ kind, part,
		    log->at, log->at + len };
}

static inline void log_event(reader_log *log, const sqb_reader_event *ev)
{
	sqb_message *m = sqb_reader_message(log->r);
	sqb_str s = ev->octets;

	MUST(s.len <= log->in.len - log->at);
	MUST(s.len == 0 || !memcmp(s.ptr, log->in.ptr + log->at, s.len));
	MUST(s.len > 0 || ev->last);
	MUST(ev->part < sqb_message_n_parts(m));
	if (s.len > 0)
		log_range(log, ev->kind, ev->part, s.len);
	log->at += s.len;
	if (ev->kind != SQB_RANGE_HEADER || !ev->last)
		return;
	MUST(ev->part == log->n_headers++);
	(void)sqb_part_path(m, ev->part);
	MUST(sqb_part_safe_name(m, ev->part)[0] == '\0');
	MUST(!sqb_message_bodies(m, 0));
}

/* A piece of it, in a block of its own, gone when that returns. */
static inline void log_feed(reader_log *log, size_t from, size_t to)
{
	char *copy = malloc(to > from ? to - from : 1);
	sqb_str in = { copy, to - from };
	sqb_reader_event ev;

	MUST(copy);
	if (in.len > 0)
		memcpy(copy, log->in.ptr + from, in.len);
	while (log->result >= 0 &&
	    (log->result = sqb_reader_next(log->r, &in, &ev)) > 0)
		log_event(log, &ev);
	MUST(log->result < 0 || in.len == 0);
	free(copy);
}

static inline void log_end(reader_log *log)
{
	sqb_str none = { NULL, 0 };
	sqb_reader_event ev;

	while (log->result >= 0 &&
	    (log->result = sqb_reader_end(log->r, &ev)) > 0)
		log_event(log, &ev);
	if (log->result < 0)
		return;
	MUST(log->at == log->in.len);
	MUST(sqb_reader_end(log->r, &ev) == 0);
	MUST(sqb_reader_next(log->r, &none, &ev) == SQB_E_USAGE);
}

/* What came as the preamble of a leaf was its body. */
static inline void log_settle(reader_log *log)
{
	sqb_message *m = sqb_reader_message(log->r);
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++) {
		sqb_message_range *r = &log->ranges[i];

		if (r->kind == SQB_RANGE_PREAMBLE &&
		    sqb_message_part(m, r->part)->next == r->part + 1)
			r->kind = SQB_RANGE_BODY;
		if (n > 0 && log->ranges[n - 1].kind == r->kind &&
		    log->ranges[n - 1].part == r->part)
			log->ranges[n - 1].end = r->end;
		else
			log->ranges[n++] = *r;
	}
	log->n = n;
}

static inline void same_ranges(const reader_log *log, const sqb_message *m)
{
	sqb_message_range r = { .kind = SQB_RANGE_NONE };

	for (size_t i = 0; i < log->n; i++) {
		MUST(sqb_message_next_range(m, &r));
		MUST(r.kind == log->ranges[i].kind);
		MUST(r.part == log->ranges[i].part);
		MUST(r.start == log->ranges[i].start);
		MUST(r.end == log->ranges[i].end);
	}
	MUST(!sqb_message_next_range(m, &r));
}

static inline void same_str(sqb_str a, sqb_str b)
{
	MUST(sqb_str_eq(a, b));
}

static inline void same_text(const char *a, const char *b)
{
	MUST(!strcmp(a, b));
}

static inline void same_part(sqb_message *a, sqb_message *b, size_t i)
{
	const sqb_part *p = sqb_message_part(a, i);
	sqb_field f, g;

	MUST(!memcmp(p, sqb_message_part(b, i), sizeof(*p)));
	for (size_t k = 0; k < p->n_fields; k++) {
		MUST(sqb_part_field_at(a, i, k, &f));
		MUST(sqb_part_field_at(b, i, k, &g));
		same_str(f.name, g.name);
		same_str(f.raw, g.raw);
		same_text(f.text, g.text);
	}
	same_text(sqb_part_media_type(a, i), sqb_part_media_type(b, i));
	same_text(sqb_part_disposition(a, i), sqb_part_disposition(b, i));
	same_text(sqb_part_name(a, i), sqb_part_name(b, i));
	same_text(sqb_part_path(a, i), sqb_part_path(b, i));
	same_text(sqb_part_safe_name(a, i), sqb_part_safe_name(b, i));
	same_text(sqb_part_param(a, i, "charset"),
	    sqb_part_param(b, i, "charset"));
}

static inline void same_defects(const sqb_message *a, const sqb_message *b)
{
	size_t n, other;
	const sqb_defect *d = sqb_message_defects(a, &n);
	const sqb_defect *e = sqb_message_defects(b, &other);

	MUST(n == other);
	for (size_t i = 0; i < n; i++)
		MUST(d[i].code == e[i].code && d[i].part == e[i].part &&
		    d[i].offset == e[i].offset);
}

/* That the whole says the same as m, which was made of the same bytes. */
static inline void log_compare(reader_log *log, sqb_message *m)
{
	sqb_message *got = sqb_reader_message(log->r);
	sqb_str none;

	log_settle(log);
	same_ranges(log, m);
	MUST(sqb_message_n_parts(got) == sqb_message_n_parts(m));
	MUST(log->n_headers == sqb_message_n_parts(m));
	same_defects(got, m);
	for (size_t i = 0; i < log->n_headers; i++)
		same_part(got, m, i);
	same_defects(got, m);
	MUST(sqb_part_content(got, 0, &none) == SQB_E_USAGE);
	MUST(sqb_message_bytes(got).len == 0 && none.len == 0);
	same_text(sqb_message_text(got), "");
}

#endif

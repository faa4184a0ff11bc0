/*
 * The push form of the parser: it waits until the bytes of a step have come,
 * and takes the same steps as for a message that is there as a whole
 * (structure.h). Of a body it holds back what may become a delimiter, of a
 * header what does not say yet whether it is one; all else is handed on where
 * it lies.
 *
 * The bytes that are looked at, the window, are those held back or, where
 * there are none, the caller's. Bytes are added to those held back until the
 * window says something; what that leaves of them is given back.
 */
#include <squab/reader.h>

#include "base/options.h"
#include "mime/structure.h"

enum {
	MAX_HEADER = 4 * 1024 * 1024,
	CHUNK = 2048,		/* octets that are added at once */
	MAX_HELD = 256 * 1024,	/* never reached: the steps need less */
	MAX_COPIED = 64 * 1024	/* longer headers keep their buffer */
};
static_assert(CHUNK >= (int)SQB__LOOK_AHEAD &&
    CHUNK > (int)SQB__MAX_DELIMITER + 2,
    "a step may need more");
static_assert(MAX_HELD > (int)SQB__MAX_JUNK + 2 * CHUNK &&
    MAX_HELD > (int)SQB__FIRST_LINE + 2 * CHUNK, "a step may need more");

/* What a step says, where it is no error. */
enum { MORE, EVENT, AGAIN };

struct sqb_reader {
	sqb_message *m;
	sqb__structure p;
	int (*step)(sqb_reader *r, sqb_str w, sqb_reader_event *ev);
	uint64_t offset;	/* where the window begins */
	sqb__buf held;
	size_t n_added;		/* octets of the caller's now at its end */
	bool ending, failed;

	size_t done;		/* octets of the window that are read */
	bool in_line;		/* of a header, from there on */
	bool has_line;		/* that a next one may continue */
	bool found;		/* a field, or the empty line */
	sqb__buf kept;		/* the header as far as the limits let it */

	bool at_line;		/* of a body: a line begins with the window */
	sqb__delimiter due;	/* found at the front of the window */
	bool owes_last;		/* before that: the leaf has ended */
};

static int step_first_line(sqb_reader *r, sqb_str w, sqb_reader_event *ev);
static int step_header(sqb_reader *r, sqb_str w, sqb_reader_event *ev);
static int step_body(sqb_reader *r, sqb_str w, sqb_reader_event *ev);

sqb_reader *sqb_reader_new(const sqb_message_options *options)
{
	sqb_message_options o = { .size = sizeof(o) };
	sqb_message *m;
	sqb_reader *r;

	sqb__options_copy(&o, sizeof(o), options);
	o.size = sizeof(o);
	if (o.max_header == 0)
		o.max_header = MAX_HEADER;
	m = sqb__message_new(&o);
	r = m ? m->allocator->alloc(m->allocator->ctx, sizeof(*r)) : NULL;
	if (!r) {
		sqb_message_free(m);
		return NULL;
	}
	*r = (sqb_reader){ .m = m, .step = step_first_line };
	m->pushed = m->growing = true;
	sqb__structure_init(&r->p, m);
	sqb__buf_init(&r->held, m->allocator, MAX_HELD);
	sqb__buf_init(&r->kept, m->allocator, 0);
	if (sqb__structure_begin(&r->p, 0))
		return r;
	sqb_reader_free(r);
	return NULL;
}

void sqb_reader_free(sqb_reader *r)
{
	sqb_message *m = r ? r->m : NULL;

	if (!r)
		return;
	sqb__structure_clear(&r->p);
	sqb__buf_clear(&r->held);
	sqb__buf_clear(&r->kept);
	m->allocator->free(m->allocator->ctx, r);
	sqb_message_free(m);
}

sqb_message *sqb_reader_message(sqb_reader *r)
{
	return r->m;
}

static int emit(sqb_reader_event *ev, sqb_range_kind kind, uint32_t part,
    sqb_str octets)
{
	*ev = (sqb_reader_event){ .kind = kind, .part = part,
	    .octets = octets };
	return EVENT;
}

static uint32_t last_row(const sqb_reader *r)
{
	return (uint32_t)r->m->n_rows - 1;
}

/* The header of the last row is next. */
static int begin_header(sqb_reader *r)
{
	uint64_t left = r->p.left.header;

	sqb__buf_reset(&r->kept);
	r->kept.max = SQB__LOOK_AHEAD +
	    (left < SIZE_MAX / 4 ? (size_t)left : SIZE_MAX / 4);
	r->in_line = r->has_line = r->found = false;
	r->step = step_header;
	return AGAIN;
}

/* A row after the first. */
static int begin_part(sqb_reader *r, uint64_t delimiter)
{
	return sqb__structure_begin(&r->p, delimiter) ? begin_header(r) :
	    SQB_E_NOMEM;
}

/* How the first line ends says how all do. */
static int step_first_line(sqb_reader *r, sqb_str w, sqb_reader_event *ev)
{
	(void)ev;
	if (w.len > SQB__FIRST_LINE)
		w.len = SQB__FIRST_LINE;
	if (r->done == 0 || w.ptr[r->done - 1] != '\r')
		while (r->done < w.len && !sqb__is_eol(w.ptr[r->done]))
			r->done++;
	while (r->done < w.len && w.ptr[r->done] == '\r')
		r->done++;
	if (r->done == w.len && w.len < SQB__FIRST_LINE && !r->ending)
		return MORE;
	r->m->bare_cr = sqb__header_begin(w).bare_cr;
	r->done = 0;
	return begin_header(r);
}

/* Reads on in a line of the header. False: its end is not there. */
static bool read_line(sqb_reader *r, sqb_str w)
{
	sqb_str s = sqb__str_from(w, r->done);
	size_t n = sqb__line_length(s, r->m->bare_cr);

	r->in_line = !r->ending && !sqb__line_has_end(s, n, r->m->bare_cr);
	/* A CR may have its LF in the next piece. */
	if (r->in_line && r->m->bare_cr && s.ptr[n - 1] == '\r')
		n--;
	r->done += n;
	return !r->in_line;
}

/* Where the walk through the lines of a header is. */
typedef enum place { NOT_ENOUGH, A_LINE, THE_END } place;

/* What the line is that begins where the window is read to. */
static place look_at_line(sqb_reader *r, sqb_str w)
{
	sqb_str s = sqb__str_from(w, r->done);
	bool bare_cr = r->m->bare_cr;
	size_t n = sqb__line_length(s, bare_cr);
	sqb__header_walk line = { { s.ptr, n }, bare_cr };
	sqb__header_line kind;
	sqb__delimiter d;
	sqb__field f;

	if (!r->ending && s.len < SQB__LOOK_AHEAD &&
	    !sqb__line_has_end(s, n, bare_cr))
		return NOT_ENOUGH;
	if (sqb__is_delimiter(&r->p.boundaries, w, r->done, bare_cr, &d))
		return THE_END;
	kind = sqb__header_step(&line, &f);
	r->found = r->found || kind != SQB__HEADER_JUNK;
	r->has_line = true;
	if (kind != SQB__HEADER_EMPTY)
		return A_LINE;
	r->done += n;
	return THE_END;
}

/* Reads to the end of the header, or of the window. */
static place walk_lines(sqb_reader *r, sqb_str w)
{
	bool whole = true;

	while (whole && r->done < w.len) {
		place p = r->in_line || (r->has_line &&
		    sqb__is_blank(w.ptr[r->done])) ? A_LINE :
		    look_at_line(r, w);

		if (p != A_LINE)
			return p;
		whole = read_line(r, w);
		if (!r->found && r->done > SQB__MAX_JUNK)
			return THE_END;
	}
	return r->ending ? THE_END : NOT_ENOUGH;
}

/* Keeps what is within the limits. */
static bool keep(sqb_reader *r, sqb_str s)
{
	size_t room = r->kept.max - sqb__buf_len(&r->kept);

	if (s.len > room)
		s.len = room;
	sqb__buf_add(&r->kept, s);
	return !r->kept.failed;
}

/* The buffer of a long header becomes that of the message. */
static bool hand_over(sqb_reader *r)
{
	sqb__kept *k = sqb__arena_alloc(&r->m->arena, sizeof(*k));
	const sqb_allocator *a = r->m->allocator;
	char *less;

	if (!k)
		return false;
	*k = (sqb__kept){ .next = r->m->kept, .buf = r->kept };
	r->m->kept = k;
	sqb__buf_init(&r->kept, a, 0);
	less = a->realloc(a->ctx, k->buf.data, k->buf.cap, k->buf.end);
	if (!less)
		return true;	/* it may keep its room */
	k->buf.data = less;
	k->buf.cap = k->buf.end;
	return true;
}

/* Keeps the first n octets of the header for its part. */
static bool store(sqb_reader *r, sqb__details *d, size_t n)
{
	d->header = (sqb_str){ .len = 0 };
	if (n == 0)
		return true;
	if (n > MAX_COPIED) {
		r->kept.end = n;
		if (!hand_over(r))
			return false;
		d->header = sqb__buf_str(&r->m->kept->buf);
		return true;
	}
	d->header.ptr = sqb__arena_copy(&r->m->arena,
	    (sqb_str){ r->kept.data, n });
	d->header.len = d->header.ptr ? n : 0;
	return d->header.ptr;
}

static int step_behind_header(sqb_reader *r, sqb_str w, sqb_reader_event *ev)
{
	(void)w;
	(void)ev;
	if (sqb__structure_has_inner(&r->p))
		return begin_part(r, r->p.at);
	r->at_line = true;
	r->step = step_body;
	return AGAIN;
}

/* The header ends at end, or is none: 0. lines: what there is of it. */
static bool end_header(sqb_reader *r, sqb_str lines, uint64_t end)
{
	sqb__structure *p = &r->p;
	uint64_t left = p->left.header;
	size_t n = left < lines.len ? (size_t)left : lines.len;
	sqb__details *d = sqb__part_details(r->m, last_row(r));
	bool ok;

	if (!d)
		return false;
	/* What was asked of it too early is asked again. */
	*d = (sqb__details){ .header = lines };
	p->bytes = lines;
	p->base = p->at;
	ok = sqb__structure_header(p, end) &&
	    store(r, d, end > 0 ? n : 0);
	if (!ok)
		d->header.len = 0;
	r->step = step_behind_header;
	return ok;
}

static int step_header(sqb_reader *r, sqb_str w, sqb_reader_event *ev)
{
	place p = walk_lines(r, w);
	sqb_str octets = { w.ptr, r->done };
	bool ok;

	if (p != THE_END && (!r->found || r->done == 0))
		return MORE;
	ok = !r->found || keep(r, octets);
	if (p == THE_END && !r->found) {
		ok = end_header(r, octets, 0);
		octets.len = 0;
	} else if (p == THE_END) {
		ok = ok && end_header(r, sqb__buf_str(&r->kept),
		    r->offset + r->done);
	}
	emit(ev, SQB_RANGE_HEADER, last_row(r), octets);
	ev->last = p == THE_END;
	return ok ? EVENT : SQB_E_NOMEM;
}

/* The end of a leaf, where no event has said so. */
static int end_leaf(sqb_reader *r, sqb_reader_event *ev)
{
	r->owes_last = false;
	emit(ev, SQB_RANGE_BODY, last_row(r), (sqb_str){ .len = 0 });
	ev->last = true;
	return EVENT;
}

/* The delimiter at the front of the window. */
static int step_delimiter(sqb_reader *r, sqb_str w, sqb_reader_event *ev)
{
	sqb_str octets = { w.ptr, r->due.end };
	sqb_range_kind kind;
	uint32_t part;

	if (r->owes_last)
		return end_leaf(r, ev);
	if (w.len < octets.len)
		return MORE;
	r->p.base = r->offset;
	if (sqb__structure_delimiter(&r->p, &r->due)) {
		if (begin_part(r, r->offset) < 0)
			return SQB_E_NOMEM;
		return emit(ev, SQB_RANGE_DELIMITER, last_row(r), octets);
	}
	kind = sqb__structure_owner(&r->p, &part);
	if (kind == SQB_RANGE_EPILOGUE && r->due.close)
		kind = SQB_RANGE_CLOSE;
	r->at_line = true;
	r->step = step_body;
	return emit(ev, kind, part, octets);
}

/* No more is to come, and all was handed on. */
static int step_done(sqb_reader *r, sqb_str w, sqb_reader_event *ev)
{
	(void)w;
	if (r->owes_last)
		return end_leaf(r, ev);
	if (r->m->growing && !sqb__structure_end(&r->p, r->offset))
		return SQB_E_NOMEM;
	r->m->growing = false;
	r->m->detected = SQB__CHARSET_UNKNOWN;
	return MORE;
}

/* A delimiter behind the first before octets of the window. */
static int expect(sqb_reader *r, sqb_str w, const sqb__delimiter *d,
    sqb_reader_event *ev)
{
	sqb_str before = { w.ptr, d->start };
	uint32_t part;
	sqb_range_kind kind = sqb__structure_owner(&r->p, &part);

	r->due = (sqb__delimiter){ 0, d->end - d->start, d->level, d->close };
	r->owes_last = sqb__structure_ends_leaf(&r->p, d->level + 1u);
	r->step = step_delimiter;
	if (before.len == 0)
		return AGAIN;
	emit(ev, kind, part, before);
	ev->last = r->owes_last && kind == SQB_RANGE_BODY;
	r->owes_last = r->owes_last && !ev->last;
	return EVENT;
}

/* What is in no header: bodies, preambles, epilogues. */
static int step_body(sqb_reader *r, sqb_str w, sqb_reader_event *ev)
{
	sqb__piece piece = { w, r->at_line, r->m->bare_cr, !r->ending };
	sqb_range_kind kind;
	sqb__delimiter d;
	uint32_t part;
	size_t sure;

	if (sqb__find_in_piece(&r->p.boundaries, &piece, &d, &sure))
		return expect(r, w, &d, ev);
	if (w.len == 0 && r->ending) {
		r->owes_last = sqb__structure_ends_leaf(&r->p, 0);
		r->step = step_done;
		return AGAIN;
	}
	if (sure == 0)
		return MORE;
	r->at_line = false;
	kind = sqb__structure_owner(&r->p, &part);
	return emit(ev, kind, part, (sqb_str){ w.ptr, sure });
}

/* Holds back more of what the caller gave. False: there is none. */
static bool hold_more(sqb_reader *r, sqb_str *in)
{
	size_t n = in->len;

	if (sqb__buf_len(&r->held) > 0 && n > CHUNK)
		n = CHUNK;
	if (n == 0)
		return false;
	sqb__buf_add(&r->held, (sqb_str){ in->ptr, n });
	*in = sqb__str_from(*in, n);
	r->n_added += n;
	return true;
}

/* The first n octets of the window were handed on. */
static void drop(sqb_reader *r, sqb_str *in, size_t n)
{
	size_t back;

	r->offset += n;
	r->done = 0;
	if (sqb__buf_len(&r->held) == 0) {
		*in = sqb__str_from(*in, n);
		return;
	}
	sqb__buf_drop(&r->held, n);
	back = sqb__buf_len(&r->held);
	if (back > r->n_added)
		back = r->n_added;
	if (back == 0)
		return;
	r->held.end -= back;
	*in = (sqb_str){ in->ptr - back, in->len + back };
}

static int run(sqb_reader *r, sqb_str *in, sqb_reader_event *ev)
{
	r->n_added = 0;
	while (!r->failed) {
		sqb_str w = sqb__buf_len(&r->held) > 0 ?
		    sqb__buf_str(&r->held) : *in;
		int said = w.len > 0 || r->ending ? r->step(r, w, ev) : MORE;

		r->failed = said < 0;
		if (said == EVENT) {
			drop(r, in, ev->octets.len);
			return 1;
		}
		if (said == MORE && !hold_more(r, in))
			return 0;
		r->failed = r->failed || r->held.failed;
	}
	return SQB_E_NOMEM;
}

int sqb_reader_next(sqb_reader *r, sqb_str *in, sqb_reader_event *ev)
{
	return r->ending ? SQB_E_USAGE : run(r, in, ev);
}

int sqb_reader_end(sqb_reader *r, sqb_reader_event *ev)
{
	sqb_str none = { NULL, 0 };

	r->ending = true;
	return run(r, &none, ev);
}

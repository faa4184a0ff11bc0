/* Messages, to a sink or to memory, many in flight. And many DELEs. */
#include "session/session.h"

#include "base/error.h"

/* Commands asked ahead of the one that is answered: two of the windows. */
enum { AHEAD = 2048 };

/* One command for each item, and what becomes of the answers. */
typedef struct batch {
	sqb_pop3_command command;	/* but for the item's fields */
	const sqb_pop3_item *items;
	size_t n;
	const sqb_sink *sink;		/* NULL: nobody wants to know */
	bool checked;			/* a NOOP comes behind the last … */
	bool check_asked, check_done;	/* … and has come this far */
	size_t n_asked, n_done;
	int first_refusal;		/* a code, or SQB_OK */
	sqb_error refusal;
} batch;

static int ask_ahead(sqb_pop3_session *s, batch *b)
{
	while (b->n_asked < b->n && b->n_asked - b->n_done < AHEAD) {
		const sqb_pop3_item *item = &b->items[b->n_asked];
		int rc;

		b->command.number = item->number;
		b->command.expected = item->size;
		rc = sqb__session_ask(s, &b->command);
		if (rc != SQB_OK)
			return rc;
		b->n_asked++;
	}
	if (!b->checked || b->check_asked || b->n_asked < b->n)
		return SQB_OK;
	b->check_asked = true;
	return sqb__session_ask(s,
	    &(sqb_pop3_command){ .verb = SQB_POP3_NOOP });
}

static bool is_over(const batch *b)
{
	return b->n_done == b->n && (!b->checked || b->check_done);
}

/* What is accepted must still be answered: the engine sees to that. */
static void sink_failed(sqb_pop3_session *s)
{
	sqb_error why;

	sqb__error(&why, SQB_E_SINK, "the message could not be taken");
	sqb_engine_fail(sqb_pop3_engine(s->pop3), &why);
}

static void end_one(sqb_pop3_session *s, batch *b, int code)
{
	const sqb_sink *sink = b->sink;
	size_t index = b->n_done++;

	if (code != SQB_OK && b->first_refusal == SQB_OK) {
		b->first_refusal = code;
		b->refusal = s->error;
	}
	if (sink && sink->end && sink->end(sink->ctx, index, code,
	    code == SQB_OK ? NULL : &s->error) != 0)
		sink_failed(s);
}

static void take(sqb_pop3_session *s, batch *b, const sqb_pop3_event *ev)
{
	const sqb_sink *sink = b->sink;

	if (ev->verb == SQB_POP3_NOOP)
		b->check_done = true;
	else if (ev->type == SQB_POP3_DONE)
		end_one(s, b, sqb__session_done(s, ev));
	else if (ev->type == SQB_POP3_BODY && sink &&
	    sink->write(sink->ctx, b->n_done, ev->text) != 0)
		sink_failed(s);
}

/* The engine's own error counts for more than one message's refusal. */
static int run(sqb_pop3_session *s, batch *b)
{
	const sqb_error *broken;
	sqb_pop3_event ev;

	s->error = (sqb_error){ .code = SQB_OK };
	while (!is_over(b) && ask_ahead(s, b) == SQB_OK &&
	    sqb__session_next(s, &ev))
		take(s, b, &ev);
	while (b->n_done < b->n)	/* those that were never asked for */
		end_one(s, b, s->error.code);
	broken = sqb_engine_error(sqb_pop3_engine(s->pop3));
	if (broken)
		s->error = *broken;
	else if (b->first_refusal != SQB_OK)
		s->error = b->refusal;
	return s->error.code;
}

int sqb_pop3_messages(sqb_pop3_session *s, const sqb_pop3_item *items,
    size_t n, const sqb_sink *sink)
{
	batch b = { .command = { .verb = SQB_POP3_RETR }, .items = items,
	    .n = n, .sink = sink, .checked = n > 0 };

	return run(s, &b);
}

int sqb_pop3_tops(sqb_pop3_session *s, const sqb_pop3_item *items, size_t n,
    uint32_t lines, const sqb_sink *sink)
{
	batch b = { .command = { .verb = SQB_POP3_TOP, .lines = lines },
	    .items = items, .n = n, .sink = sink };

	return run(s, &b);
}

int sqb_pop3_deles(sqb_pop3_session *s, const sqb_pop3_item *items, size_t n)
{
	batch b = { .command = { .verb = SQB_POP3_DELE }, .items = items,
	    .n = n };

	return run(s, &b);
}

/* --- to memory */

static int keep(void *ctx, size_t index, sqb_str bytes)
{
	sqb_pop3_session *s = ctx;

	(void)index;
	sqb__buf_add(&s->body, bytes);
	return s->body.failed;
}

static int to_memory(sqb_pop3_session *s, batch *b, sqb_message **m)
{
	const sqb_sink sink = { .write = keep, .ctx = s };
	int rc;

	sqb_message_free(s->message);
	s->message = NULL;
	sqb__buf_reset(&s->body);
	b->sink = &sink;
	rc = run(s, b);
	*m = NULL;
	if (rc != SQB_OK)
		return rc;
	s->message = sqb_message_parse(sqb__buf_str(&s->body), s->allocator);
	if (!s->message)
		return sqb__error(&s->error, SQB_E_NOMEM,
		    "pop3: out of memory for the message");
	*m = s->message;
	return SQB_OK;
}

int sqb_pop3_message(sqb_pop3_session *s, uint32_t number, sqb_message **m)
{
	sqb_pop3_item item = { .number = number };
	batch b = { .command = { .verb = SQB_POP3_RETR }, .items = &item,
	    .n = 1 };

	return to_memory(s, &b, m);
}

int sqb_pop3_top(sqb_pop3_session *s, uint32_t number, uint32_t lines,
    sqb_message **m)
{
	sqb_pop3_item item = { .number = number };
	batch b = { .command = { .verb = SQB_POP3_TOP, .lines = lines },
	    .items = &item, .n = 1 };

	return to_memory(s, &b, m);
}

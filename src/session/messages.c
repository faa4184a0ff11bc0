/* Messages, to a sink or to memory, many in flight. And many DELEs. */
#include "session/session.h"

#include "base/error.h"

/* One command for each item, and what becomes of the answers. */
typedef struct batch {
	sqb_pop3_command command;	/* but for the item's fields */
	const sqb_pop3_item *items;
	size_t n;
	const sqb_sink *sink;		/* NULL: nobody wants to know */
	bool checked;			/* a NOOP comes behind the last */
	size_t n_asked, n_done;		/* of n, or with the NOOP n + 1 */
	int first_refusal;		/* a code, or SQB_OK */
	sqb_error refusal;
} batch;

static size_t n_commands(const batch *b)
{
	return b->n + (b->checked ? 1 : 0);
}

static sqb_pop3_command command_at(const batch *b, size_t i)
{
	sqb_pop3_command c = b->command;

	if (i == b->n)
		return (sqb_pop3_command){ .verb = SQB_POP3_NOOP };
	c.number = b->items[i].number;
	c.expected = b->items[i].size;
	return c;
}

static int ask_ahead(sqb_pop3_session *s, batch *b)
{
	int rc = SQB_OK;

	while (rc == SQB_OK && b->n_asked < n_commands(b) &&
	    b->n_asked - b->n_done < SQB__AHEAD) {
		sqb_pop3_command c = command_at(b, b->n_asked);

		rc = sqb__session_ask(s, &c);
		b->n_asked += rc == SQB_OK;
	}
	return rc;
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
		b->n_done++;
	else if (ev->type == SQB_POP3_DONE)
		end_one(s, b, sqb__session_done(s, ev));
	else if (ev->type == SQB_POP3_BODY && sink &&
	    sink->write(sink->ctx, b->n_done, ev->text) != 0)
		sink_failed(s);
}

/* Looked at before anything is asked: what is asked must be waited for. */
static int check_numbers(sqb_pop3_session *s, const batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->items[i].number == 0)
			return sqb__error(&s->error, SQB_E_USAGE,
			    "pop3: no message has the number 0");
	s->error = (sqb_error){ .code = SQB_OK };
	return SQB_OK;
}

/* The engine's own error counts for more than one message's refusal. */
static int run(sqb_pop3_session *s, batch *b)
{
	const sqb_error *broken;
	sqb_pop3_event ev;

	if (check_numbers(s, b) == SQB_OK)
		while (b->n_done < n_commands(b) &&
		    ask_ahead(s, b) == SQB_OK && sqb__session_next(s, &ev))
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
	b->sink = NULL;
	*m = NULL;
	if (rc != SQB_OK)
		return rc;
	s->message = sqb_message_parse(sqb__buf_str(&s->body),
	    &(sqb_message_options){ .size = sizeof(sqb_message_options),
	    .allocator = s->allocator });
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

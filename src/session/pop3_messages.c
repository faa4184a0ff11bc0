/* Messages, to a sink or to memory, many in flight. And many DELEs. */
#include "session/pop3_session.h"

#include "base/error.h"

static size_t n_commands(const sqb__batch *b)
{
	return b->n + (b->checked ? 1 : 0);
}

static sqb_pop3_command command_at(const sqb__batch *b, size_t i)
{
	sqb_pop3_command c = b->command;

	if (i == b->n)
		return (sqb_pop3_command){ .verb = SQB_POP3_NOOP };
	c.number = b->items[i].number;
	c.expected = b->items[i].size;
	return c;
}

static int ask_ahead(sqb_session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;
	sqb__batch *b = &s->batch;
	int rc = SQB_OK;

	while (rc == SQB_OK && b->n_asked < n_commands(b) &&
	    b->n_asked - b->n_done < SQB__AHEAD) {
		sqb_pop3_command c = command_at(b, b->n_asked);

		rc = sqb__pop3_ask(s, &c);
		b->n_asked += rc == SQB_OK;
	}
	return rc;
}

/* What is accepted must still be answered: the engine sees to that. */
static sqb__verdict verdict(sqb_pop3_session *s, int rc)
{
	sqb_error why;

	if (rc == SQB_SINK_LATER)
		return SQB__TASK_WAITS;
	if (rc != 0) {
		sqb__error(&why, SQB_E_SINK, "the message could not be taken");
		sqb_engine_fail(s->base.engine, &why);
	}
	return SQB__TASK_GOES_ON;
}

static int tell_end(sqb_pop3_session *s, int code)
{
	const sqb_sink *sink = &s->batch.sink;

	return sink->end ? sink->end(sink->ctx, s->batch.n_done, code,
	    code == SQB_OK ? NULL : &s->base.error) : 0;
}

static sqb__verdict end_one(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	sqb__batch *b = &s->batch;
	int code = sqb__pop3_done(s, ev);
	sqb__verdict v = verdict(s, tell_end(s, code));

	if (v == SQB__TASK_WAITS)
		return v;
	if (code != SQB_OK && b->first_refusal == SQB_OK) {
		b->first_refusal = code;
		b->refusal = s->base.error;
	}
	b->n_done++;
	return v;
}

/* The engine's own error counts for more than one message's refusal. */
static void tell_result(sqb_pop3_session *s)
{
	const sqb_error *broken = sqb_engine_error(s->base.engine);

	if (broken)
		s->base.error = *broken;
	else if (s->batch.first_refusal != SQB_OK)
		s->base.error = s->batch.refusal;
}

static sqb__verdict take(sqb_session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;
	const sqb_pop3_event *ev = &s->event;
	sqb__batch *b = &s->batch;
	sqb__verdict v = SQB__TASK_GOES_ON;

	if (ev->verb == SQB_POP3_NOOP)
		b->n_done++;
	else if (ev->type == SQB_POP3_DONE)
		v = end_one(s, ev);
	else if (ev->type == SQB_POP3_BODY && b->sink.write)
		v = verdict(s, b->sink.write(b->sink.ctx, b->n_done,
		    ev->text));
	if (b->n_done < n_commands(b))
		return v;
	tell_result(s);
	return SQB__TASK_IS_OVER;
}

/* Those that were never asked for, or not answered, have ended too. */
static void lost(sqb_session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;

	for (; s->batch.n_done < s->batch.n; s->batch.n_done++)
		(void)tell_end(s, s->base.error.code);
	tell_result(s);
}

/* Looked at before anything is asked: what is asked must be waited for. */
static int check_numbers(sqb_pop3_session *s, const sqb__batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->items[i].number == 0)
			return sqb__error(&s->base.error, SQB_E_USAGE,
			    "pop3: no message has the number 0");
	return SQB_OK;
}

static int start(sqb_pop3_session *s, const sqb__batch *b, sqb__found found)
{
	static const sqb__task task = { ask_ahead, take, lost };
	int rc = sqb__pop3_begin(s, found);

	if (rc != SQB_OK)
		return rc;
	s->batch = *b;
	if (check_numbers(s, b) < 0) {
		for (; s->batch.n_done < b->n; s->batch.n_done++)
			(void)tell_end(s, s->base.error.code);
		return s->base.error.code;
	}
	sqb__session_run(&s->base, n_commands(b) > 0 ? &task : NULL);
	return SQB_OK;
}

int sqb_pop3_start_messages(sqb_pop3_session *s, const sqb_pop3_item *items,
    size_t n, const sqb_sink *sink)
{
	return start(s, &(sqb__batch){
		.command = { .verb = SQB_POP3_RETR }, .items = items, .n = n,
		.sink = *sink, .checked = n > 0 }, FOUND_NOTHING);
}

int sqb_pop3_start_tops(sqb_pop3_session *s, const sqb_pop3_item *items,
    size_t n, uint32_t lines, const sqb_sink *sink)
{
	return start(s, &(sqb__batch){
		.command = { .verb = SQB_POP3_TOP, .lines = lines },
		.items = items, .n = n, .sink = *sink }, FOUND_NOTHING);
}

int sqb_pop3_start_deles(sqb_pop3_session *s, const sqb_pop3_item *items,
    size_t n)
{
	return start(s, &(sqb__batch){
		.command = { .verb = SQB_POP3_DELE }, .items = items,
		.n = n }, FOUND_NOTHING);
}

int sqb_pop3_messages(sqb_pop3_session *s, const sqb_pop3_item *items,
    size_t n, const sqb_sink *sink)
{
	return sqb__session_finish(&s->base,
	    sqb_pop3_start_messages(s, items, n, sink));
}

int sqb_pop3_tops(sqb_pop3_session *s, const sqb_pop3_item *items, size_t n,
    uint32_t lines, const sqb_sink *sink)
{
	return sqb__session_finish(&s->base,
	    sqb_pop3_start_tops(s, items, n, lines, sink));
}

int sqb_pop3_deles(sqb_pop3_session *s, const sqb_pop3_item *items, size_t n)
{
	return sqb__session_finish(&s->base,
	    sqb_pop3_start_deles(s, items, n));
}

/* --- to memory */

static int keep(void *ctx, size_t index, sqb_str bytes)
{
	sqb_pop3_session *s = ctx;

	(void)index;
	sqb__buf_add(&s->body, bytes);
	return s->body.failed;
}

static int to_memory(sqb_pop3_session *s, uint32_t number,
    const sqb_pop3_command *c)
{
	if (!s->base.task) {
		sqb_message_free(s->message);
		s->message = NULL;
		sqb__buf_reset(&s->body);
		s->one = (sqb_pop3_item){ .number = number };
	}
	return start(s, &(sqb__batch){ .command = *c, .items = &s->one, .n = 1,
	    .sink = { .write = keep, .ctx = s } }, FOUND_MESSAGE);
}

int sqb_pop3_start_message(sqb_pop3_session *s, uint32_t number)
{
	return to_memory(s, number,
	    &(sqb_pop3_command){ .verb = SQB_POP3_RETR });
}

int sqb_pop3_start_top(sqb_pop3_session *s, uint32_t number, uint32_t lines)
{
	return to_memory(s, number,
	    &(sqb_pop3_command){ .verb = SQB_POP3_TOP, .lines = lines });
}

int sqb_pop3_received(sqb_pop3_session *s, sqb_message **m)
{
	int rc = sqb__pop3_has_found(s, FOUND_MESSAGE);

	*m = NULL;
	if (rc != SQB_OK)
		return rc;
	if (!s->message)
		s->message = sqb_message_parse(sqb__buf_str(&s->body),
		    &(sqb_message_options){
		    .size = sizeof(sqb_message_options),
		    .allocator = s->base.allocator });
	if (!s->message)
		return sqb__error(&s->base.error, SQB_E_NOMEM,
		    "pop3: out of memory for the message");
	*m = s->message;
	return SQB_OK;
}

static int message_of(sqb_pop3_session *s, int rc, sqb_message **m)
{
	*m = NULL;
	rc = sqb__session_finish(&s->base, rc);
	return rc == SQB_OK ? sqb_pop3_received(s, m) : rc;
}

int sqb_pop3_message(sqb_pop3_session *s, uint32_t number, sqb_message **m)
{
	return message_of(s, sqb_pop3_start_message(s, number), m);
}

int sqb_pop3_top(sqb_pop3_session *s, uint32_t number, uint32_t lines,
    sqb_message **m)
{
	return message_of(s, sqb_pop3_start_top(s, number, lines), m);
}

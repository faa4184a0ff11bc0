/* What the commands of a POP3 session have in common. */
#include "session/pop3_session.h"

static int next(sqb__session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;

	return sqb_pop3_next(s->pop3, &s->event);
}

static sqb_progress progress(const sqb__session *base)
{
	const sqb_pop3_session *s = (const sqb_pop3_session *)base;
	sqb_pop3_progress p = sqb_pop3_progress_of(s->pop3);

	return (sqb_progress){
		.octets = p.octets,
		.expected = p.expected,
		.n_waiting = p.n_waiting,
	};
}

const sqb__protocol sqb__pop3_protocol = { "pop3: ", next, progress };

int sqb_pop3_step(sqb_pop3_session *s)
{
	return sqb__session_step(&s->base);
}

int sqb__pop3_ask(sqb_pop3_session *s, const sqb_pop3_command *c)
{
	int rc = sqb_pop3_ask(s->pop3, c);

	return rc == SQB_OK ? rc : sqb__session_unasked(&s->base, rc);
}

/* How the status line began; "": there was none. */
static const char *indicator(const sqb_pop3_session *s,
    const sqb_pop3_event *ev)
{
	if (ev->code == SQB_OK)
		return "+OK";
	if (ev->why || sqb_engine_error(s->base.engine))
		return "";
	return ev->code == SQB_E_PROTO ? "+OK" : "-ERR";
}

static void keep_status(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	sqb__buf_reset(&s->status);
	sqb__buf_add_c(&s->status, indicator(s, ev));
	if (ev->text.len > 0)
		sqb__buf_add_char(&s->status, ' ');
	sqb__buf_add(&s->status, ev->text);
	sqb__buf_add_char(&s->status, '\0');
}

static const char *verb_name(sqb_pop3_verb verb)
{
	static const char *const names[SQB_POP3_N_VERBS] = {
		[SQB_POP3_LOGIN] = "login",
		[SQB_POP3_CAPA] = "CAPA",
		[SQB_POP3_STAT] = "STAT",
		[SQB_POP3_LIST] = "LIST",
		[SQB_POP3_UIDL] = "UIDL",
		[SQB_POP3_RETR] = "RETR",
		[SQB_POP3_TOP] = "TOP",
		[SQB_POP3_DELE] = "DELE",
		[SQB_POP3_NOOP] = "NOOP",
		[SQB_POP3_RSET] = "RSET",
		[SQB_POP3_LAST] = "LAST",
		[SQB_POP3_UTF8] = "UTF8",
		[SQB_POP3_LANG] = "LANG",
		[SQB_POP3_QUIT] = "QUIT",
	};

	return names[verb];
}

static void describe_failure(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	sqb__session_describe(&s->base, &(sqb__failure){
		.code = ev->code,
		.what = verb_name(ev->verb),
		.words = ev->text,
		.why = ev->why,
		.reply = (int32_t)ev->resp,
	}, &s->base.error);
}

int sqb__pop3_done(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	keep_status(s, ev);
	if (ev->verb == SQB_POP3_STAT)
		s->listing.n_expected = ev->count;
	if (ev->verb == SQB_POP3_DELE) {
		s->marked = true;
		s->listing_ready = false;
	}
	s->base.error = (sqb_error){ .code = SQB_OK };
	if (ev->code != SQB_OK)
		describe_failure(s, ev);
	return ev->code;
}

bool sqb__lacks_uidl(const sqb_pop3_event *ev)
{
	return ev->code == SQB_E_REFUSED || ev->code == SQB_E_UNSUPPORTED ||
	    ev->code == SQB_E_PROTO;
}

static sqb__verdict take_command(sqb__session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;
	const sqb_pop3_event *ev = &s->event;

	if (ev->type == SQB_POP3_ROW)
		sqb__listing_add(&s->listing, s->base.allocator, ev);
	if (ev->type != SQB_POP3_DONE)
		return SQB__TASK_GOES_ON;
	sqb__pop3_done(s, ev);
	s->answer = *ev;
	return SQB__TASK_IS_OVER;
}

int sqb__pop3_start(sqb_pop3_session *s, const sqb_pop3_command *c)
{
	static const sqb__task task = { .take = take_command };
	int rc = sqb__pop3_ask(s, c);

	if (rc == SQB_OK)
		s->base.task = &task;
	return rc;
}

int sqb__pop3_do(sqb_pop3_session *s, const sqb_pop3_command *c)
{
	int rc = sqb__pop3_start(s, c);

	return rc == SQB_OK ? sqb__session_finish(&s->base) : rc;
}

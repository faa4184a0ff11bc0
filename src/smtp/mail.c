/*
 * Saying a mail: MAIL, a RCPT for each recipient, then DATA and the message
 * (RFC 5321, sections 3.3 and 4.1.1), or the message in chunks (BDAT, RFC
 * 3030). How much of it goes ahead of the replies is for queue.c; what they
 * say, for mail_reply.c.
 */
#include "smtp/smtp.h"

#include "base/ascii.h"

enum { END = 5 };		/* octets: CRLF "." CRLF */

/* --- the envelope */

/*
 * LMTP goes by DATA, whose replies say how many its end will have: with BDAT
 * a server may count otherwise than we do.
 */
static bool by_chunks(const sqb_smtp *s, const sqb_smtp_mail *m)
{
	return m->body == SQB_SMTP_BINARYMIME || (s->caps.chunking &&
	    !s->options.no_chunking && !s->options.lmtp);
}

/* In its turn only: what is decided is of the first job. */
static sqb__smtp_asked refuse(sqb_smtp *s)
{
	if (s->n_said > 0)
		return NOT_YET;
	s->has_why = true;
	sqb__smtp_decide(s, sqb__smtp_fits(s, sqb__smtp_at(s, 0)->mail,
	    &s->why));
	return SAID;
}

static sqb__smtp_asked say_sender(sqb_smtp *s, sqb__smtp_job *x)
{
	if (sqb__smtp_fits(s, x->mail, NULL) != SQB_OK)
		return refuse(s);
	if (s->dirty) {
		sqb__buf_add_c(&s->engine.out, "RSET\r\n");
		sqb__smtp_owe(s, x, X_RESET);
		s->dirty = false;
		return MORE;
	}
	sqb__smtp_add_sender(s, x->mail);
	sqb__smtp_owe(s, x, X_SENDER);
	s->n_mails++;
	x->bdat = by_chunks(s, x->mail);
	x->phase = AT_RECIPIENTS;
	return MORE;
}

static sqb__smtp_asked say_recipient(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb__smtp_add_recipient(s, &x->mail->recipients[x->n_asked++]);
	sqb__smtp_owe(s, x, X_RECIPIENT);
	if (x->n_asked == x->n_recipients)
		x->phase = AT_DATA;
	return MORE;
}

void sqb__smtp_begin_body(sqb_smtp *s, sqb__smtp_job *x)
{
	s->canon = (sqb__canon){ .stuff = !x->bdat,
	    .binary = x->mail->body == SQB_SMTP_BINARYMIME };
	sqb__buf_reset(&s->chunk);
	s->body_asked = false;
	s->body_ended = !x->mail->streamed;
	x->phase = AT_BODY;
}

static sqb__smtp_asked say_data(sqb_smtp *s, sqb__smtp_job *x)
{
	bool heard_all = s->n_said == 0 &&
	    s->outcome.n_replies == x->n_recipients;

	if (x->mail->all_or_none && !heard_all)
		return NOT_YET;
	if (x->bdat) {
		sqb__smtp_begin_body(s, x);
		return MORE;
	}
	sqb__buf_add_c(&s->engine.out, "DATA\r\n");
	sqb__smtp_owe(s, x, X_DATA);
	x->phase = AT_GO_AHEAD;
	return MORE;
}

static sqb__smtp_asked await_go_ahead(sqb_smtp *s, sqb__smtp_job *x)
{
	(void)s;
	(void)x;
	return NOT_YET;
}

/* --- the message */

/* As much of src as b has room for, made canonical; how much that was. */
static size_t pour(sqb_smtp *s, sqb__buf *b, size_t max, sqb_str src)
{
	size_t room = max - sqb__buf_len(b), used;

	if (room / 2 > src.len)
		room = 2 * src.len + 2;
	if (!sqb__buf_reserve(b, room)) {
		sqb__smtp_nomem(s);
		return 0;
	}
	b->end += sqb__canon_write(&s->canon, b->data + b->end, room, src,
	    &used);
	return used;
}

static sqb__buf *body_buf(sqb_smtp *s, const sqb__smtp_job *x)
{
	return x->bdat ? &s->chunk : &s->engine.out;
}

static size_t body_room(sqb_smtp *s, const sqb__smtp_job *x)
{
	size_t max = x->bdat ? SQB__SMTP_CHUNK : SQB__SMTP_ROOM;
	size_t len = sqb__buf_len(body_buf(s, x));

	return len < max ? max - len : 0;
}

static void ask_for_body(sqb_smtp *s, const sqb__smtp_job *x, size_t room)
{
	if (s->body_asked || s->body_ended || room < SQB__SMTP_ROOM / 2)
		return;
	s->body_asked = true;
	sqb__smtp_emit(s, x, SQB_SMTP_BODY);
}

/*
 * Takes what there is room for, but only where that is a good part of what
 * there can be. False: nothing can be done now.
 */
static bool fill(sqb_smtp *s, sqb__smtp_job *x)
{
	size_t room = body_room(s, x);
	sqb_str rest;

	if (x->mail->streamed) {
		ask_for_body(s, x, room);
		return s->body_ended;
	}
	rest = sqb__str_from(x->mail->message, (size_t)x->octets);
	if (room < SQB__SMTP_ROOM / 2 && room < 2 * rest.len + END)
		return false;
	x->octets += pour(s, body_buf(s, x), sqb__buf_len(body_buf(s, x)) +
	    room, rest);
	sqb__engine_begin_wait(&s->engine);
	return true;
}

static bool all_poured(const sqb_smtp *s, const sqb__smtp_job *x)
{
	return s->body_ended && (x->mail->streamed ||
	    x->octets == x->mail->message.len);
}

/* What ends a message that does not end its last line. */
static void end_line(sqb_smtp *s, sqb__buf *b)
{
	if (s->canon.in_line)
		sqb__buf_add_c(b, "\r\n");
}

static sqb__smtp_asked say_dot(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb__buf_add_c(&s->engine.out, ".\r\n");
	sqb__smtp_owe(s, x, X_END);
	x->end_at = s->answered_at = sqb__smtp_position(s);
	s->dirty = false;
	return SAID;
}

static sqb__smtp_asked say_lines(sqb_smtp *s, sqb__smtp_job *x)
{
	if (!fill(s, x) || !all_poured(s, x))
		return NOT_YET;
	end_line(s, &s->engine.out);
	return say_dot(s, x);
}

/* bdat-cmd = "BDAT" SP chunk-size [ SP "LAST" ] CRLF, and the chunk */
static sqb__smtp_asked say_chunk(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb__buf *out = &s->engine.out;
	bool last = all_poured(s, x);

	if (last)
		end_line(s, &s->chunk);
	sqb__buf_add_c(out, "BDAT ");
	sqb__buf_add_uint(out, sqb__buf_len(&s->chunk));
	sqb__buf_add_c(out, last ? " LAST\r\n" : "\r\n");
	sqb__buf_add(out, sqb__buf_str(&s->chunk));
	if (s->chunk.failed)
		sqb__smtp_nomem(s);
	sqb__buf_reset(&s->chunk);
	sqb__smtp_owe(s, x, last ? X_LAST : X_CHUNK);
	if (!last)
		return MORE;
	x->end_at = sqb__smtp_position(s);
	/* Until its reply says that the envelope is gone, with the mail. */
	s->dirty = true;
	return SAID;
}

/* A chunk goes when it is full, or the message ends, or the line is idle. */
static sqb__smtp_asked say_chunks(sqb_smtp *s, sqb__smtp_job *x)
{
	size_t waits = sqb__buf_len(&s->engine.out);
	bool some;

	if (waits > SQB__SMTP_ROOM / 2)
		return NOT_YET;
	fill(s, x);
	some = sqb__buf_len(&s->chunk) > 0;
	if (all_poured(s, x) || body_room(s, x) < SQB__SMTP_CHUNK / 2 ||
	    (some && !s->engine.has_event && waits == 0 && s->n_flight == 0))
		return say_chunk(s, x);
	return NOT_YET;
}

static sqb__smtp_asked say_body(sqb_smtp *s, sqb__smtp_job *x)
{
	return x->bdat ? say_chunks(s, x) : say_lines(s, x);
}

/* --- a mail that comes to nothing */

/* What is in flight goes on; the server is left with an envelope. */
static sqb__smtp_asked stop(sqb_smtp *s, sqb__smtp_job *x)
{
	s->dirty = x->phase > AT_SENDER;
	x->phase = AT_STOP;
	return SAID;
}

/*
 * RFC 2920, section 3.1: DATA may be let through though no recipient was; then
 * nothing but the dot is said, and there is nobody to deliver it to.
 */
static bool is_over(const sqb_smtp *s, const sqb__smtp_job *x)
{
	return s->n_said == 0 && s->outcome.decided &&
	    x->phase != AT_GO_AHEAD && x->phase != AT_LONE_DOT;
}

sqb__smtp_asked sqb__smtp_ask_mail(sqb_smtp *s, sqb__smtp_job *x)
{
	static sqb__smtp_asked (*const say[])(sqb_smtp *, sqb__smtp_job *) = {
		[AT_SENDER] = say_sender,
		[AT_RECIPIENTS] = say_recipient,
		[AT_DATA] = say_data,
		[AT_GO_AHEAD] = await_go_ahead,
		[AT_BODY] = say_body,
		[AT_LONE_DOT] = say_dot,
		[AT_STOP] = stop,
	};

	return is_over(s, x) ? stop(s, x) : say[x->phase](s, x);
}

/* --- a message in pieces */

static sqb__smtp_job *streaming(const sqb_smtp *s)
{
	sqb__smtp_job *x = s->n_said < s->n ? sqb__smtp_at(s, s->n_said) :
	    NULL;

	return x && x->kind == SQB_SMTP_MAIL && x->phase == AT_BODY &&
	    x->mail->streamed && !s->body_ended &&
	    s->engine.error.code == SQB_OK ? x : NULL;
}

size_t sqb_smtp_write(sqb_smtp *s, sqb_str bytes)
{
	sqb__smtp_job *x = streaming(s);
	size_t room, used;

	if (!x)
		return 0;
	room = body_room(s, x);
	used = room > END ? pour(s, body_buf(s, x),
	    sqb__buf_len(body_buf(s, x)) + room, bytes) : 0;
	x->octets += used;
	if (bytes.len > 0)
		s->body_asked = false;
	sqb__engine_begin_wait(&s->engine);
	return used;
}

void sqb_smtp_end_message(sqb_smtp *s)
{
	if (streaming(s))
		s->body_ended = true;
}

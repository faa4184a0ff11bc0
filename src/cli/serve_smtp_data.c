/*
 * The message: DATA (RFC 5321, 4.1.1.4) and BDAT (RFC 3030). Only CRLF "."
 * CRLF ends DATA; a message in which a CR or LF stands alone is refused, for
 * some server might take it for an end. It lands with LF line ends and three
 * trace fields: Return-Path, a Delivered-To for each recipient, Received.
 */
#include "serve_smtp.h"

#include <errno.h>
#include <string.h>

static const char no_disk[] = "452 4.3.1 it cannot be stored";

/* --- trace fields: RFC 5321, section 4.4 */

static void put(smtp_session *s, const char *text, size_t n)
{
	if (s->wrong)
		return;
	if (!serve_post_write(s->post, text, n))
		s->wrong = no_disk;
}

static void put_c(smtp_session *s, const char *text)
{
	put(s, text, strlen(text));
}

/* The word behind "with": RFC 3848, and RFC 6531, section 4.3 */
static void name_protocol(const smtp_session *s, char out[16])
{
	static const char *const names[2][2] = {
		{ "ESMTP", "UTF8SMTP" }, { "LMTP", "UTF8LMTP" } };

	if (s->extended)
		snprintf(out, 16, "%s%s%s", names[s->lmtp][s->utf8],
		    serve_conn_is_tls(s->conn) ? "S" : "",
		    s->logged_in ? "A" : "");
	else
		snprintf(out, 16, "SMTP");
}

static void put_trace(smtp_session *s)
{
	char line[SMTP_ADDRESS_MAX + 256], when[64], protocol[16];
	time_t now = time(NULL);
	struct tm utc;

	snprintf(line, sizeof(line), "Return-Path: <%s>\n", s->sender);
	put_c(s, line);
	for (size_t i = 0; i < s->n_recipients; i++) {
		snprintf(line, sizeof(line), "Delivered-To: %s\n",
		    s->recipients[i]);
		put_c(s, line);
	}
	name_protocol(s, protocol);
	gmtime_r(&now, &utc);
	strftime(when, sizeof(when), "%a, %d %b %Y %H:%M:%S +0000", &utc);
	snprintf(line, sizeof(line), "Received: from %s (localhost)\n\tby "
	    "localhost with %s; %s\n", s->hello, protocol, when);
	put_c(s, line);
}

static bool begin(smtp_session *s)
{
	s->wrong = NULL;
	s->octets = 0;
	s->at = SMTP_LINE;
	s->post = serve_post_begin(s->world->maildir);
	if (!s->post)
		return false;
	put_trace(s);
	return true;
}

/* --- the end */

/* LMTP has a reply for each recipient: RFC 2033, section 4.2. */
static void answer_all(smtp_session *s, const char *reply)
{
	s->answer = reply;
	s->n_answers = s->lmtp ? s->n_recipients : 1;
	if (smtp_more(s))
		serve_conn_stream(s->conn);
}

bool smtp_more(void *session)
{
	smtp_session *s = session;

	if (s->n_answers > 0) {
		s->n_answers--;
		smtp_reply(s, s->answer);
	}
	if (s->n_answers == 0 && !memcmp(s->answer, "421", 3))
		serve_conn_finish(s->conn);
	return s->n_answers > 0;
}

static bool deliver(smtp_session *s)
{
	serve_post *p = s->post;

	s->post = NULL;
	return serve_post_deliver(p);
}

/*
 * True: it went wrong on purpose. What is dropped or stalled here is taken
 * before: that is the case where nobody knows.
 */
static bool fails_at_end(smtp_session *s)
{
	const serve_failure *f = serve_fail_at(s->world->fail, SERVE_AT_END,
	    (sqb_str){ NULL, 0 });

	if (!f)
		return false;
	if (f->how == SERVE_SAY)
		answer_all(s, f->reply);
	else
		deliver(s);
	if (f->how == SERVE_DROP)
		serve_conn_abort(s->conn);
	if (f->how == SERVE_STALL)
		serve_conn_stall(s->conn);
	return true;
}

static void finish(smtp_session *s)
{
	if (s->at != SMTP_LINE)
		put_c(s, "\n");
	if (s->wrong)
		answer_all(s, s->wrong);
	else if (!fails_at_end(s))
		answer_all(s, deliver(s) ? "250 2.0.0 taken" : no_disk);
	smtp_reset(s);
}

/* --- octets in */

static void note_wrong(smtp_session *s, const char *why)
{
	if (!s->wrong)
		s->wrong = why;
}

static void count(smtp_session *s, size_t n)
{
	s->octets += n;
	if (s->octets > s->world->max_message)
		note_wrong(s, "552 5.3.4 larger than is taken here");
}

static void bare(smtp_session *s)
{
	note_wrong(s, "550 5.6.0 a CR or LF stands alone");
}

/* The run of text at the front, which is what most octets are. */
static size_t take_run(smtp_session *s, const char *p, size_t n)
{
	const char *cr = memchr(p, '\r', n), *lf;
	size_t len = cr ? (size_t)(cr - p) : n;

	lf = memchr(p, '\n', len);
	if (lf) {
		bare(s);
		len = (size_t)(lf - p) + 1;
	}
	count(s, len);
	put(s, p, len);
	if (len > 0)
		s->at = SMTP_TEXT;
	if (!lf && cr) {
		s->at = SMTP_CR;
		return len + 1;
	}
	return len;
}

/* Behind a CR: its LF, or it stands alone. */
static size_t take_lf(smtp_session *s, const char *p)
{
	if (*p != '\n') {
		bare(s);
		s->at = SMTP_TEXT;
		return 0;
	}
	count(s, 2);
	put_c(s, "\n");
	s->at = SMTP_LINE;
	return 1;
}

/* A step through DATA; *over: the end has come. */
static size_t take_data(smtp_session *s, const char *p, size_t n, bool *over)
{
	switch (s->at) {
	case SMTP_LINE:
		if (*p != '.')
			return take_run(s, p, n);
		s->at = SMTP_DOT;
		return 1;
	case SMTP_DOT:
		if (*p != '\r')
			return take_run(s, p, n);
		s->at = SMTP_DOT_CR;
		return 1;
	case SMTP_DOT_CR:
		*over = *p == '\n';
		if (*over) {
			s->at = SMTP_LINE;
			return 1;
		}
		bare(s);
		s->at = SMTP_TEXT;
		return 0;
	case SMTP_CR:
		return take_lf(s, p);
	case SMTP_TEXT:
		break;
	}
	return take_run(s, p, n);
}

static size_t take_chunk(smtp_session *s, const char *p, size_t n)
{
	return s->at == SMTP_CR ? take_lf(s, p) : take_run(s, p, n);
}

static void end_chunk(smtp_session *s)
{
	serve_conn_take_lines(s->conn);
	if (s->broken) {
		smtp_reply(s, "503 5.5.1 an earlier chunk failed: RSET first");
	} else if (s->wrong && !s->post) {
		smtp_reply(s, s->wrong);
		s->broken = true;
	} else if (!s->post) {
		smtp_reply(s, "503 5.5.1 MAIL and RCPT come first");
	} else if (s->last_chunk) {
		if (s->at == SMTP_CR)
			bare(s);
		finish(s);
	} else if (s->wrong) {
		smtp_reply(s, s->wrong);
		s->broken = true;
	} else {
		smtp_reply(s, "250 2.0.0 more");
	}
}

/* What nobody wants is still to be read. */
static size_t chunk_octets(smtp_session *s, const char *p, size_t n)
{
	size_t used = 0;

	if (n > s->chunk_left)
		n = (size_t)s->chunk_left;
	if (s->post && !s->broken)
		while (used < n)
			used += take_chunk(s, p + used, n - used);
	s->chunk_left -= n;
	if (s->chunk_left == 0)
		end_chunk(s);
	return n;
}

static size_t data_octets(smtp_session *s, const char *p, size_t n)
{
	size_t used = 0;
	bool over = false;

	while (used < n && !over)
		used += take_data(s, p + used, n - used, &over);
	if (over) {
		serve_conn_take_lines(s->conn);
		finish(s);
	}
	return used;
}

size_t smtp_octets(void *session, const char *p, size_t n)
{
	smtp_session *s = session;

	if (s->post && s->octets == 0 && smtp_fails(s, SERVE_AT_MESSAGE,
	    (sqb_str){ NULL, 0 })) {
		serve_conn_finish(s->conn);
		return n;
	}
	return s->chunked || s->chunk_left > 0 ? chunk_octets(s, p, n) :
	    data_octets(s, p, n);
}

/* --- commands */

void smtp_on_data(smtp_session *s, sqb_str arg)
{
	if (arg.len > 0)
		smtp_reply(s, "501 5.5.4 DATA takes nothing");
	else if (!s->has_sender || s->chunked)
		smtp_reply(s, "503 5.5.1 MAIL and RCPT come first");
	else if (s->n_recipients == 0)
		smtp_reply(s, s->lmtp ? "503 5.5.1 no valid recipients" :
		    "554 5.5.1 no valid recipients");
	else if (smtp_fails(s, SERVE_AT_DATA, (sqb_str){ NULL, 0 }))
		return;
	else if (!begin(s))
		smtp_reply(s, no_disk);
	else {
		serve_conn_take_octets(s->conn);
		smtp_reply(s, "354 go on, to a line with one dot");
	}
}

/* bdat-cmd = "BDAT" SP chunk-size [ SP "LAST" ]; chunk-size = 1*DIGIT */
static bool read_chunk(smtp_session *s, sqb_str arg)
{
	static const sqb_str last = SQB_STR("LAST");
	uint64_t n = 0;
	size_t i = 0;

	for (; i < arg.len && arg.ptr[i] >= '0' && arg.ptr[i] <= '9' &&
	    n < UINT32_MAX; i++)
		n = n * 10 + (uint64_t)(arg.ptr[i] - '0');
	if (i == 0 || (i < arg.len && arg.ptr[i] != ' '))
		return false;
	while (i < arg.len && arg.ptr[i] == ' ')
		i++;
	arg = (sqb_str){ arg.ptr + i, arg.len - i };
	s->chunk_left = n;
	s->last_chunk = sqb_str_eq_nocase(arg, last);
	return arg.len == 0 || s->last_chunk;
}

/* The first chunk is where a client without DATA asks to go on. */
static void begin_chunks(smtp_session *s)
{
	const serve_failure *f = serve_fail_at(s->world->fail, SERVE_AT_DATA,
	    (sqb_str){ NULL, 0 });

	s->chunked = true;
	if (f && f->how == SERVE_DROP)
		serve_conn_abort(s->conn);
	else if (f && f->how == SERVE_STALL)
		serve_conn_stall(s->conn);
	else if (f)
		s->wrong = f->reply;
	else if (!begin(s))
		s->wrong = no_disk;
}

void smtp_on_bdat(smtp_session *s, sqb_str arg)
{
	bool first = s->has_sender && !s->chunked && s->n_recipients > 0;

	if (!read_chunk(s, arg)) {
		smtp_reply(s, "501 5.5.4 BDAT size [LAST]");
		serve_conn_finish(s->conn);
		return;
	}
	if (first)
		begin_chunks(s);
	if (s->chunk_left == 0)
		end_chunk(s);
	else
		serve_conn_take_octets(s->conn);
}

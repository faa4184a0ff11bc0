/*
 * The envelope of an entry as a file: lines of JSON, the mail and then each
 * recipient, with the members always in this order.
 *
 *	{"squab-queue":1,"account":"home","from":"a@example.org",
 *	 "envelope":"","queued":1767225600,"nextTry":1767225600,"tries":0,
 *	 "octets":1234,"recipients":1}			(in one line)
 *	{"address":"b@example.net","state":"waiting","why":""}
 *
 * Whatever a server said is one string in one line. What is not exactly so is
 * damaged: nothing is guessed about to whom a mail goes.
 */
#include "store/queue.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "store/file.h"
#include "store/json_string.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than the longest that can be written. */
#define MAX_ENVELOPE (512l << 20)

enum { N_STATES = SQB_QUEUE_UNKNOWN + 1 };

/* --- what may be in it */

static bool is_text(const char *text)
{
	sqb_str s = sqb_str_of(text);

	while (s.len > 0) {
		uint32_t c = 0;
		size_t n = sqb__utf8_decode(s, &c);

		if (n == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0))
			return false;
		s = (sqb_str){ s.ptr + n, s.len - n };
	}
	return true;
}

static int check_text(sqb_queue *q, const char *text, size_t max)
{
	if (text && strlen(text) > max)
		return sqb__queue_refuse(q, SQB_E_LIMIT, "a text is too long");
	if (text && !is_text(text))
		return sqb__queue_refuse(q, SQB_E_USAGE, "an address or name "
		    "has a control character, or is no UTF-8");
	return SQB_OK;
}

static int check_recipient(sqb_queue *q, const sqb_queue_recipient *r)
{
	int code = check_text(q, r->address, SQB_QUEUE_TEXT);

	if (code == SQB_OK && (!r->address || *r->address == '\0' ||
	    (unsigned)r->state >= N_STATES))
		code = sqb__queue_refuse(q, SQB_E_USAGE,
		    "a recipient without address or state");
	return code;
}

int sqb__queue_check(sqb_queue *q, const sqb_queue_mail *m)
{
	int code = check_text(q, m->account, SQB_QUEUE_TEXT);

	if (code == SQB_OK)
		code = check_text(q, m->from, SQB_QUEUE_TEXT);
	if (code == SQB_OK)
		code = check_text(q, m->envelope, SQB_QUEUE_ENVELOPE);
	if (code == SQB_OK && m->n_recipients == 0)
		code = sqb__queue_refuse(q, SQB_E_USAGE, "no recipient");
	if (code == SQB_OK && m->n_recipients > SQB_QUEUE_RECIPIENTS)
		code = sqb__queue_refuse(q, SQB_E_LIMIT,
		    "too many recipients");
	for (size_t i = 0; i < m->n_recipients && code == SQB_OK; i++)
		code = check_recipient(q, &m->recipients[i]);
	return code;
}

/* --- written */

void sqb__queue_safe(char out[SQB_QUEUE_WHY + 1], sqb_str s)
{
	size_t at = 0;

	while (s.len > 0) {
		uint32_t c = 0;
		size_t n = sqb__utf8_decode(s, &c);
		bool good = n > 0 && !sqb__is_hidden(c);
		size_t len = good ? n : 1;

		if (at + len > SQB_QUEUE_WHY)
			break;
		memcpy(out + at, good ? s.ptr : c == '\n' ? " " : "?", len);
		at += len;
		n = n > 0 ? n : 1;
		s = (sqb_str){ s.ptr + n, s.len - n };
	}
	out[at] = '\0';
}

static bool put_c(sqb__spool *out, const char *text)
{
	return sqb__spool_put(out, sqb_str_of(text));
}

static bool put_member(sqb__spool *out, const char *key, const char *text)
{
	return put_c(out, key) &&
	    sqb__json_put_string(out, sqb_str_of(text));
}

static bool put_number(sqb__spool *out, const char *key, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	return put_c(out, key) && put_c(out, text);
}

static uint64_t positive(int64_t n)
{
	return n > 0 ? (uint64_t)n : 0;
}

static bool put_mail(sqb__spool *out, const sqb_queue_mail *m)
{
	bool ok = put_member(out, "{\"squab-queue\":1,\"account\":",
	    m->account) && put_member(out, ",\"from\":", m->from) &&
	    put_member(out, ",\"envelope\":", m->envelope) &&
	    put_number(out, ",\"queued\":", positive(m->queued)) &&
	    put_number(out, ",\"nextTry\":", positive(m->next_try)) &&
	    put_number(out, ",\"tries\":", m->tries) &&
	    put_number(out, ",\"octets\":", m->octets) &&
	    put_number(out, ",\"recipients\":", m->n_recipients) &&
	    put_c(out, "}\n");

	for (size_t i = 0; i < m->n_recipients && ok; i++) {
		const sqb_queue_recipient *r = &m->recipients[i];
		char why[SQB_QUEUE_WHY + 1];

		sqb__queue_safe(why, sqb_str_of(r->why));
		ok = put_member(out, "{\"address\":", r->address) &&
		    put_member(out, ",\"state\":",
		    sqb_queue_state_name(r->state)) &&
		    put_member(out, ",\"why\":", why) &&
		    put_c(out, "}\n");
	}
	return ok;
}

static bool put_all(int fd, sqb__spool *s)
{
	uint64_t from = 0, len = sqb__spool_len(s);
	sqb_str piece;

	if (s->flushed > 0 && !sqb__spool_flush(s))
		return false;
	while (from < len)
		if (!sqb__spool_read(s, &from, &piece) ||
		    !sqb__write_all(fd, piece))
			return false;
	return true;
}

bool sqb__queue_put_envelope(int place, const char *name,
    const sqb_queue_mail *m)
{
	sqb__spool s = { .fd = -1 };
	int fd, sys;
	bool ok;

	if (!sqb__spool_init(&s, -1))
		return false;
	fd = openat(place, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	ok = fd >= 0 && put_mail(&s, m) && put_all(fd, &s) && sqb__sync(fd);
	sys = errno;
	sqb__spool_clear(&s);
	if (fd >= 0 && close(fd) < 0 && ok) {
		ok = false;
		sys = errno;
	}
	errno = sys;
	return ok;
}

/* --- read */

typedef struct cursor {
	char *p;		/* in a text that ends in NUL */
} cursor;

static bool want(cursor *c, const char *literal)
{
	size_t n = strlen(literal);

	if (strncmp(c->p, literal, n) != 0)
		return false;
	c->p += n;
	return true;
}

/* Decoded in place. */
static bool want_string(cursor *c, const char *key, const char **out)
{
	const char *p;
	char *text;

	if (!want(c, key))
		return false;
	p = text = c->p;
	*out = text;
	if (!sqb__json_read_string(&p, &text))
		return false;
	c->p += p - c->p;
	return is_text(*out);
}

/* int = zero / ( digit1-9 *DIGIT ); RFC 8259, section 6 */
static bool want_number(cursor *c, const char *key, uint64_t max,
    uint64_t *out)
{
	const char *start;

	if (!want(c, key))
		return false;
	start = c->p;
	for (*out = 0; sqb__is_digit(*c->p); c->p++) {
		uint64_t digit = (uint64_t)(*c->p - '0');

		if (digit > max || *out > (max - digit) / 10)
			return false;
		*out = *out * 10 + digit;
	}
	return c->p > start && (*start != '0' || c->p - start == 1);
}

static bool want_mail(cursor *c, sqb_queue_mail *m)
{
	uint64_t queued, next_try, tries, recipients;

	if (!want_string(c, "{\"squab-queue\":1,\"account\":",
	    &m->account) || !want_string(c, ",\"from\":", &m->from) ||
	    !want_string(c, ",\"envelope\":", &m->envelope) ||
	    !want_number(c, ",\"queued\":", INT64_MAX, &queued) ||
	    !want_number(c, ",\"nextTry\":", INT64_MAX, &next_try) ||
	    !want_number(c, ",\"tries\":", UINT32_MAX, &tries) ||
	    !want_number(c, ",\"octets\":", INT64_MAX, &m->octets) ||
	    !want_number(c, ",\"recipients\":", SQB_QUEUE_RECIPIENTS,
	    &recipients) || !want(c, "}\n"))
		return false;
	m->queued = (int64_t)queued;
	m->next_try = (int64_t)next_try;
	m->tries = (uint32_t)tries;
	m->n_recipients = (size_t)recipients;
	return recipients > 0;
}

static bool want_state(cursor *c, sqb_queue_state *out)
{
	const char *name;

	if (!want_string(c, ",\"state\":", &name))
		return false;
	for (int i = 0; i < N_STATES; i++) {
		if (strcmp(name,
		    sqb_queue_state_name((sqb_queue_state)i)) != 0)
			continue;
		*out = (sqb_queue_state)i;
		return true;
	}
	return false;
}

static bool want_recipient(cursor *c, sqb_queue_recipient *r)
{
	return want_string(c, "{\"address\":", &r->address) &&
	    *r->address != '\0' && want_state(c, &r->state) &&
	    want_string(c, ",\"why\":", &r->why) && want(c, "}\n");
}

static int damaged(sqb_queue_entry *e, const char *why)
{
	snprintf(e->damage, sizeof(e->damage), "%s", why);
	return SQB_OK;
}

static int parse(sqb_queue_entry *e, size_t len)
{
	cursor c = { e->text };

	if (strlen(e->text) != len || !want_mail(&c, &e->mail))
		return damaged(e, "the envelope cannot be read in line 1");
	e->recipients = calloc(e->mail.n_recipients, sizeof(*e->recipients));
	e->whys = calloc(e->mail.n_recipients, sizeof(*e->whys));
	if (!e->recipients || !e->whys)
		return SQB_E_NOMEM;
	e->mail.recipients = e->recipients;
	for (size_t i = 0; i < e->mail.n_recipients; i++) {
		if (want_recipient(&c, &e->recipients[i]))
			continue;
		snprintf(e->damage, sizeof(e->damage),
		    "the envelope cannot be read in line %zu", i + 2);
		return SQB_OK;
	}
	return *c.p == '\0' ? SQB_OK :
	    damaged(e, "the envelope has more lines than recipients");
}

/* All of it, or what of it there is. False: see errno. */
static bool read_all(int fd, char *out, size_t len, size_t *got)
{
	ssize_t n = 1;

	for (*got = 0; *got < len && n != 0; ) {
		n = read(fd, out + *got, len - *got);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			*got += (size_t)n;
	}
	out[*got] = '\0';
	return true;
}

static int get(sqb_queue_entry *e, int fd)
{
	struct stat st;
	size_t len;

	if (fstat(fd, &st) < 0)
		return SQB_E_SINK;
	if (!S_ISREG(st.st_mode) || st.st_size > MAX_ENVELOPE)
		return damaged(e, "the envelope is no file of ours");
	e->text = malloc((size_t)st.st_size + 1);
	if (!e->text)
		return SQB_E_NOMEM;
	if (!read_all(fd, e->text, (size_t)st.st_size, &len))
		return SQB_E_SINK;
	return parse(e, len);
}

int sqb__queue_get_envelope(sqb_queue_entry *e)
{
	int fd = openat(e->dir, SQB__QUEUE_ENVELOPE, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC), code, sys;

	if (fd < 0 && errno == ELOOP)
		return damaged(e, "the envelope is no file of ours");
	if (fd < 0)
		return errno == ENOENT ? SQB_E_USAGE : SQB_E_SINK;
	code = get(e, fd);
	sys = errno;
	close(fd);
	errno = sys;
	return code;
}

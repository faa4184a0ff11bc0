/*
 * The parameters of MAIL and RCPT, each with its RFC; what of them is checked
 * before anything is said, and what the server has to have announced.
 */
#include "smtp/smtp.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/utf8.h"

#include <string.h>

enum {
	MAX_SECONDS = 999999999,	/* 1*9DIGIT: RFC 2852, 4; RFC 4865, 4 */
	MAX_ENVID = 100,	/* RFC 3461, 4.4 */
	MAX_ORCPT = 480,	/* with its type 500: RFC 3461, 4.2 */
	MAX_AUTH = 320
};

/* --- what is wrong with a mail whoever the server is */

static bool needs_utf8(sqb_str address)
{
	sqb_str domain = sqb__smtp_domain(address);

	return !sqb__all_ascii((sqb_str){ address.ptr,
	    address.len - domain.len });
}

static bool good_recipient(const sqb_smtp_recipient *r, bool utf8)
{
	const unsigned all = SQB_NOTIFY_NEVER | SQB_NOTIFY_SUCCESS |
	    SQB_NOTIFY_FAILURE | SQB_NOTIFY_DELAY;
	bool never = r->notify & SQB_NOTIFY_NEVER;

	return sqb__smtp_good_address(r->address) &&
	    (utf8 || !needs_utf8(r->address)) && !(r->notify & ~all) &&
	    (!never || r->notify == SQB_NOTIFY_NEVER) &&
	    r->orcpt.len <= MAX_ORCPT && sqb__is_one_line(r->orcpt) &&
	    sqb__utf8_valid(r->orcpt);
}

/* Internet-style-date-time-stamp of RFC 3339: no more than its characters */
static bool good_time(const char *time)
{
	size_t n = time ? strlen(time) : 0;

	return !time || (n > 0 && n <= 40 &&
	    strspn(time, "0123456789-:TtZz.+") == n);
}

/* envid = xtext of printable US-ASCII: RFC 3461, section 4.4 */
static bool good_envid(sqb_str s)
{
	return s.len <= MAX_ENVID && sqb__printable_len(s) == s.len;
}

static bool good_sender(const sqb_smtp_mail *m)
{
	return m->from.len == 0 || (sqb__smtp_good_address(m->from) &&
	    (m->utf8 || !needs_utf8(m->from)));
}

static bool good_numbers(const sqb_smtp_mail *m)
{
	return m->by >= -MAX_SECONDS && m->by <= MAX_SECONDS &&
	    (!m->by_return || m->by > 0) && m->hold_for >= 0 &&
	    m->hold_for <= MAX_SECONDS && good_time(m->hold_until) &&
	    (m->hold_for == 0 || !m->hold_until) &&
	    m->priority >= -9 && m->priority <= 9 &&
	    m->body <= SQB_SMTP_BINARYMIME && m->ret <= SQB_SMTP_RET_HDRS;
}

int sqb__smtp_check_mail(const sqb_smtp_mail *m)
{
	if (!m || (m->size != 0 && m->size < sizeof(*m)) ||
	    m->n_recipients == 0 || !good_sender(m) || !good_numbers(m) ||
	    !good_envid(m->envid) || m->auth.len > MAX_AUTH ||
	    !sqb__is_one_line(m->auth) ||
	    (m->streamed && m->message.len > 0))
		return SQB_E_USAGE;
	for (size_t i = 0; i < m->n_recipients; i++)
		if (!good_recipient(&m->recipients[i], m->utf8))
			return SQB_E_USAGE;
	return SQB_OK;
}

/* --- what the server has to have announced */

static const char *missing(const sqb_smtp *s, const sqb_smtp_mail *m)
{
	const sqb_smtp_caps *c = &s->caps;

	if (m->body == SQB_SMTP_8BITMIME && !c->eightbitmime)
		return "8BITMIME: octets beyond ASCII";
	if (m->body == SQB_SMTP_BINARYMIME && (!c->binarymime ||
	    !c->chunking))
		return "BINARYMIME and CHUNKING: binary messages";
	if (m->utf8 && !c->smtputf8)
		return "SMTPUTF8: addresses or header fields beyond ASCII";
	if (m->auth.len > 0 && !c->auth)
		return "AUTH: who sent the message";
	if (m->by != 0 && !c->deliver_by)
		return "DELIVERBY: a time limit";
	if ((m->hold_for > 0 || m->hold_until) && !c->future_release)
		return "FUTURERELEASE: to be held back";
	if (m->require_tls && !c->requiretls)
		return "REQUIRETLS: to be sent over TLS all the way";
	if (m->priority != 0 && !c->mt_priority)
		return "MT-PRIORITY: a priority";
	return NULL;
}

static const char *out_of_range(const sqb_smtp *s, const sqb_smtp_mail *m)
{
	const sqb_smtp_caps *c = &s->caps;

	if (m->by_return && m->by < c->min_by)
		return "the time limit is shorter than the server can do";
	if (c->max_hold > 0 && (uint64_t)m->hold_for > c->max_hold)
		return "the server does not hold a message for so long";
	if (m->require_tls && !s->engine.has_tls)
		return "REQUIRETLS: this line is not protected; use TLS";
	return NULL;
}

/*
 * Domains in the envelope, no more than max + 1: a look back for each
 * recipient, which mostly finds its domain at once.
 */
static uint32_t count_domains(const sqb_smtp_mail *m, uint32_t max)
{
	uint32_t n = 0;

	for (size_t i = 0; i < m->n_recipients && n <= max; i++) {
		sqb_str domain = sqb__smtp_domain(m->recipients[i].address);
		size_t k = i;

		while (k > 0 && !sqb_str_eq_nocase(domain,
		    sqb__smtp_domain(m->recipients[k - 1].address)))
			k--;
		n += k == 0;
	}
	return n;
}

/* RFC 9422 */
static const char *beyond_limits(const sqb_smtp *s, const sqb_smtp_mail *m)
{
	const sqb_smtp_caps *c = &s->caps;

	if (c->max_mails > 0 && s->n_mails >= c->max_mails)
		return "the server takes no more mails on this connection; "
		    "send it on another";
	if (c->max_recipients > 0 && m->n_recipients > c->max_recipients)
		return "the server takes fewer recipients a mail; send it in "
		    "more than one";
	if (c->max_domains > 0 &&
	    count_domains(m, c->max_domains) > c->max_domains)
		return "the server takes recipients of fewer domains a mail; "
		    "send it in more than one";
	return NULL;
}

static uint64_t size_of(const sqb_smtp_mail *m)
{
	if (m->streamed)
		return m->message_size;
	return m->body == SQB_SMTP_BINARYMIME ? m->message.len :
	    sqb__canon_len(m->message);
}

sqb_code sqb__smtp_fits(const sqb_smtp *s, const sqb_smtp_mail *m,
    sqb_error *why)
{
	const char *what = missing(s, m);

	if (what)
		return sqb__error(why, SQB_E_UNSUPPORTED,
		    "the mail: the server has no ", what);
	what = out_of_range(s, m);
	if (what)
		return sqb__error(why, SQB_E_UNSUPPORTED, "the mail: ", what);
	what = beyond_limits(s, m);
	if (what)
		return sqb__error(why, SQB_E_RETRY, "the mail: ", what);
	if (s->caps.max_size > 0 && size_of(m) > s->caps.max_size)
		return sqb__error(why, SQB_E_REFUSED, "the mail: it is larger "
		    "than the server takes; make it smaller, or send a link");
	return SQB_OK;
}

/* --- MAIL */

static void add_number(sqb__buf *out, const char *name, int64_t n)
{
	sqb__buf_add_c(out, name);
	if (n < 0)
		sqb__buf_add_char(out, '-');
	sqb__buf_add_uint(out, (uint64_t)(n < 0 ? -n : n));
}

/* RET=FULL / HDRS; ENVID=xtext: RFC 3461, sections 4.3 and 4.4 */
static void add_dsn(sqb__buf *out, const sqb_smtp_mail *m)
{
	if (m->ret == SQB_SMTP_RET_FULL)
		sqb__buf_add_c(out, " RET=FULL");
	if (m->ret == SQB_SMTP_RET_HDRS)
		sqb__buf_add_c(out, " RET=HDRS");
	if (m->envid.len == 0)
		return;
	sqb__buf_add_c(out, " ENVID=");
	sqb__smtp_add_xtext(out, m->envid);
}

/* BY=time;mode [trace]: RFC 2852, 4. HOLDFOR, HOLDUNTIL: RFC 4865, 5. */
static void add_times(sqb__buf *out, const sqb_smtp_mail *m)
{
	if (m->by != 0) {
		add_number(out, " BY=", m->by);
		sqb__buf_add_c(out, m->by_return ? ";R" : ";N");
		if (m->by_trace)
			sqb__buf_add_char(out, 'T');
	}
	if (m->hold_for > 0)
		add_number(out, " HOLDFOR=", m->hold_for);
	if (m->hold_until) {
		sqb__buf_add_c(out, " HOLDUNTIL=");
		sqb__buf_add_c(out, m->hold_until);
	}
}

/* AUTH=<> / xtext: RFC 4954, section 5 */
static void add_auth(sqb__buf *out, sqb_str who)
{
	if (who.len == 0)
		return;
	sqb__buf_add_c(out, " AUTH=");
	if (sqb_str_eq(who, (sqb_str)SQB_STR("<>")))
		sqb__buf_add(out, who);
	else
		sqb__smtp_add_xtext(out, who);
}

/* mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF */
void sqb__smtp_add_sender(sqb_smtp *s, const sqb_smtp_mail *m)
{
	static const char *const bodies[] = { "", " BODY=8BITMIME",
	    " BODY=BINARYMIME" };
	sqb__buf *out = &s->engine.out;
	uint64_t size = s->caps.size ? size_of(m) : 0;

	sqb__buf_add_c(out, "MAIL FROM:");
	sqb__smtp_add_path(out, m->from);
	if (size > 0) {
		sqb__buf_add_c(out, " SIZE=");
		sqb__buf_add_uint(out, size);
	}
	sqb__buf_add_c(out, bodies[m->body]);
	if (m->utf8)
		sqb__buf_add_c(out, " SMTPUTF8");
	if (s->caps.dsn)
		add_dsn(out, m);
	add_auth(out, m->auth);
	add_times(out, m);
	if (m->require_tls)
		sqb__buf_add_c(out, " REQUIRETLS");
	if (m->priority != 0)
		add_number(out, " MT-PRIORITY=", m->priority);
	sqb__buf_add_c(out, "\r\n");
}

/* --- RCPT */

/* NOTIFY=NEVER / list: RFC 3461, section 4.1 */
static void add_notify(sqb__buf *out, unsigned notify)
{
	static const char *const names[] = { "NEVER", "SUCCESS", "FAILURE",
	    "DELAY" };
	const char *before = " NOTIFY=";

	for (unsigned i = 0; i < 4; i++) {
		if (!(notify & 1u << i))
			continue;
		sqb__buf_add_c(out, before);
		sqb__buf_add_c(out, names[i]);
		before = ",";
	}
}

/* ORCPT=addr-type;xtext: RFC 3461, 4.2, and RFC 6533, section 3 */
static void add_orcpt(sqb__buf *out, sqb_str orcpt)
{
	if (orcpt.len == 0)
		return;
	if (sqb__all_ascii(orcpt)) {
		sqb__buf_add_c(out, " ORCPT=rfc822;");
		sqb__smtp_add_xtext(out, orcpt);
	} else {
		sqb__buf_add_c(out, " ORCPT=utf-8;");
		sqb__smtp_add_utf8_xtext(out, orcpt);
	}
}

/* rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters] CRLF */
void sqb__smtp_add_recipient(sqb_smtp *s, const sqb_smtp_recipient *r)
{
	sqb__buf *out = &s->engine.out;

	sqb__buf_add_c(out, "RCPT TO:");
	sqb__smtp_add_path(out, r->address);
	if (s->caps.dsn) {
		add_notify(out, r->notify);
		add_orcpt(out, r->orcpt);
	}
	sqb__buf_add_c(out, "\r\n");
}

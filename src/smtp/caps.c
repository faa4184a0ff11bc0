/*
 * The reply to EHLO: RFC 5321, section 4.1.1.1, and the extensions that
 * smtp.h names. Each reply replaces the one before.
 */
#include "smtp/smtp.h"

#include "base/ascii.h"

enum { MAX_MECHANISMS = 100 };	/* of AUTH, also those said twice */

void sqb__smtp_caps_forget(sqb_smtp *s)
{
	sqb_str name = s->caps.name;

	s->caps = (sqb_smtp_caps){ .name = name };
	s->n_mechanisms = 0;
	sqb__buf_reset(&s->sasl_list);
	sqb__buf_reset(&s->hold_until);
}

/* What is no number counts as not said. */
static uint64_t number_or_0(sqb_str word, uint64_t max)
{
	uint64_t n;

	return sqb__parse_uint(word, max, &n) ? n : 0;
}

/* "SIZE" [SP 1*20DIGIT]; 0: no fixed maximum (RFC 1870, section 4) */
static void on_size(sqb_smtp *s, sqb_str args)
{
	s->caps.size = true;
	s->caps.max_size = number_or_0(sqb__next_word(&args), UINT64_MAX);
}

static bool has_mechanism(const sqb_smtp *s, sqb_str mechanism)
{
	sqb_str list = sqb__buf_str(&s->sasl_list), word;

	while ((word = sqb__next_word(&list)).len > 0)
		if (sqb_str_eq_nocase(word, mechanism))
			return true;
	return false;
}

/*
 * "AUTH" *(SP mechanism); there is also "AUTH=" of old, and both at once. More
 * than anybody has are not compared.
 */
static void on_auth(sqb_smtp *s, sqb_str args)
{
	sqb_str word;

	s->caps.auth = true;
	while (s->n_mechanisms < MAX_MECHANISMS &&
	    (word = sqb__next_word(&args)).len > 0) {
		s->n_mechanisms++;
		if (has_mechanism(s, word))
			continue;
		sqb__buf_add_char(&s->sasl_list, ' ');
		sqb__buf_add(&s->sasl_list, word);
	}
}

/* "DELIVERBY" [SP min-by-time]; RFC 2852, section 2 */
static void on_deliver_by(sqb_smtp *s, sqb_str args)
{
	s->caps.deliver_by = true;
	s->caps.min_by = (int64_t)number_or_0(sqb__next_word(&args),
	    999999999);
}

/* "FUTURERELEASE" SP seconds SP date-time; RFC 4865, section 3 */
static void on_future_release(sqb_smtp *s, sqb_str args)
{
	s->caps.future_release = true;
	s->caps.max_hold = number_or_0(sqb__next_word(&args), 999999999);
	sqb__buf_reset(&s->hold_until);
	sqb__buf_add(&s->hold_until, sqb__next_word(&args));
}

/* "LIMITS" *(SP name "=" value); RFC 9422, section 3 */
static void on_limits(sqb_smtp *s, sqb_str args)
{
	static const struct {
		sqb_str name;
		size_t field;
	} known[] = {
		{ SQB_STR("MAILMAX="), offsetof(sqb_smtp_caps, max_mails) },
		{ SQB_STR("RCPTMAX="), offsetof(sqb_smtp_caps,
		    max_recipients) },
		{ SQB_STR("RCPTDOMAINMAX="), offsetof(sqb_smtp_caps,
		    max_domains) },
	};
	sqb_str word;

	s->caps.limits = true;
	while ((word = sqb__next_word(&args)).len > 0) {
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			size_t n = known[i].name.len;

			if (word.len > n && sqb_str_eq_nocase(known[i].name,
			    (sqb_str){ word.ptr, n }))
				*(uint32_t *)((char *)&s->caps +
				    known[i].field) = (uint32_t)number_or_0(
				    sqb__str_from(word, n), 999999);
		}
	}
}

/* A keyword is a flag, or has its function. */
static const struct {
	sqb_str keyword;
	size_t flag;		/* offset in sqb_smtp_caps, where on is NULL */
	void (*on)(sqb_smtp *s, sqb_str args);
} keywords[] = {
#define FLAG(name, field) { SQB_STR(name), offsetof(sqb_smtp_caps, field), \
    NULL }
	FLAG("8BITMIME", eightbitmime),
	FLAG("BINARYMIME", binarymime),
	FLAG("CHUNKING", chunking),
	FLAG("DSN", dsn),
	FLAG("ENHANCEDSTATUSCODES", enhanced_status_codes),
	FLAG("ETRN", etrn),
	FLAG("EXPN", expn),
	FLAG("HELP", help),
	FLAG("MT-PRIORITY", mt_priority),
	FLAG("PIPELINING", pipelining),
	FLAG("REQUIRETLS", requiretls),
	FLAG("SMTPUTF8", smtputf8),
	FLAG("STARTTLS", starttls),
	FLAG("VRFY", vrfy),
#undef FLAG
	{ SQB_STR("AUTH"), 0, on_auth },
	{ SQB_STR("DELIVERBY"), 0, on_deliver_by },
	{ SQB_STR("FUTURERELEASE"), 0, on_future_release },
	{ SQB_STR("LIMITS"), 0, on_limits },
	{ SQB_STR("SIZE"), 0, on_size },
};

static void take_keyword(sqb_smtp *s, sqb_str keyword, sqb_str args)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (!sqb_str_eq_nocase(keyword, keywords[i].keyword))
			continue;
		if (keywords[i].on)
			keywords[i].on(s, args);
		else
			*(bool *)((char *)&s->caps + keywords[i].flag) = true;
		return;
	}
}

/* ehlo-line = ehlo-keyword *( SP ehlo-param ); "=" for the first SP is old */
static void take_line(sqb_smtp *s, sqb_str line)
{
	size_t n = 0;

	while (n < line.len && !sqb__is_blank(line.ptr[n]) &&
	    line.ptr[n] != '=')
		n++;
	take_keyword(s, (sqb_str){ line.ptr, n },
	    sqb__str_from(line, n < line.len ? n + 1 : n));
}

static sqb_str without_first_blank(const sqb__buf *b)
{
	sqb_str s = sqb__buf_str(b);

	return s.len > 0 ? sqb__str_from(s, 1) : s;
}

void sqb__smtp_caps_take(sqb_smtp *s, sqb_str lines)
{
	sqb__smtp_caps_forget(s);
	s->caps.esmtp = true;
	while (lines.len > 0)
		take_line(s, sqb__take_line(&lines));
	s->caps.sasl = without_first_blank(&s->sasl_list);
	s->caps.hold_until = sqb__buf_str(&s->hold_until);
	if (s->sasl_list.failed || s->hold_until.failed)
		sqb__smtp_nomem(s);
}

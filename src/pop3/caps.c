/*
 * CAPA: RFC 2449, sections 5 and 6; AUTH-RESP-CODE of RFC 3206; UTF8 and LANG
 * of RFC 6856. Each list replaces the one before.
 */
#include "pop3/pop3.h"

#include "base/ascii.h"

static void clear_list(sqb_pop3 *p)
{
	bool apop = p->caps.apop;
	sqb_pop3_support top = p->caps.top, uidl = p->caps.uidl;

	p->caps = (sqb_pop3_caps){
		.apop = apop,
		.top = top,
		.uidl = uidl,
		.expire_days = -1,
		.login_delay = -1,
	};
	sqb__buf_reset(&p->sasl_list);
	sqb__buf_reset(&p->implementation);
}

void sqb__pop3_caps_forget(sqb_pop3 *p)
{
	p->caps.apop = false;
	p->caps.top = p->caps.uidl = SQB_POP3_UNTOLD;
	p->caps_asked = false;
	sqb__buf_reset(&p->timestamp);
	clear_list(p);
}

static void on_top(sqb_pop3 *p, sqb_str args)
{
	(void)args;
	p->caps.top = SQB_POP3_YES;
}

static void on_uidl(sqb_pop3 *p, sqb_str args)
{
	(void)args;
	p->caps.uidl = SQB_POP3_YES;
}

/* "UTF8" [SP "USER"]: RFC 6856, section 2 */
static void on_utf8(sqb_pop3 *p, sqb_str args)
{
	p->caps.utf8 = true;
	p->caps.utf8_user = sqb__has_word(args, "USER");
}

/* What is no number counts as not said. */
static int32_t number_or(sqb_str word, int32_t otherwise)
{
	uint64_t n;

	return sqb__parse_uint(word, INT32_MAX, &n) ? (int32_t)n : otherwise;
}

/* "EXPIRE" SP (days / "NEVER") [SP "USER"] */
static void on_expire(sqb_pop3 *p, sqb_str args)
{
	static const sqb_str never = SQB_STR("NEVER");
	sqb_str word = sqb__next_word(&args);

	p->caps.expire_days = sqb_str_eq_nocase(word, never) ? -2 :
	    number_or(word, -1);
	p->caps.expire_per_user = sqb__has_word(args, "USER");
}

/* "LOGIN-DELAY" SP seconds [SP "USER"] */
static void on_login_delay(sqb_pop3 *p, sqb_str args)
{
	p->caps.login_delay = number_or(sqb__next_word(&args), -1);
	p->caps.login_delay_per_user = sqb__has_word(args, "USER");
}

/* Servers have more than one SASL line, and the list is their sum. */
static void on_sasl(sqb_pop3 *p, sqb_str args)
{
	if (sqb__buf_len(&p->sasl_list) > 0)
		sqb__buf_add_char(&p->sasl_list, ' ');
	sqb__buf_add(&p->sasl_list, args);
}

static void on_implementation(sqb_pop3 *p, sqb_str args)
{
	sqb__buf_reset(&p->implementation);
	sqb__buf_add(&p->implementation, args);
}

/* A tag is a flag, or has its function. */
static const struct {
	sqb_str tag;
	size_t flag;		/* offset in sqb_pop3_caps, where on is NULL */
	void (*on)(sqb_pop3 *p, sqb_str args);
} tags[] = {
#define FLAG(name, field) { SQB_STR(name), offsetof(sqb_pop3_caps, field), \
    NULL }
	FLAG("AUTH-RESP-CODE", auth_resp_code),
	FLAG("LANG", lang),
	FLAG("PIPELINING", pipelining),
	FLAG("RESP-CODES", resp_codes),
	FLAG("STLS", stls),
	FLAG("USER", user),
#undef FLAG
	{ SQB_STR("EXPIRE"), 0, on_expire },
	{ SQB_STR("IMPLEMENTATION"), 0, on_implementation },
	{ SQB_STR("LOGIN-DELAY"), 0, on_login_delay },
	{ SQB_STR("SASL"), 0, on_sasl },
	{ SQB_STR("TOP"), 0, on_top },
	{ SQB_STR("UIDL"), 0, on_uidl },
	{ SQB_STR("UTF8"), 0, on_utf8 },
};

static void take_capability(sqb_pop3 *p, sqb_str tag, sqb_str args)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (!sqb_str_eq_nocase(tag, tags[i].tag))
			continue;
		if (tags[i].on)
			tags[i].on(p, args);
		else
			*(bool *)((char *)&p->caps + tags[i].flag) = true;
		return;
	}
}

void sqb__pop3_on_capa_status(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	(void)x;
	p->caps_asked = true;
	if (ok) {
		clear_list(p);
		p->caps.known = true;
	}
}

/* capability = capa-tag *(SP param) CRLF */
void sqb__pop3_on_capa_row(sqb_pop3 *p, sqb__pop3_exchange *x, sqb_str row)
{
	sqb_str args = row, tag = sqb__next_word(&args);

	while (args.len > 0 && sqb__is_blank(args.ptr[0]))
		args = sqb__str_from(args, 1);
	take_capability(p, tag, args);
	p->caps.sasl = sqb__buf_str(&p->sasl_list);
	p->caps.implementation = sqb__buf_str(&p->implementation);
	if (p->sasl_list.failed || p->implementation.failed)
		sqb__engine_fail(&p->engine, SQB_E_NOMEM, "out of memory");
	if (x->kind == SQB_POP3_CAPA && !x->canceled)
		sqb__pop3_emit(p, x, SQB_POP3_ROW)->text = row;
}

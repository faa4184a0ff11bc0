/*
 * Logging in: USER and PASS, APOP (RFC 1939, section 7), RPOP (RFC 1225),
 * AUTH (RFC 1734, RFC 5034). LOGIN first sees to it that CAPA has been asked,
 * then puts the exchanges that the chosen mechanism needs in front of itself,
 * and CAPA once more, for what changes with the user.
 */
#include "pop3/pop3.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/utf8.h"
#include "wire/md5.h"

const sqb__auth_dialect sqb__pop3_auth_dialect = {
	.service = "pop",
	.max_command = 255,	/* RFC 2449, section 4 */
	.bare_xoauth2 = true,
};

/*
 * USER is on offer where CAPA says so, or says nothing of how to log in, or
 * is not known to the server.
 */
static bool choose(sqb_pop3 *p)
{
	sqb__buf *offered = &p->auth.offered;

	sqb__buf_reset(offered);
	sqb__buf_add(offered, p->caps.sasl);
	if (p->caps.user || p->caps.sasl.len == 0)
		sqb__buf_add_c(offered, " USER");
	return sqb__auth_choose(&p->auth);
}

static void put(sqb_pop3 *p, uint32_t *at, sqb__pop3_kind kind)
{
	sqb__pop3_exchange x = { .kind = (uint8_t)kind };

	if (sqb__pop3_insert(p, *at, &x))
		++*at;
	else
		sqb__engine_fail(&p->engine, SQB_E_NOMEM, "out of memory");
}

/* The exchanges of the mechanism, at the place of the next to be said. */
static void put_mechanism(sqb_pop3 *p, uint32_t at)
{
	sqb_str name = sqb_str_of(p->auth.mechanism);

	if (p->options.utf8 && p->caps.utf8)
		put(p, &at, X_OWN_UTF8);
	if (sqb_str_eq(name, (sqb_str)SQB_STR("APOP"))) {
		put(p, &at, X_APOP);
	} else if (sqb_str_eq(name, (sqb_str)SQB_STR("USER"))) {
		put(p, &at, X_USER);
		put(p, &at, X_PASS);
	} else if (sqb_str_eq(name, (sqb_str)SQB_STR("RPOP"))) {
		put(p, &at, X_USER);
		put(p, &at, X_RPOP);
	} else {
		put(p, &at, X_AUTH);
	}
	put(p, &at, X_OWN_CAPA);
}

sqb__pop3_asked sqb__pop3_ask_login(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	uint32_t here = p->n_sent;

	if (!p->caps_asked) {
		put(p, &here, X_OWN_CAPA);
		return NOT_YET;
	}
	x->kind = X_LOGIN_END;
	if (choose(p))
		put_mechanism(p, here);
	return NOT_YET;
}

sqb__pop3_asked sqb__pop3_ask_login_end(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	(void)p;
	(void)x;
	return ASKED;
}

sqb__pop3_asked sqb__pop3_ask_own_capa(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	(void)x;
	if (p->auth.code != SQB_OK)
		return DROPPED;
	sqb__buf_add_c(&p->engine.out, "CAPA\r\n");
	return ASKED;
}

/* --- the plain commands */

/* Non-ASCII wants "UTF8 USER" (RFC 6856, section 2.2). */
static bool may_name(sqb_pop3 *p, sqb_str name, sqb_str secret)
{
	sqb_error why;

	if (p->auth.code != SQB_OK)
		return false;
	if (p->caps.utf8_user ||
	    (sqb__all_ascii(name) && sqb__all_ascii(secret)))
		return true;
	sqb__error(&why, SQB_E_UNSUPPORTED, "login: the server takes only "
	    "ASCII with this command; use a SASL mechanism");
	sqb__auth_fail(&p->auth, why.code, &why);
	return false;
}

sqb__pop3_asked sqb__pop3_ask_user(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	(void)x;
	if (!may_name(p, p->auth.login.user, p->auth.login.password))
		return DROPPED;
	sqb__buf_add_c(&p->engine.out, "USER ");
	sqb__buf_add(&p->engine.out, p->auth.login.user);
	sqb__buf_add_c(&p->engine.out, "\r\n");
	return ASKED;
}

/* The only place where a password is written as it is. */
static void say_secret(sqb__secure_line line, const char *command,
    sqb_str secret)
{
	sqb__buf_add_c(&line.engine->out, command);
	sqb__engine_add_secret(line.engine, secret);
	sqb__buf_add_c(&line.engine->out, "\r\n");
}

static sqb__pop3_asked ask_in_clear(sqb_pop3 *p, const char *command,
    sqb_str secret)
{
	sqb__secure_line line;
	sqb_error why;

	if (p->auth.code != SQB_OK)
		return DROPPED;
	if (!sqb__engine_secure(&p->engine, p->options.tls, &line)) {
		sqb__error(&why, SQB_E_TLS, "login: the line is not protected");
		sqb__auth_fail(&p->auth, why.code, &why);
		return DROPPED;
	}
	say_secret(line, command, secret);
	return ASKED;
}

sqb__pop3_asked sqb__pop3_ask_pass(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	(void)x;
	return ask_in_clear(p, "PASS ", p->auth.login.password);
}

/* RPOP user: who we are on this host; RFC 1225. */
sqb__pop3_asked sqb__pop3_ask_rpop(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	(void)x;
	return ask_in_clear(p, "RPOP ", p->auth.login.authzid.len > 0 ?
	    p->auth.login.authzid : p->auth.login.user);
}

sqb__pop3_asked sqb__pop3_ask_apop(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	sqb_error why = { .code = SQB_OK };
	char hex[SQB__MD5_HEX + 1];

	(void)x;
	if (!may_name(p, p->auth.login.user, p->auth.login.password))
		return DROPPED;
	if (!p->caps.apop)
		sqb__error(&why, SQB_E_UNSUPPORTED, "login: APOP cannot be "
		    "used: ", p->options.tls == SQB_TLS_STARTTLS ?
		    "its timestamp would have come before TLS; try pop3s" :
		    "the greeting has no good timestamp");
	else if (!sqb__md5_hex(hex, sqb__buf_str(&p->timestamp),
	    p->auth.login.password))
		sqb__error(&why, SQB_E_UNSUPPORTED, "login: APOP cannot be "
		    "used: there is no MD5 here");
	if (why.code != SQB_OK) {
		sqb__auth_fail(&p->auth, why.code, &why);
		return DROPPED;
	}
	sqb__buf_add_c(&p->engine.out, "APOP ");
	sqb__buf_add(&p->engine.out, p->auth.login.user);
	sqb__buf_add_char(&p->engine.out, ' ');
	sqb__engine_add_secret(&p->engine, (sqb_str){ hex,
	    SQB__MD5_HEX });
	sqb__buf_add_c(&p->engine.out, "\r\n");
	return ASKED;
}

/* --- AUTH */

/*
 * No initial response where the server has not announced SASL (RFC 5034,
 * section 3).
 */
sqb__pop3_asked sqb__pop3_ask_auth(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	(void)x;
	return p->auth.code == SQB_OK &&
	    sqb__auth_say(&p->auth, p->caps.sasl.len > 0) ? ASKED : DROPPED;
}

/*
 * continue-req = "+" SP [base64]; servers forget the space
 *
 * Before a client that speaks first has spoken, whatever begins with "+" asks
 * it to: servers write "+OK" or words there. Later "+OK" means success.
 */
bool sqb__pop3_auth_line(sqb_pop3 *p, sqb_str line)
{
	bool ok;
	sqb_str text;

	if (line.len == 0 || line.ptr[0] != '+' || p->auth.given_up ||
	    (!sqb__auth_owes_first(&p->auth) &&
	    sqb__pop3_parse_status(line, &ok, &text)))
		return false;
	sqb__auth_answer(&p->auth, sqb__str_from(line, 1));
	return true;
}

/* --- what the server says to it */

static void keep_status(sqb_pop3 *p)
{
	sqb__buf_reset(&p->login_status);
	sqb__buf_add(&p->login_status, sqb__buf_str(&p->status));
	if (p->login_status.failed)
		sqb__engine_fail(&p->engine, SQB_E_NOMEM, "out of memory");
	p->login_resp = p->resp;
}

static void refused(sqb_pop3 *p)
{
	if (p->auth.code == SQB_OK)
		keep_status(p);
	sqb__auth_fail(&p->auth, sqb__pop3_classify(p, p->resp,
	    sqb__buf_str(&p->status), true), NULL);
}

void sqb__pop3_on_user(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	(void)x;
	if (!ok)
		refused(p);
}

void sqb__pop3_on_logged_in(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	if (!ok) {
		refused(p);
		return;
	}
	if ((x->kind == X_AUTH && !sqb__auth_succeed(&p->auth)) ||
	    p->auth.code != SQB_OK)
		return;
	keep_status(p);
	p->state = SQB_POP3_TRANSACTION;
}

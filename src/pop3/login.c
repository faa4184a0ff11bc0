/*
 * Logging in: USER and PASS, APOP (RFC 1939, section 7), RPOP (RFC 1225),
 * AUTH (RFC 1734, RFC 5034). LOGIN first sees to it that CAPA has been asked,
 * then puts the exchanges that the chosen mechanism needs in front of itself,
 * and CAPA once more, for what changes with the user.
 */
#include "pop3/pop3.h"

#include "base/ascii.h"
#include "base/error.h"
#include "wire/md5.h"

enum {
	MAX_COMMAND = 255,	/* octets with CRLF: RFC 2449, section 4 */
	MAX_FIELD = 65536,	/* octets of a password or token */
	MAX_MECHANISM = 20	/* RFC 4422, section 3.1 */
};

static bool clean(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0')
			return false;
	return s.len <= MAX_FIELD;
}

static bool is_ascii(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

/* sasl-mech = 1*20mech-char; mech-char = %x41-5A / DIGIT / "-" / "_" */
static bool clean_mechanism(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = sqb__lower(s.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !sqb__is_digit(c) && c != '-' &&
		    c != '_')
			return false;
	}
	return s.len <= MAX_MECHANISM;
}

int sqb__pop3_check_login(const sqb_login *login)
{
	return login && clean(login->user) && clean(login->password) &&
	    clean(login->token) && clean(login->authzid) &&
	    clean_mechanism(login->mechanism) ? SQB_OK : SQB_E_USAGE;
}

void sqb__pop3_login_clear(sqb_pop3 *p)
{
	sqb__sasl_free(p->sasl);
	p->sasl = NULL;
	p->login = (sqb_login){ .user = { NULL, 0 } };
	sqb__buf_clear(&p->first_response);
}

/* The first failure counts. */
static void fail_login(sqb_pop3 *p, sqb_code code, const sqb_error *why)
{
	if (p->login_code != SQB_OK)
		return;
	p->login_code = code;
	if (why)
		p->login_error = *why;
}

static sqb__sasl_params sasl_params(const sqb_pop3 *p)
{
	return (sqb__sasl_params){
		.allocator = p->engine.allocator,
		.login = &p->login,
		.offered = sqb__buf_str(&p->offered),
		.service = "pop",
		.host = sqb_str_of(p->host),
		.port = p->options.port,
		.tls = sqb_engine_tls(&p->engine),
		.clear_allowed = p->options.tls == SQB_TLS_OFF,
	};
}

/*
 * USER is on offer where CAPA says so, or says nothing of how to log in, or
 * is not known to the server.
 */
static const char *choose(sqb_pop3 *p, sqb_error *err)
{
	sqb__sasl_params params;

	sqb__buf_reset(&p->offered);
	sqb__buf_add(&p->offered, p->caps.sasl);
	if (p->caps.user || p->caps.sasl.len == 0)
		sqb__buf_add_c(&p->offered, " USER");
	if (p->offered.failed) {
		sqb__error(err, SQB_E_NOMEM, "out of memory");
		return NULL;
	}
	params = sasl_params(p);
	return sqb__sasl_choose(&params, err);
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
	sqb_str name = sqb_str_of(p->mechanism);

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
	sqb_error why;

	if (!p->caps_asked) {
		put(p, &here, X_OWN_CAPA);
		return NOT_YET;
	}
	x->kind = X_LOGIN_END;
	p->mechanism = choose(p, &why);
	if (p->mechanism)
		put_mechanism(p, here);
	else
		fail_login(p, why.code, &why);
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
	if (p->login_code != SQB_OK)
		return DROPPED;
	sqb__buf_add_c(&p->engine.out, "CAPA\r\n");
	return ASKED;
}

/* --- the plain commands */

/* Non-ASCII wants "UTF8 USER" (RFC 6856, section 2.2). */
static bool may_name(sqb_pop3 *p, sqb_str name, sqb_str secret)
{
	sqb_error why;

	if (p->login_code != SQB_OK)
		return false;
	if (p->caps.utf8_user || (is_ascii(name) && is_ascii(secret)))
		return true;
	fail_login(p, sqb__error(&why, SQB_E_UNSUPPORTED, "login: the server "
	    "takes only ASCII with this command; use a SASL mechanism"), &why);
	return false;
}

sqb__pop3_asked sqb__pop3_ask_user(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	(void)x;
	if (!may_name(p, p->login.user, p->login.password))
		return DROPPED;
	sqb__buf_add_c(&p->engine.out, "USER ");
	sqb__buf_add(&p->engine.out, p->login.user);
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

	if (p->login_code != SQB_OK)
		return DROPPED;
	if (!sqb__engine_secure(&p->engine, p->options.tls, &line)) {
		sqb__error(&why, SQB_E_TLS, "login: the line is not protected");
		fail_login(p, why.code, &why);
		return DROPPED;
	}
	say_secret(line, command, secret);
	return ASKED;
}

sqb__pop3_asked sqb__pop3_ask_pass(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	(void)x;
	return ask_in_clear(p, "PASS ", p->login.password);
}

/* RPOP user: who we are on this host; RFC 1225. */
sqb__pop3_asked sqb__pop3_ask_rpop(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	(void)x;
	return ask_in_clear(p, "RPOP ", p->login.authzid.len > 0 ?
	    p->login.authzid : p->login.user);
}

sqb__pop3_asked sqb__pop3_ask_apop(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	sqb_error why = { .code = SQB_OK };
	char hex[SQB__MD5_HEX + 1];

	(void)x;
	if (!may_name(p, p->login.user, p->login.password))
		return DROPPED;
	if (!p->caps.apop)
		sqb__error(&why, SQB_E_UNSUPPORTED, "login: APOP cannot be "
		    "used: ", p->options.tls == SQB_TLS_STARTTLS ?
		    "its timestamp would have come before TLS; try pop3s" :
		    "the greeting has no good timestamp");
	else if (!sqb__md5_hex(hex, sqb__buf_str(&p->timestamp),
	    p->login.password))
		sqb__error(&why, SQB_E_UNSUPPORTED, "login: APOP cannot be "
		    "used: there is no MD5 here");
	if (why.code != SQB_OK) {
		fail_login(p, why.code, &why);
		return DROPPED;
	}
	sqb__buf_add_c(&p->engine.out, "APOP ");
	sqb__buf_add(&p->engine.out, p->login.user);
	sqb__buf_add_char(&p->engine.out, ' ');
	sqb__engine_add_secret(&p->engine, (sqb_str){ hex,
	    SQB__MD5_HEX });
	sqb__buf_add_c(&p->engine.out, "\r\n");
	return ASKED;
}

/* --- AUTH */

/*
 * Not for XOAUTH2, which Microsoft takes in two lines only; nor where the
 * server has not announced SASL (RFC 5034, section 3), nor in a command that
 * would be too long for it.
 */
static bool initial_fits(const sqb_pop3 *p)
{
	sqb_str name = sqb_str_of(p->mechanism);
	size_t len = sqb__buf_len(&p->first_response);

	return !p->login.no_initial_response && p->caps.sasl.len > 0 &&
	    !sqb_str_eq(name, (sqb_str)SQB_STR("XOAUTH2")) &&
	    sizeof("AUTH  \r\n") - 1 + name.len + (len > 0 ? len : 1) <=
	    MAX_COMMAND;
}

static void say_response(sqb_pop3 *p, sqb_str response)
{
	sqb__engine_add_secret(&p->engine, response);
	sqb__buf_add_c(&p->engine.out, "\r\n");
	p->auth_spoken = true;
}

static void give_up(sqb_pop3 *p, const sqb_error *why)
{
	fail_login(p, why->code, why);
	p->auth_given_up = true;
	sqb__buf_add_c(&p->engine.out, "*\r\n");
}

static bool begin_sasl(sqb_pop3 *p, sqb_error *why)
{
	sqb__sasl_params params = sasl_params(p);
	static const sqb_str none = { "", 0 };

	sqb__buf_reset(&p->first_response);
	return sqb__sasl_new(&p->sasl, p->mechanism, &params, why) == SQB_OK &&
	    (!sqb__sasl_client_first(p->sasl) ||
	    sqb__sasl_step(p->sasl, none, &p->first_response, why) == SQB_OK);
}

/* "AUTH" SP sasl-mech [SP initial-response] CRLF; "=" is an empty one */
sqb__pop3_asked sqb__pop3_ask_auth(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	sqb__buf *out = &p->engine.out;
	sqb_str first;
	sqb_error why;

	(void)x;
	if (p->login_code != SQB_OK)
		return DROPPED;
	if (!begin_sasl(p, &why)) {
		fail_login(p, why.code, &why);
		return DROPPED;
	}
	sqb__buf_add_c(out, "AUTH ");
	sqb__buf_add_c(out, p->mechanism);
	if (!sqb__sasl_client_first(p->sasl) || !initial_fits(p)) {
		sqb__buf_add_c(out, "\r\n");
		return ASKED;
	}
	first = sqb__buf_str(&p->first_response);
	sqb__buf_add_char(out, ' ');
	say_response(p, first.len > 0 ? first : (sqb_str)SQB_STR("="));
	return ASKED;
}

/* continue-req = "+" SP [base64]; servers forget the space */
static sqb_str challenge_of(sqb_str line)
{
	sqb_str text = sqb__str_from(line, 1);

	while (text.len > 0 && text.ptr[0] == ' ')
		text = sqb__str_from(text, 1);
	while (text.len > 0 && text.ptr[text.len - 1] == ' ')
		text.len--;
	return text;
}

static void answer_challenge(sqb_pop3 *p, sqb_str challenge)
{
	sqb__buf response;
	sqb_error why;

	sqb__buf_init(&response, p->engine.allocator, SIZE_MAX / 2);
	response.secret = true;
	if (sqb__sasl_step(p->sasl, challenge, &response, &why) != SQB_OK)
		give_up(p, &why);
	else
		say_response(p, sqb__buf_str(&response));
	sqb__buf_clear(&response);
}

/*
 * Before a client that speaks first has spoken, whatever begins with "+" asks
 * it to: servers write "+OK" or words there. Later "+OK" means success.
 */
bool sqb__pop3_auth_line(sqb_pop3 *p, sqb_str line)
{
	bool ask_first = sqb__sasl_client_first(p->sasl) && !p->auth_spoken;
	bool ok;
	sqb_str text;

	if (line.len == 0 || line.ptr[0] != '+' || p->auth_given_up)
		return false;
	if (ask_first)
		say_response(p, sqb__buf_str(&p->first_response));
	else if (sqb__pop3_parse_status(line, &ok, &text))
		return false;
	else
		answer_challenge(p, challenge_of(line));
	if (p->engine.out.failed)
		sqb__engine_fail(&p->engine, SQB_E_NOMEM, "out of memory");
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
	if (p->login_code == SQB_OK)
		keep_status(p);
	fail_login(p, sqb__pop3_classify(p, p->resp, sqb__buf_str(&p->status),
	    true), NULL);
}

void sqb__pop3_on_user(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	(void)x;
	if (!ok)
		refused(p);
}

/*
 * A server that lets us in without having proved itself where the mechanism
 * lets it, or after we gave up, is not to be talked to.
 */
void sqb__pop3_on_logged_in(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	sqb_error why;

	if (!ok) {
		refused(p);
		return;
	}
	if (x->kind == X_AUTH && sqb__sasl_finish(p->sasl, &why) != SQB_OK)
		fail_login(p, why.code, &why);
	if (x->kind == X_AUTH && p->login_code != SQB_OK)
		sqb_engine_fail(&p->engine, &p->login_error);
	if (p->login_code != SQB_OK)
		return;
	keep_status(p);
	p->state = SQB_POP3_TRANSACTION;
}

/* AUTH: RFC 5034, section 4, and RFC 4954, section 4. See auth.h. */
#include "wire/auth.h"

#include "base/ascii.h"
#include "base/error.h"

enum {
	MAX_FIELD = 65536,	/* octets of a password or token */
	MAX_MECHANISM = 20,	/* RFC 4422, section 3.1 */
	MAX_RESPONSE = 512 * 1024
};

static bool clean(sqb_str s)
{
	return s.len <= MAX_FIELD && sqb__is_one_line(s);
}

/* sasl-mech = 1*20mech-char; mech-char = %x41-5A / DIGIT / "-" / "_" */
static bool clean_mechanism(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!sqb__is_letter(c) && !sqb__is_digit(c) && c != '-' &&
		    c != '_')
			return false;
	}
	return s.len <= MAX_MECHANISM;
}

int sqb__auth_check(const sqb_login *login)
{
	return login && clean(login->user) && clean(login->password) &&
	    clean(login->token) && clean(login->authzid) &&
	    clean_mechanism(login->mechanism) ? SQB_OK : SQB_E_USAGE;
}

void sqb__auth_init(sqb__auth *a)
{
	const sqb_allocator *allocator = a->engine->allocator;

	a->mechanism = "";
	sqb__buf_init(&a->offered, allocator, SIZE_MAX / 2);
	sqb__buf_init(&a->first_response, allocator, MAX_RESPONSE);
	a->first_response.secret = true;
}

void sqb__auth_begin(sqb__auth *a, const sqb_login *login)
{
	a->login = *login;
	a->spoken = a->given_up = false;
	a->code = SQB_OK;
	a->error = (sqb_error){ .code = SQB_OK };
}

void sqb__auth_end(sqb__auth *a)
{
	sqb__sasl_free(a->sasl);
	a->sasl = NULL;
	a->login = (sqb_login){ .user = { NULL, 0 } };
	sqb__buf_clear(&a->first_response);
}

void sqb__auth_clear(sqb__auth *a)
{
	sqb__auth_end(a);
	sqb__buf_clear(&a->offered);
}

void sqb__auth_fail(sqb__auth *a, sqb_code code, const sqb_error *why)
{
	if (a->code != SQB_OK)
		return;
	a->code = code;
	if (why)
		a->error = *why;
}

static sqb__sasl_params params_of(const sqb__auth *a)
{
	return (sqb__sasl_params){
		.allocator = a->engine->allocator,
		.login = &a->login,
		.offered = sqb__buf_str(&a->offered),
		.service = a->dialect->service,
		.host = a->host,
		.port = a->port,
		.tls = sqb_engine_tls(a->engine),
		.clear_allowed = a->tls == SQB_TLS_OFF,
	};
}

bool sqb__auth_choose(sqb__auth *a)
{
	sqb__sasl_params params = params_of(a);
	const char *mechanism = NULL;
	sqb_error why;

	if (a->offered.failed)
		sqb__error(&why, SQB_E_NOMEM, "out of memory");
	else
		mechanism = sqb__sasl_choose(&params, &why);
	a->mechanism = mechanism ? mechanism : "";
	if (!mechanism)
		sqb__auth_fail(a, why.code, &why);
	return mechanism;
}

/* --- the command */

static bool initial_fits(const sqb__auth *a)
{
	sqb_str name = sqb_str_of(a->mechanism);
	size_t len = sqb__buf_len(&a->first_response);

	return !a->login.no_initial_response &&
	    !(a->dialect->bare_xoauth2 &&
	    sqb_str_eq(name, (sqb_str)SQB_STR("XOAUTH2"))) &&
	    sizeof("AUTH  \r\n") - 1 + name.len + (len > 0 ? len : 1) <=
	    a->dialect->max_command;
}

static void say_response(sqb__auth *a, sqb_str response)
{
	sqb__engine_add_secret(a->engine, response);
	sqb__buf_add_c(&a->engine->out, "\r\n");
	a->spoken = true;
}

static bool begin_sasl(sqb__auth *a, sqb_error *why)
{
	sqb__sasl_params params = params_of(a);
	static const sqb_str none = { "", 0 };

	sqb__buf_reset(&a->first_response);
	return sqb__sasl_new(&a->sasl, a->mechanism, &params, why) == SQB_OK &&
	    (!sqb__sasl_client_first(a->sasl) ||
	    sqb__sasl_step(a->sasl, none, &a->first_response, why) == SQB_OK);
}

/* "AUTH" SP sasl-mech [SP initial-response] CRLF; "=" is an empty one */
bool sqb__auth_say(sqb__auth *a, bool may_begin)
{
	sqb__buf *out = &a->engine->out;
	sqb_str first;
	sqb_error why;

	if (!begin_sasl(a, &why)) {
		sqb__auth_fail(a, why.code, &why);
		return false;
	}
	sqb__buf_add_c(out, "AUTH ");
	sqb__buf_add_c(out, a->mechanism);
	if (!sqb__sasl_client_first(a->sasl) || !may_begin ||
	    !initial_fits(a)) {
		sqb__buf_add_c(out, "\r\n");
		return true;
	}
	first = sqb__buf_str(&a->first_response);
	sqb__buf_add_char(out, ' ');
	say_response(a, first.len > 0 ? first : (sqb_str)SQB_STR("="));
	return true;
}

/* --- challenges */

bool sqb__auth_owes_first(const sqb__auth *a)
{
	return sqb__sasl_client_first(a->sasl) && !a->spoken;
}

static void give_up(sqb__auth *a, const sqb_error *why)
{
	sqb__auth_fail(a, why->code, why);
	a->given_up = true;
	sqb__buf_add_c(&a->engine->out, "*\r\n");
}

static sqb_str without_blanks(sqb_str s)
{
	while (s.len > 0 && s.ptr[0] == ' ')
		s = sqb__str_from(s, 1);
	while (s.len > 0 && s.ptr[s.len - 1] == ' ')
		s.len--;
	return s;
}

static void step(sqb__auth *a, sqb_str challenge)
{
	sqb__buf response;
	sqb_error why;

	sqb__buf_init(&response, a->engine->allocator, SIZE_MAX / 2);
	response.secret = true;
	if (sqb__sasl_step(a->sasl, challenge, &response, &why) != SQB_OK)
		give_up(a, &why);
	else
		say_response(a, sqb__buf_str(&response));
	sqb__buf_clear(&response);
}

void sqb__auth_answer(sqb__auth *a, sqb_str challenge)
{
	if (sqb__auth_owes_first(a))
		say_response(a, sqb__buf_str(&a->first_response));
	else
		step(a, without_blanks(challenge));
	if (a->engine->out.failed)
		sqb__engine_fail(a->engine, SQB_E_NOMEM, "out of memory");
}

/* --- the end */

bool sqb__auth_succeed(sqb__auth *a)
{
	sqb_error why;

	if (sqb__sasl_finish(a->sasl, &why) != SQB_OK)
		sqb__auth_fail(a, why.code, &why);
	if (a->code != SQB_OK)
		sqb_engine_fail(a->engine, &a->error);
	return a->code == SQB_OK;
}

/*
 * SASL, the client's side (RFC 4422): the choice of a mechanism and the
 * exchange's frame, which is base64, limits and who has the last word. What a
 * mechanism says is in its family's file. Security layers are left out: TLS
 * is the security layer of mail.
 */
#include "wire/sasl_mech.h"

#include "base/ascii.h"
#include "base/error.h"
#include "text/base64.h"

#include <string.h>

enum {
	MAX_STEPS = 16,
	MAX_CHALLENGE = 65536,
	MAX_FIELD = 65536,		/* octets of a name, password, token */
	MAX_RESPONSE = 1 << 20,
	N_TURNS = sizeof(((sqb__sasl_mech *)0)->turns) /
	    sizeof(((sqb__sasl_mech *)0)->turns[0])
};

#define PASSWORD (SQB__SASL_USER | SQB__SASL_PASSWORD)
#define SCRAM (SQB__SASL_FIRST | PASSWORD)
#define SCRAM_TURNS { sqb__scram_first, sqb__scram_final, sqb__scram_verify }
#define BEARER (SQB__SASL_FIRST | SQB__SASL_CLEAR | SQB__SASL_USER | \
    SQB__SASL_TOKEN)

/* In the order of choice. */
static const sqb__sasl_mech mechs[] = {
	{ "SCRAM-SHA-256-PLUS", SCRAM | SQB__SASL_BINDS, SCRAM_TURNS,
	  "SHA256" },
	{ "SCRAM-SHA-1-PLUS", SCRAM | SQB__SASL_BINDS, SCRAM_TURNS, "SHA1" },
	{ "SCRAM-SHA-256", SCRAM, SCRAM_TURNS, "SHA256" },
	{ "SCRAM-SHA-1", SCRAM, SCRAM_TURNS, "SHA1" },
	{ "OAUTHBEARER", BEARER, { sqb__oauthbearer_token,
	  sqb__oauthbearer_sorry, sqb__oauth_over }, NULL },
	{ "XOAUTH2", BEARER, { sqb__xoauth2_token, sqb__xoauth2_sorry,
	  sqb__oauth_over }, NULL },
	{ "PLAIN", SQB__SASL_FIRST | SQB__SASL_CLEAR | SQB__SASL_DEAF |
	  PASSWORD, { sqb__plain_message }, NULL },
	{ "LOGIN", SQB__SASL_CLEAR | SQB__SASL_DEAF | PASSWORD,
	  { sqb__login_user, sqb__login_password }, NULL },
	{ "USER", SQB__SASL_CLEAR | SQB__SASL_COMMAND | PASSWORD, { NULL },
	  NULL },
	{ "CRAM-MD5", PASSWORD, { sqb__cram_md5_digest }, NULL },
	{ "DIGEST-MD5", SQB__SASL_NAMED | SQB__SASL_LOOPS | PASSWORD,
	  { sqb__gsasl_turn }, NULL },
	{ "GSSAPI", SQB__SASL_NAMED | SQB__SASL_LOOPS | SQB__SASL_FIRST,
	  { sqb__gsasl_turn }, NULL },
	{ "EXTERNAL", SQB__SASL_NAMED | SQB__SASL_FIRST,
	  { sqb__external_identity }, NULL },
	{ "ANONYMOUS", SQB__SASL_NAMED | SQB__SASL_FIRST,
	  { sqb__anonymous_trace }, NULL },
	{ "APOP", SQB__SASL_NAMED | SQB__SASL_COMMAND | PASSWORD, { NULL },
	  NULL },
	{ "RPOP", SQB__SASL_NAMED | SQB__SASL_CLEAR | SQB__SASL_COMMAND |
	  SQB__SASL_USER, { NULL }, NULL },
};

enum { N_MECHS = sizeof(mechs) / sizeof(mechs[0]) };

static const sqb__sasl_mech *find(sqb_str name)
{
	for (size_t i = 0; i < N_MECHS; i++)
		if (sqb_str_eq_nocase(name, sqb_str_of(mechs[i].name)))
			return &mechs[i];
	return NULL;
}

/* What the mechanism needs and the login has not; NULL: nothing. */
static const char *lacks(const sqb__sasl_mech *m, const sqb_login *login)
{
	if (m->flags & SQB__SASL_USER && login->user.len == 0)
		return "a user name";
	if (m->flags & SQB__SASL_PASSWORD && login->password.len == 0)
		return "a password";
	if (m->flags & SQB__SASL_TOKEN && login->token.len == 0)
		return "an access token";
	return NULL;
}

static bool in_clear(const sqb__sasl_params *p)
{
	return !p->tls && !p->clear_allowed;
}

static bool can_be_sent(sqb_str s)
{
	return s.len == 0 ||
	    (s.len <= MAX_FIELD && !memchr(s.ptr, '\0', s.len));
}

/* The field that no mechanism can carry; NULL: all are fine. */
static const char *unfit(const sqb_login *login)
{
	if (!can_be_sent(login->user))
		return "the user name";
	if (!can_be_sent(login->password))
		return "the password";
	if (!can_be_sent(login->authzid))
		return "the name to act as";
	if (!can_be_sent(login->token))
		return "the access token";
	return NULL;
}

/* Whether m may be used on this line with this login. */
static int permit(const sqb__sasl_mech *m, const sqb__sasl_params *p,
    sqb_error *err)
{
	const char *what;
	sqb_str octets;

	if (m->flags & SQB__SASL_CLEAR && in_clear(p))
		return sqb__error(err, SQB_E_TLS, "login: ", m->name,
		    " is for protected lines, and this one is not; use TLS "
		    "or allow clear text with tls off");
	if (m->flags & SQB__SASL_BINDS &&
	    !sqb__scram_binding(p, &what, &octets))
		return sqb__error(err, SQB_E_UNSUPPORTED, "login: ", m->name,
		    " needs TLS with a channel binding, and there is none");
	what = lacks(m, p->login);
	if (what)
		return sqb__error(err, SQB_E_USAGE, "login: ", m->name,
		    " needs ", what);
	what = unfit(p->login);
	if (what)
		return sqb__error(err, SQB_E_USAGE, "login: ", what,
		    " holds NUL or is longer than 64 KiB");
	return SQB_OK;
}

static int unknown(sqb_str name, sqb_error *err)
{
	sqb__error(err, SQB_E_UNSUPPORTED, "login: no such mechanism here: ");
	sqb__error_add_peer(err, "", name);
	err->peer = 0;
	return err->code;
}

/* Offered, and the login is enough for it; the line is another question. */
static bool fits(const sqb__sasl_mech *m, const sqb__sasl_params *p)
{
	const char *type;
	sqb_str octets;

	if (m->flags & SQB__SASL_NAMED || lacks(m, p->login) ||
	    !sqb__has_word(p->offered, m->name))
		return false;
	return !(m->flags & SQB__SASL_BINDS) ||
	    sqb__scram_binding(p, &type, &octets);
}

static const sqb__sasl_mech *strongest(const sqb__sasl_params *p,
    unsigned without)
{
	for (size_t i = 0; i < N_MECHS; i++)
		if (!(mechs[i].flags & without) && fits(&mechs[i], p))
			return &mechs[i];
	return NULL;
}

/* All that fits would show the secret. */
static void say_in_clear(const sqb__sasl_params *p, sqb_error *err)
{
	const char *comma = "";

	sqb__error(err, SQB_E_TLS, "login: the server offers only ");
	for (size_t i = 0; i < N_MECHS; i++) {
		if (!fits(&mechs[i], p))
			continue;
		sqb__error_add_peer(err, comma, (sqb_str){ NULL, 0 });
		sqb__error_add_peer(err, mechs[i].name, (sqb_str){ NULL, 0 });
		comma = ", ";
	}
	sqb__error_add_peer(err, ", and the line is not protected; use TLS or "
	    "allow clear text with tls off", (sqb_str){ NULL, 0 });
}

static void say_why_none(const sqb__sasl_params *p, sqb_error *err)
{
	bool password = p->login->password.len > 0;
	bool token = p->login->token.len > 0;

	if (strongest(p, 0)) {
		say_in_clear(p, err);
		return;
	}
	sqb__error(err, SQB_E_UNSUPPORTED, "login: the server offers no "
	    "mechanism for ", password && token ?
	    "a password or an access token" : password ? "a password" :
	    "an access token", p->offered.len > 0 ? "; it offers " : "");
	sqb__error_add_peer(err, "", p->offered);
}

static const char *choose_named(const sqb__sasl_params *p, sqb_error *err)
{
	const sqb__sasl_mech *m = find(p->login->mechanism);

	if (m)
		return permit(m, p, err) == SQB_OK ? m->name : NULL;
	unknown(p->login->mechanism, err);
	return NULL;
}

const char *sqb__sasl_choose(const sqb__sasl_params *p, sqb_error *err)
{
	const sqb_login *login = p->login;
	const sqb__sasl_mech *m = NULL;

	if (login->mechanism.len > 0)
		return choose_named(p, err);
	if (login->user.len == 0) {
		sqb__error(err, SQB_E_USAGE, "login: a user name is missing");
		return NULL;
	}
	if (login->password.len == 0 && login->token.len == 0) {
		sqb__error(err, SQB_E_USAGE, "login: a password or an access "
		    "token is missing");
		return NULL;
	}
	if (!p->tls)
		m = strongest(p, SQB__SASL_CLEAR);
	if (!m && !in_clear(p))
		m = strongest(p, 0);
	if (m)
		return permit(m, p, err) == SQB_OK ? m->name : NULL;
	say_why_none(p, err);
	return NULL;
}

int sqb__sasl_new(sqb__sasl **s, const char *mechanism,
    const sqb__sasl_params *p, sqb_error *err)
{
	const sqb__sasl_mech *m = find(sqb_str_of(mechanism));
	const sqb_allocator *a = p->allocator;
	int rc;

	*s = NULL;
	if (!m || m->flags & SQB__SASL_COMMAND)
		return unknown(sqb_str_of(mechanism), err);
	rc = permit(m, p, err);
	if (rc < 0)
		return rc;
	*s = a->alloc(a->ctx, sizeof(**s));
	if (!*s)
		return sqb__error(err, SQB_E_NOMEM, "login: out of memory");
	**s = (sqb__sasl){ .p = *p, .mech = m };
	sqb__buf_init(&(*s)->decoded, a, MAX_CHALLENGE);
	sqb__buf_init(&(*s)->reply, a, MAX_RESPONSE);
	sqb__buf_init(&(*s)->scram.auth, a, MAX_RESPONSE);
	(*s)->decoded.secret = (*s)->reply.secret = true;
	(*s)->scram.auth.secret = true;
	return SQB_OK;
}

void sqb__sasl_free(sqb__sasl *s)
{
	const sqb_allocator *a;

	if (!s)
		return;
	a = s->p.allocator;
	sqb__gsasl_clear(s);
	sqb__buf_clear(&s->scram.auth);
	sqb__buf_clear(&s->decoded);
	sqb__buf_clear(&s->reply);
	sqb__wipe(s, sizeof(*s));
	a->free(a->ctx, s);
}

bool sqb__sasl_client_first(const sqb__sasl *s)
{
	return s->mech->flags & SQB__SASL_FIRST;
}

bool sqb__sasl_has_spoken(const sqb__sasl *s)
{
	return s->n_steps > 0;
}

/* NULL: nothing is left to say. */
static sqb__sasl_turn *next_turn(const sqb__sasl *s)
{
	unsigned n = s->n_steps;

	if (s->mech->flags & SQB__SASL_LOOPS)
		return s->mech->turns[0];
	return n < N_TURNS ? s->mech->turns[n] : NULL;
}

static int decode(sqb__sasl *s, sqb_str challenge, sqb_error *err)
{
	if (challenge.len > MAX_CHALLENGE)
		return sqb__error(err, SQB_E_LIMIT, "login: the server sent "
		    "a challenge of more than 64 KiB");
	sqb__buf_reset(&s->decoded);
	if (s->mech->flags & SQB__SASL_DEAF)
		return SQB_OK;
	if (!sqb__buf_add_decoded(&s->decoded, challenge))
		return sqb__error(err, SQB_E_PROTO, "login: the server's "
		    "challenge is no base64");
	return SQB_OK;
}

static int take_turn(sqb__sasl *s, sqb_str challenge, sqb__buf *out,
    sqb_error *err)
{
	sqb__sasl_turn *turn = next_turn(s);
	int rc;

	if (s->dead)
		return sqb__error(err, SQB_E_AUTH,
		    "login: the exchange has failed before");
	if (s->n_steps >= MAX_STEPS)
		return sqb__error(err, SQB_E_LIMIT, "login: the server asks "
		    "for more than 16 responses");
	rc = decode(s, challenge, err);
	sqb__buf_reset(&s->reply);
	if (rc == SQB_OK && turn && !s->decoded.failed)
		rc = turn(s, sqb__buf_str(&s->decoded), &s->reply, err);
	if (rc < 0)
		return rc;
	if (!s->decoded.failed && !s->reply.failed)
		sqb__buf_add_base64(out, sqb__buf_str(&s->reply));
	if (s->decoded.failed || s->reply.failed || out->failed)
		return sqb__error(err, SQB_E_NOMEM, "login: out of memory");
	return SQB_OK;
}

int sqb__sasl_step(sqb__sasl *s, sqb_str challenge, sqb__buf *out,
    sqb_error *err)
{
	int rc = take_turn(s, challenge, out, err);

	sqb__buf_reset(&s->reply);
	if (rc == SQB_OK) {
		s->n_steps++;
	} else {
		s->dead = true;
		s->complete = false;
	}
	return rc;
}

int sqb__sasl_finish(const sqb__sasl *s, sqb_error *err)
{
	if (s->complete)
		return SQB_OK;
	return sqb__error(err, SQB_E_AUTH, "login: the server claims success "
	    "before ", s->mech->name, " is done; it may not be who it says");
}

/*
 * The envelope: MAIL and RCPT (RFC 5321, 4.1.1.2 and 4.1.1.3) with the
 * parameters of SIZE, 8BITMIME, SMTPUTF8, DSN and AUTH.
 */
#include "serve_smtp.h"

#include <stdlib.h>
#include <string.h>

/* size-value = 1*20DIGIT, RFC 1870, section 4; above all, it is UINT64_MAX */
static bool read_size(sqb_str s, uint64_t *n)
{
	*n = 0;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(s.ptr[i] - '0');

		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		*n = *n > (UINT64_MAX - digit) / 10 ? UINT64_MAX :
		    *n * 10 + digit;
	}
	return s.len > 0 && s.len <= 20;
}

static bool is_word(sqb_str s, const char *word)
{
	return sqb_str_eq_nocase(s, sqb_str_of(word));
}

/* --- paths */

/* Where the path's "<" is closed: not within quotes. 0: nowhere. */
static size_t find_end(sqb_str s)
{
	bool quoted = false, escaped = false;

	for (size_t i = 1; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < ' ' || c == 0x7f || (c == ' ' && !quoted))
			return 0;
		if (escaped)
			escaped = false;
		else if (c == '\\' && quoted)
			escaped = true;
		else if (c == '"')
			quoted = !quoted;
		else if (c == '>' && !quoted)
			return i;
	}
	return 0;
}

/*
 * path = "<" [ source-route ":" ] Mailbox ">"; what follows is in *rest, the
 * blank before it too.
 */
static bool take_path(sqb_str arg, const char *word, char *out, size_t cap,
    sqb_str *rest)
{
	size_t n = strlen(word), end;
	const char *colon;

	if (arg.len < n || !is_word((sqb_str){ arg.ptr, n }, word))
		return false;
	arg = (sqb_str){ arg.ptr + n, arg.len - n };
	if (arg.len < 2 || arg.ptr[0] != '<')
		return false;
	end = find_end(arg);
	if (end == 0 || end > cap)
		return false;
	*rest = (sqb_str){ arg.ptr + end + 1, arg.len - end - 1 };
	arg = (sqb_str){ arg.ptr + 1, end - 1 };
	colon = arg.len > 0 && arg.ptr[0] == '@' ?
	    memchr(arg.ptr, ':', arg.len) : NULL;
	if (colon)
		arg = (sqb_str){ colon + 1, arg.len -
		    (size_t)(colon + 1 - arg.ptr) };
	memcpy(out, arg.ptr, arg.len);
	out[arg.len] = '\0';
	return rest->len == 0 || rest->ptr[0] == ' ';
}

static bool is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

/* --- parameters */

/* Takes " NAME[=VALUE]" off the front. False: there is none. */
static bool take_parameter(sqb_str *rest, sqb_str *name, sqb_str *value)
{
	const char *space, *equals;

	while (rest->len > 0 && rest->ptr[0] == ' ')
		*rest = (sqb_str){ rest->ptr + 1, rest->len - 1 };
	if (rest->len == 0)
		return false;
	space = memchr(rest->ptr, ' ', rest->len);
	*name = (sqb_str){ rest->ptr, space ? (size_t)(space - rest->ptr) :
	    rest->len };
	*rest = (sqb_str){ rest->ptr + name->len, rest->len - name->len };
	equals = memchr(name->ptr, '=', name->len);
	*value = (sqb_str){ NULL, 0 };
	if (equals) {
		*value = (sqb_str){ equals + 1, name->len -
		    (size_t)(equals + 1 - name->ptr) };
		name->len = (size_t)(equals - name->ptr);
	}
	return true;
}

/* What is wrong with a parameter of MAIL; NULL: nothing. */
static const char *mail_parameter(smtp_session *s, sqb_str name,
    sqb_str value)
{
	uint64_t n;

	if (is_word(name, "SIZE")) {
		if (!read_size(value, &n))
			return "501 5.5.4 SIZE is a number";
		return n <= s->world->max_message ? NULL :
		    "552 5.3.4 larger than is taken here";
	}
	if (is_word(name, "BODY"))
		return is_word(value, "7BIT") || is_word(value, "8BITMIME") ?
		    NULL : "501 5.5.4 BODY is 7BIT or 8BITMIME";
	if (is_word(name, "SMTPUTF8") && value.len == 0) {
		s->utf8 = true;
		return NULL;
	}
	if (is_word(name, "RET"))
		return is_word(value, "FULL") || is_word(value, "HDRS") ?
		    NULL : "501 5.5.4 RET is FULL or HDRS";
	if ((is_word(name, "ENVID") || is_word(name, "AUTH")) &&
	    value.len > 0)
		return NULL;
	return "555 5.5.4 unknown parameter of MAIL";
}

/* "NEVER" / 1#("SUCCESS" / "FAILURE" / "DELAY"): RFC 3461, section 4.1 */
static bool good_notify(sqb_str value)
{
	if (is_word(value, "NEVER"))
		return true;
	for (;;) {
		const char *comma = value.len > 0 ?
		    memchr(value.ptr, ',', value.len) : NULL;
		sqb_str word = { value.ptr, comma ?
		    (size_t)(comma - value.ptr) : value.len };

		if (!is_word(word, "SUCCESS") && !is_word(word, "FAILURE") &&
		    !is_word(word, "DELAY"))
			return false;
		if (!comma)
			return true;
		value = (sqb_str){ comma + 1, value.len - word.len - 1 };
	}
}

static const char *rcpt_parameter(sqb_str name, sqb_str value)
{
	if (is_word(name, "NOTIFY"))
		return good_notify(value) ? NULL :
		    "501 5.5.4 NOTIFY makes no sense";
	if (is_word(name, "ORCPT"))
		return value.len > 0 && memchr(value.ptr, ';', value.len) ?
		    NULL : "501 5.5.4 ORCPT is type;address";
	return "555 5.5.4 unknown parameter of RCPT";
}

/* --- commands */

static const char *read_sender(smtp_session *s, sqb_str arg)
{
	sqb_str rest, name, value;
	const char *why;

	if (!take_path(arg, "FROM:", s->sender, sizeof(s->sender), &rest))
		return "501 5.5.4 MAIL FROM:<address>";
	while (take_parameter(&rest, &name, &value)) {
		why = mail_parameter(s, name, value);
		if (why)
			return why;
	}
	return s->utf8 || is_ascii(s->sender) ? NULL :
	    "553 5.6.7 such an address needs SMTPUTF8";
}

void smtp_on_mail(smtp_session *s, sqb_str arg)
{
	const char *why;

	if (s->has_sender) {
		smtp_reply(s, "503 5.5.1 a mail is under way: RSET first");
		return;
	}
	if (s->world->require_auth && !s->logged_in) {
		smtp_reply(s, "530 5.7.0 log in first");
		return;
	}
	if (smtp_fails(s, SERVE_AT_MAIL, (sqb_str){ NULL, 0 }))
		return;
	why = read_sender(s, arg);
	if (why)
		smtp_reset(s);
	s->has_sender = !why;
	smtp_reply(s, why ? why : "250 2.1.0 ok");
}

static const char *add_recipient(smtp_session *s, const char *address)
{
	char **list = s->recipients, *copy;

	if (s->n_recipients == SMTP_RECIPIENTS_MAX)
		return "452 4.5.3 too many recipients";
	if (!list)
		list = calloc(SMTP_RECIPIENTS_MAX, sizeof(*list));
	copy = list ? strdup(address) : NULL;
	s->recipients = list;
	if (!copy)
		return "452 4.3.1 no memory";
	s->recipients[s->n_recipients++] = copy;
	return NULL;
}

static const char *read_recipient(smtp_session *s, sqb_str arg,
    char address[SMTP_ADDRESS_MAX])
{
	sqb_str rest, name, value;
	const char *why;

	if (!take_path(arg, "TO:", address, SMTP_ADDRESS_MAX, &rest) ||
	    *address == '\0')
		return "501 5.5.4 RCPT TO:<address>";
	while (take_parameter(&rest, &name, &value)) {
		why = rcpt_parameter(name, value);
		if (why)
			return why;
	}
	return s->utf8 || is_ascii(address) ? NULL :
	    "553 5.6.7 such an address needs SMTPUTF8";
}

void smtp_on_rcpt(smtp_session *s, sqb_str arg)
{
	char address[SMTP_ADDRESS_MAX];
	const char *why;

	if (!s->has_sender || s->chunked) {
		smtp_reply(s, "503 5.5.1 MAIL comes first");
		return;
	}
	why = read_recipient(s, arg, address);
	if (!why && smtp_fails(s, SERVE_AT_RCPT, sqb_str_of(address)))
		return;
	if (!why)
		why = add_recipient(s, address);
	smtp_reply(s, why ? why : "250 2.1.5 ok");
}

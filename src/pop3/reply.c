/* Status lines: RFC 1939, section 3; RFC 2449, sections 3 and 8; RFC 3206. */
#include "pop3/pop3.h"

#include "base/ascii.h"

/* status = "+OK" / "-ERR"; single-line = status [SP text] CRLF */
bool sqb__pop3_parse_status(sqb_str line, bool *ok, sqb_str *text)
{
	static const sqb_str plus = SQB_STR("+OK"), minus = SQB_STR("-ERR");
	size_t n;

	*ok = line.len > 0 && line.ptr[0] == '+';
	n = *ok ? plus.len : minus.len;
	if (line.len < n || !sqb_str_eq_nocase((sqb_str){ line.ptr, n },
	    *ok ? plus : minus))
		return false;
	*text = sqb__str_from(line, n);
	while (text->len > 0 && sqb__is_blank(text->ptr[0]))
		*text = sqb__str_from(*text, 1);
	return true;
}

/*
 * resp-code = "[" resp-level *("/" resp-level) "]"
 *
 * Further levels are detail that may be ignored; servers send codes before
 * CAPA could have announced them, so they are always looked for.
 */
sqb_pop3_resp sqb__pop3_parse_resp(sqb_str text)
{
	static const struct {
		sqb_str code;
		sqb_pop3_resp resp;
	} known[] = {
		{ SQB_STR("IN-USE"), SQB_POP3_RESP_IN_USE },
		{ SQB_STR("LOGIN-DELAY"), SQB_POP3_RESP_LOGIN_DELAY },
		{ SQB_STR("SYS/TEMP"), SQB_POP3_RESP_SYS_TEMP },
		{ SQB_STR("SYS/PERM"), SQB_POP3_RESP_SYS_PERM },
		{ SQB_STR("AUTH"), SQB_POP3_RESP_AUTH },
		{ SQB_STR("UTF8"), SQB_POP3_RESP_UTF8 },
	};

	if (text.len == 0 || text.ptr[0] != '[')
		return SQB_POP3_RESP_NONE;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = known[i].code.len;
		sqb_str code = { text.ptr + 1, n };

		if (text.len > n + 1 &&
		    sqb_str_eq_nocase(code, known[i].code) &&
		    (text.ptr[n + 1] == ']' || text.ptr[n + 1] == '/'))
			return known[i].resp;
	}
	return SQB_POP3_RESP_OTHER;
}

static bool has_any(sqb_str text, const char *const *words)
{
	for (; *words; words++)
		if (sqb__has_nocase(text, *words))
			return true;
	return false;
}

/*
 * Servers without response codes tell of a locked mailbox in words. To try
 * again may also be their advice for a wrong password.
 */
static bool tells_of_lock(sqb_str text)
{
	static const char *const lock[] = { "lock", "in use", "busy", "wait",
	    "unavailable", "temporar", NULL };
	static const char *const again[] = { "try again", NULL };
	static const char *const wrong[] = { "password", "credential",
	    "invalid", "incorrect", "authenti", NULL };

	return has_any(text, lock) ||
	    (has_any(text, again) && !has_any(text, wrong));
}

sqb_code sqb__pop3_classify(const sqb_pop3 *p, sqb_pop3_resp resp,
    sqb_str text, bool at_login)
{
	switch (resp) {
	case SQB_POP3_RESP_IN_USE:
	case SQB_POP3_RESP_LOGIN_DELAY:
	case SQB_POP3_RESP_SYS_TEMP:
		return SQB_E_RETRY;
	case SQB_POP3_RESP_SYS_PERM:
		return SQB_E_REFUSED;
	case SQB_POP3_RESP_AUTH:
		return SQB_E_AUTH;
	case SQB_POP3_RESP_UTF8:
		return SQB_E_UNSUPPORTED;
	case SQB_POP3_RESP_NONE:
	case SQB_POP3_RESP_OTHER:
		break;
	}
	if ((at_login || p->state == SQB_POP3_CONNECTING) &&
	    tells_of_lock(text))
		return SQB_E_RETRY;
	if (!at_login)
		return SQB_E_REFUSED;
	/* RFC 3206, section 4: without the code, it is not the credentials */
	return p->caps.auth_resp_code ? SQB_E_REFUSED : SQB_E_AUTH;
}

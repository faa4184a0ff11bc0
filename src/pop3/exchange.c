/*
 * The table of exchanges: RFC 1939, sections 5 to 7; RFC 2449, section 5;
 * RFC 2595, section 4; RFC 6856, sections 2 and 3; RFC 1225 (LAST).
 */
#include "pop3/pop3.h"

/* keyword [SP number [SP lines]] [SP text] CRLF */
static sqb__pop3_asked ask_plainly(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	sqb__buf *out = &p->engine.out;

	sqb__buf_add_c(out, sqb__pop3_table[x->kind].name);
	if (x->number > 0) {
		sqb__buf_add_char(out, ' ');
		sqb__buf_add_uint(out, x->number);
	}
	if (x->kind == SQB_POP3_TOP) {
		sqb__buf_add_char(out, ' ');
		sqb__buf_add_uint(out, x->lines);
	}
	if (x->text) {
		sqb__buf_add_char(out, ' ');
		sqb__buf_add_c(out, x->text);
	}
	sqb__buf_add_c(out, "\r\n");
	return ASKED;
}

/* greeting = "+OK" [resp-code] *gchar [timestamp] *gchar CRLF */
static void on_greeting(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	sqb_str text = sqb__buf_str(&p->status);

	if (!ok) {
		sqb__engine_fail(&p->engine, sqb__pop3_classify(p, p->resp,
		    text, false), "refused at the greeting: ");
		sqb__pop3_add_words(p, text);
		return;
	}
	p->state = SQB_POP3_AUTHORIZATION;
	sqb__buf_add(&p->timestamp, sqb__pop3_find_timestamp(text));
	if (p->timestamp.failed)
		sqb__engine_fail(&p->engine, SQB_E_NOMEM, "out of memory");
	p->caps.apop = sqb__buf_len(&p->timestamp) > 0;
	sqb__pop3_emit(p, x, SQB_POP3_GREETING)->text = text;
}

/*
 * RFC 2595, section 4. What came with the reply came in clear and may be
 * somebody else's: not a byte of it may be taken for the server's.
 */
static void on_stls(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	(void)x;
	if (!ok) {
		sqb__engine_fail(&p->engine, SQB_E_TLS, "the server gives no "
		    "TLS here (STLS); try pop3s, or allow a session in clear "
		    "with tls off; it says: ");
		sqb__pop3_add_words(p, sqb__buf_str(&p->status));
	} else if (sqb__buf_len(&p->engine.in) > 0) {
		sqb__engine_fail(&p->engine, SQB_E_PROTO, "bytes came after "
		    "the reply to STLS and before TLS; somebody may be "
		    "tampering with the line");
	} else {
		p->engine.want_tls = true;
	}
}

static void on_top(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	(void)x;
	if (ok)
		p->caps.top = SQB_POP3_YES;
}

/* LANG lists: language tag [SP description] */
static void on_lang_row(sqb_pop3 *p, sqb__pop3_exchange *x, sqb_str row)
{
	if (!x->canceled)
		sqb__pop3_emit(p, x, SQB_POP3_ROW)->text = row;
}

const sqb__pop3_row sqb__pop3_table[X_N_KINDS] = {
	[SQB_POP3_LOGIN] = {
		.name = "login", .ask = sqb__pop3_ask_login, .alone = true,
	},
	[SQB_POP3_CAPA] = {
		.name = "CAPA", .ask = ask_plainly,
		.on_status = sqb__pop3_on_capa_status,
		.on_row = sqb__pop3_on_capa_row, .shape = ROWS,
	},
	[SQB_POP3_STAT] = {
		.name = "STAT", .ask = ask_plainly,
		.on_status = sqb__pop3_on_stat,
	},
	[SQB_POP3_LIST] = {
		.name = "LIST", .ask = ask_plainly,
		.on_status = sqb__pop3_on_list, .on_row = sqb__pop3_on_list_row,
		.shape = ROWS,
	},
	[SQB_POP3_UIDL] = {
		.name = "UIDL", .ask = ask_plainly,
		.on_status = sqb__pop3_on_uidl, .on_row = sqb__pop3_on_uidl_row,
		.shape = ROWS,
	},
	[SQB_POP3_RETR] = { .name = "RETR", .ask = ask_plainly, .shape = BODY },
	[SQB_POP3_TOP] = {
		.name = "TOP", .ask = ask_plainly, .on_status = on_top,
		.shape = BODY,
	},
	[SQB_POP3_DELE] = { .name = "DELE", .ask = ask_plainly },
	[SQB_POP3_NOOP] = { .name = "NOOP", .ask = ask_plainly },
	[SQB_POP3_RSET] = {
		.name = "RSET", .ask = ask_plainly,
		.on_status = sqb__pop3_on_rset,
	},
	[SQB_POP3_LAST] = {
		.name = "LAST", .ask = ask_plainly,
		.on_status = sqb__pop3_on_last,
	},
	[SQB_POP3_UTF8] = { .name = "UTF8", .ask = ask_plainly },
	[SQB_POP3_LANG] = {
		.name = "LANG", .ask = ask_plainly, .on_row = on_lang_row,
		.shape = ROWS,
	},
	[SQB_POP3_QUIT] = { .name = "QUIT", .ask = ask_plainly },
	[X_GREETING] = {
		.name = "greeting", .on_status = on_greeting, .alone = true,
	},
	[X_STLS] = {
		.name = "STLS", .ask = ask_plainly, .on_status = on_stls,
		.alone = true,
	},
	[X_OWN_CAPA] = {
		.name = "CAPA", .ask = sqb__pop3_ask_own_capa,
		.on_status = sqb__pop3_on_capa_status,
		.on_row = sqb__pop3_on_capa_row, .shape = ROWS,
	},
	[X_OWN_UTF8] = { .name = "UTF8", .ask = ask_plainly },
	[X_USER] = {
		.name = "USER", .ask = sqb__pop3_ask_user,
		.on_status = sqb__pop3_on_user,
	},
	[X_PASS] = {
		.name = "PASS", .ask = sqb__pop3_ask_pass,
		.on_status = sqb__pop3_on_logged_in,
	},
	[X_APOP] = {
		.name = "APOP", .ask = sqb__pop3_ask_apop,
		.on_status = sqb__pop3_on_logged_in,
	},
	[X_RPOP] = {
		.name = "RPOP", .ask = sqb__pop3_ask_rpop,
		.on_status = sqb__pop3_on_logged_in,
	},
	[X_AUTH] = {
		.name = "AUTH", .ask = sqb__pop3_ask_auth,
		.on_status = sqb__pop3_on_logged_in, .alone = true,
	},
	[X_LOGIN_END] = { .name = "login", .ask = sqb__pop3_ask_login_end },
};

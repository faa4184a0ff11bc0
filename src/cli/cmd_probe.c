/* squab probe: what a server is, and what squab will use of it. */
#include "accounts.h"
#include "cli.h"
#include "print.h"

#include <string.h>
#include <sysexits.h>
#include <time.h>

#define ROUND_TRIPS 3		/* the best of so many is told */

typedef struct probe_options {
	bool json;
} probe_options;

const cli_option probe_table[] = {
	{ "json", NULL, "one JSON object", CLI_FLAG,
	    offsetof(probe_options, json) },
	{ .name = NULL }
};

/* Both forms of output at once: a row for people, a member for programs. */
typedef struct report {
	bool is_json;
	cli_json json;
} report;

static void tell(report *r, const char *name, const char *key, sqb_str value)
{
	if (r->is_json) {
		cli_json_string(&r->json, key, value);
		return;
	}
	printf("%-22s", name);
	cli_print_safe(stdout, value);
	putchar('\n');
}

static void tell_text(report *r, const char *name, const char *key,
    const char *value)
{
	if (*value != '\0')
		tell(r, name, key, sqb_str_of(value));
}

static void tell_number(report *r, const char *name, const char *key,
    int64_t value, const char *unit)
{
	if (r->is_json)
		cli_json_number(&r->json, key, value);
	else
		printf("%-22s%lld%s\n", name, (long long)value, unit);
}

static void tell_bool(report *r, const char *name, const char *key,
    bool value)
{
	if (r->is_json)
		cli_json_bool(&r->json, key, value);
	else
		printf("%-22s%s\n", name, value ? "yes" : "no");
}

static void tell_tls(report *r, cli_server *v)
{
	const sqb_tls_info *tls = sqb_engine_tls(sqb_pop3_engine(
	    sqb_pop3_session_engine(v->session)));
	const sqb_certificate *c = sqb_link_certificate(
	    sqb_pop3_session_link(v->session));

	if (!tls) {
		tell_text(r, "TLS", "tls", "none: all of it is in clear");
		return;
	}
	tell_text(r, "TLS", "tls", tls->version ? tls->version : "");
	tell_text(r, "cipher", "cipher", tls->cipher ? tls->cipher : "");
	tell_bool(r, "verified", "verified", tls->verified);
	if (!c)
		return;
	tell_text(r, "certificate of", "certificate_subject", c->subject);
	tell_text(r, "  names", "certificate_names", c->names);
	tell_text(r, "  issued by", "certificate_issuer", c->issuer);
	tell_text(r, "  valid until", "certificate_not_after", c->not_after);
	tell_text(r, "  pin (SPKI SHA-256)", "certificate_pin",
	    c->spki_sha256);
}

/* CAPA's lines, each ended by LF, as far as there is room. */
typedef struct lines {
	char text[8192];
	size_t len;
} lines;

static void add_line(lines *l, sqb_str line)
{
	if (line.len >= sizeof(l->text) - l->len)
		return;
	memcpy(l->text + l->len, line.ptr, line.len);
	l->len += line.len;
	l->text[l->len++] = '\n';
}

/* Asks and waits for the answer; rows may be NULL. */
static int ask(cli_server *v, const sqb_pop3_command *command, lines *rows)
{
	sqb_pop3 *p = sqb_pop3_session_engine(v->session);
	sqb_pop3_event ev;
	int rc = sqb_pop3_ask(p, command);

	if (rc < 0)
		return rc;
	while ((rc = sqb_pop3_next(p, &ev)) >= 0) {
		if (rc == 0)
			sqb_link_wait(sqb_pop3_session_link(v->session),
			    SQB_NEVER);
		else if (ev.type == SQB_POP3_DONE)
			return ev.code;
		else if (ev.type == SQB_POP3_ROW && rows)
			add_line(rows, ev.text);
	}
	return rc;
}

static void tell_capabilities(report *r, cli_server *v, const char *name,
    const char *key)
{
	lines rows = { .len = 0 };
	const char *p = rows.text, *lf;

	if (ask(v, &(sqb_pop3_command){ .verb = SQB_POP3_CAPA }, &rows) < 0) {
		tell_text(r, name, key, "CAPA is not answered");
		return;
	}
	if (r->is_json) {
		cli_json_lines(&r->json, key,
		    (sqb_str){ rows.text, rows.len });
		return;
	}
	for (; (lf = memchr(p, '\n', rows.len - (size_t)(p - rows.text)));
	    p = lf + 1, name = "")
		tell(r, name, key, (sqb_str){ p, (size_t)(lf - p) });
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void tell_round_trip(report *r, cli_server *v, sqb_pop3_verb verb)
{
	int64_t best = INT64_MAX;
	char text[32];

	for (int i = 0; i < ROUND_TRIPS; i++) {
		int64_t start = now_us(), took;

		if (ask(v, &(sqb_pop3_command){ .verb = verb }, NULL) < 0)
			return;
		took = now_us() - start;
		best = took < best ? took : best;
	}
	if (r->is_json) {
		cli_json_number(&r->json, "round_trip_us", best);
		return;
	}
	snprintf(text, sizeof(text), "%lld.%02lld ms", (long long)best / 1000,
	    (long long)best / 10 % 100);
	tell_text(r, "round trip", "", text);
}

static const char *support(sqb_pop3_support s)
{
	return s == SQB_POP3_YES ? "yes" : s == SQB_POP3_NO ? "no" :
	    "not announced";
}

static void tell_use(report *r, cli_server *v)
{
	sqb_pop3 *p = sqb_pop3_session_engine(v->session);
	const sqb_pop3_caps *c = sqb_pop3_capabilities(p);

	tell(r, "mechanisms", "mechanisms", c->sasl);
	tell(r, "server", "implementation", c->implementation);
	tell_bool(r, "pipelining", "pipelining", c->pipelining);
	tell_text(r, "UIDL", "uidl", support(c->uidl));
	tell_text(r, "TOP", "top", support(c->top));
	if (c->login_delay >= 0)
		tell_number(r, "LOGIN-DELAY", "login_delay", c->login_delay,
		    " s");
	if (c->expire_days == -2)
		tell_text(r, "EXPIRE", "expire", "never");
	else if (c->expire_days >= 0)
		tell_number(r, "EXPIRE", "expire", c->expire_days, " days");
	tell_text(r, "squab logs in with", "mechanism",
	    sqb_pop3_mechanism(p));
}

/* What is said before STLS, over a line of its own: no secret goes there. */
static int probe_clear(report *r, cli_server *v)
{
	int status;

	v->tls = SQB_TLS_OFF;
	status = cli_server_open_only(v);
	v->tls = SQB_TLS_STARTTLS;
	if (status != 0)
		return status;
	tell_capabilities(r, v, "CAPA in clear", "capabilities_clear");
	return cli_server_quit(v);
}

static int probe_before(report *r, cli_server *v, bool alone)
{
	int status = cli_server_open_only(v);

	if (status != 0)
		return status;
	tell_text(r, "address", "address",
	    sqb_link_address(sqb_pop3_session_link(v->session)));
	tell_text(r, "welcome", "welcome", sqb_pop3_welcome(v->session));
	tell_tls(r, v);
	tell_capabilities(r, v, "CAPA before login", "capabilities_before");
	if (alone) {
		tell_use(r, v);
		tell_round_trip(r, v, SQB_POP3_CAPA);
	}
	return cli_server_quit(v);
}

static int probe_after(report *r, cli_server *v)
{
	uint32_t n_messages;
	uint64_t octets;
	int status = cli_server_open(v);

	if (status != 0)
		return status;
	tell_capabilities(r, v, "CAPA after login", "capabilities_after");
	if (sqb_pop3_stat(v->session, &n_messages, &octets) < 0)
		return cli_server_fail(v);
	if (n_messages > 0)
		ask(v, &(sqb_pop3_command){ .verb = SQB_POP3_UIDL,
		    .number = 1 }, NULL);
	tell_use(r, v);
	tell_number(r, "messages", "messages", n_messages, "");
	tell_number(r, "octets", "octets", (int64_t)octets, "");
	tell_round_trip(r, v, SQB_POP3_NOOP);
	return cli_server_quit(v);
}

static int probe(report *r, cli_server *v)
{
	bool alone = !cli_server_has_secret(v);
	int status = 0;

	if (v->tls == SQB_TLS_STARTTLS)
		status = probe_clear(r, v);
	if (status == 0)
		status = probe_before(r, v, alone);
	if (status == 0 && !alone)
		status = probe_after(r, v);
	return status;
}

static int probe_account(const cli_account *account)
{
	const probe_options *options = account->options;
	report r = { .is_json = options->json };
	cli_server server;
	int status = cli_server_init(&server, account->conn, account->url);

	if (status == 0) {
		if (r.is_json)
			r.json = cli_json_begin(stdout);
		status = probe(&r, &server);
		if (r.is_json)
			cli_json_end(&r.json);
	}
	cli_server_clear(&server);
	return status;
}

int cmd_probe(int argc, char **argv)
{
	probe_options options = { .json = false };
	cli_conn conn = { .tls = 0 };
	cli_option_set sets[] = { { NULL, probe_table, &options,
		sizeof(options) }, CLI_CONN_SET(&conn) };
	cli_usage usage = { "probe", "URL|ACCOUNT",
		"Says what a server is and can;\n"
		"without a password, what it says before the login.", 1, 1,
		sets, 2 };

	return cli_accounts_run_one(&usage, argc, argv, probe_account);
}

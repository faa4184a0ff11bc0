/*
 * POP3, the server's side: RFC 1939 with CAPA (2449), STLS (2595), AUTH PLAIN
 * (5034) and AUTH-RESP-CODE (3206), over a snapshot of one Maildir. Deletions
 * belong to a session and happen at QUIT. There is no lock, so many sessions
 * may have the mailbox open; LANG and UTF8 are left out.
 */
#include "serve_pop3.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	COMMAND_MAX = 255,	/* RFC 2449, section 4 */
	ITEM_MAX = 128,		/* of a listing's lines */
	MAX_UNKNOWN = 5		/* before the log-in: no more than HTTP has
				   header lines, lest a web page's form reach
				   the commands that it carries */
};

void pop3_err(pop3_session *s, const char *why)
{
	serve_conn_printf(s->conn, "-ERR %s\r\n", why);
}

static void ok(pop3_session *s, const char *what)
{
	serve_conn_printf(s->conn, "+OK %s\r\n", what);
}

static bool is_marked(const pop3_session *s, size_t i)
{
	return s->marked[i] != 0;
}

/* Takes a number off the front of *arg, and the blanks behind it. */
static bool take_number(sqb_str *arg, uint64_t *out)
{
	uint64_t n = 0;
	size_t i = 0;

	for (; i < arg->len && arg->ptr[i] >= '0' && arg->ptr[i] <= '9'; i++) {
		if (n > INT64_MAX / 10 - 1)
			return false;
		n = 10 * n + (uint64_t)(arg->ptr[i] - '0');
	}
	if (i == 0 || (i < arg->len && arg->ptr[i] != ' '))
		return false;
	while (i < arg->len && arg->ptr[i] == ' ')
		i++;
	*arg = (sqb_str){ arg->ptr + i, arg->len - i };
	*out = n;
	return true;
}

/* Takes a message number; answers itself when it names no message. */
static bool take_message(pop3_session *s, sqb_str *arg, size_t *index)
{
	uint64_t n;

	if (!take_number(arg, &n))
		pop3_err(s, "a message number is missing");
	else if (n < 1 || n > s->box->n_messages)
		pop3_err(s, "no such message");
	else if (is_marked(s, (size_t)n - 1))
		pop3_err(s, "that message is deleted");
	else {
		*index = (size_t)n - 1;
		return true;
	}
	return false;
}

static bool nothing_left(pop3_session *s, sqb_str arg)
{
	if (arg.len > 0)
		pop3_err(s, "too many arguments");
	return arg.len == 0;
}

/* One message is the whole argument. False: it is not, which was said. */
static bool only_message(pop3_session *s, sqb_str arg, size_t *index)
{
	return take_message(s, &arg, index) && nothing_left(s, arg);
}

/* The timestamp of APOP: a msg-id that no other session has. */
static bool make_stamp(pop3_session *s)
{
	unsigned char r[8];
	uint64_t n = 0;

	if (RAND_bytes(r, sizeof(r)) != 1)
		return false;
	for (size_t i = 0; i < sizeof(r); i++)
		n = n << 8 | r[i];
	snprintf(s->stamp, sizeof(s->stamp), "<%llx.%lld@localhost>",
	    (unsigned long long)n, (long long)time(NULL));
	return true;
}

static void *pop3_open(serve_conn *c, const serve_world *w)
{
	pop3_session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->conn = c;
	s->world = w;
	s->body.fd = -1;
	if (!make_stamp(s)) {
		free(s);
		return NULL;
	}
	serve_conn_limit_line(c, COMMAND_MAX);
	serve_conn_printf(c, "+OK squab serve ready, for development only "
	    "%s\r\n", s->stamp);
	return s;
}

static void pop3_close(void *session)
{
	pop3_session *s = session;

	serve_body_end(&s->body);
	if (s->box)
		serve_snapshot_release(s->box);
	free(s->marked);
	free(s);
}

void pop3_log_in(pop3_session *s)
{
	serve_snapshot *box = serve_maildir_snapshot(s->world->maildir);

	if (box)
		s->marked = calloc(box->n_messages + 1, 1);
	if (!box || !s->marked) {
		if (box)
			serve_snapshot_release(box);
		pop3_err(s, "[SYS/TEMP] the Maildir cannot be read");
		return;
	}
	s->box = box;
	serve_conn_printf(s->conn, "+OK %zu messages (%llu octets)\r\n",
	    box->n_messages, (unsigned long long)box->total);
}

static void on_capa(pop3_session *s, sqb_str arg)
{
	bool log_in = pop3_may_log_in(s);

	(void)arg;
	serve_conn_printf(s->conn, "+OK capabilities\r\nTOP\r\nUIDL\r\n"
	    "%s%s%sRESP-CODES\r\nAUTH-RESP-CODE\r\n"
	    "EXPIRE NEVER\r\nIMPLEMENTATION squab\r\n.\r\n",
	    log_in ? "USER\r\nSASL PLAIN\r\n" : "",
	    s->box || serve_conn_is_tls(s->conn) ? "" : "STLS\r\n",
	    s->world->no_pipelining ? "" : "PIPELINING\r\n");
}

static void on_stls(pop3_session *s, sqb_str arg)
{
	(void)arg;
	if (serve_conn_is_tls(s->conn)) {
		pop3_err(s, "TLS is on already");
		return;
	}
	if (serve_conn_has_input(s->conn)) {
		pop3_err(s, "nothing may follow STLS before the handshake");
		serve_conn_finish(s->conn);
		return;
	}
	s->has_user = false;
	ok(s, "begin TLS");
	serve_conn_start_tls(s->conn);
}

static void on_stat(pop3_session *s, sqb_str arg)
{
	(void)arg;
	serve_conn_printf(s->conn, "+OK %zu %llu\r\n",
	    s->box->n_messages - s->n_marked,
	    (unsigned long long)(s->box->total - s->marked_size));
}

/* A line of LIST and of UIDL. */
static void write_list_item(pop3_session *s, const char *before, size_t i)
{
	serve_conn_printf(s->conn, "%s%zu %llu\r\n", before, i + 1,
	    (unsigned long long)s->box->messages[i].size);
}

static void write_uidl_item(pop3_session *s, const char *before, size_t i)
{
	char uidl[SERVE_UIDL_SIZE];

	serve_snapshot_uidl(s->box, i, uidl);
	serve_conn_printf(s->conn, "%s%zu %s\r\n", before, i + 1, uidl);
}

static bool more_items(pop3_session *s)
{
	while (s->next_item < s->box->n_messages) {
		if (serve_conn_room(s->conn) < ITEM_MAX)
			return true;
		if (!is_marked(s, s->next_item))
			s->write_item(s, "", s->next_item);
		s->next_item++;
	}
	if (serve_conn_room(s->conn) < ITEM_MAX)
		return true;
	serve_conn_write(s->conn, ".\r\n", 3);
	return false;
}

static void listing(pop3_session *s, sqb_str arg,
    void (*write_item)(pop3_session *, const char *, size_t))
{
	size_t i;

	if (arg.len > 0) {
		if (only_message(s, arg, &i))
			write_item(s, "+OK ", i);
		return;
	}
	serve_conn_printf(s->conn, "+OK %zu messages\r\n",
	    s->box->n_messages - s->n_marked);
	s->write_item = write_item;
	s->next_item = 0;
	s->more = more_items;
	serve_conn_stream(s->conn);
}

static void on_list(pop3_session *s, sqb_str arg)
{
	listing(s, arg, write_list_item);
}

static void on_uidl(pop3_session *s, sqb_str arg)
{
	listing(s, arg, write_uidl_item);
}

/* A message cannot be taken back half-way: all that is left is to hang up. */
static bool more_body(pop3_session *s)
{
	int rc = serve_body_more(&s->body, s->conn);

	if (rc < 0)
		serve_conn_abort(s->conn);
	return rc > 0;
}

static void send_message(pop3_session *s, size_t i, uint64_t n_lines)
{
	int fd = serve_maildir_read(s->world->maildir, s->box, i);

	if (fd < 0) {
		pop3_err(s, "[SYS/TEMP] the message cannot be read");
		return;
	}
	serve_conn_printf(s->conn, "+OK %llu octets\r\n",
	    (unsigned long long)s->box->messages[i].size);
	serve_body_begin(&s->body, fd, n_lines);
	s->more = more_body;
	serve_conn_stream(s->conn);
}

static void on_retr(pop3_session *s, sqb_str arg)
{
	size_t i;

	if (only_message(s, arg, &i))
		send_message(s, i, UINT64_MAX);
}

static void on_top(pop3_session *s, sqb_str arg)
{
	uint64_t n_lines;
	size_t i;

	if (!take_message(s, &arg, &i))
		return;
	if (!take_number(&arg, &n_lines))
		pop3_err(s, "the number of lines is missing");
	else if (nothing_left(s, arg))
		send_message(s, i, n_lines);
}

static void on_dele(pop3_session *s, sqb_str arg)
{
	size_t i;

	if (!only_message(s, arg, &i))
		return;
	s->marked[i] = 1;
	s->n_marked++;
	s->marked_size += s->box->messages[i].size;
	ok(s, "deleted at QUIT");
}

static void on_noop(pop3_session *s, sqb_str arg)
{
	(void)arg;
	ok(s, "nothing done");
}

static void on_rset(pop3_session *s, sqb_str arg)
{
	memset(s->marked, 0, s->box->n_messages);
	s->n_marked = 0;
	s->marked_size = 0;
	on_stat(s, arg);
}

/* The UPDATE state. */
static bool remove_marked(pop3_session *s)
{
	bool all = true;

	for (size_t i = 0; s->n_marked > 0 && i < s->box->n_messages; i++)
		if (is_marked(s, i))
			all &= serve_maildir_remove(s->world->maildir, s->box,
			    i);
	return all;
}

static void on_quit(pop3_session *s, sqb_str arg)
{
	(void)arg;
	if (!s->box || remove_marked(s))
		ok(s, "bye");
	else
		pop3_err(s, "[SYS/TEMP] some messages were not deleted");
	serve_conn_finish(s->conn);
}

enum { BEFORE = 1, AFTER = 2 };	/* the log-in */

static const struct {
	const char *name;
	int when;
	bool has_args;
	void (*run)(pop3_session *s, sqb_str arg);
} commands[] = {
	{ "RETR", AFTER, true, on_retr },
	{ "DELE", AFTER, true, on_dele },
	{ "TOP", AFTER, true, on_top },
	{ "LIST", AFTER, true, on_list },
	{ "UIDL", AFTER, true, on_uidl },
	{ "STAT", AFTER, false, on_stat },
	{ "NOOP", AFTER, false, on_noop },
	{ "RSET", AFTER, false, on_rset },
	{ "QUIT", BEFORE | AFTER, false, on_quit },
	{ "CAPA", BEFORE | AFTER, false, on_capa },
	{ "USER", BEFORE, true, pop3_on_user },
	{ "PASS", BEFORE, true, pop3_on_pass },
	{ "APOP", BEFORE, true, pop3_on_apop },
	{ "AUTH", BEFORE, true, pop3_on_auth },
	{ "STLS", BEFORE, false, on_stls },
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void run_command(pop3_session *s, size_t i, sqb_str arg)
{
	if (!(commands[i].when & (s->box ? AFTER : BEFORE)))
		pop3_err(s, s->box ? "you are logged in already" :
		    "log in first");
	else if (!commands[i].has_args && arg.len > 0)
		pop3_err(s, "that command takes no argument");
	else
		commands[i].run(s, arg);
}

static void unknown_command(pop3_session *s)
{
	pop3_err(s, "unknown command");
	if (!s->box && ++s->n_unknown == MAX_UNKNOWN)
		serve_conn_finish(s->conn);
}

static void pop3_line(void *session, char *line, size_t len)
{
	pop3_session *s = session;
	const char *space = memchr(line, ' ', len);
	sqb_str name = { line, space ? (size_t)(space - line) : len };
	sqb_str arg = { line + name.len, len - name.len };

	if (s->in_plain) {
		s->in_plain = false;
		serve_conn_limit_line(s->conn, COMMAND_MAX);
		pop3_on_plain(s, (sqb_str){ line, len });
		OPENSSL_cleanse(line, len);
		return;
	}
	if (space)
		arg = (sqb_str){ arg.ptr + 1, arg.len - 1 };
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (sqb_str_eq_nocase(name, sqb_str_of(commands[i].name))) {
			run_command(s, i, arg);
			return;
		}
	}
	unknown_command(s);
}

static void pop3_too_long(void *session)
{
	pop3_session *s = session;

	pop3_err(s, "line too long");
	serve_conn_finish(s->conn);
}

static bool pop3_more(void *session)
{
	pop3_session *s = session;

	return s->more(s);
}

const serve_protocol serve_pop3 = {
	.open = pop3_open,
	.line = pop3_line,
	.too_long = pop3_too_long,
	.more = pop3_more,
	.close = pop3_close,
};

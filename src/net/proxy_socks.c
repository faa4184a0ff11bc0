/*
 * SOCKS5, RFC 1928: methods (section 3), user name and password (RFC 1929),
 * CONNECT (section 4) and what comes of it (section 6). No GSSAPI, BIND or UDP.
 */
#include "net/proxy_internal.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <string.h>

enum {
	VERSION = 5, LOGIN_VERSION = 1,
	NO_LOGIN = 0, LOGIN = 2, NO_METHOD = 0xff,
	CONNECT = 1,
	IPV4 = 1, NAME = 3, IPV6 = 4,
	HEAD = 5	/* VER REP RSV ATYP, and the address's first octet */
};

static void say_byte(sqb__proxy *p, size_t byte)
{
	sqb__proxy_say(p, &(uint8_t){ (uint8_t)byte }, 1);
}

static int no_socks(sqb_error *err)
{
	return sqb__error(err, SQB_E_PROTO,
	    "it does not speak SOCKS5; is the port right, or is it http://?");
}

/* BND.ADDR and BND.PORT, which nobody needs */
static int judge_rest(sqb__proxy *p, sqb_error *err)
{
	(void)p;
	(void)err;
	return 1;
}

static int refuse(uint8_t reply, sqb_error *err)
{
	static const char *const why[] = {
		[1] = "it has failed",
		[2] = "its rules do not allow this host and port",
		[3] = "the network is unreachable",
		[4] = "no route to the host, or no such name",
		[5] = "the host refuses the connection",
		[6] = "the host does not answer",
		[7] = "it cannot CONNECT",
		[8] = "it does not take such an address",
	};

	return sqb__error(err, SQB_E_NET, "refused: ",
	    reply < sizeof(why) / sizeof(why[0]) ? why[reply] :
	    "for a reason that has no name");
}


static int judge_head(sqb__proxy *p, sqb_error *err)
{
	static const uint8_t lengths[] = { [IPV4] = 4, [IPV6] = 16 };
	uint8_t kind = p->in[1], first = p->in[2];
	size_t len = kind == NAME ? first + (size_t)1 :
	    kind < sizeof(lengths) ? lengths[kind] : 0;

	if (len == 0)
		return no_socks(err);
	sqb__proxy_await(p, len - 1 + sizeof(uint16_t), judge_rest);
	return 0;
}

/* REP of section 6; who refuses may send no more than that. */
static int judge_reply(sqb__proxy *p, sqb_error *err)
{
	if (p->in[0] != VERSION)
		return no_socks(err);
	if (p->in[1] != 0)
		return refuse(p->in[1], err);
	sqb__proxy_await(p, HEAD - 2, judge_head);
	return 0;
}

static void say_address(sqb__proxy *p)
{
	uint8_t raw[16];
	size_t len = strlen(p->host);

	if (inet_pton(AF_INET, p->host, raw) == 1) {
		say_byte(p, IPV4);
		sqb__proxy_say(p, raw, 4);
	} else if (inet_pton(AF_INET6, p->host, raw) == 1) {
		say_byte(p, IPV6);
		sqb__proxy_say(p, raw, 16);
	} else {
		say_byte(p, NAME);
		say_byte(p, len);
		sqb__proxy_say(p, p->host, len);
	}
	say_byte(p, p->port >> 8);
	say_byte(p, p->port & 0xff);
}

static int ask(sqb__proxy *p)
{
	sqb__proxy_say(p, (uint8_t[]){ VERSION, CONNECT, 0 }, 3);
	say_address(p);
	sqb__proxy_await(p, 2, judge_reply);
	return 0;
}

/* RFC 1929, section 2: VER STATUS. Some servers write 5 as the version. */
static int judge_login(sqb__proxy *p, sqb_error *err)
{
	if (p->in[1] != 0)
		return sqb__error(err, SQB_E_NET,
		    "it refuses the user name or the password");
	return ask(p);
}

static int log_in(sqb__proxy *p)
{
	size_t user = strlen(p->url.user), pass = strlen(p->url.password);

	say_byte(p, LOGIN_VERSION);
	say_byte(p, user);
	sqb__proxy_say(p, p->url.user, user);
	say_byte(p, pass);
	sqb__proxy_say(p, p->url.password, pass);
	sqb__proxy_await(p, 2, judge_login);
	return 0;
}

static int judge_method(sqb__proxy *p, sqb_error *err)
{
	if (p->in[0] != VERSION)
		return no_socks(err);
	if (p->in[1] == NO_LOGIN)
		return ask(p);
	if (p->in[1] == LOGIN && p->url.has_user)
		return log_in(p);
	if (p->in[1] != NO_METHOD)
		return sqb__error(err, SQB_E_PROTO,
		    "it chose a way to log in that was not offered");
	return sqb__error(err, SQB_E_NET, p->url.has_user ?
	    "it takes no user name and password" :
	    "it wants a user name and a password");
}

void sqb__proxy_begin_socks(sqb__proxy *p)
{
	say_byte(p, VERSION);
	say_byte(p, p->url.has_user ? 2 : 1);
	say_byte(p, NO_LOGIN);
	if (p->url.has_user)
		say_byte(p, LOGIN);
	sqb__proxy_await(p, 2, judge_method);
}

/* From --proxy and --tunnel to a link's options. */
#include "way.h"

#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* The part of a URL that says who logs in, with the "@"; else of length 0. */
static sqb_str login_of(const char *url)
{
	const char *slashes = strstr(url, "://");
	const char *from = slashes ? slashes + 3 : url;
	const char *at = strchr(from, '@');

	return (sqb_str){ from, at ? (size_t)(at - from) + 1 : 0 };
}

bool cli_way_has_password(const char *proxy)
{
	sqb_str login = login_of(proxy);

	return login.len > 0 && memchr(login.ptr, ':', login.len);
}

int cli_way_check_told(const cli_way_options *o)
{
	if (!o->proxy || !cli_way_has_password(o->proxy))
		return 0;
	cli_error("--proxy: others see a password there; give "
	    "--proxy-password-file, $SQUAB_PROXY_PASSWORD or the config");
	return EX_USAGE;
}

static int read_password(cli_way *w, const cli_way_options *o)
{
	if (o->proxy_password_file)
		return cli_secret_file(&w->proxy_password,
		    o->proxy_password_file);
	if (cli_way_has_password(o->proxy))
		return 0;
	return cli_secret_environment(&w->proxy_password,
	    "SQUAB_PROXY_PASSWORD");
}

static int read_tunnel(cli_way *w, const char *command)
{
	const char *why;

	if (*command != '[') {
		w->shell[0] = "/bin/sh";
		w->shell[1] = "-c";
		w->shell[2] = command;
		return 0;
	}
	w->tunnel = malloc(sizeof(*w->tunnel));
	if (!w->tunnel) {
		cli_error("no memory");
		return EX_OSERR;
	}
	if (cli_words_parse(w->tunnel, command, &why))
		return 0;
	cli_error("--tunnel: %s", why);
	return EX_USAGE;
}

int cli_way_init(cli_way *w, const cli_way_options *o)
{
	*w = (cli_way){ .proxy = o->proxy };
	if (o->proxy && o->tunnel) {
		cli_error("--proxy and --tunnel: only one can be");
		return EX_USAGE;
	}
	if (o->tunnel)
		return read_tunnel(w, o->tunnel);
	if (o->proxy && login_of(o->proxy).len > 0)
		return read_password(w, o);
	if (!o->proxy_password_file)
		return 0;
	cli_error("--proxy-password-file: who logs in? write "
	    "socks5://USER@HOST");
	return EX_USAGE;
}

void cli_way_clear(cli_way *w)
{
	cli_secret_clear(&w->proxy_password);
	free(w->tunnel);
	w->tunnel = NULL;
}

void cli_way_fill(const cli_way *w, sqb_link_options *o)
{
	o->proxy = w->proxy;
	o->proxy_password = w->proxy_password.text;
	if (w->tunnel)
		o->tunnel = (const char *const *)w->tunnel->argv;
	else if (w->shell[0])
		o->tunnel = w->shell;
}

/* See send_account.h. */
#include "send_account.h"

#include "interrupt.h"
#include "print.h"

#include <string.h>
#include <sysexits.h>

static bool is_for_sending(const sqb_url *url)
{
	return strncmp(url->scheme, "smtp", 4) == 0 ||
	    strcmp(url->scheme, "lmtp") == 0;
}

int send_account_init(send_account *a, const cli_conn *conn, const char *name,
    const char *url, const char *send_url, const char *helo)
{
	int status;

	*a = (send_account){ .helo = helo };
	status = cli_server_init(&a->server, conn, send_url ? send_url : url);
	if (status != 0 || is_for_sending(&a->server.url))
		return status;
	cli_error("%s: %s:// takes no mail: smtps://, smtp:// and lmtp:// do%s",
	    name, a->server.url.scheme, strstr(name, "://") ? "" :
	    "; give the account a send-url");
	return EX_USAGE;
}

void send_account_clear(send_account *a)
{
	cli_interrupt_link(NULL);
	sqb_smtp_close(a->session);
	a->session = NULL;
	cli_server_clear(&a->server);
}

static int open_smtp(void *ctx, const sqb_session_options *given,
    sqb_error *err)
{
	send_account *a = ctx;
	sqb_session_options options = *given;
	int code;

	options.smtp = (sqb_smtp_options){
		.size = sizeof(sqb_smtp_options),
		.helo = sqb_str_of(a->helo),
		.reply_timeout = a->server.conn->timeout,
	};
	code = sqb_smtp_open(&a->session, a->server.text, &options, err);
	if (code == SQB_OK)
		cli_interrupt_link(sqb_smtp_session_link(a->session));
	return code;
}

int send_account_open(send_account *a)
{
	return cli_server_open_as(&a->server, open_smtp, a);
}

void send_account_quit(send_account *a)
{
	cli_interrupt_hold();
	if (a->session)
		sqb_smtp_quit(a->session, NULL);
	a->session = NULL;
}

int send_exit(int code)
{
	return code == SQB_E_UNKNOWN ? EX_UNKNOWN_DELIVERY :
	    sqb_code_exit(code);
}

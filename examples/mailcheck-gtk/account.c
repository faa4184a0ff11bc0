/* See account.h. */
#include "account.h"

#include <glib/gstdio.h>
#include <string.h>

#define GROUP "account"

static const char *const securities[] = { "tls", "starttls", "none" };

static char *path_of_file(void)
{
	return g_build_filename(g_get_user_config_dir(), "mailcheck",
	    "account.ini", NULL);
}

static char *text_of(GKeyFile *file, const char *key)
{
	char *text = g_key_file_get_string(file, GROUP, key, NULL);

	return text ? text : g_strdup("");
}

static guint number_of(GKeyFile *file, const char *key, int most)
{
	int n = g_key_file_get_integer(file, GROUP, key, NULL);

	return (guint)CLAMP(n, 0, most);
}

static void read_secret(account *a, GKeyFile *file)
{
	a->secret = ACCOUNT_PASSWORD;
	a->command = text_of(file, "token-command");
	if (*a->command) {
		a->secret = ACCOUNT_TOKEN_COMMAND;
		return;
	}
	g_free(a->command);
	a->command = text_of(file, "password-command");
	if (*a->command)
		a->secret = ACCOUNT_PASSWORD_COMMAND;
}

account *account_load(void)
{
	g_autofree char *path = path_of_file();
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *security = NULL;
	account *a;

	if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
		return NULL;
	a = g_new0(account, 1);
	a->server = text_of(file, "server");
	a->user = text_of(file, "user");
	a->ca_file = text_of(file, "ca-file");
	a->password = g_strdup("");
	a->check_minutes = number_of(file, "check-minutes", 24 * 60);
	read_secret(a, file);
	security = text_of(file, "security");
	for (guint i = 0; i < G_N_ELEMENTS(securities); i++)
		if (strcmp(security, securities[i]) == 0)
			a->security = (account_security)i;
	a->port = number_of(file, "port", 65535);
	if (a->port == 0)
		a->port = account_usual_port(a->security);
	return a;
}

gboolean account_save(const account *a, GError **error)
{
	g_autofree char *path = path_of_file();
	g_autofree char *folder = g_path_get_dirname(path);
	g_autoptr(GKeyFile) file = g_key_file_new();

	g_key_file_set_string(file, GROUP, "server", a->server);
	g_key_file_set_integer(file, GROUP, "port", (int)a->port);
	g_key_file_set_string(file, GROUP, "security",
	    securities[a->security]);
	g_key_file_set_string(file, GROUP, "user", a->user);
	if (a->secret != ACCOUNT_PASSWORD)
		g_key_file_set_string(file, GROUP,
		    a->secret == ACCOUNT_TOKEN_COMMAND ? "token-command" :
		    "password-command", a->command);
	if (*a->ca_file)
		g_key_file_set_string(file, GROUP, "ca-file", a->ca_file);
	if (a->check_minutes > 0)
		g_key_file_set_integer(file, GROUP, "check-minutes",
		    (int)a->check_minutes);
	(void)g_mkdir_with_parents(folder, 0700);
	return g_key_file_save_to_file(file, path, error);
}

void account_free(account *a)
{
	if (!a)
		return;
	g_free(a->server);
	g_free(a->user);
	if (a->password)
		memset(a->password, 0, strlen(a->password));
	g_free(a->password);
	g_free(a->command);
	g_free(a->ca_file);
	g_free(a);
}

guint account_usual_port(account_security security)
{
	return security == ACCOUNT_TLS ? 995 : 110;
}

const char *account_missing(const account *a)
{
	if (!*a->server)
		return "Enter the name of the mail server.";
	if (strpbrk(a->server, " /@"))
		return "The server is a name such as pop.example.org.";
	if (a->port == 0 || a->port > 65535)
		return "The port is a number from 1 to 65535.";
	if (!*a->user)
		return "Enter your user name.";
	if (a->secret == ACCOUNT_PASSWORD && !*a->password)
		return "Enter your password.";
	if (a->secret != ACCOUNT_PASSWORD && !*a->command)
		return "Enter the command that prints the secret.";
	return NULL;
}

char *account_url(const account *a)
{
	g_autofree char *user = g_uri_escape_string(a->user, NULL, FALSE);
	gboolean is_v6 = strchr(a->server, ':') && a->server[0] != '[';

	return g_strdup_printf("%s://%s@%s%s%s:%u", a->security == ACCOUNT_TLS ?
	    "pop3s" : "pop3", user, is_v6 ? "[" : "", a->server,
	    is_v6 ? "]" : "", a->port);
}

/* Reads secrets; all room that has held one is wiped. */
#include "secret.h"

#include "command.h"
#include "interrupt.h"
#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

void cli_secret_wipe(cli_secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

/* Up to the end of the first line, the file, or the room. -1: see errno. */
static ssize_t read_line(int fd, char *out, size_t cap)
{
	size_t len = 0;

	while (len < cap && !memchr(out, '\n', len)) {
		ssize_t n = read(fd, out + len, cap - len);

		if (n < 0 && errno == EINTR && !cli_interrupted())
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* Keeps the first line of what was read, without its end. */
static int take_line(cli_secret *out, ssize_t len, const char *what)
{
	const char *lf;
	size_t n = len < 0 ? 0 : (size_t)len;

	if (len < 0) {
		cli_error("%s: %s", what, errno == EINTR ? "interrupted" :
		    strerror(errno));
		return EX_NOINPUT;
	}
	lf = memchr(out->text, '\n', n);
	if (lf)
		n = (size_t)(lf - out->text);
	if (n > 0 && out->text[n - 1] == '\r')
		n--;
	if (n == 0 || n == sizeof(out->text) || memchr(out->text, '\0', n)) {
		cli_error("%s: its first line is %s", what, n == 0 ?
		    "empty: no password" : "not a password");
		cli_secret_wipe(out);
		return EX_DATAERR;
	}
	explicit_bzero(out->text + n, sizeof(out->text) - n);
	return 0;
}

void cli_secret_warn(const char *file)
{
	cli_error("warning: others may use %s (chmod 600 helps)", file);
}

int cli_secret_file(cli_secret *out, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int status;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		cli_secret_warn(file);
	status = take_line(out, fd < 0 ? -1 :
	    read_line(fd, out->text, sizeof(out->text)), file);
	if (fd >= 0)
		close(fd);
	return status;
}

int cli_secret_command(cli_secret *out, const char *command)
{
	size_t len;
	int status = cli_command_run(command, CLI_COMMAND_PATIENCE, out->text,
	    sizeof(out->text), &len);

	if (status == 0)
		return take_line(out, (ssize_t)len, command);
	cli_secret_wipe(out);
	return status;
}

int cli_secret_environment(cli_secret *out, const char *name)
{
	char *value = getenv(name);
	size_t n = value ? strlen(value) : 0;

	out->text[0] = '\0';
	if (n >= sizeof(out->text)) {
		cli_error("$%s is too long", name);
		return EX_DATAERR;
	}
	if (n > 0)
		memcpy(out->text, value, n + 1);
	return 0;
}

static int read_silently(cli_secret *out, int tty, const char *account)
{
	struct termios shown, silent;
	FILE *screen = fdopen(dup(tty), "w");
	ssize_t len;

	if (!screen || tcgetattr(tty, &shown) < 0) {
		if (screen)
			fclose(screen);
		return take_line(out, -1, "/dev/tty");
	}
	fputs("Password of ", screen);
	cli_print_safe(screen, sqb_str_of(account));
	fputs(": ", screen);
	fflush(screen);
	silent = shown;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH, &silent);
	len = read_line(tty, out->text, sizeof(out->text));
	tcsetattr(tty, TCSAFLUSH, &shown);
	fputs("\n", screen);
	fclose(screen);
	return take_line(out, len, "password");
}

int cli_secret_prompt(cli_secret *out, const char *account)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC), status;

	if (tty < 0) {
		cli_error("no password for %s: give --password-command, "
		    "--password-file or $SQUAB_PASSWORD", account);
		return EX_CONFIG;
	}
	cli_interrupt_hold();
	status = read_silently(out, tty, account);
	cli_interrupt_link(NULL);
	close(tty);
	return cli_interrupt_exit(status);
}

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

void cli_secret_clear(cli_secret *s)
{
	if (s->text)
		explicit_bzero(s->text, strlen(s->text));
	free(s->text);
	s->text = NULL;
}

int cli_secret_set(cli_secret *out, const char *text, size_t len)
{
	out->text = strndup(text, len);
	if (out->text)
		return 0;
	cli_error("no memory");
	return EX_OSERR;
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

/* The first line of what was read, without its end. */
static int take_line(cli_secret *out, const char *text, ssize_t len,
    const char *what)
{
	const char *lf;
	size_t n = len < 0 ? 0 : (size_t)len;

	out->text = NULL;
	if (len < 0) {
		cli_error("%s: %s", what, errno == EINTR ? "interrupted" :
		    strerror(errno));
		return EX_NOINPUT;
	}
	lf = memchr(text, '\n', n);
	if (lf)
		n = (size_t)(lf - text);
	if (n > 0 && text[n - 1] == '\r')
		n--;
	if (n == 0 || n == CLI_SECRET_MAX || memchr(text, '\0', n)) {
		cli_error("%s: its first line is %s", what, n == 0 ?
		    "empty: no password" : "not a password");
		return EX_DATAERR;
	}
	return cli_secret_set(out, text, n);
}

/* The first line that can be read there; errno where fd is -1. */
static int read_secret(cli_secret *out, int fd, const char *what)
{
	char text[CLI_SECRET_MAX];
	int status = take_line(out, text, fd < 0 ? -1 :
	    read_line(fd, text, sizeof(text)), what);

	explicit_bzero(text, sizeof(text));
	return status;
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
	status = read_secret(out, fd, file);
	if (fd >= 0)
		close(fd);
	return status;
}

int cli_secret_command(cli_secret *out, const char *command)
{
	char text[CLI_SECRET_MAX];
	size_t len;
	int status = cli_command_run(command, CLI_COMMAND_PATIENCE, text,
	    sizeof(text), &len);

	out->text = NULL;
	if (status == 0)
		status = take_line(out, text, (ssize_t)len, command);
	explicit_bzero(text, sizeof(text));
	return status;
}

int cli_secret_environment(cli_secret *out, const char *name)
{
	char *value = getenv(name);
	size_t n = value ? strlen(value) : 0;

	out->text = NULL;
	if (n >= CLI_SECRET_MAX) {
		cli_error("$%s is too long", name);
		return EX_DATAERR;
	}
	return n > 0 ? cli_secret_set(out, value, n) : 0;
}

static int read_silently(cli_secret *out, int tty, const char *account)
{
	struct termios shown, silent;
	FILE *screen = fdopen(dup(tty), "w");
	char text[CLI_SECRET_MAX];
	ssize_t len;
	int status;

	if (!screen || tcgetattr(tty, &shown) < 0) {
		if (screen)
			fclose(screen);
		return read_secret(out, -1, "/dev/tty");
	}
	fputs("Password of ", screen);
	cli_print_safe(screen, sqb_str_of(account));
	fputs(": ", screen);
	fflush(screen);
	silent = shown;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH, &silent);
	len = read_line(tty, text, sizeof(text));
	tcsetattr(tty, TCSAFLUSH, &shown);
	fputs("\n", screen);
	fclose(screen);
	status = take_line(out, text, len, "password");
	explicit_bzero(text, sizeof(text));
	return status;
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

/* The config file on disk: where it is, who else may use it, its octets. */
#include "config.h"

#include "print.h"
#include "secret.h"
#include "xdg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

char *cli_config_path(void)
{
	return cli_xdg_path("XDG_CONFIG_HOME", ".config", "squab/config");
}

/* One octet more than is allowed is enough to be refused. False: see errno. */
static bool read_all(int fd, char *out, size_t *len)
{
	ssize_t n = 1;

	for (*len = 0; n != 0 && *len <= CLI_CONFIG_MAX; ) {
		n = read(fd, out + *len, CLI_CONFIG_MAX + 1 - *len);
		if (n < 0 && errno != EINTR)
			return false;
		*len += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Who may write can have us run commands; who may read gets passwords. */
static void warn(int fd, const char *file, bool has_password)
{
	struct stat st;
	mode_t bad = has_password ? 077 : 022;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & bad))
		cli_secret_warn(file);
}

static int take_text(cli_config *c, int fd, const char *file,
    const cli_option *const *tables)
{
	char *text = malloc(CLI_CONFIG_MAX + 1);
	size_t len = 0;
	int status = EX_CONFIG;

	if (!text || !read_all(fd, text, &len)) {
		cli_error("%s: %s", file, strerror(errno));
	} else if (!cli_config_parse(c, (sqb_str){ text, len }, tables)) {
		cli_error("%s:%u: %s", file, c->line, c->why);
	} else {
		warn(fd, file, c->has_password);
		status = 0;
	}
	if (text)
		explicit_bzero(text, len);
	free(text);
	return status;
}

int cli_config_read(cli_config *c, const char *file,
    const cli_option *const *tables)
{
	char *own = file ? NULL : cli_config_path();
	const char *path = file ? file : own;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1, status = 0;

	*c = (cli_config){ .n_keys = 0 };
	if (fd >= 0) {
		status = take_text(c, fd, path, tables);
		close(fd);
	} else if (file || (path && errno != ENOENT && errno != ENOTDIR)) {
		cli_error("%s: %s", path, strerror(errno));
		status = EX_CONFIG;
	}
	free(own);
	return status;
}

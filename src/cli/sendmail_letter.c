/* See sendmail_letter.h. */
#include "sendmail_letter.h"

#include "print.h"
#include "raw_header.h"

#include <squab/compose.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

static int no_memory(void)
{
	cli_error("no memory");
	return EX_OSERR;
}

/* --- recipients */

static bool has_item(const letter_list *list, sqb_str address)
{
	for (size_t i = 0; i < list->n; i++)
		if (sqb_str_eq(sqb_str_of(list->items[i]), address))
			return true;
	return false;
}

static int add_item(letter_list *list, sqb_str address)
{
	char *copy;

	if (has_item(list, address))
		return 0;
	if (list->n == LETTER_RECIPIENTS_MAX) {
		cli_error("sendmail: over %d recipients",
		    LETTER_RECIPIENTS_MAX);
		return EX_DATAERR;
	}
	if ((list->n & (list->n - 1)) == 0) {
		char **more = realloc(list->items, (list->n == 0 ? 1 :
		    2 * list->n) * sizeof(*more));

		if (!more)
			return no_memory();
		list->items = more;
	}
	copy = strndup(address.ptr, address.len);
	if (!copy)
		return no_memory();
	list->items[list->n++] = copy;
	return 0;
}

static int add_local(letter_list *list, sqb_str local)
{
	char whole[1024];
	int n;

	if (list->local_to)
		return add_item(list, sqb_str_of(list->local_to));
	n = snprintf(whole, sizeof(whole), "%.*s@%s", (int)local.len,
	    local.ptr, list->domain);
	if (n < 0 || (size_t)n >= sizeof(whole)) {
		cli_error("sendmail: a name is too long");
		return EX_DATAERR;
	}
	return add_item(list, (sqb_str){ whole, (size_t)n });
}

/* What is no address is an error: to leave one out would lose mail. */
static int add_address(letter_list *list, sqb_str text, const sqb_address *a)
{
	if (a->address.len == 0) {
		cli_error("sendmail: \"%.*s\" is no address",
		    (int)(a->len < 100 ? a->len : 100), text.ptr + a->offset);
		return EX_DATAERR;
	}
	return a->domain.len > 0 ? add_item(list, a->address) :
	    add_local(list, a->address);
}

int letter_list_add(letter_list *list, sqb_str text)
{
	sqb_addresses *found;
	int status = 0;

	if (sqb_addresses_parse(&found, text, NULL, NULL) < 0)
		return no_memory();
	if (found->defects & SQB_ADDRESS_LIMIT) {
		cli_error("sendmail: over %d recipients",
		    LETTER_RECIPIENTS_MAX);
		status = EX_DATAERR;
	}
	for (size_t i = 0; i < found->n_items && status == 0; i++)
		status = add_address(list, text, &found->items[i]);
	sqb_addresses_free(found);
	return status;
}

void letter_list_clear(letter_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	list->items = NULL;
	list->n = 0;
}

/* --- what is written */

static bool is_eight_bit(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return true;
	return false;
}

/* LF becomes CRLF; errors are found by letter_end(). */
static void put(letter *l, sqb_str s)
{
	if (!l->eight_bit)
		l->eight_bit = is_eight_bit(s);
	while (s.len > 0) {
		const char *lf = memchr(s.ptr, '\n', s.len);
		size_t n = lf ? (size_t)(lf - s.ptr) : s.len;

		fwrite(s.ptr, 1, n, l->file);
		if (n > 0)
			l->cr = s.ptr[n - 1] == '\r';
		if (lf)
			fputs(l->cr ? "\n" : "\r\n", l->file);
		l->line_start = lf != NULL;
		l->cr = l->cr && !lf;
		n += lf ? 1 : 0;
		s = (sqb_str){ s.ptr + n, s.len - n };
	}
}

static void put_c(letter *l, const char *text)
{
	put(l, sqb_str_of(text));
}

/* --- who gets it */

static int add_recipients(letter *l, raw_block block)
{
	sqb_str value;
	int status = 0;

	while (status == 0 &&
	    raw_block_next(&block, raw_recipient_names, &value))
		status = letter_list_add(l->options.list, value);
	return status;
}

/* --- what is missing */

enum { DATE = 1, FROM = 2, ID = 4 };

static const struct {
	const char *name;
	unsigned bit;
} demanded[] = { { "Date", DATE }, { "From", FROM }, { "Message-ID", ID } };

enum { N_DEMANDED = sizeof(demanded) / sizeof(demanded[0]) };

static unsigned bit_of(sqb_str name)
{
	for (size_t i = 0; i < N_DEMANDED; i++)
		if (sqb_str_eq_nocase(name, sqb_str_of(demanded[i].name)))
			return demanded[i].bit;
	return 0;
}

static unsigned missing_in(raw_block block)
{
	unsigned missing = DATE | FROM | ID;
	raw_field f;

	while (raw_field_next(&block.fields, &f))
		if (raw_field_is_resent(&f) == block.resent)
			missing &= ~bit_of(raw_field_base(&f));
	return missing;
}

static int zone_now(time_t now)
{
	struct tm tm;

	return localtime_r(&now, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;
}

static int put_missing(letter *l, unsigned missing, bool was_resent)
{
	sqb_compose_options options = { .size = sizeof(options),
		.now = time(NULL), .zone = zone_now(time(NULL)) };
	sqb_compose *c = sqb_compose_new(&options);
	sqb_str rest = { NULL, 0 };
	raw_field f;
	int status = 0;

	if (!c)
		return no_memory();
	sqb_compose_address(c, "From", l->options.name, l->options.from);
	if (sqb_compose_bytes(c, 0, &rest) < 0)
		status = cli_fail("sendmail", sqb_compose_error(c));
	while (status == 0 && rest.ptr && rest.ptr[0] != '\r' &&
	    raw_field_next(&rest, &f)) {
		if (!(bit_of(f.name) & missing))
			continue;
		put_c(l, was_resent ? "Resent-" : "");
		put(l, f.whole);
	}
	sqb_compose_free(c);
	return status;
}

/* --- the header as a whole */

/* Nobody is to see the first two; the others are not ours to say. */
static bool is_dropped(const raw_field *f)
{
	static const char *const names[] = { "Bcc", "Return-Path",
		"Content-Length", NULL };

	return raw_field_is_among(f, names);
}

static int put_header(letter *l)
{
	sqb_str rest = { l->header, l->len };
	raw_block block = raw_block_find(rest);
	unsigned missing = missing_in(block);
	raw_field f;
	int status = 0;

	if (l->options.list)
		status = add_recipients(l, block);
	while (status == 0 && raw_field_next(&rest, &f)) {
		if (block.resent && f.whole.ptr == block.fields.ptr &&
		    missing)
			status = put_missing(l, missing, true);
		if (!is_dropped(&f))
			put(l, f.whole);
	}
	if (status == 0 && !l->line_start)
		put_c(l, "\n");
	if (status == 0 && missing && !block.resent)
		status = put_missing(l, missing, false);
	put_c(l, "\n");
	return status;
}

/* The header ends before its last line, which is the first of the body. */
static void end_header(letter *l, bool keep_line)
{
	sqb_str line = { l->header + l->line, l->len - l->line };

	l->len = l->line;
	l->in_body = true;
	l->status = put_header(l);
	if (l->status == 0 && keep_line)
		put(l, line);
	free(l->header);
	l->header = NULL;
	l->len = l->cap = 0;
}

/* "From someone …" is how mboxes begin a message. */
static bool is_mbox_line(sqb_str line)
{
	return (line.len > 5 && memcmp(line.ptr, "From ", 5) == 0) ||
	    (line.len > 6 && memcmp(line.ptr, ">From ", 6) == 0);
}

/* The last line of the header is complete, or all that there is. */
static void take_line(letter *l)
{
	sqb_str line = { l->header + l->line, l->len - l->line };

	if (line.len == 0)
		return;
	if (line.ptr[0] == '\n' || (line.len == 2 && line.ptr[0] == '\r'))
		end_header(l, false);
	else if (l->line == 0 && is_mbox_line(line))
		l->len = 0;
	else if (raw_line_is_field(line) || (l->line > 0 &&
	    (line.ptr[0] == ' ' || line.ptr[0] == '\t')))
		l->line = l->len;
	else
		end_header(l, true);
}

static int add_to_header(letter *l, sqb_str s)
{
	if (l->len + s.len > LETTER_HEADER_MAX) {
		cli_error("sendmail: the header has over %u octets",
		    LETTER_HEADER_MAX);
		return EX_DATAERR;
	}
	if (!l->header || l->len + s.len > l->cap) {
		size_t cap = (l->len + s.len) * 2;
		char *more = realloc(l->header, cap);

		if (!more)
			return no_memory();
		l->header = more;
		l->cap = cap;
	}
	memcpy(l->header + l->len, s.ptr, s.len);
	l->len += s.len;
	return 0;
}

/* --- the letter */

static int cannot_write(void)
{
	cli_error("sendmail: no file for the message: %s", strerror(errno));
	return EX_IOERR;
}

int letter_begin(letter *l, const letter_options *options)
{
	const char *tmp = getenv("TMPDIR");
	char path[512];
	int fd;

	*l = (letter){ .options = *options, .line_start = true };
	snprintf(path, sizeof(path), "%.480s/squab-XXXXXX",
	    tmp && *tmp == '/' ? tmp : "/tmp");
	fd = mkstemp(path);
	if (fd >= 0)
		unlink(path);
	l->file = fd < 0 ? NULL : fdopen(fd, "w+");
	if (!l->file) {
		l->status = cannot_write();
		if (fd >= 0)
			close(fd);
	}
	return l->status;
}

int letter_write(letter *l, sqb_str s)
{
	while (s.len > 0 && !l->in_body && l->status == 0) {
		const char *lf = memchr(s.ptr, '\n', s.len);
		size_t n = lf ? (size_t)(lf - s.ptr) + 1 : s.len;

		l->status = add_to_header(l, (sqb_str){ s.ptr, n });
		if (lf && l->status == 0)
			take_line(l);
		s = (sqb_str){ s.ptr + n, s.len - n };
	}
	if (s.len > 0 && l->status == 0)
		put(l, s);
	return l->status;
}

int letter_end(letter *l)
{
	off_t end;

	if (l->status == 0 && !l->in_body)
		take_line(l);
	if (l->status == 0 && !l->in_body)
		end_header(l, false);
	if (l->status == 0 && !l->line_start)
		put_c(l, "\n");
	if (l->status != 0)
		return l->status;
	end = fflush(l->file) == 0 && !ferror(l->file) ?
	    ftello(l->file) : -1;
	if (end < 0)
		return l->status = cannot_write();
	l->octets = (uint64_t)end;
	rewind(l->file);
	return 0;
}

void letter_clear(letter *l)
{
	if (l->file)
		fclose(l->file);
	free(l->header);
	*l = (letter){ .file = NULL };
}

int64_t letter_read(void *ctx, void *out, size_t cap)
{
	letter *l = ctx;
	size_t n = fread(out, 1, cap, l->file);

	return n == 0 && ferror(l->file) ? SQB_E_SINK : (int64_t)n;
}

int letter_rewind(void *ctx)
{
	letter *l = ctx;

	return fseeko(l->file, 0, SEEK_SET) == 0 ? SQB_OK : SQB_E_SINK;
}

/* See outgoing.h. */
#include "outgoing.h"

#include "print.h"
#include "raw_header.h"
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	MAX_LINE = 1 << 20,		/* octets of a line of JSON */
	MAX_RECIPIENTS = 10000		/* of a finished message */
};

static void note(outgoing *o, int status)
{
	if (o->status == 0)
		o->status = status;
}

static int no_memory(void)
{
	cli_error("no memory");
	return EX_OSERR;
}

/* --- what there is */

static int add_name(void *ctx, int fd, const char *name)
{
	outgoing *o = ctx;
	char **names = o->names, *copy = strdup(name);

	(void)fd;
	if ((o->n_names & (o->n_names - 1)) == 0)
		names = realloc(names, (o->n_names == 0 ? 1 :
		    2 * o->n_names) * sizeof(*names));
	if (names)
		o->names = names;
	if (!names || !copy) {
		free(copy);
		no_memory();
		return WALK_STOP;
	}
	o->names[o->n_names++] = copy;
	return 0;
}

static bool is_finished(const outgoing *o)
{
	return o->options->n_files > 0 || o->options->messages ||
	    (!o->options->from_file && !compose_flags_have_content(o->flags));
}

static int find_files(outgoing *o)
{
	const outgoing_options *options = o->options;
	int status = 0;

	if (compose_flags_have_content(o->flags)) {
		cli_error("send: a finished message is sent as it is: of the "
		    "message's flags only --from and --to go with it");
		return EX_USAGE;
	}
	for (size_t i = 0; i < options->n_files && status == 0; i++)
		status = walk(options->files[i], add_name, o);
	if (status == 0 && options->messages)
		status = walk(options->messages, add_name, o);
	if (options->n_files == 0 && !options->messages)
		status = walk("-", add_name, o);
	return status;
}

static int open_lines(outgoing *o)
{
	const char *file = o->options->from_file;

	if (!file)
		return 0;
	o->lines = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	if (!o->lines) {
		cli_error("%s: %s", file, strerror(errno));
		return EX_NOINPUT;
	}
	o->text = malloc(MAX_LINE + 1);
	o->room = malloc(MAX_LINE + 1);
	return o->text && o->room ? 0 : no_memory();
}

int outgoing_init(outgoing *o, const outgoing_options *options,
    const compose_identity *identity, const compose_flags *flags)
{
	*o = (outgoing){ .options = options, .identity = identity,
	    .flags = flags };
	if (is_finished(o))
		return find_files(o);
	o->status = compose_form_init(&o->form, identity, flags);
	return o->status != 0 ? o->status : open_lines(o);
}

static void close_input(outgoing *o)
{
	if (!o->input_open)
		return;
	if (o->input.fd != STDIN_FILENO)
		close(o->input.fd);
	parse_input_clear(&o->input);
	o->input_open = false;
}

void outgoing_clear(outgoing *o)
{
	close_input(o);
	for (size_t i = 0; i < o->n_names; i++)
		free(o->names[i]);
	free(o->names);
	if (o->lines && o->lines != stdin)
		fclose(o->lines);
	free(o->text);
	free(o->room);
	compose_form_clear(&o->form);
	*o = (outgoing){ .status = o->status };
}

/* --- envelopes */

void outgoing_free(outgoing_mail *m)
{
	if (!m)
		return;
	sqb_compose_free(m->composed);
	parse_message_clear(&m->finished);
	for (size_t i = 0; i < m->n_lists; i++)
		sqb_addresses_free(m->lists[i]);
	free(m->lists);
	free(m->pieces);
	free(m->recipients);
	free(m->label);
	free(m);
}

static int add_recipient(outgoing_mail *m, sqb_str address, unsigned notify)
{
	size_t n = m->n_recipients;

	for (size_t i = 0; i < n; i++)
		if (sqb_str_eq(m->recipients[i].address, address))
			return 0;
	if (n == MAX_RECIPIENTS) {
		cli_error("%s%sover %d recipients", m->label, *m->label ?
		    ": " : "", MAX_RECIPIENTS);
		return EX_DATAERR;
	}
	if ((n & (n - 1)) == 0) {
		sqb_smtp_recipient *more = realloc(m->recipients, (n == 0 ? 1 :
		    2 * n) * sizeof(*more));

		if (!more)
			return no_memory();
		m->recipients = more;
	}
	m->recipients[m->n_recipients++] = (sqb_smtp_recipient){
		.address = address, .notify = notify };
	return 0;
}

/* The list that text is, kept with m. NULL: no memory, and said so. */
static const sqb_addresses *read_list(outgoing_mail *m, sqb_str text)
{
	sqb_addresses **lists = realloc(m->lists, (m->n_lists + 1) *
	    sizeof(*lists));
	sqb_addresses *list = NULL;

	if (lists)
		m->lists = lists;
	if (!lists || sqb_addresses_parse(&list, text, NULL, NULL) < 0) {
		no_memory();
		return NULL;
	}
	m->lists[m->n_lists++] = list;
	return list;
}

/* What is no address is an error: to leave one out would lose mail. */
static int add_all(outgoing_mail *m, sqb_str text, unsigned notify)
{
	const sqb_addresses *list = read_list(m, text);
	int status = list ? 0 : EX_OSERR;

	if (list && list->defects & SQB_ADDRESS_LIMIT) {
		cli_error("%s: over %d recipients", m->label, MAX_RECIPIENTS);
		return EX_DATAERR;
	}
	for (size_t i = 0; status == 0 && i < list->n_items; i++) {
		const sqb_address *a = &list->items[i];

		if (a->address.len > 0) {
			status = add_recipient(m, a->address, notify);
			continue;
		}
		cli_error("%s: \"%.*s\" is no address", m->label,
		    (int)(a->len < 100 ? a->len : 100), text.ptr + a->offset);
		status = EX_DATAERR;
	}
	return status;
}

static sqb_str first_of(outgoing_mail *m, sqb_str text)
{
	const sqb_addresses *list = text.len > 0 ? read_list(m, text) : NULL;

	return list && list->n_items > 0 ? list->items[0].address :
	    (sqb_str){ NULL, 0 };
}

static int add_from_fields(outgoing_mail *m, raw_block block, unsigned notify)
{
	sqb_str value;
	int status = 0;

	while (status == 0 &&
	    raw_block_next(&block, raw_recipient_names, &value))
		status = add_all(m, value, notify);
	return status;
}

static sqb_str sender_of(outgoing_mail *m, sqb_str header)
{
	static const char *const names[][2] = { { "Sender", NULL },
		{ "From", NULL } };
	raw_block blocks[] = { raw_block_find(header), { header, false } };
	sqb_str found = { NULL, 0 }, value;

	for (size_t i = 0; i < 4 && found.len == 0; i++) {
		raw_block block = blocks[i / 2];

		if (raw_block_next(&block, names[i % 2], &value))
			found = first_of(m, value);
	}
	return found;
}

static bool is_ascii(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

static void look_at_addresses(outgoing_mail *m)
{
	const char *at = m->from.ptr ? memchr(m->from.ptr, '@', m->from.len) :
	    NULL;

	m->utf8 = at && !is_ascii((sqb_str){ m->from.ptr,
	    (size_t)(at - m->from.ptr) });
	for (size_t i = 0; i < m->n_recipients && !m->utf8; i++) {
		sqb_str a = m->recipients[i].address;

		at = memchr(a.ptr, '@', a.len);
		m->utf8 = at && !is_ascii((sqb_str){ a.ptr,
		    (size_t)(at - a.ptr) });
	}
}

/* What flags say of the envelope wins over the fields. */
static int address_finished(outgoing *o, outgoing_mail *m, sqb_str header)
{
	const char *from = o->identity->from;
	const cli_list *to = &o->flags->to;
	unsigned notify = o->options->notify;
	int status = 0;

	for (size_t i = 0; i < to->n && status == 0; i++)
		status = add_all(m, sqb_str_of(to->words[i]), notify);
	if (to->n == 0)
		status = add_from_fields(m, raw_block_find(header), notify);
	if (status != 0)
		return status;
	m->from = from && strcmp(from, "<>") == 0 ? (sqb_str)SQB_STR("") :
	    from ? first_of(m, sqb_str_of(from)) : sender_of(m, header);
	look_at_addresses(m);
	if (m->n_recipients == 0)
		cli_error("%s: it names no recipient; say --to", m->label);
	else if (m->from.len == 0 && !(from && strcmp(from, "<>") == 0))
		cli_error("%s: it names no sender; say --from", m->label);
	else
		return 0;
	return EX_DATAERR;
}

/* --- finished messages */

/* To the empty line that ends it, or all there is. */
static sqb_str header_of(sqb_str message)
{
	size_t at = 0;

	while (at < message.len && message.ptr[at] != '\n' &&
	    message.ptr[at] != '\r')
		at += raw_line_len((sqb_str){ message.ptr + at,
		    message.len - at });
	return (sqb_str){ message.ptr, at };
}

static bool is_bcc(const raw_field *f)
{
	static const char *const names[] = { "Bcc", NULL };

	return raw_field_is_among(f, names);
}

static size_t count_bcc(sqb_str header)
{
	raw_field f;
	size_t n = 0;

	while (raw_field_next(&header, &f))
		n += is_bcc(&f);
	return n;
}

static void add_piece(outgoing_mail *m, const char *from, const char *to)
{
	if (to > from)
		m->pieces[m->n_pieces++] = (sqb_str){ from,
		    (size_t)(to - from) };
}

/* All but the fields that nobody is to see. False: no memory. */
static bool cut_bcc(outgoing_mail *m, sqb_str header)
{
	const char *at = m->finished.bytes;
	raw_field f;

	m->pieces = calloc(count_bcc(header) + 1, sizeof(*m->pieces));
	if (!m->pieces)
		return false;
	while (raw_field_next(&header, &f))
		if (is_bcc(&f)) {
			add_piece(m, at, f.whole.ptr);
			at = f.whole.ptr + f.whole.len;
		}
	add_piece(m, at, m->finished.bytes + m->finished.len);
	return true;
}

static int prepare_finished(outgoing *o, outgoing_mail *m)
{
	sqb_str all = { m->finished.bytes, m->finished.len };
	sqb_str header = header_of(all);

	m->label = strdup(strcmp(m->finished.source, "-") == 0 ?
	    "standard input" : m->finished.source);
	if (!m->label || !cut_bcc(m, header))
		return no_memory();
	if (!raw_line_is_field(header)) {
		cli_error("%s: it is no message: there is no header",
		    m->label);
		return EX_DATAERR;
	}
	m->eight_bit = !is_ascii(all);
	return address_finished(o, m, header);
}

/* False: there is no other file. */
static bool open_next(outgoing *o)
{
	while (o->name < o->n_names) {
		const char *name = o->names[o->name++];
		int fd = strcmp(name, "-") == 0 ? STDIN_FILENO :
		    open(name, O_RDONLY | O_CLOEXEC);

		o->input_open = fd >= 0 &&
		    parse_input_begin(&o->input, fd, name);
		if (o->input_open)
			return true;
		cli_error("%s: %s", name, strerror(errno));
		note(o, EX_NOINPUT);
		if (fd > STDIN_FILENO)
			close(fd);
	}
	return false;
}

/* 1: read; 0: there are no more. */
static int next_finished(outgoing *o, outgoing_mail *m)
{
	while (o->input_open || open_next(o)) {
		int more = parse_input_next(&o->input, &m->finished);

		if (more > 0)
			return prepare_finished(o, m) == 0 ? 1 : -1;
		if (more < 0) {
			cli_error("%s: %s", o->input.name, strerror(errno));
			note(o, EX_IOERR);
		}
		close_input(o);
	}
	return 0;
}

/* --- letters */

/*
 * A line without its end; of a longer one than MAX_LINE, that many octets and
 * one. False: there are no more.
 */
static bool read_line(outgoing *o, size_t *len)
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(o->lines)) != EOF && c != '\n')
		if (n <= MAX_LINE)
			o->text[n++] = (char)c;
	o->line++;
	*len = n;
	return c != EOF || n > 0;
}

/* The next line that is not blank. False: there are no more. */
static bool next_line(outgoing *o, size_t *len)
{
	while (read_line(o, len))
		for (size_t i = 0; i < *len; i++)
			if (!strchr(" \t\r", o->text[i]))
				return true;
	return false;
}

static int fill_line(outgoing *o, outgoing_mail *m, size_t len)
{
	char where[32];
	cli_json_object line;
	const char *why = len > MAX_LINE ? "longer than 1M" : NULL;

	snprintf(where, sizeof(where), "line %lu", o->line);
	m->label = strdup(where);
	if (!m->label)
		return no_memory();
	if (!why)
		why = cli_json_read((sqb_str){ o->text, len }, o->room, &line);
	snprintf(where, sizeof(where), "line %lu: ", o->line);
	if (!why)
		return compose_form_fill(&o->form, &line, where,
		    &m->composed);
	cli_error("%s%s", where, why);
	return EX_DATAERR;
}

static int address_letter(outgoing *o, outgoing_mail *m)
{
	sqb_envelope e;
	int status;

	if (sqb_compose_envelope(m->composed, &e) < 0)
		return cli_fail(m->label, sqb_compose_error(m->composed));
	m->from = e.from;
	for (size_t i = 0; i < e.n_recipients; i++)
		if ((status = add_recipient(m, e.recipients[i],
		    o->options->notify)) != 0)
			return status;
	if (m->n_recipients > 0)
		return 0;
	cli_error("%s%sthere is no recipient; say --to", m->label,
	    *m->label ? ": " : "");
	return EX_USAGE;
}

static int next_letter(outgoing *o, outgoing_mail *m)
{
	int status;

	if (o->lines) {
		size_t len;

		if (!next_line(o, &len))
			return 0;
		status = fill_line(o, m, len);
	} else {
		if (o->letter_done)
			return 0;
		o->letter_done = true;
		m->label = strdup("");
		status = m->label ? compose_form_fill(&o->form, NULL, "",
		    &m->composed) : no_memory();
	}
	if (status == 0)
		status = address_letter(o, m);
	note(o, status);
	return status == 0 ? 1 : -1;
}

bool outgoing_next(outgoing *o, outgoing_mail **out)
{
	int more;

	do {
		*out = calloc(1, sizeof(**out));
		if (!*out) {
			note(o, no_memory());
			return false;
		}
		more = is_finished(o) ? next_finished(o, *out) :
		    next_letter(o, *out);
		if (more < 0)
			note(o, EX_DATAERR);
		if (more > 0)
			return true;
		outgoing_free(*out);
	} while (more < 0);
	*out = NULL;
	return false;
}

/* --- octets */

static int next_composed(outgoing_mail *m, sqb_str *octets)
{
	*octets = m->left;
	return m->left.len > 0 ? 1 : sqb_compose_next(m->composed, octets);
}

/* The next that are in one piece. 1, 0: that was all, or a negative code. */
static int next_octets(outgoing_mail *m, sqb_str *octets)
{
	if (m->composed)
		return next_composed(m, octets);
	if (m->piece == m->n_pieces)
		return 0;
	*octets = m->pieces[m->piece];
	octets->ptr += m->offset;
	octets->len -= m->offset;
	return 1;
}

static void took(outgoing_mail *m, sqb_str octets, size_t n)
{
	m->left = (sqb_str){ octets.ptr + n, octets.len - n };
	m->offset += n;
	if (n == octets.len && !m->composed) {
		m->piece++;
		m->offset = 0;
	}
}

int64_t outgoing_read(void *ctx, void *out, size_t cap)
{
	outgoing_mail *m = ctx;
	size_t n = 0;
	sqb_str octets;
	int rc = 1;

	while (n < cap && (rc = next_octets(m, &octets)) > 0) {
		size_t k = octets.len < cap - n ? octets.len : cap - n;

		memcpy((char *)out + n, octets.ptr, k);
		took(m, octets, k);
		n += k;
	}
	return rc < 0 ? rc : (int64_t)n;
}

int outgoing_rewind(void *ctx)
{
	outgoing_mail *m = ctx;

	m->piece = m->offset = 0;
	m->left = (sqb_str){ NULL, 0 };
	return m->composed ? sqb_compose_begin(m->composed,
	    SQB_COMPOSE_UTF8) : SQB_OK;
}

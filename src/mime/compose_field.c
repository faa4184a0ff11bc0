/*
 * Fields of a message that is written, RFC 5322, section 3.6: each becomes the
 * lines it will be when it is given, so that what is wrong is said there.
 */
#include "mime/compose.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <string.h>

enum { MAX_NAME = 76 };	/* octets of a field's name */

static const char *const names[SQB__SLOTS] = {
	[SQB__DATE] = "Date",
	[SQB__FROM] = "From",
	[SQB__SENDER] = "Sender",
	[SQB__REPLY_TO] = "Reply-To",
	[SQB__TO] = "To",
	[SQB__CC] = "Cc",
	[SQB__BCC] = "Bcc",
	[SQB__SUBJECT] = "Subject",
	[SQB__MESSAGE_ID] = "Message-ID",
	[SQB__IN_REPLY_TO] = "In-Reply-To",
	[SQB__REFERENCES] = "References",
	[SQB__AUTO_SUBMITTED] = "Auto-Submitted",
};

static bool is(const char *a, const char *b)
{
	return sqb_str_eq_nocase(sqb_str_of(a), sqb_str_of(b));
}

static bool begins(const char *name, const char *with)
{
	sqb_str s = sqb_str_of(name), w = sqb_str_of(with);

	return s.len >= w.len &&
	    sqb_str_eq_nocase((sqb_str){ s.ptr, w.len }, w);
}

sqb__slot sqb__slot_of(const char *name)
{
	sqb__slot slot = SQB__DATE;

	while (slot < SQB__SLOTS && !is(name, names[slot]))
		slot++;
	return slot;
}

bool sqb__compose_has(const sqb_compose *c, sqb__slot slot)
{
	return c->slots[slot].len > 0 || c->mailboxes[slot].first;
}

/* field-name = 1*ftext, RFC 5322, section 3.6.8 */
static bool is_name(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f || s.ptr[i] == ':')
			return false;
	return s.len > 0 && s.len <= MAX_NAME;
}

/* Fields that are ours to write, or a relay's. */
static bool is_reserved(const char *name)
{
	return is(name, "MIME-Version") || begins(name, "Content-") ||
	    is(name, "DKIM-Signature") || is(name, "Received") ||
	    is(name, "Return-Path") || begins(name, "Resent-");
}

int sqb__compose_line(sqb_compose *c, sqb__slot slot, sqb_str text)
{
	sqb__line *line;
	char *copy;

	if (text.len > c->o.max_header - c->header_len)
		return sqb__compose_error(c, SQB_E_LIMIT,
		    "the header is too long");
	copy = sqb__compose_copy(c, text);
	if (!copy)
		return SQB_E_NOMEM;
	c->header_len += text.len;
	text.ptr = copy;
	if (slot < SQB__SLOTS) {
		c->slots[slot] = text;
		return SQB_OK;
	}
	line = sqb__arena_alloc(&c->arena, sizeof(*line));
	if (!line)
		return sqb__compose_no_memory(c);
	*line = (sqb__line){ .text = text };
	*(c->last_line ? &c->last_line->next : &c->lines) = line;
	c->last_line = line;
	return SQB_OK;
}

/* A field begins in scratch. */
static void begin_line(sqb_compose *c, sqb__fold *f, const char *name)
{
	sqb__buf_reset(&c->scratch);
	sqb__fold_begin(f, &c->scratch, name);
}

static int end_line(sqb_compose *c, sqb__fold *f, sqb__slot slot)
{
	sqb__fold_end(f);
	if (c->scratch.failed)
		return sqb__compose_no_memory(c);
	return sqb__compose_line(c, slot, sqb__buf_str(&c->scratch));
}

static int take_text(sqb_compose *c, sqb__slot slot, const char *name,
    const char *value)
{
	sqb__fold f;

	begin_line(c, &f, name);
	sqb__fold_text(&f, sqb_str_of(value));
	return end_line(c, &f, slot);
}

static char *digits(char *out, int n, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		out[i] = (char)('0' + n % 10);
		n /= 10;
	}
	return out + width;
}

/*
 * Days since 1970 to a date, by counting years from a March so that a leap
 * day is the last: 400 years have 146,097 days.
 */
static void civil(int64_t days, int *year, int *month, int *day)
{
	int64_t era, of_era, year_of, of_year, m;

	days += 719468;		/* since 1 March of the year 0 */
	era = days / 146097;
	of_era = days % 146097;
	year_of = (of_era - of_era / 1460 + of_era / 36524 -
	    of_era / 146096) / 365;
	of_year = of_era - (365 * year_of + year_of / 4 - year_of / 100);
	m = (5 * of_year + 2) / 153;
	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(year_of + era * 400 + (*month <= 2));
}

/* date-time = [day-name ","] date time, RFC 5322, section 3.3 */
void sqb__compose_date(sqb__buf *out, int64_t utc, int zone, bool known)
{
	static const char day_names[7][5] = { "Thu,", "Fri,", "Sat,", "Sun,",
	    "Mon,", "Tue,", "Wed," };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	/* 1900 to 9999; what lies before 1970 must not be negative */
	int64_t local = utc + zone * 60 + (int64_t)25567 * 86400;
	int64_t days = local / 86400, second = local % 86400;
	int far = zone < 0 ? -zone : zone, year, month, day;
	char text[40], *p = text;

	civil(days - 25567, &year, &month, &day);
	sqb__buf_add_c(out, day_names[(days + 4) % 7]);
	sqb__buf_add_char(out, ' ');
	sqb__buf_add_uint(out, (uint64_t)day);
	sqb__buf_add_char(out, ' ');
	sqb__buf_add_c(out, months[month - 1]);
	*p++ = ' ';
	p = digits(p, year, 4);
	*p++ = ' ';
	p = digits(p, (int)(second / 3600), 2);
	*p++ = ':';
	p = digits(p, (int)(second / 60 % 60), 2);
	*p++ = ':';
	p = digits(p, (int)(second % 60), 2);
	*p++ = ' ';
	*p++ = zone < 0 || !known ? '-' : '+';
	p = digits(p, far / 60 * 100 + far % 60, 4);
	sqb__buf_add(out, (sqb_str){ text, (size_t)(p - text) });
}

static int take_date(sqb_compose *c, const char *value)
{
	sqb_date d;

	if (sqb_date_parse(&d, sqb_str_of(value)) != SQB_OK)
		return sqb__compose_error(c, SQB_E_USAGE, "Date: ", d.refused);
	sqb__buf_reset(&c->scratch);
	sqb__buf_add_c(&c->scratch, "Date: ");
	sqb__compose_date(&c->scratch, d.utc, d.zone, d.zone_known);
	sqb__buf_add_c(&c->scratch, "\r\n");
	if (c->scratch.failed)
		return sqb__compose_no_memory(c);
	return sqb__compose_line(c, SQB__DATE, sqb__buf_str(&c->scratch));
}

/*
 * msg-id = "<" id-left "@" id-right ">", RFC 5322, section 3.6.4
 *
 * One that somebody else made may lack the "@", but then not the brackets.
 */
static bool is_id(const sqb_msgid *id, bool own)
{
	unsigned fine = SQB_MSGID_NO_BRACKETS;

	if (!own && (id->defects & SQB_MSGID_NO_BRACKETS) == 0)
		fine |= SQB_MSGID_NO_AT;
	for (size_t i = 0; i < id->id.len; i++)
		if (id->id.ptr[i] <= ' ' && sqb__is_ascii(id->id.ptr[i]))
			return false;
	return id->id.len <= SQB__FOLD_WORD && sqb__utf8_valid(id->id) &&
	    (id->defects & ~fine) == 0;
}

static bool add_ids(sqb_compose *c, sqb__fold *f, const sqb_msgids *ids,
    bool own)
{
	for (size_t i = 0; i < ids->n_items; i++) {
		const sqb_msgid *id = &ids->items[i];

		if (!is_id(id, own))
			return false;
		/* "<id>" as one word */
		sqb__buf_reset(&c->out);
		sqb__buf_add_char(&c->out, '<');
		sqb__buf_add(&c->out, id->id);
		sqb__buf_add_char(&c->out, '>');
		if (c->out.failed)
			c->scratch.failed = true;
		else
			sqb__fold_word(f, sqb__buf_str(&c->out));
		if (sqb__ascii_len(id->id) < id->id.len)
			c->needs_utf8 = true;
	}
	return ids->n_items > 0;
}

static int take_ids(sqb_compose *c, sqb__slot slot, const char *value)
{
	sqb_msgids *ids;
	sqb__fold f;
	bool own = slot == SQB__MESSAGE_ID, good;

	if (sqb_msgids_parse(&ids, sqb_str_of(value), c->allocator) != SQB_OK)
		return sqb__compose_no_memory(c);
	begin_line(c, &f, names[slot]);
	good = add_ids(c, &f, ids, own) && (!own || ids->n_items == 1);
	sqb_msgids_free(ids);
	if (!good)
		return sqb__compose_error(c, SQB_E_USAGE, names[slot],
		    ": no message id");
	return end_line(c, &f, slot);
}

/* auto-submitted-field, RFC 3834, section 5 */
static int take_auto(sqb_compose *c, const char *value)
{
	if (!is(value, "no") && !is(value, "auto-generated") &&
	    !is(value, "auto-replied"))
		return sqb__compose_error(c, SQB_E_USAGE, "Auto-Submitted is "
		    "\"no\", \"auto-generated\" or \"auto-replied\"");
	return take_text(c, SQB__AUTO_SUBMITTED, "Auto-Submitted", value);
}

static int take(sqb_compose *c, sqb__slot slot, const char *name,
    const char *value)
{
	switch (slot) {
	case SQB__DATE:
		return take_date(c, value);
	case SQB__MESSAGE_ID:
	case SQB__IN_REPLY_TO:
	case SQB__REFERENCES:
		return take_ids(c, slot, value);
	case SQB__AUTO_SUBMITTED:
		return take_auto(c, value);
	case SQB__SUBJECT:
		return take_text(c, slot, names[slot], value);
	case SQB__OTHER:
		return take_text(c, slot, name, value);
	default:
		return sqb__compose_addresses(c, slot, value);
	}
}

static bool is_address_slot(sqb__slot slot)
{
	return slot >= SQB__FROM && slot <= SQB__BCC;
}

int sqb_compose_field(sqb_compose *c, const char *name, const char *value)
{
	sqb__slot slot = sqb__slot_of(name);
	int code = sqb__compose_check(c);

	if (code != SQB_OK)
		return code;
	if (!is_name(sqb_str_of(name)))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "no such field can be");
	if (is_reserved(name))
		return sqb__compose_error(c, SQB_E_USAGE, name,
		    " is not for the caller to write");
	if (!sqb__compose_is_text(sqb_str_of(value)))
		return sqb__compose_error(c, SQB_E_USAGE, name,
		    ": a line end, or no UTF-8");
	if (slot < SQB__SLOTS && !is_address_slot(slot) &&
	    c->slots[slot].len > 0)
		return sqb__compose_error(c, SQB_E_USAGE, "a second ",
		    names[slot]);
	return take(c, slot, name, value);
}

static void add_made_date(sqb_compose *c)
{
	sqb__buf_add_c(&c->head, "Date: ");
	sqb__compose_date(&c->head, c->o.now, c->o.zone, true);
	sqb__buf_add_c(&c->head, "\r\n");
}

static void add_made_id(sqb_compose *c)
{
	const sqb__mailbox *from = c->mailboxes[SQB__FROM].first;
	sqb_str path = from ? from->path : (sqb_str){ NULL, 0 };
	sqb__fold f;

	while (from && path.len == 0) {
		from = from->next;
		path = from ? from->path : path;
	}
	for (size_t i = path.len; i > 0; i--)
		if (path.ptr[i - 1] == '@') {
			path = sqb__str_from(path, i);
			break;
		}
	sqb__buf_reset(&c->scratch);
	sqb__buf_add_char(&c->scratch, '<');
	sqb__buf_add_c(&c->scratch, c->id_random);
	sqb__buf_add_char(&c->scratch, '@');
	sqb__buf_add(&c->scratch, c->id_domain ? sqb_str_of(c->id_domain) :
	    path);
	sqb__buf_add_char(&c->scratch, '>');
	sqb__fold_begin(&f, &c->head, names[SQB__MESSAGE_ID]);
	if (c->scratch.failed)
		c->head.failed = true;
	else
		sqb__fold_word(&f, sqb__buf_str(&c->scratch));
	sqb__fold_end(&f);
}

static void add_slot(sqb_compose *c, sqb__slot slot)
{
	sqb__fold f;

	if (c->mailboxes[slot].first && slot != SQB__BCC) {
		sqb__fold_begin(&f, &c->head, names[slot]);
		sqb__compose_write_addresses(&f, &c->mailboxes[slot]);
		sqb__fold_end(&f);
	} else if (c->slots[slot].len > 0) {
		sqb__buf_add(&c->head, c->slots[slot]);
	} else if (slot == SQB__DATE) {
		add_made_date(c);
	} else if (slot == SQB__MESSAGE_ID) {
		add_made_id(c);
	}
}

static size_t n_mailboxes(const sqb__mailboxes *list)
{
	size_t n = 0;

	for (const sqb__mailbox *m = list->first; m; m = m->next)
		n += m->address.len > 0;
	return n;
}

/* Date and From, and Sender where From has many: RFC 5322, section 3.6 */
int sqb__compose_header(sqb_compose *c)
{
	size_t n_from = n_mailboxes(&c->mailboxes[SQB__FROM]);

	if (n_from == 0)
		return sqb__compose_error(c, SQB_E_USAGE, "there is no From");
	if (n_from > 1 && !sqb__compose_has(c, SQB__SENDER))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "From has many addresses, and there is no Sender");
	for (sqb__slot slot = SQB__DATE; slot < SQB__SLOTS; slot++)
		add_slot(c, slot);
	for (const sqb__line *line = c->lines; line; line = line->next)
		sqb__buf_add(&c->head, line->text);
	sqb__buf_add_c(&c->head, "MIME-Version: 1.0\r\n");
	return c->head.failed ? sqb__compose_no_memory(c) : SQB_OK;
}

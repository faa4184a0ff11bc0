/*
 * TNEF, [MS-OXTNEF]: the message and its attachments from their attributes
 * and MAPI properties ([MS-OXPROPS]). Left out: recipients, which the message
 * around has; appointments and tasks; pictures of attachments.
 */
#include "mime/tnef.h"

#include "base/ascii.h"
#include "mime/header.h"
#include "mime/mixed.h"
#include "mime/tnef_read.h"
#include "text/codepage.h"
#include "text/lzfu.h"
#include "text/rtf.h"

#include <string.h>

enum {
	MAX_FILES = 10000,
	MAX_LINE = 2000,	/* octets read of what becomes a field */
	IID = 16		/* octets before the data of an object */
};

/* A string, octets or a number as they came. */
typedef struct value {
	uint16_t type;		/* SQB__MAPI_…; 0: there is none */
	sqb_str data;
} value;

/* What is wanted of a message … */
typedef enum message_slot {
	SUBJECT, CLASS, NAME, ADDRESS, SMTP_ADDRESS, SENT, TEXT, HTML, RTF,
	HTML_PAGE, N_MESSAGE
} message_slot;

/* … and of an attachment. */
typedef enum file_slot {
	LONG_NAME, TRANSPORT_NAME, SHORT_NAME, TITLE, DISPLAY_NAME, MIME_TAG,
	CONTENT_ID, DATA, OBJECT, N_FILE
} file_slot;

/* Where it is: the id of an attribute or property, and its slot. */
typedef struct wanted {
	uint16_t id, slot;
} wanted;

enum {				/* ids of attributes */
	ATT_FROM = 0x8000,
	ATT_DATA = 0x800f,
	ATT_RENDER_DATA = 0x9002,	/* the first of an attachment */
	ATT_MESSAGE_PROPS = 0x9003,
	ATT_FILE_PROPS = 0x9005,
	ATT_CODEPAGE = 0x9007,
	PROP_ATTACH_DATA = 0x3701	/* binary, or an object */
};

static const wanted message_attributes[] = {
	{ 0x8004, SUBJECT }, { 0x8008, CLASS }, { 0x800c, TEXT }, { 0, 0 }
};

static const wanted message_properties[] = {
	{ 0x001a, CLASS }, { 0x0037, SUBJECT }, { 0x0039, SENT },
	{ 0x0042, NAME }, { 0x0065, ADDRESS }, { 0x0c1a, NAME },
	{ 0x0c1f, ADDRESS }, { 0x1000, TEXT }, { 0x1009, RTF },
	{ 0x1013, HTML }, { 0x3fde, HTML_PAGE }, { 0x5d01, SMTP_ADDRESS },
	{ 0x5d02, SMTP_ADDRESS }, { 0, 0 }
};

static const wanted file_attributes[] = {
	{ 0x8010, TITLE }, { ATT_DATA, DATA }, { 0x9001, TRANSPORT_NAME },
	{ 0, 0 }
};

static const wanted file_properties[] = {
	{ 0x3001, DISPLAY_NAME }, { PROP_ATTACH_DATA, DATA },
	{ 0x3704, SHORT_NAME }, { 0x3707, LONG_NAME }, { 0x370e, MIME_TAG },
	{ 0x3712, CONTENT_ID }, { 0, 0 }
};

typedef struct tnef {
	const sqb_allocator *allocator;
	sqb__decoders decoders;
	sqb__charset charset;	/* of strings of 8 bits */
	value message[N_MESSAGE];
	sqb_str from;		/* an attFrom */
	value file[N_FILE];
	size_t n_files;
	sqb__mixed mixed;
	sqb__buf fields;	/* of the message */
	sqb__buf line;		/* what becomes a field of a part */
	sqb__buf text, html, rtf;	/* where they are not as they came */
} tnef;

static void tnef_init(tnef *t, sqb_str content, const sqb__buf *out)
{
	size_t max = content.len < SIZE_MAX / 4 / SQB__TNEF_RATIO ?
	    content.len * SQB__TNEF_RATIO + SQB__TNEF_MORE : SIZE_MAX / 4;
	sqb__buf *bufs[] = { &t->fields, &t->line, &t->text, &t->html,
	    &t->rtf };

	if (max > out->max)
		max = out->max;
	*t = (tnef){ .allocator = out->allocator };
	sqb__mixed_init(&t->mixed, t->allocator);
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		sqb__buf_init(bufs[i], t->allocator, max);
}

static void tnef_clear(tnef *t)
{
	sqb__decoders_clear(&t->decoders);
	sqb__mixed_clear(&t->mixed);
	sqb__buf_clear(&t->fields);
	sqb__buf_clear(&t->line);
	sqb__buf_clear(&t->text);
	sqb__buf_clear(&t->html);
	sqb__buf_clear(&t->rtf);
}

static bool tnef_failed(const tnef *t)
{
	return t->fields.failed || t->line.failed || t->text.failed ||
	    t->html.failed || t->rtf.failed;
}

/* The first counts, but Unicode is better than a code page. */
static void set(value *slots, const wanted *list, uint16_t id, value v)
{
	while (list->id != 0 && list->id != id)
		list++;
	if (list->id != 0 && v.data.len > 0 && (!slots[list->slot].type ||
	    (v.type == SQB__MAPI_UNICODE &&
	    slots[list->slot].type != SQB__MAPI_UNICODE)))
		slots[list->slot] = v;
}

static void set_properties(value *slots, const wanted *list, sqb_str in)
{
	sqb__mapi_property p;
	uint32_t count;

	if (!sqb__tnef_u32(&in, &count))
		return;
	for (; count > 0 && sqb__mapi_next(&in, &p); count--) {
		value v = { p.type, p.data };

		if (p.id == PROP_ATTACH_DATA && p.type == SQB__MAPI_OBJECT &&
		    list == file_properties)
			slots[OBJECT] = v;
		else
			set(slots, list, p.id, v);
	}
}

static bool is_string(const value *v)
{
	return v->type == SQB__MAPI_STRING8 || v->type == SQB__MAPI_UNICODE;
}

/* Without the NULs that close it. */
static sqb_str open_string(const value *v)
{
	size_t unit = v->type == SQB__MAPI_UNICODE ? 2 : 1;
	sqb_str s = v->data;

	s.len -= s.len % unit;
	while (s.len > 0 && s.ptr[s.len - 1] == '\0' &&
	    s.ptr[s.len - unit] == '\0')
		s.len -= unit;
	return s;
}

static void decode(tnef *t, uint16_t type, sqb_str s, sqb__buf *out)
{
	sqb_str utf_16 = SQB_STR("utf-16le");

	sqb__charset_decode(&t->decoders, type == SQB__MAPI_UNICODE ?
	    sqb__charset_find(utf_16) : t->charset, s, out);
}

/* Appends a string as one line. */
static void add_line(tnef *t, const value *v, sqb__buf *out)
{
	size_t from = out->end;
	sqb_str s = open_string(v);

	if (!is_string(v))
		return;
	if (s.len > MAX_LINE)
		s.len = MAX_LINE;
	decode(t, v->type, s, out);
	sqb__make_safe(out, from);
}

static void clear_line(tnef *t)
{
	sqb__buf_drop(&t->line, sqb__buf_len(&t->line));
}

/* The same in the buffer for lines. Lifetime: until the next one. */
static sqb_str line_of(tnef *t, const value *v)
{
	clear_line(t);
	add_line(t, v, &t->line);
	return sqb__buf_str(&t->line);
}

static void add_field(tnef *t, const char *name, const value *v)
{
	if (!is_string(v))
		return;
	sqb__buf_add_c(&t->fields, name);
	sqb__buf_add_c(&t->fields, ": ");
	add_line(t, v, &t->fields);
	sqb__buf_add_c(&t->fields, "\r\n");
}

/* attFrom: a number, three sizes, then name and address, each with a NUL. */
static void read_from(tnef *t)
{
	uint16_t number, size, name = 0, address = 0;
	sqb_str in = t->from;
	value *m = t->message;

	if (!sqb__tnef_u16(&in, &number) || !sqb__tnef_u16(&in, &size) ||
	    !sqb__tnef_u16(&in, &name) || !sqb__tnef_u16(&in, &address) ||
	    in.len < (size_t)name + address || m[NAME].type)
		return;
	m[NAME] = (value){ SQB__MAPI_STRING8, { in.ptr, name } };
	if (address > 5 && memcmp(in.ptr + name, "SMTP:", 5) == 0)
		m[ADDRESS] = (value){ SQB__MAPI_STRING8,
		    { in.ptr + name + 5, address - 5u } };
}

/* Only what needs no quotes, and has one "@". */
static bool is_address(sqb_str s)
{
	size_t n_at = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (memchr(" \"(),:;<>[\\]", s.ptr[i], 12))
			return false;
		n_at += s.ptr[i] == '@';
	}
	return n_at == 1 && s.ptr[0] != '@' && s.ptr[s.len - 1] != '@';
}

static void add_quoted(sqb__buf *out, sqb_str s)
{
	sqb__buf_add_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"' || s.ptr[i] == '\\')
			sqb__buf_add_char(out, '\\');
		sqb__buf_add_char(out, s.ptr[i]);
	}
	sqb__buf_add_char(out, '"');
}

/* Addresses of an Exchange server ("/O=…") mean nothing to anybody else. */
static void add_from(tnef *t)
{
	const value *m = t->message;
	sqb_str address;

	read_from(t);
	if (!m[NAME].type && !m[ADDRESS].type && !m[SMTP_ADDRESS].type)
		return;
	sqb__buf_add_c(&t->fields, "From: ");
	add_quoted(&t->fields, line_of(t, &m[NAME]));
	address = line_of(t, &m[SMTP_ADDRESS]);
	if (!is_address(address))
		address = line_of(t, &m[ADDRESS]);
	if (is_address(address)) {
		sqb__buf_add_c(&t->fields, " <");
		sqb__buf_add(&t->fields, address);
		sqb__buf_add_char(&t->fields, '>');
	}
	sqb__buf_add_c(&t->fields, "\r\n");
}

static void add_two_digits(sqb__buf *out, uint64_t n)
{
	sqb__buf_add_char(out, (char)('0' + n / 10 % 10));
	sqb__buf_add_char(out, (char)('0' + n % 10));
}

/* The date so many days after March 1, 1600, from which leap years count. */
static void add_day(sqb__buf *out, uint64_t days)
{
	static const char months[12][4] = { "Mar", "Apr", "May", "Jun", "Jul",
	    "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb" };
	uint64_t era = days / 146097, day = days % 146097;
	uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint64_t month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	sqb__buf_add_uint(out, day - (153 * month + 2) / 5 + 1);
	sqb__buf_add_char(out, ' ');
	sqb__buf_add_c(out, months[month]);
	sqb__buf_add_char(out, ' ');
	sqb__buf_add_uint(out, 1600 + era * 400 + year + (month >= 10));
}

/* A FILETIME: units of 100 ns since January 1, 1601, UTC. */
static void add_date(tnef *t)
{
	const uint64_t last = 265046774400;	/* January 1, 10000 */
	sqb_str in = t->message[SENT].data;
	uint32_t low, high;
	uint64_t seconds;

	if (t->message[SENT].type != SQB__MAPI_TIME ||
	    !sqb__tnef_u32(&in, &low) || !sqb__tnef_u32(&in, &high))
		return;
	seconds = ((uint64_t)high << 32 | low) / 10000000;
	if (seconds == 0 || seconds >= last)
		return;
	sqb__buf_add_c(&t->fields, "Date: ");
	add_day(&t->fields, seconds / 86400 + 306);
	sqb__buf_add_char(&t->fields, ' ');
	add_two_digits(&t->fields, seconds / 3600 % 24);
	sqb__buf_add_char(&t->fields, ':');
	add_two_digits(&t->fields, seconds / 60 % 60);
	sqb__buf_add_char(&t->fields, ':');
	add_two_digits(&t->fields, seconds % 60);
	sqb__buf_add_c(&t->fields, " +0000\r\n");
}

static void add_text(tnef *t, const char *type, const char *charset,
    sqb_str body)
{
	sqb__mixed_part(&t->mixed, body);
	clear_line(t);
	sqb__buf_add_c(&t->line, type);
	if (charset) {
		sqb__buf_add_c(&t->line, "; charset=");
		sqb__buf_add_c(&t->line, charset);
	}
	sqb__mixed_field(&t->mixed, "Content-Type", sqb__buf_str(&t->line));
	sqb__mixed_field(&t->mixed, "Content-Transfer-Encoding",
	    (sqb_str)SQB_STR("binary"));
}

/* Html in octets is in the code page that a property names. */
static void add_html(tnef *t)
{
	const value *v = &t->message[HTML];
	sqb_str page = t->message[HTML_PAGE].data;
	sqb__charset charset = SQB__CHARSET_UNKNOWN;
	uint32_t number;

	if (v->type == SQB__MAPI_UNICODE)
		decode(t, v->type, open_string(v), &t->html);
	if (sqb__buf_len(&t->html) > 0) {
		add_text(t, "text/html", "utf-8", sqb__buf_str(&t->html));
		return;
	}
	if (v->type != SQB__MAPI_BINARY && v->type != SQB__MAPI_STRING8)
		return;
	if (sqb__tnef_u32(&page, &number))
		charset = sqb__codepage_charset(number);
	add_text(t, "text/html", charset == SQB__CHARSET_UNKNOWN ? NULL :
	    sqb__charset_name(charset), v->data);
}

/* *to has what *from had, which is not used any more. */
static void move(sqb__buf *to, sqb__buf *from)
{
	bool failed = to->failed || from->failed;

	sqb__buf_clear(to);
	*to = *from;
	to->failed = failed;
}

/* True: some of what the RTF says is in no other form. */
static bool open_rtf(tnef *t)
{
	bool has_text = sqb__buf_len(&t->text) > 0;
	bool has_html = t->message[HTML].type != 0;
	sqb__buf plain;
	sqb__rtf_kind kind;

	if (t->message[RTF].type != SQB__MAPI_BINARY ||
	    !sqb__lzfu_open(t->message[RTF].data, &t->rtf))
		return false;
	sqb__buf_init(&plain, t->allocator, t->rtf.max);
	kind = sqb__rtf_read(sqb__buf_str(&t->rtf), &t->decoders, &plain);
	if (kind == SQB__RTF_HTML && !has_html) {
		move(&t->html, &plain);
	} else if (kind != SQB__RTF_HTML && !has_text) {
		move(&t->text, &plain);
	} else {
		t->rtf.failed |= plain.failed;
		sqb__buf_clear(&plain);
	}
	return kind == SQB__RTF_RICH || kind == SQB__RTF_NONE;
}

static void add_bodies(tnef *t)
{
	const value *text = &t->message[TEXT];
	bool has_rtf, has_html;

	if (is_string(text))
		decode(t, text->type, open_string(text), &t->text);
	has_rtf = open_rtf(t);
	has_html = t->message[HTML].type || sqb__buf_len(&t->html) > 0;
	if (sqb__buf_len(&t->text) > 0 || !has_html)
		add_text(t, "text/plain", "utf-8", sqb__buf_str(&t->text));
	add_html(t);
	t->mixed.n_alternatives = sqb__mixed_n_parts(&t->mixed);
	if (has_rtf && sqb__buf_len(&t->rtf) > 0) {
		add_text(t, "application/rtf", NULL, sqb__buf_str(&t->rtf));
		sqb__mixed_file(&t->mixed, (sqb_str)SQB_STR("message.rtf"));
	}
}

static bool is_token_char(char c)
{
	return sqb__is_digit(c) || sqb__is_letter(c) ||
	    (c != '\0' && strchr("!#$&^_.+-", c));
}

/* type "/" subtype, and not one that has parts. */
static bool is_media_type(sqb_str s)
{
	size_t slash = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '/' && slash == 0 && i > 0)
			slash = i;
		else if (!is_token_char(s.ptr[i]))
			return false;
	}
	return slash > 0 && slash < s.len - 1 && s.len < 128 &&
	    !sqb_str_eq_nocase((sqb_str){ s.ptr, slash },
	    (sqb_str)SQB_STR("multipart"));
}

/* What is attached. An object begins with what kind of object it is. */
static sqb_str file_data(const value *file, bool *is_tnef)
{
	sqb_str object = { NULL, 0 }, inside;

	if (file[OBJECT].data.len > IID)
		object = sqb__str_from(file[OBJECT].data, IID);
	inside = object;
	*is_tnef = sqb__tnef_begin(&inside);
	return *is_tnef || file[DATA].data.len == 0 ? object :
	    file[DATA].data;
}

static void add_file_type(tnef *t, bool is_tnef)
{
	sqb_str tag = line_of(t, &t->file[MIME_TAG]);

	if (is_tnef)
		tag = (sqb_str)SQB_STR("application/ms-tnef");
	else if (!is_media_type(tag))
		tag = (sqb_str)SQB_STR("application/octet-stream");
	sqb__mixed_field(&t->mixed, "Content-Type", tag);
	sqb__mixed_field(&t->mixed, "Content-Transfer-Encoding",
	    (sqb_str)SQB_STR("binary"));
}

static bool is_id(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f || s.ptr[i] == '<' ||
		    s.ptr[i] == '>')
			return false;
	return s.len > 0;
}

static void add_content_id(tnef *t)
{
	sqb_str id;

	clear_line(t);
	sqb__buf_add_char(&t->line, '<');
	add_line(t, &t->file[CONTENT_ID], &t->line);
	sqb__buf_add_char(&t->line, '>');
	id = sqb__buf_str(&t->line);
	if (id.len > 2 && is_id((sqb_str){ id.ptr + 1, id.len - 2 }))
		sqb__mixed_field(&t->mixed, "Content-ID", id);
}

/* All that is known of an attachment is there: it becomes a part. */
static void end_file(tnef *t)
{
	bool is_tnef, has_name = false;
	sqb_str data = file_data(t->file, &is_tnef), name = { NULL, 0 };
	int slot = LONG_NAME;

	for (int i = LONG_NAME; i <= DISPLAY_NAME; i++)
		has_name |= is_string(&t->file[i]);
	if ((data.len > 0 || has_name) && t->n_files < MAX_FILES) {
		t->n_files++;
		sqb__mixed_part(&t->mixed, data);
		add_file_type(t, is_tnef);
		while (name.len == 0 && slot <= DISPLAY_NAME)
			name = line_of(t, &t->file[slot++]);
		sqb__mixed_file(&t->mixed, name);
		add_content_id(t);
	}
	memset(t->file, 0, sizeof(t->file));
}

static void take_file_attribute(tnef *t, const sqb__tnef_attribute *a)
{
	value v = { a->id == ATT_DATA ? SQB__MAPI_BINARY : SQB__MAPI_STRING8,
	    a->data };

	if (a->id == ATT_RENDER_DATA ||
	    (a->id == ATT_DATA && t->file[DATA].type))
		end_file(t);
	if (a->id == ATT_FILE_PROPS)
		set_properties(t->file, file_properties, a->data);
	else
		set(t->file, file_attributes, a->id, v);
}

static void take_message_attribute(tnef *t, const sqb__tnef_attribute *a)
{
	sqb_str in = a->data;
	uint32_t page;

	if (a->id == ATT_CODEPAGE && sqb__tnef_u32(&in, &page))
		t->charset = sqb__codepage_charset(page);
	else if (a->id == ATT_FROM)
		t->from = a->data;
	else if (a->id == ATT_MESSAGE_PROPS)
		set_properties(t->message, message_properties, a->data);
	else
		set(t->message, message_attributes, a->id,
		    (value){ SQB__MAPI_STRING8, a->data });
}

/* The attributes of one level in their order. */
static void walk(tnef *t, sqb_str in, unsigned level,
    void (*take)(tnef *t, const sqb__tnef_attribute *a))
{
	sqb__tnef_attribute a;

	while (sqb__tnef_next(&in, &a))
		if (a.level == level)
			take(t, &a);
}

static bool has_message(const tnef *t)
{
	for (size_t i = 0; i < N_MESSAGE; i++)
		if (t->message[i].type)
			return true;
	return false;
}

bool sqb__tnef_open(sqb_str content, sqb__buf *out)
{
	tnef t;
	bool found;

	if (!sqb__tnef_begin(&content))
		return false;
	tnef_init(&t, content, out);
	walk(&t, content, SQB__TNEF_MESSAGE, take_message_attribute);
	add_field(&t, "Subject", &t.message[SUBJECT]);
	add_from(&t);
	add_date(&t);
	add_field(&t, "X-Message-Class", &t.message[CLASS]);
	add_bodies(&t);
	walk(&t, content, SQB__TNEF_ATTACHMENT, take_file_attribute);
	end_file(&t);
	found = t.n_files > 0 || has_message(&t);
	if (tnef_failed(&t))
		out->failed = true;
	else if (found)
		sqb__mixed_write(&t.mixed, sqb__buf_str(&t.fields), out);
	tnef_clear(&t);
	return found && !out->failed;
}

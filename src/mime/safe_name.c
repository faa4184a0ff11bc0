/*
 * Names to save parts under. The sender's name may be a path, a name that
 * means something to a system, or that of another part: what is made of it
 * is one component that no system takes for more, and unlike all others.
 */
#include "mime/message.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <string.h>

enum {
	MAX_NAME = 200,		/* octets */
	MAX_EXTENSION = 16,	/* of those, with the dot */
	MAX_NUMBER = 12		/* room for "-" and a number */
};

/* What is behind the last slash. */
static sqb_str last_component(const char *name)
{
	const char *last = name;

	for (const char *p = name; *p != '\0'; p++)
		if (*p == '/' || *p == '\\')
			last = p + 1;
	return sqb_str_of(last);
}

static sqb_str trim(sqb_str s)
{
	while (s.len > 0 && s.ptr[0] == ' ')
		s = sqb__str_from(s, 1);
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' ||
	    s.ptr[s.len - 1] == '.'))
		s.len--;
	return s;
}

/* Where the extension of a name begins, with its dot; its end: none. */
static size_t extension_at(sqb_str name)
{
	size_t least = name.len > MAX_EXTENSION ? name.len - MAX_EXTENSION : 1;

	for (size_t i = name.len; i > least; i--)
		if (name.ptr[i - 1] == '.')
			return i - 1;
	return name.len;
}

/* Windows takes a superscript 1, 2 or 3 of Latin 1 for the digit, too. */
static bool is_port(sqb_str s)
{
	return (s.len == 1 && sqb__is_digit(s.ptr[0])) ||
	    (s.len == 2 && s.ptr[0] == '\xc2' && (s.ptr[1] == '\xb9' ||
	    s.ptr[1] == '\xb2' || s.ptr[1] == '\xb3'));
}

/* CON, NUL, COM1 and so on are devices where they have any extension. */
static bool is_device(sqb_str name)
{
	static const char *const names[] = { "con", "prn", "aux", "nul",
		"conin$", "conout$" };
	const char *dot = memchr(name.ptr, '.', name.len);
	sqb_str port = { name.ptr, 3 };

	name.len = dot ? (size_t)(dot - name.ptr) : name.len;
	while (name.len > 0 && name.ptr[name.len - 1] == ' ')
		name.len--;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sqb_str_eq_nocase(name, sqb_str_of(names[i])))
			return true;
	return name.len > 3 && is_port(sqb__str_from(name, 3)) &&
	    (sqb_str_eq_nocase(port, (sqb_str)SQB_STR("com")) ||
	    sqb_str_eq_nocase(port, (sqb_str)SQB_STR("lpt")));
}

static void add_safe(sqb__buf *b, sqb_str name)
{
	sqb_str extension = sqb__str_from(name, extension_at(name));
	size_t at = b->end;

	name.len -= extension.len;
	sqb__buf_add(b, sqb__utf8_cut(name,
	    MAX_NAME - MAX_NUMBER - extension.len));
	sqb__buf_add(b, extension);
	if (b->failed)
		return;
	for (size_t i = at; i < b->end; i++)
		if (memchr(":*?\"<>|", b->data[i], 7))
			b->data[i] = '_';
	if (memchr(".-~", b->data[at], 3))
		b->data[at] = '_';
}

/* What a nameless part of that type ends in. */
static const char *extension_of(const char *type)
{
	static const char *const rows[][2] = {
		{ "text/plain", ".txt" }, { "text/html", ".html" },
		{ "text/calendar", ".ics" }, { "text/csv", ".csv" },
		{ "text/vcard", ".vcf" }, { "text/x-vcard", ".vcf" },
		{ "text/", ".txt" }, { "message/rfc822", ".eml" },
		{ "message/global", ".eml" }, { "message/", ".txt" },
		{ "image/jpeg", ".jpg" }, { "image/png", ".png" },
		{ "image/gif", ".gif" }, { "image/svg+xml", ".svg" },
		{ "image/webp", ".webp" }, { "image/tiff", ".tif" },
		{ "audio/mpeg", ".mp3" }, { "video/mp4", ".mp4" },
		{ "application/pdf", ".pdf" }, { "application/zip", ".zip" },
		{ "application/json", ".json" }, { "application/xml", ".xml" },
		{ "application/rtf", ".rtf" },
		{ "application/pgp-signature", ".asc" },
		{ "application/pkcs7-signature", ".p7s" },
		{ "application/pkcs7-mime", ".p7m" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i][0]);

		if (!strncmp(type, rows[i][0], n) &&
		    (type[n] == '\0' || rows[i][0][n - 1] == '/'))
			return rows[i][1];
	}
	return ".bin";
}

/* "part-2-1.jpg"; of a long path its end. */
static void make_up(sqb_message *m, size_t i, sqb__buf *b)
{
	sqb_str path = sqb_str_of(sqb_part_path(m, i));
	size_t at;

	if (path.len > MAX_NAME / 2)
		path = sqb__str_from(path, path.len - MAX_NAME / 2);
	sqb__buf_add_c(b, "part-");
	at = b->end;
	sqb__buf_add(b, path);
	for (size_t k = at; k < b->end && !b->failed; k++)
		if (b->data[k] == '.')
			b->data[k] = '-';
	sqb__buf_add_c(b, extension_of(sqb_part_media_type(m, i)));
}

/* The name of part i as if it was the only one. */
static void wanted_name(sqb_message *m, size_t i, sqb__buf *b)
{
	sqb_str name = trim(last_component(sqb_part_name(m, i)));

	if (name.len == 0) {
		make_up(m, i, b);
		return;
	}
	if (is_device(name))
		sqb__buf_add_char(b, '_');
	add_safe(b, name);
}

/* A name that is taken, and the number to try next behind it. */
typedef struct slot {
	const char *name;	/* NULL: free */
	uint32_t next;
} slot;

typedef struct names {
	sqb_message *m;
	slot *slots;
	size_t mask;
} names;

static uint32_t hash(sqb_str s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)sqb__lower(s.ptr[i])) * 16777619u;
	return h ^ h >> 15;
}

/* Where name is, or goes. There is always a slot that is free. */
static slot *find(const names *n, sqb_str name)
{
	size_t at = hash(name) & n->mask;

	while (n->slots[at].name && !sqb_str_eq_nocase(name,
	    sqb_str_of(n->slots[at].name)))
		at = (at + 1) & n->mask;
	return &n->slots[at];
}

static void number(sqb__buf *out, sqb_str name, uint32_t n)
{
	size_t at = extension_at(name);

	sqb__buf_reset(out);
	sqb__buf_add(out, (sqb_str){ name.ptr, at });
	sqb__buf_add_char(out, '-');
	sqb__buf_add_uint(out, n);
	sqb__buf_add(out, sqb__str_from(name, at));
}

/*
 * Keeps name, or name-2 and so on where it is taken. A number is passed over
 * at most once for each name that is there, so the whole stays linear.
 */
static const char *keep(names *n, sqb_str name, sqb__buf *other)
{
	slot *first = find(n, name), *s = first;

	while (s->name && !other->failed) {
		number(other, name, first->next++);
		s = find(n, sqb__buf_str(other));
	}
	if (other->failed)
		return NULL;
	s->name = sqb__arena_copy(&n->m->arena,
	    s == first ? name : sqb__buf_str(other));
	s->next = 2;
	return s->name;
}

static bool name_all(names *n)
{
	sqb__buf name, other;
	bool ok = true;

	sqb__buf_init(&name, n->m->allocator, SIZE_MAX / 4);
	sqb__buf_init(&other, n->m->allocator, SIZE_MAX / 4);
	for (size_t i = 0; ok && i < n->m->n_rows; i++) {
		sqb__details *d = sqb__part_details(n->m, i);

		sqb__buf_reset(&name);
		wanted_name(n->m, i, &name);
		if (d && !name.failed)
			d->safe_name = keep(n, sqb__buf_str(&name), &other);
		ok = d && d->safe_name;
	}
	sqb__buf_clear(&name);
	sqb__buf_clear(&other);
	return ok;
}

static bool make_names(sqb_message *m)
{
	const sqb_allocator *a = m->allocator;
	names n = { .m = m };
	size_t cap = 4;
	bool ok;

	while (cap < 2 * m->n_rows)
		cap *= 2;
	n.mask = cap - 1;
	n.slots = a->alloc(a->ctx, cap * sizeof(*n.slots));
	if (!n.slots)
		return false;
	for (size_t i = 0; i < cap; i++)
		n.slots[i] = (slot){ .name = NULL };
	ok = name_all(&n);
	a->free(a->ctx, n.slots);
	return ok;
}

const char *sqb_part_safe_name(sqb_message *m, size_t i)
{
	if (!m->named && !m->growing)
		m->named = make_names(m);
	return m->named ? m->rows[i].details->safe_name : "";
}

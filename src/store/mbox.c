/*
 * mbox: files, RFC 4155 in the form called mboxrd: each message is a From_
 * line, its lines and an empty one, and a line of a message that begins with
 * any number of ">" and "From " gets one ">" more, so that it can be undone.
 */
#include "store/append.h"

#include "base/ascii.h"
#include "base/scan.h"

#include <squab/message.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	ADDRESS_MAX = 100,		/* octets in a From_ line */
	HEADER_MAX = 65536,		/* octets looked at for an address */
	DATE_ROOM = 80
};

static const char nobody[] = "MAILER-DAEMON", from_[] = "From ";

typedef struct mbox {
	sqb_store store;
	sqb__append append;
	bool headed;		/* the message has its From_ line */
	bool cr;		/* as in sqb__copy_lf() */
	bool starts;		/* a line has begun, and is ">"s so far */
	time_t then;		/* when date was */
	char date[DATE_ROOM];	/* as a From_ line has it */
	size_t held;		/* octets of "From " that came last, held back
				   until it is clear what they are */
} mbox;

/* What may be another's message begins "From ", with a time in its line. */
static bool has_time(sqb_str line)
{
	for (size_t i = 1; i + 3 < line.len && line.ptr[i] != '\n'; i++)
		if (line.ptr[i + 1] == ':' && sqb__is_digit(line.ptr[i]) &&
		    sqb__is_digit(line.ptr[i + 2]))
			return true;
	return false;
}

static size_t next_from(sqb_str text, size_t at)
{
	const char *end = text.ptr + text.len, *p = text.ptr + at;

	for (; (p = sqb__find_pair(p, end, 'F', 'r')) != NULL; p++) {
		size_t left = (size_t)(end - p);

		if (left < sizeof(from_) - 1 ||
		    memcmp(p, from_, sizeof(from_) - 1) != 0)
			continue;
		if (p[-1] == '\n' || has_time((sqb_str){ p, left < 200 ?
		    left : 200 }))
			return (size_t)(p - text.ptr);
	}
	return SIZE_MAX;
}

/* The last digit of "hh:mm:ss yyyy\n". */
static void other_second(char *head, size_t n)
{
	char *digit = head + n - sizeof("s yyyy");

	*digit = *digit == '9' ? '0' : (char)(*digit + 1);
}

static const sqb__append_kind mbox_kind = { "From ", "\n\n",
	"is no mbox file", next_from, other_second };

static int open_mbox(sqb_store *s)
{
	return sqb__append_open(&((mbox *)s)->append, s, &mbox_kind);
}

static void close_mbox(sqb_store *s)
{
	sqb__append_close(&((mbox *)s)->append);
}

static int find(sqb_store *s, const sqb_store_id *ids, size_t n, bool *there)
{
	return sqb__append_find(&((mbox *)s)->append, ids, n, there);
}

static int begin(sqb_store *s, sqb_str uidl)
{
	mbox *m = (mbox *)s;

	(void)uidl;
	m->headed = m->cr = false;
	m->starts = true;
	m->held = 0;
	sqb__append_begin(&m->append);
	return SQB_OK;
}

/* True where the line is empty, whatever ends it. */
static bool is_empty_line(sqb_str text)
{
	return text.ptr[0] == '\n' ||
	    (text.len > 1 && text.ptr[0] == '\r' && text.ptr[1] == '\n');
}

/* The next field, folded as it is. False: the header ends here, or text. */
static bool next_field(sqb_str *text, sqb_str *field)
{
	*field = (sqb_str){ text->ptr, 0 };
	if (text->len == 0 || is_empty_line(*text))
		return false;
	do {
		size_t n = sqb__line_len(*text);

		field->len += n;
		*text = sqb__str_from(*text, n);
	} while (text->len > 0 && sqb__is_blank(text->ptr[0]));
	return true;
}

/* Keeps what follows the name of the first such field. */
static void keep_field(sqb_str field, sqb_str name, sqb_str *kept)
{
	if (!kept->ptr && field.len > name.len && sqb_str_eq_nocase(
	    (sqb_str){ field.ptr, name.len }, name))
		*kept = sqb__str_from(field, name.len);
}

static bool is_plain(sqb_str address)
{
	for (size_t i = 0; i < address.len; i++)
		if (address.ptr[i] <= ' ' || address.ptr[i] > '~')
			return false;
	return address.len > 0 && address.len < ADDRESS_MAX;
}

/* Words, or one quoted string and nothing escaped in it. */
static bool is_name(sqb_str s)
{
	size_t quotes = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '(' || s.ptr[i] == '\\')
			return false;
		quotes += s.ptr[i] == '"';
	}
	return quotes == 0 || quotes == 2;
}

/* "Ann <a@b.c>" and the like, which is what nearly all have. */
static bool read_simple(sqb_str field, char out[ADDRESS_MAX])
{
	const char *open = memchr(field.ptr, '<', field.len);
	const char *end = field.ptr + field.len, *close;
	sqb_str address;

	close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
	if (!close || !is_name((sqb_str){ field.ptr,
	    (size_t)(open - field.ptr) }) ||
	    memchr(open, '"', (size_t)(end - open)) ||
	    memchr(open + 1, '<', (size_t)(end - open) - 1))
		return false;
	address = (sqb_str){ open + 1, (size_t)(close - open) - 1 };
	if (!is_plain(address) || memchr(address.ptr, ',', address.len) ||
	    memchr(address.ptr, ':', address.len))
		return false;
	memcpy(out, address.ptr, address.len);
	out[address.len] = '\0';
	return true;
}

static void read_address(sqb_str field, char out[ADDRESS_MAX])
{
	const sqb_addresses_options one = { .size = sizeof(one),
		.max_items = 1 };
	sqb_addresses *list;

	if (read_simple(field, out) ||
	    sqb_addresses_parse(&list, field, &one, NULL) != SQB_OK)
		return;
	if (list->n_items > 0 && is_plain(list->items[0].address))
		snprintf(out, ADDRESS_MAX, "%s", list->items[0].address.ptr);
	sqb_addresses_free(list);
}

/* Who sent it, as far as text says. False: more of the header may. */
static bool find_sender(sqb_str text, char out[ADDRESS_MAX])
{
	static const sqb_str path = SQB_STR("Return-Path:"),
	    from = SQB_STR("From:");
	sqb_str field, from_path = { NULL, 0 }, from_field = { NULL, 0 };

	memcpy(out, nobody, sizeof(nobody));
	while (next_field(&text, &field)) {
		keep_field(field, path, &from_path);
		keep_field(field, from, &from_field);
	}
	if (from_path.ptr || from_field.ptr)
		read_address(from_path.ptr ? from_path : from_field, out);
	return text.len > 0;
}

/* As asctime(3) does, in English and UTC; once a second. */
static const char *date_of(mbox *m)
{
	static const char days[] = "SunMonTueWedThuFriSat",
	    months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = time(NULL);
	struct tm t;

	if (m->date[0] != '\0' && m->then == now)
		return m->date;
	m->then = now;
	gmtime_r(&now, &t);
	snprintf(m->date, sizeof(m->date), "%.3s %.3s %2d %02d:%02d:%02d %04d",
	    days + 3 * t.tm_wday, months + 3 * t.tm_mon, t.tm_mday,
	    t.tm_hour, t.tm_min, t.tm_sec, t.tm_year + 1900);
	return m->date;
}

static sqb_str make_head(mbox *m, const char *sender)
{
	sqb__record *r = &m->append.records[m->store.n_ended];
	int n = snprintf(r->head, sizeof(r->head), "From %s %.40s\n", sender,
	    date_of(m));

	r->n_head = (size_t)n;
	m->headed = true;
	return (sqb_str){ r->head, r->n_head };
}

/* Ahead of the message, where its header comes in one piece, as most do. */
static bool put_head(mbox *m, sqb_str piece)
{
	char sender[ADDRESS_MAX];

	return !find_sender(piece, sender) ||
	    sqb__spool_put(&m->append.spool, make_head(m, sender));
}

/* The message, still all in memory, gets its From_ line. */
static void add_head(mbox *m)
{
	sqb__spool *spool = &m->append.spool;
	const sqb__record *r = &m->append.records[m->store.n_ended];
	char sender[ADDRESS_MAX];
	sqb_str text = { spool->room + r->at, spool->len - (size_t)r->at };

	if (text.len > HEADER_MAX)
		text.len = HEADER_MAX;
	(void)find_sender(text, sender);
	sqb__spool_insert(spool, r->at, make_head(m, sender));
}

static bool put(mbox *m, sqb_str text)
{
	return sqb__spool_put_lf(&m->append.spool, text, &m->cr);
}

static bool put_c(mbox *m, const char *text, size_t n)
{
	return put(m, (sqb_str){ text, n });
}

/* Goes on with a "From " that was cut. */
static bool settle_held(mbox *m, sqb_str *in)
{
	while (m->held > 0 && m->held < sizeof(from_) - 1 && in->len > 0 &&
	    in->ptr[0] == from_[m->held]) {
		m->held++;
		*in = sqb__str_from(*in, 1);
	}
	if (m->held == 0 || (in->len == 0 && m->held < sizeof(from_) - 1))
		return true;
	if (m->held == sizeof(from_) - 1 && !put_c(m, ">", 1))
		return false;
	m->starts = false;
	if (!put_c(m, from_, m->held))
		return false;
	m->held = 0;
	return true;
}

/* True: only ">"s stand between the beginning of a line and p. */
static bool is_start(const mbox *m, sqb_str in, const char *p)
{
	while (p > in.ptr && p[-1] == '>')
		p--;
	return p > in.ptr ? p[-1] == '\n' : m->starts;
}

/* Copies in, and puts ">" before "From " where a line begins so. */
static bool quote(mbox *m, sqb_str in)
{
	const char *end = in.ptr + in.len, *from = in.ptr, *p = in.ptr;

	while ((p = sqb__find_pair(p, end, 'F', 'r')) != NULL) {
		size_t left = (size_t)(end - p), n = sizeof(from_) - 1;

		if (memcmp(p, from_, left < n ? left : n) != 0 ||
		    !is_start(m, in, p)) {
			p++;
			continue;
		}
		if (!put_c(m, from, (size_t)(p - from)))
			return false;
		if (left < n) {
			m->held = left;
			m->starts = true;
			return true;
		}
		if (!put_c(m, ">", 1))
			return false;
		from = p++;
	}
	if (!put_c(m, from, (size_t)(end - from)))
		return false;
	m->starts = is_start(m, in, end);
	return true;
}

static int write_mbox(sqb_store *s, sqb_str in)
{
	mbox *m = (mbox *)s;
	const sqb__spool *spool = &m->append.spool;
	uint64_t at = m->append.records[s->n_ended].at;

	if (sqb__spool_len(spool) == at && m->held == 0 && !m->cr &&
	    !put_head(m, in.len < HEADER_MAX ? in :
	    (sqb_str){ in.ptr, HEADER_MAX }))
		return sqb__store_fail(s, "write");
	while (in.len > 0) {
		sqb_str part = { in.ptr, in.len < HEADER_MAX ? in.len :
			HEADER_MAX };

		in = sqb__str_from(in, part.len);
		if (!m->headed && sqb__spool_len(spool) - at > HEADER_MAX)
			add_head(m);
		if (!settle_held(m, &part) ||
		    (part.len > 0 && !quote(m, part)))
			return sqb__store_fail(s, "write");
	}
	return SQB_OK;
}

/* The last line gets its end, and an empty one follows. */
static int end(sqb_store *s)
{
	mbox *m = (mbox *)s;
	sqb__spool *spool = &m->append.spool;
	static const sqb_str cr = SQB_STR("\r"), lf = SQB_STR("\n");

	if (!m->headed)
		add_head(m);
	if (!put_c(m, from_, m->held) ||
	    (m->cr && !sqb__spool_put(spool, cr)) ||
	    (sqb__spool_last(spool) != '\n' && !sqb__spool_put(spool, lf)) ||
	    !sqb__spool_put(spool, lf))
		return sqb__store_fail(s, "write");
	return sqb__append_end(&m->append,
	    m->append.records[s->n_ended].n_head);
}

static void drop(sqb_store *s)
{
	sqb__append_drop(&((mbox *)s)->append);
}

static int publish(sqb_store *s, int *codes)
{
	(void)codes;
	return sqb__append_publish(&((mbox *)s)->append);
}

static bool is_full(const sqb_store *s)
{
	return sqb__spool_is_full(&((const mbox *)s)->append.spool);
}

const sqb__store_ops sqb__store_mbox = { "mbox:", sizeof(mbox), open_mbox,
	close_mbox, find, begin, write_mbox, end, drop, publish, is_full };

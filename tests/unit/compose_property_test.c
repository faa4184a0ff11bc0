/*
 * Random messages are written and read again: all is equal, nothing is wrong
 * with them, and each line is as the way allows it.
 *
 * COMPOSE_SEED and COMPOSE_ROUNDS in the environment go on from elsewhere.
 */
#include "exact.h"

#include "compose_random.h"

#include "base/ascii.h"

#include <stdio.h>

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 10) : otherwise;
}

/* Where it went wrong, so that it can be made again. */
static uint64_t at_seed;

#define CHECK(what) do { \
	if (!(what)) \
		fail_msg("COMPOSE_SEED=%llu: %s", \
		    (unsigned long long)at_seed, #what); \
} while (0)

static void check_eq(sqb_str got, sqb_str want, const char *what)
{
	if (!sqb_str_eq(got, want))
		fail_msg("COMPOSE_SEED=%llu: %s is \"%.*s\" and not \"%.*s\"",
		    (unsigned long long)at_seed, what, (int)got.len, got.ptr,
		    (int)want.len, want.ptr);
}

static bool has(sqb_str s, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= s.len; i++)
		if (memcmp(s.ptr + i, what, n) == 0)
			return true;
	return false;
}

/* A line over 78 octets is one word, perhaps behind a name. */
static bool is_breakable(sqb_str line)
{
	const char *blank;

	if (line.ptr[0] == ' ')
		line = sqb__str_from(line, 1);
	blank = memchr(line.ptr, ' ', line.len);
	if (!blank)
		return false;
	return blank[-1] != ':' || memchr(blank + 1, ' ',
	    line.len - (size_t)(blank + 1 - line.ptr));
}

static void check_header_line(sqb_str line)
{
	bool blank = true;

	for (size_t i = 0; i < line.len; i++)
		blank = blank && sqb__is_blank(line.ptr[i]);
	CHECK(!blank);
	CHECK(line.len <= 78 || !is_breakable(line));
	CHECK(line.len <= 76 || !has(line, "=?UTF-8?"));
}

static void check_lines(sqb_str all, size_t header_len, unsigned needs)
{
	bool binary = needs & SQB_COMPOSE_BINARY;
	bool high = needs & (SQB_COMPOSE_8BIT | SQB_COMPOSE_UTF8);
	sqb_str rest = all;

	CHECK(all.len > 1 && all.ptr[all.len - 1] == '\n');
	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t n = (size_t)(end - rest.ptr);
		sqb_str line = { rest.ptr, n > 0 ? n - 1 : 0 };

		if ((size_t)(rest.ptr - all.ptr) + 2 < header_len)
			check_header_line(line);
		rest = sqb__str_from(rest, n + 1);
		if (binary)
			continue;
		CHECK(n > 0 && end[-1] == '\r');
		CHECK(line.len <= 998);
		CHECK(!line.len || (!memchr(line.ptr, '\r', line.len) &&
		    !memchr(line.ptr, '\0', line.len)));
		for (size_t i = 0; i < line.len && !high; i++)
			CHECK((unsigned char)line.ptr[i] < 0x80);
	}
}

static void check_addresses(sqb_message *m, const char *field,
    const random_addresses *want)
{
	sqb_addresses_options o = { .size = sizeof(o), .strict = true };
	sqb_str raw = sqb_message_raw(m, field, 0);
	sqb_addresses *got;
	size_t n = 0, n_empty = 0;

	CHECK(sqb_message_raw(m, field, 1).len == 0);
	CHECK((raw.len > 0) == (want->n > 0));
	if (raw.len == 0)
		return;
	CHECK(sqb_addresses_parse(&got, raw, &o, NULL) == SQB_OK);
	CHECK(!(got->defects & ~(unsigned)SQB_ADDRESS_NAME_AT));
	for (size_t i = 0; i < want->n; i++) {
		const random_address *w = &want->items[i];
		sqb_str group = SQB_STR("");

		if (w->address.len == 0) {
			n_empty++;
			continue;
		}
		CHECK(n < got->n_items);
		if (got->items[n].group > 0)
			group = got->groups[got->items[n].group - 1].name;
		check_eq(got->items[n].name, w->name, field);
		check_eq(got->items[n].address, w->address, field);
		check_eq(group, w->group, field);
		n++;
	}
	CHECK(n == got->n_items);
	for (size_t i = 0; i < got->n_groups; i++)
		n_empty -= got->groups[i].n_items == 0;
	CHECK(n_empty == 0);
	sqb_addresses_free(got);
}

static void check_text_field(sqb_message *m, const char *name, sqb_str want)
{
	CHECK((sqb_message_raw(m, name, 0).ptr != NULL) == (want.ptr != NULL));
	if (want.ptr)
		check_eq(sqb_str_of(sqb_message_field(m, name, 0)), want,
		    name);
}

static void check_fields(sqb_message *m, const random_message *r)
{
	sqb_msgids *ids;
	sqb_date date;

	check_addresses(m, "From", &r->from);
	check_addresses(m, "Sender", &r->sender);
	check_addresses(m, "Reply-To", &r->reply_to);
	check_addresses(m, "To", &r->to);
	check_addresses(m, "Cc", &r->cc);
	CHECK(sqb_message_raw(m, "Bcc", 0).len == 0);
	check_text_field(m, "Subject", r->subject);
	check_text_field(m, "Comments", r->comments);
	CHECK(sqb_date_parse(&date, sqb_message_raw(m, "Date", 0)) == SQB_OK);
	CHECK(date.utc == r->date && date.zone == r->zone && !date.odd);
	CHECK(sqb_msgids_parse(&ids, sqb_message_raw(m, "Message-ID", 0),
	    NULL) == SQB_OK);
	CHECK(ids->n_items == 1 && ids->items[0].defects == 0);
	if (r->message_id.ptr)
		check_eq(ids->items[0].id, r->message_id, "Message-ID");
	sqb_msgids_free(ids);
	CHECK(sqb_msgids_parse(&ids, sqb_message_raw(m, "References", 0),
	    NULL) == SQB_OK);
	CHECK(ids->n_items == r->n_references);
	for (size_t i = 0; i < r->n_references; i++)
		check_eq(ids->items[i].id, r->references[i], "References");
	sqb_msgids_free(ids);
}

/* Where the walk through the parts is: the next row. */
typedef struct walk {
	sqb_message *m;
	size_t row;
} walk;

static const sqb_part *next_part(walk *w, const char *type)
{
	CHECK(w->row < sqb_message_n_parts(w->m));
	if (strcmp(sqb_part_media_type(w->m, w->row), type) != 0)
		fail_msg("COMPOSE_SEED=%llu: part %zu is %s, not %s",
		    (unsigned long long)at_seed, w->row,
		    sqb_part_media_type(w->m, w->row), type);
	return sqb_message_part(w->m, w->row++);
}

static void check_content(walk *w, size_t row, sqb_str want)
{
	sqb_str got;

	CHECK(sqb_part_content(w->m, row, &got) == SQB_OK);
	check_eq(got, want, sqb_part_media_type(w->m, row));
}

static void check_body(walk *w, const char *type, sqb_str want)
{
	sqb_text text;

	next_part(w, type);
	check_content(w, w->row - 1, want);
	CHECK(sqb_part_text(w->m, w->row - 1, &text) == SQB_OK);
	CHECK(!text.guessed && !text.problem);
	CHECK(sqb_part_disposition(w->m, w->row - 1)[0] == '\0');
}

static void check_message_part(walk *w, const random_part *p)
{
	const char *type = sqb_part_media_type(w->m, w->row);
	const sqb_part *part;

	CHECK(strcmp(type, "message/rfc822") == 0 ||
	    strcmp(type, "message/global") == 0);
	part = sqb_message_part(w->m, w->row);
	if (part->flags & SQB_PART_OPAQUE)
		check_content(w, w->row, p->want);
	else
		check_eq((sqb_str){ sqb_message_bytes(w->m).ptr + part->body,
		    (size_t)(part->end - part->body) }, p->want, type);
	w->row = part->next;
}

static void check_part(walk *w, const random_part *p)
{
	const char *id;

	if (p->is_message) {
		check_message_part(w, p);
		return;
	}
	id = sqb_part_field(w->m, w->row, "Content-ID", 0);
	check_eq(sqb_str_of(sqb_part_name(w->m, w->row)), p->name, "name");
	check_eq(sqb_str_of(sqb_part_field(w->m, w->row,
	    "Content-Description", 0)), p->description, "description");
	CHECK((id[0] != '\0') == (p->content_id != NULL));
	CHECK(!p->content_id || (strlen(id) > 2 && strncmp(id + 1,
	    p->content_id, strlen(id) - 2) == 0));
	CHECK(strcmp(sqb_part_disposition(w->m, w->row),
	    p->content_id ? "inline" : "attachment") == 0);
	next_part(w, p->type);
	check_content(w, w->row - 1, p->want);
}

static size_t n_shown(const random_message *r, bool shown)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_parts; i++)
		n += (r->html.ptr && r->parts[i].content_id) == shown;
	return n;
}

static void check_parts(walk *w, const random_message *r, bool shown)
{
	for (size_t i = 0; i < r->n_parts; i++)
		if ((r->html.ptr && r->parts[i].content_id) == shown)
			check_part(w, &r->parts[i]);
}

static void check_tree(sqb_message *m, const random_message *r)
{
	bool text = r->text.ptr || r->text_made, html = r->html.ptr;
	bool calendar = r->calendar.ptr;
	walk w = { m, 0 };

	if (!html && !calendar && r->n_parts == 0)
		text = true;
	if (n_shown(r, false) > 0)
		next_part(&w, "multipart/mixed");
	if (text + html + calendar > 1)
		next_part(&w, "multipart/alternative");
	if (r->text_made)
		next_part(&w, "text/plain");
	else if (text)
		check_body(&w, "text/plain", r->text);
	if (html && n_shown(r, true) > 0)
		next_part(&w, "multipart/related");
	if (html)
		check_body(&w, "text/html", r->html);
	check_parts(&w, r, true);
	if (calendar)
		check_body(&w, "text/calendar", r->calendar);
	check_parts(&w, r, false);
	CHECK(w.row == sqb_message_n_parts(m));
}

static void check_no_defects(sqb_message *m)
{
	size_t n;
	const sqb_defect *d = sqb_message_defects(m, &n);

	if (n > 0)
		fail_msg("COMPOSE_SEED=%llu: part %u: %s",
		    (unsigned long long)at_seed, d->part,
		    sqb_defect_text((sqb_defect_code)d->code));
}

static void check_message(const random_message *r, sqb_str bytes,
    unsigned allowed)
{
	sqb_message *m = sqb_message_parse(bytes, NULL);
	unsigned needs = sqb_compose_needs(r->c);

	CHECK(m);
	CHECK(!(needs & ~allowed));
	CHECK(!!(needs & SQB_COMPOSE_UTF8) == r->needs_utf8);
	CHECK(r->once || bytes.len == sqb_compose_size(r->c));
	CHECK(!r->once || sqb_compose_size(r->c) == UINT64_MAX);
	CHECK(!has(bytes, RANDOM_BCC));
	check_lines(bytes, sqb_message_header(m).len, needs);
	check_fields(m, r);
	check_tree(m, r);
	check_no_defects(m);
	sqb_message_free(m);
}

static void add_paths(const random_addresses *list, size_t *n, sqb_str *all)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].address.len > 0)
			all[(*n)++] = list->items[i].address;
}

static bool is_in(sqb_str path, const sqb_str *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sqb_str_eq_nocase(path, all[i]))
			return true;
	return false;
}

/* Everybody once; of addresses with UTF-8 only the number is looked at. */
static void check_envelope(const random_message *r)
{
	sqb_str all[3 * RANDOM_ADDRESSES];
	sqb_envelope e;
	size_t n = 0;

	add_paths(&r->to, &n, all);
	add_paths(&r->cc, &n, all);
	add_paths(&r->bcc, &n, all);
	CHECK(sqb_compose_envelope(r->c, &e) == SQB_OK);
	CHECK(e.from.len > 0);
	if (r->needs_utf8)
		return;
	check_eq(e.from, r->sender.n > 0 ? r->sender.items[0].address :
	    r->from.items[0].address, "from");
	for (size_t i = 0; i < n; i++)
		CHECK(is_in(all[i], e.recipients, e.n_recipients));
	for (size_t i = 0; i < e.n_recipients; i++) {
		CHECK(is_in(e.recipients[i], all, n));
		CHECK(!is_in(e.recipients[i], e.recipients, i));
	}
}

static void check_way(random_message *r, unsigned allowed)
{
	sqb_str bytes = { NULL, 0 };
	int code = sqb_compose_bytes(r->c, allowed, &bytes);
	sqb_str copy;

	if (code != SQB_OK)
		fail_msg("COMPOSE_SEED=%llu: %s",
		    (unsigned long long)at_seed,
		    sqb_compose_error(r->c)->text);
	copy = exact(bytes);
	check_message(r, copy, allowed);
	exact_free(copy);
}

static void test_there_and_back(void **state)
{
	static const unsigned ways[] = { 0, SQB_COMPOSE_8BIT,
	    SQB_COMPOSE_8BIT | SQB_COMPOSE_BINARY };
	uint64_t seed = number("COMPOSE_SEED", 1);
	uint64_t rounds = number("COMPOSE_ROUNDS", 2000);

	(void)state;
	print_message("# COMPOSE_SEED=%llu, %llu rounds\n",
	    (unsigned long long)seed, (unsigned long long)rounds);
	for (uint64_t i = 0; i < rounds; i++) {
		unsigned utf8 = (seed + i) % 4 == 3 ? SQB_COMPOSE_UTF8 : 0;
		random_message r;
		uint64_t state_of;

		at_seed = seed + i;
		state_of = at_seed * 4;
		random_message_new(&r, &state_of, utf8, NULL);
		if (r.code != SQB_OK)
			fail_msg("COMPOSE_SEED=%llu: %s",
			    (unsigned long long)at_seed,
			    sqb_compose_error(r.c)->text);
		for (size_t k = 0; k < ARRAY_LEN(ways); k++)
			if (!r.once || k == at_seed % ARRAY_LEN(ways))
				check_way(&r, ways[k] | utf8);
		check_envelope(&r);
		random_message_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests_name("compose_property", tests, NULL,
	    NULL);
}

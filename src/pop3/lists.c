/* STAT, LIST, UIDL (RFC 1939, sections 5 and 7) and LAST (RFC 1225). */
#include "pop3/pop3.h"

#include "base/ascii.h"

enum {
	MAX_UIDL = 1024,		/* octets; RFC 1939 has 70 */
	UIDL_ROW = 1024			/* octets a row may have on average */
};

/* nn SP mm: a drop listing or a scan listing; what follows is ignored. */
static bool parse_pair(sqb_str s, uint32_t *number, uint64_t *octets)
{
	uint64_t n;

	if (!sqb__parse_uint(sqb__next_word(&s), UINT32_MAX, &n))
		return false;
	*number = (uint32_t)n;
	return sqb__parse_uint(sqb__next_word(&s), INT64_MAX, octets);
}

void sqb__pop3_on_stat(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	(void)x;
	if (!ok)
		return;
	if (!parse_pair(sqb__buf_str(&p->status), &p->count, &p->size)) {
		p->count = 0;
		p->size = 0;
		p->bad_data = true;
		return;
	}
	p->stat_known = true;
	p->stat_count = p->count;
}

/* STAT leaves out what is marked, which is counted again from here on. */
void sqb__pop3_on_rset(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	(void)x;
	if (ok)
		p->stat_known = false;
}

void sqb__pop3_on_last(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	sqb_str text = sqb__buf_str(&p->status);
	uint64_t n = 0;

	(void)x;
	if (ok && !sqb__parse_uint(sqb__next_word(&text), UINT32_MAX, &n))
		p->bad_data = true;
	p->count = (uint32_t)n;
}

void sqb__pop3_on_list_row(sqb_pop3 *p, sqb__pop3_exchange *x, sqb_str row)
{
	uint32_t number;
	uint64_t octets;
	sqb_pop3_event *ev;

	if (!parse_pair(row, &number, &octets) || number == 0) {
		p->bad_data = true;
		return;
	}
	if (x->canceled)
		return;
	ev = sqb__pop3_emit(p, x, SQB_POP3_ROW);
	ev->number = number;
	ev->octets = octets;
	ev->text = row;
}

static bool good_uidl(sqb_str id)
{
	if (id.len > MAX_UIDL)
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (sqb__is_control(id.ptr[i]))
			return false;
	return true;
}

/* Servers put more than one space before the id, or after it. */
void sqb__pop3_on_uidl_row(sqb_pop3 *p, sqb__pop3_exchange *x, sqb_str row)
{
	uint64_t number;
	sqb_pop3_event *ev;

	if (!sqb__parse_uint(sqb__next_word(&row), UINT32_MAX, &number) ||
	    number == 0 || !good_uidl(row)) {
		p->bad_data = true;
		return;
	}
	while (row.len > 0 && sqb__is_blank(row.ptr[0]))
		row = sqb__str_from(row, 1);
	while (row.len > 0 && sqb__is_blank(row.ptr[row.len - 1]))
		row.len--;
	if (x->canceled)
		return;
	ev = sqb__pop3_emit(p, x, SQB_POP3_ROW);
	ev->number = (uint32_t)number;
	ev->text = row;
}

/* With a number the row is in the status line. */
void sqb__pop3_on_list(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	if (!ok || x->number == 0)
		return;
	sqb__pop3_on_list_row(p, x, sqb__buf_str(&p->status));
	p->count = p->bad_data ? 0 : 1;
}

/*
 * Not announced, UIDL may still work: a plain yes or no settles it, once we
 * are logged in. A number may be refused for its own sake.
 */
void sqb__pop3_on_uidl(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	if (ok)
		p->caps.uidl = SQB_POP3_YES;
	else if (x->number == 0 && p->caps.uidl == SQB_POP3_UNTOLD &&
	    p->state == SQB_POP3_TRANSACTION &&
	    p->resp == SQB_POP3_RESP_NONE)
		p->caps.uidl = SQB_POP3_NO;
	if (!ok || x->number == 0)
		return;
	sqb__pop3_on_uidl_row(p, x, sqb__buf_str(&p->status));
	p->count = p->bad_data ? 0 : 1;
}

static bool is_capa(const sqb__pop3_exchange *x)
{
	return x->kind == SQB_POP3_CAPA || x->kind == X_OWN_CAPA ||
	    x->kind == SQB_POP3_LANG;
}

uint32_t sqb__pop3_max_rows(const sqb_pop3 *p, const sqb__pop3_exchange *x)
{
	if (is_capa(x))
		return p->options.max_capa;
	return p->stat_known && p->stat_count < p->options.max_list ?
	    p->stat_count : p->options.max_list;
}

uint64_t sqb__pop3_max_list_bytes(const sqb_pop3 *p)
{
	uint64_t by_count = p->stat_known ?
	    (uint64_t)p->stat_count * UIDL_ROW : 0;

	return by_count > p->options.max_list_bytes ? by_count :
	    p->options.max_list_bytes;
}

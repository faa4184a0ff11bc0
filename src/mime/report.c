/*
 * Reports: delivery status (RFC 3464, RFC 6533), disposition (RFC 8098) and
 * feedback (RFC 5965). Their fields are those of a header, in groups that an
 * empty line ends, so each group is read as the header of a message.
 */
#include <squab/report.h>

#include "base/ascii.h"
#include "mime/header.h"
#include "mime/message.h"

#include <string.h>

enum { MAX_GROUPS = 1000 };

/* A report, and what it is made of. */
struct sqb__report {
	sqb_report report;
	sqb_message *groups[MAX_GROUPS];
	sqb_report_recipient recipients[MAX_GROUPS];
};

static sqb_report_kind kind_of(const char *type)
{
	static const struct {
		const char *type;
		sqb_report_kind kind;
	} types[] = {
		{ "message/delivery-status", SQB_REPORT_DELIVERY },
		{ "message/global-delivery-status", SQB_REPORT_DELIVERY },
		{ "message/disposition-notification",
		    SQB_REPORT_DISPOSITION },
		{ "message/global-disposition-notification",
		    SQB_REPORT_DISPOSITION },
		{ "message/feedback-report", SQB_REPORT_ABUSE },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(type, types[i].type))
			return types[i].kind;
	return (sqb_report_kind)0;
}

static bool is_header(const char *type)
{
	return !strcmp(type, "text/rfc822-headers") ||
	    !strcmp(type, "message/global-headers");
}

/* Behind "rfc822;", "dns;", "smtp;": the type is said where it is asked. */
static const char *without_type(const char *s)
{
	const char *semicolon = strchr(s, ';');

	if (!semicolon)
		return s;
	for (s = semicolon + 1; *s == ' '; s++)
		;
	return s;
}

/* A word in lower case. NULL: memory is short. */
static const char *lower(sqb_message *m, sqb_str s)
{
	char *copy = sqb__arena_copy(&m->arena, s);

	for (size_t i = 0; copy && i < s.len; i++)
		copy[i] = sqb__lower(copy[i]);
	return copy ? copy : "";
}

static void read_recipient(sqb_message *m, sqb_message *group,
    sqb_report_recipient *r)
{
	*r = (sqb_report_recipient){
	    .final = without_type(sqb_message_field(group,
		"Final-Recipient", 0)),
	    .original = without_type(sqb_message_field(group,
		"Original-Recipient", 0)),
	    .action = lower(m, sqb_str_of(sqb_message_field(group, "Action",
		0))),
	    .status = sqb_message_field(group, "Status", 0),
	    .remote_mta = without_type(sqb_message_field(group, "Remote-MTA",
		0)),
	    .diagnostic = without_type(sqb_message_field(group,
		"Diagnostic-Code", 0)) };
}

/* The fields at the front of *s, which goes on behind them. */
static sqb_str take_group(sqb_str *s)
{
	sqb__header_walk w;
	sqb_str group;
	sqb__field f;

	while (s->len > 0 && sqb__is_eol(s->ptr[0]))
		*s = sqb__str_from(*s, 1);
	w = sqb__header_begin(*s);
	while (w.rest.len > 0 &&
	    sqb__header_step(&w, &f) != SQB__HEADER_EMPTY)
		;
	group = (sqb_str){ s->ptr, s->len - w.rest.len };
	*s = w.rest;
	return group;
}

/* False: memory is short. */
static bool read_groups(sqb_message *m, struct sqb__report *r, sqb_str s)
{
	sqb_message_options limits = m->limits;
	sqb_str fields;

	limits.allocator = m->allocator;
	while (r->report.n_groups < MAX_GROUPS &&
	    (fields = take_group(&s)).len > 0) {
		sqb_message *group = sqb_message_parse(fields, &limits);

		if (!group)
			return false;
		r->groups[r->report.n_groups++] = group;
	}
	return true;
}

/* disposition-mode ";" disposition-type ["/" modifier], RFC 8098, 3.2.6 */
static const char *disposition(sqb_message *m, sqb_message *group)
{
	sqb_str s = sqb_str_of(without_type(sqb_message_field(group,
	    "Disposition", 0)));
	const char *slash = memchr(s.ptr, '/', s.len);

	if (slash)
		s.len = (size_t)(slash - s.ptr);
	return lower(m, s);
}

static const char *id_in(sqb_message *m, const char *text)
{
	const char *id = sqb__arena_copy(&m->arena,
	    sqb__bare_id(sqb_str_of(text)));

	return id ? id : "";
}

/* The id in a header that came back without its message. */
static const char *id_in_header(sqb_message *m, size_t i)
{
	const char *id = "";
	sqb_message *header;
	sqb_str content;

	if (sqb_part_content(m, i, &content) != SQB_OK)
		return id;
	header = sqb_message_parse(content, &(sqb_message_options){
	    .size = sizeof(sqb_message_options), .allocator = m->allocator });
	if (header)
		id = id_in(m, sqb_message_field(header, "Message-ID", 0));
	sqb_message_free(header);
	return id;
}

static const char *message_id(sqb_message *m, const sqb_report *r)
{
	const sqb_part *p = sqb_message_part(m, r->returned);
	sqb_message *inner;
	const char *said = r->n_groups == 0 ? "" : sqb_message_field(
	    r->groups[0], "Original-Message-ID", 0);

	if (said[0] != '\0' || r->returned == 0)
		return id_in(m, said);
	if (p->type != SQB_PART_MESSAGE)
		return id_in_header(m, r->returned);
	if (p->next > r->returned + 1)
		return id_in(m, sqb_part_field(m, r->returned + 1,
		    "Message-ID", 0));
	inner = sqb_part_inner(m, r->returned, NULL);
	return inner ? id_in(m, sqb_message_field(inner, "Message-ID", 0)) :
	    "";
}

/* What a report of that kind says; its groups are there. */
static void read_kind(sqb_message *m, struct sqb__report *r)
{
	sqb_report *report = &r->report;
	sqb_message *first = report->n_groups > 0 ? r->groups[0] : NULL;

	report->disposition = report->feedback = "";
	if (report->kind == SQB_REPORT_DELIVERY)
		for (size_t i = 1; i < report->n_groups; i++)
			read_recipient(m, r->groups[i],
			    &r->recipients[report->n_recipients++]);
	else if (first && report->kind == SQB_REPORT_DISPOSITION)
		report->disposition = disposition(m, first);
	else if (first)
		report->feedback = lower(m, sqb_str_of(sqb_message_field(first,
		    "Feedback-Type", 0)));
}

static struct sqb__report *make(sqb_message *m, const sqb_report *found)
{
	const sqb_allocator *a = m->allocator;
	struct sqb__report *r = a->alloc(a->ctx, sizeof(*r));
	sqb_str content;

	if (!r)
		return NULL;
	r->report = *found;
	r->report.groups = r->groups;
	r->report.recipients = r->recipients;
	if (sqb_part_content(m, found->part, &content) == SQB_OK &&
	    read_groups(m, r, content)) {
		read_kind(m, r);
		r->report.message_id = message_id(m, &r->report);
		return r;
	}
	sqb__report_free(m, r);
	return NULL;
}

void sqb__report_free(sqb_message *m, struct sqb__report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->report.n_groups; i++)
		sqb_message_free(r->groups[i]);
	m->allocator->free(m->allocator->ctx, r);
}

/* Where it is, and what came back with it. False: there is no report. */
static bool find(sqb_message *m, size_t root, sqb_report *r)
{
	size_t end = sqb_message_part(m, root)->next, next;

	*r = (sqb_report){ .message_id = "" };
	for (size_t i = root; i < end; i = next) {
		const sqb_part *p = sqb_message_part(m, i);
		const char *type = sqb_part_media_type(m, i);
		sqb_report_kind kind = kind_of(type);

		next = p->type == SQB_PART_MESSAGE ? p->next : i + 1;
		if (kind && !r->kind) {
			r->kind = kind;
			r->part = (uint32_t)i;
		} else if (r->kind && !r->returned &&
		    (p->type == SQB_PART_MESSAGE || is_header(type))) {
			r->returned = (uint32_t)i;
		}
	}
	return r->kind != 0;
}

const sqb_report *sqb_message_report(sqb_message *m, size_t root)
{
	sqb__body *b = sqb__part_body_row(m, root);
	sqb_report found;

	if (b && !b->report && find(m, root, &found))
		b->report = make(m, &found);
	return b && b->report ? &b->report->report : NULL;
}

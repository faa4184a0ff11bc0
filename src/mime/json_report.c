/* What a message reports of another: a member that RFC 8621 does not have. */
#include "mime/json_email.h"

#include <squab/report.h>

static void write_recipient(sqb__json *j, const sqb_report_recipient *r)
{
	sqb__json_open(j, '{');
	sqb__json_member(j, "finalRecipient", r->final);
	sqb__json_member(j, "originalRecipient", r->original);
	sqb__json_member(j, "action", r->action);
	sqb__json_member(j, "status", r->status);
	sqb__json_member(j, "remoteMta", r->remote_mta);
	sqb__json_member(j, "diagnosticCode", r->diagnostic);
	sqb__json_close(j, '}');
}

static void write_recipients(sqb__json *j, const sqb_report *r)
{
	sqb__json_key(j, "recipients");
	sqb__json_open(j, '[');
	for (size_t i = 0; i < r->n_recipients; i++)
		write_recipient(j, &r->recipients[i]);
	sqb__json_close(j, ']');
}

/* All fields, as they came, of each group. */
static void write_groups(sqb__json *j, const sqb_report *r)
{
	sqb_field f;

	sqb__json_key(j, "fields");
	sqb__json_open(j, '[');
	for (size_t i = 0; i < r->n_groups; i++) {
		sqb__json_open(j, '[');
		for (size_t k = 0; sqb_part_field_at(r->groups[i], 0, k, &f);
		    k++) {
			sqb__json_open(j, '{');
			sqb__json_key(j, "name");
			sqb__json_str(j, f.name);
			sqb__json_member(j, "value", f.text);
			sqb__json_close(j, '}');
		}
		sqb__json_close(j, ']');
	}
	sqb__json_close(j, ']');
}

void sqb__email_report(const sqb__email *e)
{
	static const char *const kinds[] = {
		[SQB_REPORT_DELIVERY] = "delivery",
		[SQB_REPORT_DISPOSITION] = "disposition",
		[SQB_REPORT_ABUSE] = "abuse",
	};
	const sqb_report *r = sqb_message_report(e->m, e->root);
	sqb__json *j = e->json;

	if (!r)
		return;
	sqb__json_key(j, "report");
	sqb__json_open(j, '{');
	sqb__json_member(j, "kind", kinds[r->kind]);
	sqb__json_member(j, "messageId", r->message_id);
	if (r->kind == SQB_REPORT_DELIVERY)
		write_recipients(j, r);
	else if (r->kind == SQB_REPORT_DISPOSITION)
		sqb__json_member(j, "disposition", r->disposition);
	else
		sqb__json_member(j, "feedbackType", r->feedback);
	write_groups(j, r);
	sqb__json_close(j, '}');
}

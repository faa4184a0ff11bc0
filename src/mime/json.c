/* A message as an Email object: RFC 8621, section 4, and its defects. */
#include "mime/json_email.h"

#include "base/error.h"
#include "base/options.h"

static const char *const codes[] = {
	[SQB_DEFECT_NO_COLON] = "no-colon",
	[SQB_DEFECT_DUPLICATE_FIELD] = "duplicate-field",
	[SQB_DEFECT_LONG_FIELD] = "long-field",
	[SQB_DEFECT_MANY_FIELDS] = "many-fields",
	[SQB_DEFECT_BAD_TYPE] = "bad-type",
	[SQB_DEFECT_UNKNOWN_ENCODING] = "unknown-encoding",
	[SQB_DEFECT_ENCODED_PARTS] = "encoded-parts",
	[SQB_DEFECT_NO_BOUNDARY] = "no-boundary",
	[SQB_DEFECT_NO_PARTS] = "no-parts",
	[SQB_DEFECT_NO_END] = "no-end",
	[SQB_DEFECT_MANY_PARTS] = "many-parts",
	[SQB_DEFECT_DEEP_PARTS] = "deep-parts",
	[SQB_DEFECT_BAD_PARAM] = "bad-param",
	[SQB_DEFECT_DUPLICATE_PARAM] = "duplicate-param",
	[SQB_DEFECT_MANY_PARAMS] = "many-params",
	[SQB_DEFECT_BASE64_JUNK] = "base64-junk",
	[SQB_DEFECT_BASE64_JOINED] = "base64-joined",
	[SQB_DEFECT_BASE64_PADDING] = "base64-padding",
	[SQB_DEFECT_BASE64_CUT] = "base64-cut",
	[SQB_DEFECT_QP] = "qp",
	[SQB_DEFECT_UU_JUNK] = "uu-junk",
	[SQB_DEFECT_UU_SHORT] = "uu-short",
	[SQB_DEFECT_UU_CUT] = "uu-cut",
	[SQB_DEFECT_YENC] = "yenc",
	[SQB_DEFECT_LONG_CONTENT] = "long-content",
	[SQB_DEFECT_UNKNOWN_CHARSET] = "unknown-charset",
	[SQB_DEFECT_BAD_TEXT] = "bad-text",
	[SQB_DEFECT_MORE] = "more",
};

static void write_defect(const sqb__email *e, const sqb_defect *d)
{
	sqb__json *j = e->json;

	sqb__json_open(j, '{');
	sqb__json_key(j, "code");
	sqb__json_c(j, codes[d->code]);
	sqb__json_key(j, "offset");
	sqb__json_uint(j, d->offset);
	sqb__json_member(j, "part", sqb_part_path(e->m, d->part));
	sqb__json_key(j, "text");
	sqb__json_c(j, sqb_defect_text((sqb_defect_code)d->code));
	sqb__json_close(j, '}');
}

/* Those of the table of parts: once for all messages in it. */
static void write_defects(const sqb__email *e)
{
	const sqb_defect *d;
	size_t n;

	d = sqb_message_defects(e->m, &n);
	sqb__json_key(e->json, "defects");
	sqb__json_open(e->json, '[');
	for (size_t i = 0; i < n && e->json->error == SQB_OK; i++)
		write_defect(e, &d[i]);
	sqb__json_close(e->json, ']');
}

static uint64_t size_of(const sqb__email *e)
{
	const sqb_part *p = sqb_message_part(e->m, e->root);

	return p->end - p->header;
}

static void write_members(const sqb__email *e)
{
	sqb__json_key(e->json, "size");
	sqb__json_uint(e->json, size_of(e));
	sqb__email_fields(e);
	sqb__email_headers(e);
	sqb__email_bodies(e);
	sqb__email_report(e);
	sqb__email_records(e);
	if (e->root == 0)
		write_defects(e);
}

void sqb__email_write(const sqb__email *e)
{
	sqb__json_open(e->json, '{');
	write_members(e);
	sqb__json_close(e->json, '}');
}

static int check(const sqb_json_options *o, sqb_error *err)
{
	for (size_t i = 0; i < o->n_headers; i++)
		if (!sqb__email_is_property(o->headers[i]))
			return sqb__error(err, SQB_E_USAGE, "\"",
			    o->headers[i], "\" is neither the name of a "
			    "header field nor header:Name:asForm");
	return SQB_OK;
}

int sqb_message_json(sqb_message *m, const sqb_json_options *options,
    sqb_json_write *sink, void *ctx, sqb_error *err)
{
	sqb_json_options o = { .size = sizeof(o) };
	sqb__json json;
	sqb__email e = { m, 0, &o, &json };

	if (m->pushed)
		return sqb__error(err, SQB_E_USAGE,
		    "message: its bodies are not there");
	sqb__options_copy(&o, sizeof(o), options);
	if (check(&o, err) != SQB_OK)
		return SQB_E_USAGE;
	m->no_memory = m->arena.failed = false;
	sqb__json_init(&json, sink, ctx);
	sqb__json_open(&json, '{');
	if (o.source) {
		sqb__json_key(&json, "source");
		sqb__json_c(&json, o.source);
	}
	write_members(&e);
	sqb__json_close(&json, '}');
	sqb__json_flush(&json);
	if (m->no_memory || m->arena.failed || json.error == SQB_E_NOMEM)
		return sqb__error(err, SQB_E_NOMEM, "message: no memory");
	return json.error == SQB_OK ? SQB_OK : sqb__error(err,
	    (sqb_code)json.error, "message: the output was refused");
}

/*
 * What the Content-Type and Content-Disposition fields of a part say,
 * RFC 2045, 2183 and 2231: read when it is asked for, and kept.
 */
#include "mime/message.h"

#include "base/ascii.h"
#include "mime/content_type.h"
#include "mime/raw.h"

static const char TYPE[] = "Content-Type";
static const char DISPOSITION[] = "Content-Disposition";

enum { MAX_TEXT = 64 * 1024 * 1024 };	/* octets of a parameter */

/* first, or first "/" second, in lower case. NULL: memory is short. */
static const char *lower(sqb_message *m, sqb_str first, sqb_str second)
{
	size_t n = first.len + second.len + 1;
	char *s = sqb__arena_alloc(&m->arena, n + 1), *p = s;

	if (!s)
		return NULL;
	for (size_t i = 0; i < first.len; i++)
		*p++ = sqb__lower(first.ptr[i]);
	if (second.len > 0)
		*p++ = '/';
	for (size_t i = 0; i < second.len; i++)
		*p++ = sqb__lower(second.ptr[i]);
	*p = '\0';
	return s;
}

static const char *media_type(sqb_message *m, size_t i)
{
	const sqb__field_row *f = sqb__part_find(m, i, TYPE, 0);
	sqb__media t;

	if (!f)
		return sqb_message_part(m, i)->type == SQB_PART_MESSAGE ?
		    "message/rfc822" : "text/plain";
	t = sqb__media_read(sqb__row_body(f));
	return lower(m, t.type, t.subtype);
}

const char *sqb_part_media_type(sqb_message *m, size_t i)
{
	sqb__details *d = sqb__part_details(m, i);

	if (d && !d->media_type)
		d->media_type = media_type(m, i);
	return d && d->media_type ? d->media_type : "";
}

const char *sqb_part_disposition(sqb_message *m, size_t i)
{
	const sqb__field_row *f = sqb__part_find(m, i, DISPOSITION, 0);
	sqb__details *d = f ? sqb__part_details(m, i) : NULL;
	sqb_str body = f ? sqb__row_body(f) : (sqb_str){ NULL, 0 };

	if (d && !d->disposition)
		d->disposition = lower(m, sqb__token_read(&body),
		    (sqb_str){ NULL, 0 });
	return d && d->disposition ? d->disposition : "";
}

/* Defects of a field are told once; those of a multipart have been. */
static void tell(sqb_message *m, size_t i, const char *field,
    const sqb__params *ps)
{
	sqb__details *d = sqb__part_details(m, i);
	bool *told = field == TYPE ? &d->told_type : &d->told_disposition;

	if (!*told && (field != TYPE ||
	    !sqb__is_multipart(sqb_message_part(m, i)->type)))
		sqb__params_tell(m, i, ps);
	*told = true;
}

/* NULL: memory is short. */
static const char *decode(sqb_message *m, size_t i, const char *field,
    const char *name)
{
	sqb_str body = sqb__row_body(sqb__part_find(m, i, field, 0));
	const char *text = NULL;
	sqb__params ps;
	sqb__buf out;

	if (field == TYPE)
		body = sqb__media_read(body).params;
	else
		sqb__token_read(&body);
	sqb__params_read(&ps, body);
	tell(m, i, field, &ps);
	sqb__buf_init(&out, m->allocator, MAX_TEXT);
	sqb__param_text(&ps, name, sqb__reading_of(m, i, body), &out);
	if (!out.failed)
		text = sqb__arena_copy(&m->arena, sqb__buf_str(&out));
	sqb__buf_clear(&out);
	return text;
}

/* A value of which the text is not known yet. NULL: memory is short. */
static sqb__value *new_value(sqb_message *m, sqb__details *d,
    const char *field, const char *name)
{
	sqb__value *v = sqb__arena_alloc(&m->arena, sizeof(*v));

	if (!v)
		return NULL;
	*v = (sqb__value){ .field = field, .next = d->values };
	v->name = sqb__arena_copy(&m->arena, sqb_str_of(name));
	if (!v->name)
		return NULL;
	d->values = v;
	return v;
}

static const char *param(sqb_message *m, size_t i, const char *field,
    const char *name)
{
	sqb__details *d = sqb__part_find(m, i, field, 0) ?
	    sqb__part_details(m, i) : NULL;
	sqb__value *v = d ? d->values : NULL;

	if (!d)
		return "";
	while (v && (v->field != field || !sqb_str_eq_nocase(
	    sqb_str_of(v->name), sqb_str_of(name))))
		v = v->next;
	if (!v)
		v = new_value(m, d, field, name);
	if (v && !v->text)
		v->text = decode(m, i, field, name);
	return v && v->text ? v->text : "";
}

const char *sqb_part_param(sqb_message *m, size_t i, const char *name)
{
	return param(m, i, TYPE, name);
}

const char *sqb_part_disposition_param(sqb_message *m, size_t i,
    const char *name)
{
	return param(m, i, DISPOSITION, name);
}

const char *sqb_part_name(sqb_message *m, size_t i)
{
	const char *name = sqb_part_disposition_param(m, i, "filename");

	return name[0] != '\0' ? name : sqb_part_param(m, i, "name");
}

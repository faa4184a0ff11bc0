/* The pieces of an Email object, RFC 8621, section 4. */
#ifndef SQB_MIME_JSON_EMAIL_H
#define SQB_MIME_JSON_EMAIL_H

#include "mime/json_writer.h"
#include "mime/message.h"

typedef struct sqb__email {
	sqb_message *m;
	size_t root;		/* the row that begins the message */
	const sqb_json_options *options;
	sqb__json *json;
} sqb__email;

/* The whole object, without and with what is only of a message as such. */
void sqb__email_write(const sqb__email *e);

/* Section 4.1.3: whether name is a property of a header field. */
bool sqb__email_is_property(const char *name);
/* The convenience properties, section 4.1.2.1 … */
void sqb__email_fields(const sqb__email *e);
/* … and those asked for. */
void sqb__email_headers(const sqb__email *e);

/* Section 4.1.4. */
void sqb__email_bodies(const sqb__email *e);

/* What it reports, if it does. */
void sqb__email_report(const sqb__email *e);

/* Its list, and what was found of its sender, where fields say so. */
void sqb__email_records(const sqb__email *e);

/* Memory was short: what is written is not whole. */
static inline void sqb__email_fail(const sqb__email *e)
{
	if (e->json->error == SQB_OK)
		e->json->error = SQB_E_NOMEM;
}

#endif

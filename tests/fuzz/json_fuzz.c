/* Any bytes as a message, and all of it as JSON: always one valid value. */
#include "unit/json_check.h"

#include <squab/json.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct text {
	char *s;
	size_t n, cap;
} text;

static int take(void *ctx, sqb_str octets)
{
	text *t = ctx;

	if (t->n + octets.len > t->cap) {
		t->cap = 2 * (t->n + octets.len);
		t->s = realloc(t->s, t->cap);
		if (!t->s)
			abort();
	}
	memcpy(t->s + t->n, octets.ptr, octets.len);
	t->n += octets.len;
	return SQB_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const headers[] = { "headers", "Subject",
		"header:To:asGroupedAddresses:all", "header:Date:asDate",
		"header:References:asMessageIds", "header:List-Post:asURLs" };
	sqb_json_options o = { .size = sizeof(o), .headers = headers,
	    .n_headers = 6, .digest = true, .bodies = SQB_JSON_ALL };
	sqb_message *m = sqb_message_parse((sqb_str){ (const char *)data,
	    size }, NULL);
	text t = { .n = 0 };

	if (!m || sqb_message_json(m, &o, take, &t, NULL) != SQB_OK ||
	    !json_is_valid(t.s, t.n))
		abort();
	sqb_message_text(m);
	sqb_message_html(m);
	sqb_message_free(m);
	free(t.s);
	return 0;
}

/*
 * The list that a message came through, and what servers found when they
 * checked its sender: members that RFC 8621 does not have.
 */
#include "mime/json_email.h"

#include <squab/record.h>

enum { MAX_FIELDS = 100 };	/* Authentication-Results that are written */

static void write_urls(sqb__json *j, const char *key, const sqb_urls *urls)
{
	sqb__json_key(j, key);
	sqb__json_open(j, '[');
	for (size_t i = 0; i < urls->n_items; i++)
		sqb__json_c(j, urls->items[i]);
	sqb__json_close(j, ']');
}

static void write_flag(sqb__json *j, const char *key, bool is)
{
	sqb__json_key(j, key);
	sqb__json_bool(j, is);
}

static void write_list(sqb__json *j, const sqb_list *list)
{
	sqb__json_key(j, "list");
	sqb__json_open(j, '{');
	sqb__json_member(j, "id", list->id);
	sqb__json_member(j, "description", list->description);
	write_urls(j, "help", &list->help);
	write_urls(j, "unsubscribe", &list->unsubscribe);
	write_urls(j, "subscribe", &list->subscribe);
	write_urls(j, "post", &list->post);
	write_urls(j, "owner", &list->owner);
	write_urls(j, "archive", &list->archive);
	write_flag(j, "noPost", list->no_post);
	write_flag(j, "oneClick", list->one_click);
	sqb__json_close(j, '}');
}

static void write_result(sqb__json *j, const sqb_auth_result *r)
{
	sqb__json_open(j, '{');
	sqb__json_member(j, "method", r->method);
	sqb__json_member(j, "version", r->version);
	sqb__json_member(j, "result", r->result);
	sqb__json_member(j, "reason", r->reason);
	sqb__json_key(j, "properties");
	sqb__json_open(j, '[');
	for (size_t i = 0; i < r->n_properties; i++) {
		sqb__json_open(j, '{');
		sqb__json_member(j, "type", r->properties[i].type);
		sqb__json_member(j, "property", r->properties[i].property);
		sqb__json_member(j, "value", r->properties[i].value);
		sqb__json_close(j, '}');
	}
	sqb__json_close(j, ']');
	sqb__json_close(j, '}');
}

static void write_authentication(sqb__json *j, const sqb_authentication *a)
{
	sqb__json_open(j, '{');
	sqb__json_member(j, "server", a->server);
	sqb__json_member(j, "version", a->version);
	sqb__json_key(j, "results");
	sqb__json_open(j, '[');
	for (size_t i = 0; i < a->n_results; i++)
		write_result(j, &a->results[i]);
	sqb__json_close(j, ']');
	write_flag(j, "none", a->none);
	write_flag(j, "defect", a->defect);
	sqb__json_close(j, '}');
}

void sqb__email_records(const sqb__email *e)
{
	sqb_authentication a;
	sqb_list list;
	size_t n = 0;

	if (sqb_message_list(e->m, e->root, &list))
		write_list(e->json, &list);
	for (; n < MAX_FIELDS && sqb_message_authentication(e->m, e->root, n,
	    &a); n++) {
		if (n == 0) {
			sqb__json_key(e->json, "authenticationResults");
			sqb__json_open(e->json, '[');
		}
		write_authentication(e->json, &a);
	}
	if (n > 0)
		sqb__json_close(e->json, ']');
}

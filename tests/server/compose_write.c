/*
 * For compose_test.py: random messages, and what must be read of them.
 *
 *	compose_write SEED COUNT
 *
 * Prints a JSON object a line: the message, in base64, and its values as they
 * are in compose_random.h, contents in base64 too.
 */
#include "../unit/compose_random.h"

#include "mime/json_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print(void *ctx, sqb_str octets)
{
	(void)ctx;
	return fwrite(octets.ptr, 1, octets.len, stdout) == octets.len ?
	    SQB_OK : SQB_E_SINK;
}

static void member(sqb__json *j, const char *key, sqb_str s)
{
	sqb__json_key(j, key);
	if (s.ptr)
		sqb__json_str(j, s);
	else
		sqb__json_null(j);
}

static void base64(sqb__json *j, const char *key, sqb_str s)
{
	sqb__json_key(j, key);
	if (!s.ptr) {
		sqb__json_null(j);
		return;
	}
	sqb__json_base64_begin(j);
	sqb__json_base64_add(j, s);
	sqb__json_base64_end(j);
}

static void number(sqb__json *j, const char *key, int64_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	sqb__json_member(j, key, text);
}

static void addresses(sqb__json *j, const char *key,
    const random_addresses *list)
{
	sqb__json_key(j, key);
	sqb__json_open(j, '[');
	for (size_t i = 0; i < list->n; i++) {
		sqb__json_open(j, '[');
		sqb__json_str(j, list->items[i].name);
		sqb__json_str(j, list->items[i].address);
		sqb__json_str(j, list->items[i].group);
		sqb__json_close(j, ']');
	}
	sqb__json_close(j, ']');
}

static void part(sqb__json *j, const random_part *p)
{
	sqb__json_open(j, '{');
	sqb__json_member(j, "type", p->is_message ? "message/rfc822" :
	    p->type);
	member(j, "name", p->name);
	member(j, "description", p->description);
	sqb__json_member(j, "content_id", p->content_id ? p->content_id : "");
	base64(j, "content", p->want);
	sqb__json_close(j, '}');
}

static void values(sqb__json *j, const random_message *r)
{
	member(j, "Subject", r->subject);
	member(j, "Comments", r->comments);
	addresses(j, "From", &r->from);
	addresses(j, "Sender", &r->sender);
	addresses(j, "To", &r->to);
	addresses(j, "Cc", &r->cc);
	addresses(j, "Reply-To", &r->reply_to);
	number(j, "date", r->date);
	number(j, "zone", r->zone);
	member(j, "Message-ID", r->message_id);
	sqb__json_key(j, "References");
	sqb__json_open(j, '[');
	for (size_t i = 0; i < r->n_references; i++)
		sqb__json_str(j, r->references[i]);
	sqb__json_close(j, ']');
	base64(j, "text", r->text);
	base64(j, "html", r->html);
	base64(j, "calendar", r->calendar);
	sqb__json_key(j, "text_made");
	sqb__json_bool(j, r->text_made);
	sqb__json_key(j, "parts");
	sqb__json_open(j, '[');
	for (size_t i = 0; i < r->n_parts; i++)
		part(j, &r->parts[i]);
	sqb__json_close(j, ']');
}

static int write_one(uint64_t seed)
{
	unsigned allowed = seed % 2 ? SQB_COMPOSE_8BIT : 0;
	static sqb__json j;
	random_message r;
	sqb_str bytes;
	int code;

	sqb__json_init(&j, print, NULL);
	random_message_new(&r, &(uint64_t){ seed * 4 }, false, NULL);
	code = r.code == SQB_OK ? sqb_compose_bytes(r.c, allowed, &bytes) :
	    r.code;
	if (code == SQB_OK) {
		sqb__json_open(&j, '{');
		base64(&j, "message", bytes);
		values(&j, &r);
		sqb__json_close(&j, '}');
		code = sqb__json_flush(&j);
		putchar('\n');
	}
	random_message_free(&r);
	return code;
}

int main(int argc, char **args)
{
	uint64_t seed = argc == 3 ? strtoull(args[1], NULL, 10) : 0;
	uint64_t count = argc == 3 ? strtoull(args[2], NULL, 10) : 0;
	int code = SQB_OK;

	for (; code == SQB_OK && count > 0; count--)
		code = write_one(seed++);
	return code == SQB_OK && argc == 3 ? 0 : 1;
}

/*
 * Signing what is composed (dkim.c): the header is there as it will be sent;
 * the body is hashed on its way to nobody, and made again when it is taken.
 */
#include "mime/compose.h"
#include "mime/dkim.h"

enum { MAX_KEYS = 8 };	/* of one message */

static int hash_body(sqb_compose *c, unsigned char sum[SQB__DKIM_HASH])
{
	sqb__dkim_body body;
	sqb_str piece;
	int code;

	sqb__compose_restart(c, true);
	sqb__dkim_body_begin(&body);
	while ((code = sqb_compose_next(c, &piece)) > 0)
		sqb__dkim_body_add(&body, piece);
	if (code < 0) {
		sqb__dkim_body_clear(&body);
		return code;
	}
	if (sqb__dkim_body_end(&body, sum) < 0)
		return sqb__compose_no_memory(c);
	return SQB_OK;
}

static int sign_all(sqb_compose *c)
{
	unsigned char sum[SQB__DKIM_HASH];
	sqb_str header = { sqb__buf_str(&c->head).ptr, c->head_header };
	int code = hash_body(c, sum);

	for (size_t i = 0; code == SQB_OK && i < c->n_keys; i++) {
		sqb_error err;

		code = sqb__dkim_add_field(&c->signatures, c->keys[i], header,
		    sum, c->o.now, &err);
		if (code != SQB_OK)
			code = sqb__compose_error(c, (sqb_code)code, err.text);
	}
	return code;
}

int sqb_compose_sign(sqb_compose *c, const sqb_dkim_key *key)
{
	int code = sqb__compose_check(c);

	if (code != SQB_OK)
		return code;
	if (c->n_keys == MAX_KEYS)
		return sqb__compose_error(c, SQB_E_LIMIT,
		    "a message is signed at most 8 times");
	if (!c->keys)
		c->keys = sqb__arena_alloc(&c->arena, MAX_KEYS *
		    sizeof(*c->keys));
	if (!c->keys)
		return sqb__compose_no_memory(c);
	c->keys[c->n_keys++] = key;
	c->sign = sign_all;
	return SQB_OK;
}

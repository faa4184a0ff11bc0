/* A client and the words of its server, for the tests of SASL. */
#ifndef SASL_FIXTURE_H
#define SASL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/base64.h"
#include "wire/sasl.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Fails the nth allocation from now on (0: none), counts what lives, and what
 * came back with the fixture's password in it, plain or in base64.
 */
struct heap {
	sqb_allocator allocator;
	unsigned n_calls, fail_at;
	int n_live, n_unwiped;
};

/* In front of each block: its size. */
enum { BEFORE = 16 };

static inline bool holds(const char *p, size_t len, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= len; i++)
		if (memcmp(p + i, what, n) == 0)
			return true;
	return false;
}

static inline void *heap_alloc(void *ctx, size_t size)
{
	struct heap *h = ctx;
	char *block;

	if (++h->n_calls == h->fail_at)
		return NULL;
	block = malloc(size + BEFORE);
	assert_non_null(block);
	memcpy(block, &size, sizeof(size));
	h->n_live++;
	return block + BEFORE;
}

static inline void heap_free(void *ctx, void *p)
{
	struct heap *h = ctx;
	char *block = p;
	size_t size;

	if (!p)
		return;
	block -= BEFORE;
	memcpy(&size, block, sizeof(size));
	if (holds(p, size, "pencil") || holds(p, size, "cGVuY2ls"))
		h->n_unwiped++;
	h->n_live--;
	free(block);
}

static inline void *heap_realloc(void *ctx, void *p, size_t old, size_t size)
{
	void *q = heap_alloc(ctx, size);

	if (q && p) {
		memcpy(q, p, old < size ? old : size);
		heap_free(ctx, p);
	}
	return q;
}

struct fixture {
	struct heap heap;
	sqb_login login;
	sqb_tls_info tls;
	sqb__sasl_params p;
	sqb__sasl *s;
	sqb_error err;
	sqb__buf out;		/* base64, as on the wire */
	sqb__buf said;		/* the same decoded, and a NUL behind it */
};

/* TLS without a channel binding; user and password are set. */
static inline void fixture_init(struct fixture *f)
{
	*f = (struct fixture){
		.heap.allocator = { heap_alloc, heap_realloc, heap_free,
		    &f->heap },
		.login.user = SQB_STR("user"),
		.login.password = SQB_STR("pencil"),
		.tls = { .version = "TLSv1.3", .verified = true },
		.p = {
			.allocator = &f->heap.allocator,
			.login = &f->login,
			.service = "pop",
			.host = SQB_STR("mail.example.org"),
			.port = 995,
			.tls = &f->tls,
		},
	};
	sqb__buf_init(&f->out, &f->heap.allocator, 1 << 22);
	sqb__buf_init(&f->said, sqb_allocator_default(), 1 << 22);
	f->out.secret = f->said.secret = true;
}

static inline void fixture_clear(struct fixture *f)
{
	sqb__sasl_free(f->s);
	f->s = NULL;
	sqb__buf_clear(&f->out);
	sqb__buf_clear(&f->said);
	assert_int_equal(f->heap.n_live, 0);
	assert_int_equal(f->heap.n_unwiped, 0);
}

static inline int begin(struct fixture *f, const char *mechanism)
{
	sqb__sasl_free(f->s);
	return sqb__sasl_new(&f->s, mechanism, &f->p, &f->err);
}

/* A challenge as it stands on the wire, in an exact-size copy. */
static inline int step_raw(struct fixture *f, sqb_str challenge)
{
	char *copy = malloc(challenge.len > 0 ? challenge.len : 1);
	int rc;

	assert_non_null(copy);
	if (challenge.len > 0)
		memcpy(copy, challenge.ptr, challenge.len);
	sqb__buf_reset(&f->out);
	sqb__buf_reset(&f->said);
	rc = sqb__sasl_step(f->s, (sqb_str){ copy, challenge.len }, &f->out,
	    &f->err);
	free(copy);
	if (rc < 0)
		assert_int_equal(sqb__buf_len(&f->out), 0);
	assert_true(sqb__buf_add_decoded(&f->said, sqb__buf_str(&f->out)));
	sqb__buf_add_char(&f->said, '\0');
	return rc;
}

/* A challenge that the server has in mind. */
static inline int step_bytes(struct fixture *f, sqb_str challenge)
{
	sqb__buf b;
	int rc;

	sqb__buf_init(&b, sqb_allocator_default(), 1 << 20);
	sqb__buf_add_base64(&b, challenge);
	rc = step_raw(f, sqb__buf_str(&b));
	sqb__buf_clear(&b);
	return rc;
}

static inline int step(struct fixture *f, const char *challenge)
{
	return step_bytes(f, sqb_str_of(challenge));
}

/* What the client said last; its NULs are for the caller to look after. */
static inline const char *said(struct fixture *f)
{
	return sqb__buf_str(&f->said).ptr;
}

static inline size_t said_len(struct fixture *f)
{
	return sqb__buf_len(&f->said) - 1;
}

static inline void assert_said(struct fixture *f, const char *want, size_t n)
{
	assert_int_equal(said_len(f), n);
	assert_memory_equal(said(f), want, n);
}

#define ASSERT_SAID(f, literal) assert_said(f, literal, sizeof(literal) - 1)

#endif

/*
 * The inside of an engine: what every protocol has in common. A protocol
 * embeds sqb_engine as its first member and fills in a class.
 */
#ifndef SQB_WIRE_ENGINE_H
#define SQB_WIRE_ENGINE_H

#include <squab/engine.h>

#include "base/buf.h"

typedef struct sqb__engine_class {
	const char *prefix;	/* "pop3: ", of its error texts */
	/* True: an event waits. Takes from e->in, adds to e->out. */
	bool (*step)(sqb_engine *e);
	/* True: the peer owes us something, so patience counts. */
	bool (*waiting)(const sqb_engine *e);
	/* What the peer owes, for texts: "the reply to RETR 3". */
	void (*describe)(const sqb_engine *e, char *out, size_t cap);
	/* TLS is up: forget what was learned before. */
	void (*secured)(sqb_engine *e);
} sqb__engine_class;

enum {
	SQB__MAX_SECRETS = 4,		/* in the output at one time */
	SQB__DESCRIPTION = 64		/* octets of a description */
};

struct sqb_engine {
	const sqb__engine_class *class;
	const sqb_allocator *allocator;

	sqb__buf in;			/* received, not yet consumed */
	bool in_filled;			/* the last receive filled the buffer */
	uint64_t n_received;		/* octets in all */
	sqb__buf out;			/* to be sent; wiped as it goes */
	uint64_t n_sent;		/* octets in all */
	sqb_range secrets[SQB__MAX_SECRETS]; /* of out, from its front */
	size_t n_secrets;

	bool has_event;			/* one waits to be fetched */
	bool eof;			/* the peer closed */
	bool closed;			/* the protocol came to its end */
	bool want_tls;
	bool has_tls;
	sqb_tls_info tls;
	char tls_version[16], tls_cipher[64];
	char tls_exporter[32], tls_end_point[64];

	sqb_time reply_timeout;		/* without a byte */
	sqb_time command_timeout;	/* for a whole reply, see clock() */
	bool moved;			/* bytes came since the last clock */
	bool new_wait;			/* another reply is due since then */
	uint64_t wait_octets;		/* received when the wait began */
	sqb_time moved_at, wait_at;

	sqb_error error;		/* code 0: none */
};

/* max_in: the largest receive buffer; max_out: the most that may wait. */
void sqb__engine_init(sqb_engine *e, const sqb__engine_class *class,
    const sqb_allocator *a, size_t max_in, size_t max_out);
void sqb__engine_clear(sqb_engine *e);

/* Ends the engine: "pop3: " and the pieces. The first error stays. */
void sqb__engine_fail_text(sqb_engine *e, sqb_code code,
    const char *const *pieces);
#define sqb__engine_fail(e, code, ...) sqb__engine_fail_text((e), (code), \
    (const char *const[]){ __VA_ARGS__, NULL })

/* A wait for another reply begins: its deadlines are armed anew. */
void sqb__engine_begin_wait(sqb_engine *e);

/* Adds to the output and marks it as a secret. */
void sqb__engine_add_secret(sqb_engine *e, sqb_str s);

/*
 * Proof that secrets may be written to this line: TLS is up, or the caller
 * chose to go without. What writes a clear-text credential asks for it.
 */
typedef struct sqb__secure_line {
	sqb_engine *engine;
} sqb__secure_line;
bool sqb__engine_secure(sqb_engine *e, sqb_tls_mode mode,
    sqb__secure_line *line);

/*
 * Takes a line off the input: *line is without its CRLF or LF (*bare_lf tells
 * which) and lives until the next receive. max is of the line without its
 * end: a longer one fails the engine with SQB_E_LIMIT.
 */
bool sqb__engine_take_line(sqb_engine *e, size_t max, sqb_str *line,
    bool *bare_lf);

#endif

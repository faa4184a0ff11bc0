/*
 * An engine that speaks no protocol, for tests of the link: it sends what it
 * is given, keeps what it gets, and has an event once that is enough.
 */
#ifndef SQB_TESTS_FAKE_ENGINE_H
#define SQB_TESTS_FAKE_ENGINE_H

#include <squab/engine.h>

struct sqb_engine {
	/* set by the test */
	const uint8_t *out;		/* to send */
	size_t n_out;
	size_t n_enough;		/* an event at so many octets */
	size_t most_recv;		/* room shown at a time; 0: all */
	bool want_tls;			/* from the start */
	size_t tls_at;			/* at so many octets, and nothing is
					   sent before; 0: not */
	sqb_range secrets[4];		/* of what is left to send */
	size_t n_secrets;
	bool closed;			/* wants to be closed */

	/* seen by the test */
	uint8_t *in;			/* grows */
	size_t n_in, cap_in;
	size_t n_recvs, n_clocks;
	bool eof, has_tls;
	sqb_tls_info tls;
	char version[16], cipher[64];
	uint8_t exporter[64], end_point[64];
	sqb_error error;
};

void fake_clear(sqb_engine *e);

#endif

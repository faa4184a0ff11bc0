/*
 * Any bytes as a message, cut anywhere: the reader says what the parser does.
 * The first octets say how it is cut, and what the limits are.
 */
#include "../unit/reader_log.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sqb_message_options limits_of(uint8_t bits)
{
	sqb_message_options o = { .size = sizeof(o) };

	if (bits & 1)
		o.max_parts = 1 + bits % 5;
	if (bits & 2)
		o.max_depth = 1 + bits % 3;
	if (bits & 4)
		o.max_header = bits;
	if (bits & 8)
		o.max_fields = 1 + bits % 7;
	if (bits & 16)
		o.max_field = 1 + bits % 11;
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { N_CUTS = 8 };
	sqb_message_options o;
	reader_log log;
	sqb_message *m;
	size_t at = 0;
	sqb_str in;

	if (size < N_CUTS + 1)
		return 0;
	in = (sqb_str){ (const char *)data + N_CUTS + 1, size - N_CUTS - 1 };
	o = limits_of(data[N_CUTS]);
	m = sqb_message_parse(in, &o);
	log_begin(&log, in, &o);
	MUST(m && log.r);
	for (size_t i = 0; at < in.len; i++) {
		size_t n = i < N_CUTS ? data[i] : 1 + data[i % N_CUTS];

		n = n < in.len - at ? n : in.len - at;
		log_feed(&log, at, at + n);
		at += n;
	}
	log_end(&log);
	MUST(log.result == 0);
	log_compare(&log, m);
	log_free(&log);
	sqb_message_free(m);
	return 0;
}

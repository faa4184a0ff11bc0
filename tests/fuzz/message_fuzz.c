/* Any bytes as a message: fields asked for must come out safe to print. */
#include <squab/message.h>

#include "base/error.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text)
{
	sqb_str s = sqb_str_of(text);
	size_t n;

	for (; s.len > 0; s.ptr += n, s.len -= n)
		if ((n = sqb__printable(s)) == 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sqb_str bytes = { (const char *)data, size };
	sqb_message *m = sqb_message_parse(bytes, NULL);

	if (!m || sqb_message_header(m).len > size)
		abort();
	check(sqb_message_subject(m));
	check(sqb_message_from(m));
	check(sqb_message_to(m));
	check(sqb_message_date(m));
	for (size_t n = 0; n < 4; n++)
		check(sqb_message_field(m, "Received", n));
	sqb_message_free(m);
	return 0;
}

/* Any bytes as html, as format=flowed, and how the text of that begins. */
#include "base/error.h"
#include "base/utf8.h"
#include "text/flowed.h"
#include "text/html.h"
#include "text/preview.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(sqb_str s)
{
	size_t n;

	for (; s.len > 0; s.ptr += n, s.len -= n) {
		n = s.ptr[0] == '\n' || s.ptr[0] == '\t' ? 1 :
		    sqb__printable(s);
		if (n == 0 || (s.len > 1 && s.ptr[0] == ' ' &&
		    s.ptr[1] == '\n'))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sqb_str in = { (const char *)data, size };
	sqb__buf html, flowed, preview;

	sqb__buf_init(&html, sqb_allocator_default(), SIZE_MAX / 4);
	sqb__buf_init(&flowed, sqb_allocator_default(), SIZE_MAX / 4);
	sqb__buf_init(&preview, sqb_allocator_default(), SIZE_MAX / 4);
	sqb__html_text(in, &html);
	sqb__flowed_text(in, size % 2, &flowed);
	sqb__preview(sqb__buf_str(&html), 256, &preview);
	check(sqb__buf_str(&html));
	if (html.failed || flowed.failed || html.end > 16 * size ||
	    flowed.end > 4 * size || preview.end > 4 * 256 ||
	    sqb__html_charset(in).len > size ||
	    !sqb__utf8_valid(sqb__buf_str(&preview)))
		abort();
	sqb__buf_clear(&html);
	sqb__buf_clear(&flowed);
	sqb__buf_clear(&preview);
	return 0;
}

/* Any bytes as a date: refused, or in range and the same when written. */
#include <squab/message.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sqb_str text = { (const char *)data, size };
	char written[SQB_DATE_TEXT];
	sqb_date d, again;

	if (sqb_date_parse(&d, text) < 0) {
		if (!d.refused || d.year != 0 || d.utc != 0)
			abort();
		return 0;
	}
	sqb_date_text(written, &d);
	if (strlen(written) != SQB_DATE_TEXT - 1 ||
	    sqb_date_parse(&again, sqb_str_of(written)) < 0 ||
	    again.utc != d.utc || again.zone != d.zone ||
	    again.zone_known != d.zone_known)
		abort();
	return 0;
}

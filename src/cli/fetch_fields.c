/* Fields of a header for people and programs; see fetch_fields.h. */
#include "fetch_fields.h"

#include <squab/message.h>

#include <stdlib.h>
#include <string.h>

#define MOST 8192		/* octets of a field, for an environment */

const char *const fetch_field_names[FETCH_N_FIELDS] = { "date", "from", "to",
	"subject", "messageId", "listId" };
const char *const fetch_field_variables[FETCH_N_FIELDS] = { "DATE", "FROM",
	"TO", "SUBJECT", "MESSAGE_ID", "LIST_ID" };

static const char *const fields[FETCH_N_FIELDS] = { "Date", "From", "To",
	"Subject", "Message-ID", "List-Id" };

/* Not within a character of UTF-8. */
static size_t cut(const char *text)
{
	size_t n = strlen(text);

	if (n <= MOST)
		return n;
	for (n = MOST; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
		continue;
	return n;
}

void fetch_fields_free(fetch_fields *f)
{
	for (size_t i = 0; f && i < FETCH_N_FIELDS; i++)
		free(f->text[i]);
	free(f);
}

fetch_fields *fetch_fields_new(sqb_str header)
{
	sqb_message *m = sqb_message_parse(header, NULL);
	fetch_fields *f = m ? calloc(1, sizeof(*f)) : NULL;
	bool good = f != NULL;

	if (good)
		f->octets = sizeof(*f);
	for (size_t i = 0; good && i < FETCH_N_FIELDS; i++) {
		const char *text = sqb_message_field(m, fields[i], 0);

		size_t n = cut(text);

		f->text[i] = strndup(text, n);
		good = f->text[i] != NULL;
		f->octets += n + 1;
	}
	sqb_message_free(m);
	if (good)
		return f;
	fetch_fields_free(f);
	return NULL;
}

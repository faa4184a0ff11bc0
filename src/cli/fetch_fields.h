/* What squab watch tells of a message: some fields of its header. */
#ifndef SQUAB_CLI_FETCH_FIELDS_H
#define SQUAB_CLI_FETCH_FIELDS_H

#include <squab/base.h>

typedef enum fetch_field {
	FETCH_DATE, FETCH_FROM, FETCH_TO, FETCH_SUBJECT, FETCH_MESSAGE_ID,
	FETCH_LIST_ID, FETCH_N_FIELDS
} fetch_field;

/* Texts as sqb_message_field() gives them, cut off where they are long. */
typedef struct fetch_fields {
	char *text[FETCH_N_FIELDS];
	size_t octets;		/* all of it, in memory */
} fetch_fields;

/* In JSON, and in the environment behind "SQUAB_". */
extern const char *const fetch_field_names[FETCH_N_FIELDS];
extern const char *const fetch_field_variables[FETCH_N_FIELDS];

/* For fetch_fields_free(). NULL: no memory. */
fetch_fields *fetch_fields_new(sqb_str header);
void fetch_fields_free(fetch_fields *f);

#endif

/* A message's name in a directory: 32 hex digits "." its size, a suffix. */
#ifndef SQB_STORE_NAME_H
#define SQB_STORE_NAME_H

#include <squab/store.h>

#define SQB__NAME_MAX 64	/* octets, with the NUL */

void sqb__name_of(char out[SQB__NAME_MAX], const sqb_store_id *id,
    const char *suffix);

/*
 * Reads such a name; more may follow after the suffix, as mail readers add
 * flags (":2,S") or sizes (",S=…"). False: it is none of ours.
 */
bool sqb__name_read(const char *name, const char *suffix, sqb_store_id *id);

#endif

/* What an answer and a forwarded message take from the message before. */
#ifndef SQB_MIME_COMPOSE_ANSWER_H
#define SQB_MIME_COMPOSE_ANSWER_H

#include "mime/compose.h"
#include "mime/message.h"

/* All of these return the error of c. */

/* The Subject with "Re:" or "Fwd:" in front, unless there is one already. */
int sqb__answer_subject(sqb_compose *c, sqb_message *m, bool forward);

/*
 * References, and In-Reply-To if wanted, RFC 5322, section 3.6.4; each unless
 * it is there already.
 */
int sqb__answer_ids(sqb_compose *c, sqb_message *m, bool in_reply_to);

/*
 * The addresses of a field of m, in arena; none where there is no such field.
 * SQB_OK or SQB_E_NOMEM.
 */
int sqb__answer_addresses(sqb_compose *c, sqb_message *m, const char *field,
    sqb__arena *arena, sqb_addresses *out);

#endif

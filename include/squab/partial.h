/* Messages that were sent in pieces: message/partial, RFC 2046, 5.2.2. */
#ifndef SQUAB_PARTIAL_H
#define SQUAB_PARTIAL_H

#include <squab/message.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_partial {
	const char *id;		/* the same for all pieces of a message */
	uint32_t number;	/* from 1 */
	uint32_t total;		/* 0: this piece does not say */
} sqb_partial;

/*
 * Which piece m is. False: it is none, or does not say which.
 * Lifetime of the id: that of m.
 */
SQB_API bool sqb_partial_info(sqb_message *m, sqb_partial *out);

/*
 * Puts the n pieces of a message together, in whatever order they are: *out
 * owns its bytes, and is freed with sqb_message_free(). Of a piece that is
 * there twice the first counts. The pieces are not needed any more after that.
 * options and err may be NULL.
 *
 * *out is set on SQB_OK only.
 *
 * SQB_E_USAGE  n is 0, or one is no piece or of another message, or an
 *              sqb_reader_message()
 * SQB_E_EOF    pieces are missing: err->text says which comes first
 * SQB_E_LIMIT  there are more than 10,000, or 1 GiB in them
 * SQB_E_NOMEM
 */
SQB_API int sqb_partial_join(sqb_message **out, sqb_message *const *pieces,
    size_t n, const sqb_message_options *options, sqb_error *err);

#ifdef __cplusplus
}
#endif
#endif

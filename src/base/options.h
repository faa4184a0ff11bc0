/* Options: structs that begin with their size, so that they can grow. */
#ifndef SQB_BASE_OPTIONS_H
#define SQB_BASE_OPTIONS_H

#include <stddef.h>
#include <string.h>

/*
 * *own, of size octets, is all zero but for its size; what given has of it is
 * copied. given may be NULL, and its size 0, which means that of *own.
 */
static inline void sqb__options_copy(void *own, size_t size,
    const void *given)
{
	size_t given_size = size;

	if (!given)
		return;
	memcpy(&given_size, given, sizeof(given_size));
	memcpy(own, given, given_size > 0 && given_size < size ? given_size :
	    size);
}

#endif

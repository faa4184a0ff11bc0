/* A link's options, once they are its own; and what of them TCP has to know. */
#ifndef SQB_NET_LINK_OPTIONS_H
#define SQB_NET_LINK_OPTIONS_H

#include <squab/link.h>

/* *own gets what was given, and the defaults. Strings stay the caller's. */
void sqb__link_options_take(sqb_link_options *own,
    const sqb_link_options *given);

/*
 * Copies the strings that are needed later; those that are not become NULL, so
 * that they are not used by mistake. Returns false without memory. *strings is
 * for the allocator's free.
 */
bool sqb__link_options_keep(sqb_link_options *own, char **strings);

/* Tells TCP when it is to take a peer for dead. */
void sqb__link_options_tune(const sqb_link_options *o, int fd);

#endif

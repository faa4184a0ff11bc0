/*
 * Plays a script through the blocking driver: the engine on one end of a
 * socketpair with sqb_link_wait(), the server's lines on the other end in a
 * thread.
 */
#ifndef SQUAB_TESTS_WIRE_H
#define SQUAB_TESTS_WIRE_H

#include "script.h"

/* Scripts that need a clock, TLS or a call at an exact byte cannot. */
bool can_play_wire(const script *s);
bool play_wire(const script *s, bytes *why);

#endif

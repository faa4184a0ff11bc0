/*
 * Plays a script over a socketpair: the engine on one end, the server's lines
 * on the other end in a thread. The engine's link is waited for with
 * sqb_link_wait(), or in a loop of libuv's or GLib's.
 */
#ifndef SQUAB_TESTS_WIRE_H
#define SQUAB_TESTS_WIRE_H

#include "script.h"

/* Scripts that need a clock, TLS or a call at an exact byte cannot. */
bool can_play_wire(const script *s);
bool play_wire(const script *s, bytes *why);
bool play_uv(const script *s, bytes *why);
bool play_glib(const script *s, bytes *why);

#endif

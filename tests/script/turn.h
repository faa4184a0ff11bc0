/* A turn of a loop that is not ours: each waits for one descriptor, once. */
#ifndef SQUAB_TESTS_TURN_H
#define SQUAB_TESTS_TURN_H

#include <squab/link.h>

/*
 * Waits until fd is ready for some of wants, at most span ms; SQB_NEVER: as
 * long as it takes. Which came. What the loop refuses aborts the test.
 */
typedef unsigned turn_fn(int fd, unsigned wants, sqb_time span);

turn_fn turn_in_uv, turn_in_glib;

#endif

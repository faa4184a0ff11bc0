/* A link in a libuv loop. */
#ifndef SQUAB_TESTS_WIRE_UV_H
#define SQUAB_TESTS_WIRE_UV_H

#include <squab/link.h>

/* What sqb_link_wait() does, without a limit. */
void wait_in_uv(sqb_link *l, sqb_engine *e);

#endif

/*
 * Sessions in a libuv loop (libsquab-uv). Everything happens in the loop's
 * thread.
 */
#ifndef SQUAB_UV_H
#define SQUAB_UV_H

#include <squab/session.h>

#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_uv sqb_uv;

/* An operation of s is over: sqb_session_error() has its code and words. */
typedef void (*sqb_uv_done)(void *ctx, sqb_session *s, int code);

/*
 * From now on the loop drives s: whatever is started in it comes to its end and
 * is told of, also what is under way now. NULL: no memory, or libuv refused.
 */
SQB_API sqb_uv *sqb_uv_new(uv_loop_t *loop, sqb_session *s, sqb_uv_done done,
    void *ctx);

/*
 * The loop lets go of s, which may be closed right after; u's handles are
 * closed and it frees itself. done is not called any more. u may be NULL.
 */
SQB_API void sqb_uv_free(sqb_uv *u);

#ifdef __cplusplus
}
#endif
#endif

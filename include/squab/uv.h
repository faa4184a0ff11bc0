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

/*
 * An operation of s is over: sqb_session_error() has its code and words. Called
 * once for each, from the loop, never from within a call of yours; here the
 * next may be started, or all be freed. SQB_E_NOMEM with another code in
 * sqb_session_error(): the loop could not wait for s, and has canceled it.
 */
typedef void (*sqb_uv_done)(void *ctx, sqb_session *s, int code);

/*
 * From now on the loop drives s: whatever is started in it comes to its end and
 * is told of, also what is under way now. What a cancel or a blocking call has
 * ended is told of in the next round, unless another was started meanwhile. A
 * session in which nothing is under way, or whose sink has put off a call, does
 * not keep the loop running. Do not call sqb_session_wait() for what the loop
 * drives. NULL: no memory, or libuv refused.
 *
 * Takes sqb_session_on_wake().
 */
SQB_API sqb_uv *sqb_uv_new(uv_loop_t *loop, sqb_session *s, sqb_uv_done done,
    void *ctx);

/*
 * The loop lets go of s, which may be closed right after, but not before; u's
 * handles are closed, and with the next round of the loop it frees itself. done
 * is not called any more. In done and anywhere else but in callbacks of s. u
 * may be NULL.
 */
SQB_API void sqb_uv_free(sqb_uv *u);

#ifdef __cplusplus
}
#endif
#endif

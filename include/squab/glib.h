/*
 * Sessions in a GLib main loop (libsquab-glib): a GSource, and pairs of
 * functions in the way of GIO, each with a GCancellable and a GError. They run
 * in the thread-default main context of who calls them. Errors are of the
 * domain SQB_GLIB_ERROR, with an sqb_code as code, but that what a GCancellable
 * has cancelled gives G_IO_ERROR_CANCELLED; what was done before the cancel
 * came is told of as done. Messages are UTF-8.
 *
 * A GCancellable may be cancelled in any thread. It ends the operation as
 * sqb_session_cancel() does, with the next round of the loop.
 */
#ifndef SQUAB_GLIB_H
#define SQUAB_GLIB_H

#include <squab/send.h>
#include <squab/session.h>

#include <gio/gio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The domain of errors; codes are those of sqb_code (error.h). */
#define SQB_GLIB_ERROR (sqb_glib_error_quark())
SQB_API GQuark sqb_glib_error_quark(void);

/*
 * Dispatches when an operation of s is over; attach it, and set a callback of
 * the type sqb_glib_source_fn. Takes sqb_session_on_wake(): one source, or one
 * of the calls below, at a time. Lifetime of s: longer than that of the source,
 * so not to be closed in its callback.
 */
typedef gboolean (*sqb_glib_source_fn)(sqb_session *s, gpointer data);
SQB_API GSource *sqb_glib_source_new(sqb_session *s);

/*
 * Drives what was started in s (any sqb_…_start_… function) to its end. The
 * finish function gives FALSE and *error where it failed. In callback s may be
 * closed, or the next be started.
 */
SQB_API void sqb_glib_run_async(sqb_session *s, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data);
SQB_API gboolean sqb_glib_run_finish(sqb_session *s, GAsyncResult *result,
    GError **error);

/*
 * Opening, which makes the session. NULL, and *error, where it failed. What
 * options points to is borrowed until callback is called.
 */
SQB_API void sqb_glib_pop3_open_async(const char *url,
    const sqb_session_options *options, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data);
SQB_API sqb_pop3_session *sqb_glib_pop3_open_finish(GAsyncResult *result,
    GError **error);
SQB_API void sqb_glib_smtp_open_async(const char *url,
    const sqb_session_options *options, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data);
SQB_API sqb_smtp_session *sqb_glib_smtp_open_finish(GAsyncResult *result,
    GError **error);

/* The calls of session.h and send.h that have a result of their own. */
SQB_API void sqb_glib_pop3_listing_async(sqb_pop3_session *s,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
SQB_API gboolean sqb_glib_pop3_listing_finish(sqb_pop3_session *s,
    GAsyncResult *result, sqb_pop3_list_result *list, GError **error);
SQB_API void sqb_glib_pop3_message_async(sqb_pop3_session *s, uint32_t number,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
SQB_API sqb_message *sqb_glib_pop3_message_finish(sqb_pop3_session *s,
    GAsyncResult *result, GError **error);
SQB_API void sqb_glib_smtp_send_async(sqb_smtp_session *s, sqb_compose *c,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
SQB_API gboolean sqb_glib_smtp_send_finish(sqb_smtp_session *s,
    GAsyncResult *result, GError **error);

#ifdef __cplusplus
}
#endif
#endif

/*
 * A message that was fetched. It is read, decoded and saved by a worker thread,
 * which has it to itself meanwhile: no size of mail holds the window up.
 */
#ifndef MAILCHECK_MESSAGE_H
#define MAILCHECK_MESSAGE_H

#include <gio/gio.h>
#include <squab/message.h>

typedef struct message_file {
	guint part;
	char *name;		/* safe: see sqb_part_safe_name() */
	guint64 size;		/* octets as it came: about, if it is encoded */
} message_file;

typedef struct message {	/* shared: message_ref() */
	GBytes *bytes;
	sqb_message *parsed;
	const char *subject, *from, *to, *date;
	const char *text;	/* for people; UTF-8 */
	GArray *files;		/* message_file */
	GMutex saving;		/* parsed is one thread's at a time */
} message;

void message_read_async(GBytes *bytes, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data);
/* For message_unref(). NULL: *error says why. */
message *message_read_finish(GAsyncResult *result, GError **error);

message *message_ref(message *m);
void message_unref(message *m);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(message, message_unref)

/* Writes file i; an existing one is replaced. */
void message_save_async(message *m, guint i, GFile *to,
    GAsyncReadyCallback callback, gpointer data);
/*
 * Writes all of them to a folder; where one of that name is, the new one gets
 * a number.
 */
void message_save_all_async(message *m, GFile *folder,
    GAsyncReadyCallback callback, gpointer data);
/* Of both. How many were written; -1: *error says why. */
gssize message_save_finish(GAsyncResult *result, GError **error);

#endif

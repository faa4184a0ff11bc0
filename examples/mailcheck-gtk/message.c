/* See message.h. */
#include "message.h"

#include <string.h>

static void clear_file(gpointer data)
{
	message_file *f = data;

	g_free(f->name);
}

static void clear(gpointer data)
{
	message *m = data;

	sqb_message_free(m->parsed);
	g_bytes_unref(m->bytes);
	g_array_unref(m->files);
	g_mutex_clear(&m->saving);
}

message *message_ref(message *m)
{
	return g_atomic_rc_box_acquire(m);
}

void message_unref(message *m)
{
	g_atomic_rc_box_release_full(m, clear);
}

/* --- reading */

static void find_files(message *m)
{
	const sqb_bodies *bodies = sqb_message_bodies(m->parsed, 0);

	for (size_t i = 0; bodies && i < bodies->n_attachments; i++) {
		guint part = bodies->attachments[i];
		message_file f = { part, g_strdup(sqb_part_safe_name(
		    m->parsed, part)), sqb_part_body(m->parsed, part).len };

		if (sqb_message_part(m->parsed, part)->encoding ==
		    SQB_ENCODING_BASE64)
			f.size = f.size / 4 * 3;
		g_array_append_val(m->files, f);
	}
}

static void read_in_thread(GTask *task, gpointer source, gpointer data,
    GCancellable *cancellable)
{
	message *m = g_atomic_rc_box_new0(message);
	gsize len;
	const char *octets = g_bytes_get_data(data, &len);

	(void)source;
	(void)cancellable;
	g_mutex_init(&m->saving);
	m->bytes = g_bytes_ref(data);
	m->files = g_array_new(FALSE, FALSE, sizeof(message_file));
	g_array_set_clear_func(m->files, clear_file);
	m->parsed = sqb_message_parse((sqb_str){ octets, len }, NULL);
	if (!m->parsed) {
		message_unref(m);
		g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
		    "no memory for a message of this size");
		return;
	}
	m->subject = sqb_message_subject(m->parsed);
	m->from = sqb_message_from(m->parsed);
	m->to = sqb_message_to(m->parsed);
	m->date = sqb_message_date(m->parsed);
	m->text = sqb_message_text(m->parsed);
	find_files(m);
	g_task_return_pointer(task, m, (GDestroyNotify)message_unref);
}

void message_read_async(GBytes *bytes, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
	g_autoptr(GTask) task = g_task_new(NULL, cancellable, callback, data);

	g_task_set_task_data(task, g_bytes_ref(bytes),
	    (GDestroyNotify)g_bytes_unref);
	g_task_run_in_thread(task, read_in_thread);
}

message *message_read_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_pointer(G_TASK(result), error);
}

/* --- saving */

typedef struct saving {
	message *m;
	guint from, to;		/* of the files */
	GFile *file, *folder;	/* one of them */
} saving;

static void free_saving(gpointer data)
{
	saving *s = data;

	message_unref(s->m);
	g_clear_object(&s->file);
	g_clear_object(&s->folder);
	g_free(s);
}

/* "a.txt", then "a (2).txt". NULL: *error says why. */
static GFileOutputStream *create_new(GFile *folder, const char *name,
    GFile **file, GError **error)
{
	const char *dot = strrchr(name, '.');
	int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);

	for (int n = 1;; n++) {
		g_autofree char *other = n == 1 ? g_strdup(name) :
		    g_strdup_printf("%.*s (%d)%s", stem, name, n, name + stem);
		GFileOutputStream *out;

		g_set_object(file, NULL);
		*file = g_file_get_child(folder, other);
		out = g_file_create(*file, G_FILE_CREATE_NONE, NULL, error);
		if (out || n == 1000 || !g_error_matches(*error, G_IO_ERROR,
		    G_IO_ERROR_EXISTS))
			return out;
		g_clear_error(error);
	}
}

static gboolean write_new(GFile *folder, const char *name, sqb_str content,
    GError **error)
{
	g_autoptr(GFile) file = NULL;
	g_autoptr(GFileOutputStream) out = create_new(folder, name, &file,
	    error);

	if (!out)
		return FALSE;
	if (g_output_stream_write_all(G_OUTPUT_STREAM(out), content.ptr,
	    content.len, NULL, NULL, error) &&
	    g_output_stream_close(G_OUTPUT_STREAM(out), NULL, error))
		return TRUE;
	(void)g_file_delete(file, NULL, NULL);
	return FALSE;
}

static gboolean save_one(const saving *s, guint i, GError **error)
{
	const message_file *f = &g_array_index(s->m->files, message_file, i);
	sqb_str content;

	if (sqb_part_content(s->m->parsed, f->part, &content) != SQB_OK) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
		    "%s is too large to decode", f->name);
		return FALSE;
	}
	if (s->folder)
		return write_new(s->folder, f->name, content, error);
	return g_file_replace_contents(s->file, content.ptr, content.len,
	    NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL, error);
}

static void save_in_thread(GTask *task, gpointer source, gpointer data,
    GCancellable *cancellable)
{
	const saving *s = data;
	GError *error = NULL;
	guint i = s->from;

	(void)source;
	(void)cancellable;
	g_mutex_lock(&s->m->saving);
	while (i < s->to && save_one(s, i, &error))
		i++;
	g_mutex_unlock(&s->m->saving);
	if (error)
		g_task_return_error(task, error);
	else
		g_task_return_int(task, i - s->from);
}

static void save(saving *s, GAsyncReadyCallback callback, gpointer data)
{
	g_autoptr(GTask) task = g_task_new(NULL, NULL, callback, data);

	g_task_set_task_data(task, s, free_saving);
	g_task_run_in_thread(task, save_in_thread);
}

void message_save_async(message *m, guint i, GFile *to,
    GAsyncReadyCallback callback, gpointer data)
{
	saving *s = g_new0(saving, 1);

	*s = (saving){ .m = message_ref(m), .from = i, .to = i + 1,
	    .file = g_object_ref(to) };
	save(s, callback, data);
}

void message_save_all_async(message *m, GFile *folder,
    GAsyncReadyCallback callback, gpointer data)
{
	saving *s = g_new0(saving, 1);

	*s = (saving){ .m = message_ref(m), .to = m->files->len,
	    .folder = g_object_ref(folder) };
	save(s, callback, data);
}

gssize message_save_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_int(G_TASK(result), error);
}

/* See seen.h. The file has one UIDL a line. */
#include "seen.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

enum { MOST = 32 * 1024 * 1024 };	/* octets of a file that is read */

struct seen {
	GFile *file;
	GHashTable *uidls;	/* NULL: there was no check yet */
};

static GHashTable *new_set(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static GHashTable *read_set(GFile *file)
{
	g_autofree char *path = g_file_get_path(file), *text = NULL;
	g_auto(GStrv) lines = NULL;
	GHashTable *set;
	GStatBuf info;

	if (g_stat(path, &info) < 0 || info.st_size > MOST ||
	    !g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	set = new_set();
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (**line)
			g_hash_table_add(set, g_strdup(*line));
	return set;
}

seen *seen_load(const char *url)
{
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256,
	    url, -1);
	g_autofree char *folder = g_build_filename(g_get_user_data_dir(),
	    "mailcheck", NULL);
	g_autofree char *path = NULL;
	seen *s = g_new0(seen, 1);

	sum[16] = '\0';
	path = g_strdup_printf("%s/seen-%s", folder, sum);
	(void)g_mkdir_with_parents(folder, 0700);
	s->file = g_file_new_for_path(path);
	s->uidls = read_set(s->file);
	return s;
}

void seen_free(seen *s)
{
	if (!s)
		return;
	g_clear_pointer(&s->uidls, g_hash_table_unref);
	g_object_unref(s->file);
	g_free(s);
}

gboolean seen_before(const seen *s)
{
	return s->uidls != NULL;
}

gboolean seen_has(const seen *s, const char *uidl)
{
	return s->uidls && g_hash_table_contains(s->uidls, uidl);
}

static void on_written(GObject *file, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	if (!g_file_replace_contents_finish(G_FILE(file), result, NULL,
	    &error))
		g_warning("%s", error->message);
}

void seen_save(seen *s, GHashTable *uidls)
{
	GString *text = g_string_new(NULL);
	g_autoptr(GBytes) bytes = NULL;
	GHashTableIter i;
	gpointer uidl;

	g_hash_table_iter_init(&i, uidls);
	while (g_hash_table_iter_next(&i, &uidl, NULL)) {
		g_string_append(text, uidl);
		g_string_append_c(text, '\n');
	}
	g_clear_pointer(&s->uidls, g_hash_table_unref);
	s->uidls = uidls;
	bytes = g_string_free_to_bytes(text);
	g_file_replace_contents_bytes_async(s->file, bytes, NULL, FALSE,
	    G_FILE_CREATE_PRIVATE, NULL, on_written, NULL);
}

/* See letter.h. */
#include "letter.h"

G_DEFINE_FINAL_TYPE(Letter, letter, G_TYPE_OBJECT)

enum {
	UNREAD = 1,		/* the property */
	SHOWN = 120		/* octets of a field in a row */
};

static void get_property(GObject *object, guint id, GValue *value,
    GParamSpec *spec)
{
	(void)id;
	(void)spec;
	g_value_set_boolean(value, MAILCHECK_LETTER(object)->unread);
}

static void finalize(GObject *object)
{
	Letter *l = MAILCHECK_LETTER(object);

	g_free(l->uidl);
	g_free(l->subject);
	g_free(l->from);
	g_free(l->date);
	G_OBJECT_CLASS(letter_parent_class)->finalize(object);
}

static void letter_class_init(LetterClass *class)
{
	GObjectClass *object = G_OBJECT_CLASS(class);

	object->get_property = get_property;
	object->finalize = finalize;
	g_object_class_install_property(object, UNREAD,
	    g_param_spec_boolean("unread", NULL, NULL, TRUE,
	    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void letter_init(Letter *l)
{
	l->unread = TRUE;
}

static gboolean is_plain(gunichar c)
{
	return !g_unichar_iscntrl(c) && c != 0x200e && c != 0x200f &&
	    !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

char *letter_plain(const char *field, gsize most)
{
	GString *out = g_string_new(NULL);

	for (; *field && out->len < most; field = g_utf8_next_char(field)) {
		gunichar c = g_utf8_get_char(field);

		g_string_append_unichar(out, is_plain(c) ? c : ' ');
	}
	if (*field)
		g_string_append(out, "…");
	return g_string_free(out, FALSE);
}

/* "Ann Example", where the field has such a name. */
static char *sender_of(sqb_message *header)
{
	sqb_addresses *found = NULL;
	char *name = NULL;

	if (sqb_addresses_parse(&found, sqb_message_raw(header, "from", 0),
	    NULL, NULL) == SQB_OK && found->n_items > 0) {
		const sqb_address *a = &found->items[0];
		sqb_str s = a->name.len > 0 ? a->name : a->address;
		g_autofree char *all = g_strndup(s.ptr, s.len);

		name = letter_plain(all, SHOWN);
	}
	sqb_addresses_free(found);
	return name ? name : g_strdup("(no sender)");
}

/* "14:05" today, "3 May" this year, "2019-05-03" else. */
static char *short_date(const char *date)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local(), local = NULL;
	sqb_date d;

	if (sqb_date_parse(&d, sqb_str_of(date)) == SQB_OK)
		local = g_date_time_new_from_unix_local(d.utc);
	if (!local)
		return letter_plain(date, 24);
	if (g_date_time_get_year(local) != g_date_time_get_year(now))
		return g_date_time_format(local, "%Y-%m-%d");
	if (g_date_time_get_day_of_year(local) ==
	    g_date_time_get_day_of_year(now))
		return g_date_time_format(local, "%H:%M");
	return g_date_time_format(local, "%-d %b");
}

Letter *letter_new(guint32 number, guint64 size, const char *uidl,
    sqb_message *header)
{
	Letter *l = g_object_new(LETTER_TYPE, NULL);
	const char *subject = header ? sqb_message_subject(header) : "";

	l->number = number;
	l->size = size;
	l->uidl = g_strdup(uidl);
	if (*subject)
		l->subject = letter_plain(subject, SHOWN);
	else if (header)
		l->subject = g_strdup("(no subject)");
	else
		l->subject = g_strdup_printf("Message %u", number);
	l->from = header ? sender_of(header) :
	    g_strdup("");
	l->date = header ? short_date(sqb_message_date(header)) :
	    g_strdup("");
	return l;
}

void letter_set_unread(Letter *l, gboolean unread)
{
	if (l->unread == unread)
		return;
	l->unread = unread;
	g_object_notify(G_OBJECT(l), "unread");
}

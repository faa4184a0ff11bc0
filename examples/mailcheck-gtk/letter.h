/* A row of the list: one message in the mailbox, as its header tells of it. */
#ifndef MAILCHECK_LETTER_H
#define MAILCHECK_LETTER_H

#include <gio/gio.h>
#include <squab/message.h>

#define LETTER_TYPE (letter_get_type())
G_DECLARE_FINAL_TYPE(Letter, letter, MAILCHECK, LETTER, GObject)

struct _Letter {
	GObject base;
	guint32 number;		/* in the present session */
	guint64 size;		/* octets */
	char *uidl;		/* "": the server gave none */
	char *subject, *from, *date;	/* for people; never NULL */
	gboolean is_new;	/* not in an earlier check */
	gboolean unread;	/* property "unread": shown in bold */
};

/* header: NULL where the server would not give it. */
Letter *letter_new(guint32 number, guint64 size, const char *uidl,
    sqb_message *header);
void letter_set_unread(Letter *l, gboolean unread);

/*
 * At most so many octets of a header field, on one line, without control
 * characters and those that change the direction of others; for g_free().
 */
char *letter_plain(const char *field, gsize most);

#endif

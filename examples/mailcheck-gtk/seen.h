/*
 * Which messages an earlier check has found: their UIDLs, kept in a file below
 * the user's data, so that only new mail is told of.
 */
#ifndef MAILCHECK_SEEN_H
#define MAILCHECK_SEEN_H

#include <glib.h>

typedef struct seen seen;

/* Of the account of this URL. */
seen *seen_load(const char *url);
void seen_free(seen *s);	/* s may be NULL */

/* There was an earlier check. */
gboolean seen_before(const seen *s);
gboolean seen_has(const seen *s, const char *uidl);
/* Takes uidls, a set of strings, for the next time; written meanwhile. */
void seen_save(seen *s, GHashTable *uidls);

#endif

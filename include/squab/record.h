/* Header fields that servers and lists write, as records. */
#ifndef SQUAB_RECORD_H
#define SQUAB_RECORD_H

#include <squab/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A Received field, RFC 5321, section 4.4: a server that had the message. All
 * strings are safe to print, "" where there is no such clause, and without
 * comments but from_info.
 */
typedef struct sqb_received {
	const char *from;	/* what the client called itself */
	const char *from_info;	/* what the server saw of it, which is in the
				   comment: "mx.example [192.0.2.1]" */
	const char *by, *via, *with, *id;
	const char *recipient;	/* "for" */
	sqb_date date;		/* refused: there is none */
} sqb_received;

/*
 * The nth Received field, from 0: the last server comes first. False: there
 * is none, or memory is short.
 * Lifetime: that of m.
 */
SQB_API bool sqb_message_received(sqb_message *m, size_t nth,
    sqb_received *out);

/* URLs in the order of preference of the list's owner. */
typedef struct sqb_urls {
	const char *const *items;
	size_t n_items;
} sqb_urls;

/*
 * The list that a message came through: its List-* fields, RFC 2369 and 2919.
 * All strings are safe to print, "" where there is none. Of each field the
 * first counts, and 64 KiB and 100 URLs of it are read.
 *
 * A URL is what stands between "<" and ">"; blanks within are left out, octets
 * that are not safe to print are as "%XX". Where what follows is no comma and
 * no "<", the rest of the field is ignored. They are not looked at: one may be
 * of any scheme.
 */
typedef struct sqb_list {
	const char *id;			/* without < and > */
	const char *description;	/* what stands before it, decoded */
	sqb_urls help, unsubscribe, subscribe, post, owner, archive;
	bool no_post;		/* "NO": nobody may write to it */
	bool one_click;		/* RFC 8058: to leave, send a POST request to
				   the first https URL of unsubscribe. Only
				   if a DKIM signature that is good covers both
				   fields, which is not looked at. */
} sqb_list;

/*
 * That of the message that row root begins: 0, or the row in a message part.
 * False: there are no such fields, or memory is short.
 * Lifetime: that of m.
 */
SQB_API bool sqb_message_list(sqb_message *m, size_t root, sqb_list *out);

/* What was looked at: "header" "from" "example.org". */
typedef struct sqb_auth_property {
	const char *type;	/* "smtp", "header", "body", "policy" …; "":
				   none was given */
	const char *property;	/* as type, in lower case */
	const char *value;	/* as it was put, without quotes */
} sqb_auth_property;

/* A method, and what came of it: "dkim" "pass". */
typedef struct sqb_auth_result {
	const char *method, *result;	/* in lower case */
	const char *version;		/* of the method; "" stands for "1" */
	const char *reason;
	const sqb_auth_property *properties;
	size_t n_properties;
} sqb_auth_result;

/*
 * An Authentication-Results field, RFC 8601 (before it RFC 7601 and 5451):
 * what a server found when it checked who sent the message. Comments are left
 * out. All strings are safe to print, "" where there is none; what was not
 * safe, or no UTF-8, is U+FFFD, and nothing is decoded.
 */
typedef struct sqb_authentication {
	const char *server;	/* authserv-id; "": it is missing */
	const char *version;	/* of the field; "" stands for "1" */
	const sqb_auth_result *results;
	size_t n_results;
	bool none;		/* "none": nothing was checked */
	bool defect;		/* not all of it is as the RFC has it, or it is
				   over 64 KiB, 100 results or 1,000
				   properties: this is what could be read */
} sqb_authentication;

/*
 * The nth Authentication-Results field of the message that row root begins,
 * from 0: the last server comes first.
 *
 * Anyone can put such fields into a message, the sender first of all. Believe
 * only those whose server is one of your own, compared without letter case,
 * and only if your servers remove the ones that come from outside under their
 * names (RFC 8601, section 5). All others say nothing.
 *
 * False: there is no such field, or memory is short.
 * Lifetime: that of m.
 */
SQB_API bool sqb_message_authentication(sqb_message *m, size_t root,
    size_t nth, sqb_authentication *out);

#ifdef __cplusplus
}
#endif
#endif

/* Random messages to be written, and what must be read of them. */
#ifndef SQUAB_TESTS_COMPOSE_RANDOM_H
#define SQUAB_TESTS_COMPOSE_RANDOM_H

#include <squab/compose.h>

#include "base/arena.h"

enum { RANDOM_ADDRESSES = 12, RANDOM_PARTS = 6, RANDOM_IDS = 8 };

/* What is wanted is as message.h gives it: safe to print, trimmed. */
typedef struct random_address {
	sqb_str name, group;	/* group "": in none */
	sqb_str address;	/* its domain in A-labels, or "": no address */
} random_address;

typedef struct random_addresses {
	random_address items[RANDOM_ADDRESSES];
	size_t n;
} random_addresses;

typedef struct random_part {
	sqb_str bytes;		/* as given */
	sqb_str want;		/* as read: line ends of text are CRLF */
	sqb_str name;		/* wanted; "": none */
	const char *type;	/* wanted, "type/subtype" */
	const char *content_id;	/* NULL: none */
	sqb_str description;	/* wanted; "": none */
	bool is_message;
	bool once;		/* its source cannot be rewound */
	uint64_t seed;		/* of its source */
	size_t at;		/* of its source: octets read */
} random_part;

typedef struct random_message {
	sqb__arena arena;
	sqb_compose *c;
	bool needs_utf8;
	bool once;		/* a part can be read but once */
	sqb_str subject, comments;	/* wanted; no ptr: none */
	random_addresses from, sender, to, cc, bcc, reply_to;
	int64_t date;
	int zone;
	sqb_str message_id;	/* no ptr: made */
	sqb_str references[RANDOM_IDS];
	size_t n_references;
	sqb_str text, html, calendar;	/* wanted; no ptr: none */
	bool text_made;		/* of the html; text is not set */
	random_part parts[RANDOM_PARTS];
	size_t n_parts;
	int code;		/* the first that is not SQB_OK */
} random_message;

/* Those of Bcc have this in them, and nothing else has. */
#define RANDOM_BCC "hidden-recipient"

/* Makes one and what is wanted of it. utf8: addresses may need it. */
void random_message_new(random_message *r, uint64_t *seed, bool utf8,
    const sqb_allocator *a);
void random_message_free(random_message *r);

/* CRLF for each LF, CR and CRLF, to memory of the arena. */
sqb_str random_canonical(random_message *r, sqb_str s);

#endif

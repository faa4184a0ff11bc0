/*
 * Writing a message: RFC 5322 and MIME (RFC 2045 to 2049, 2183, 2231, 2387),
 * with 6532 (UTF-8 headers), 2369 and 8058 (List-Unsubscribe), 3834
 * (Auto-Submitted), 6047 (calendar) and 6376 (DKIM: dkim.h).
 *
 * Say what goes in, in any order; the tree of multiparts, the encodings and
 * the folding come by themselves. Then sqb_compose_begin(), and take the
 * octets piece by piece: contents are read as they are taken, so that a message
 * may be larger than memory. What is written here, message.h reads back equal.
 *
 *	c = sqb_compose_new(&(sqb_compose_options){
 *	    .size = sizeof(sqb_compose_options), .now = time(NULL) });
 *	sqb_compose_address(c, "From", "Board", "board@example.org");
 *	sqb_compose_field(c, "To", "Zoë <zoe@example.net>, ann@example.net");
 *	sqb_compose_field(c, "Subject", "A new post");
 *	sqb_compose_text(c, sqb_str_of("Hello."));
 *	rc = sqb_smtp_send(session, c);
 *
 * The first error sticks: every later call returns its code and changes
 * nothing, so that only the last need be looked at.
 */
#ifndef SQUAB_COMPOSE_H
#define SQUAB_COMPOSE_H

#include <squab/dkim.h>
#include <squab/message.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_compose sqb_compose;

/* Zero in a field means its default. */
typedef struct sqb_compose_options {
	size_t size;			/* sizeof(sqb_compose_options) */
	const sqb_allocator *allocator;	/* sqb_allocator_default() */
	int64_t now;			/* seconds since 1970 UTC, time(NULL):
					   of Date and signatures; from 1900
					   to 9999 */
	int zone;			/* minutes east of UTC, for Date */
	const char *id_domain;		/* right of the @ in Message-ID; copied;
					   that of the From address */
	size_t max_recipients;		/* 100,000 */
	size_t max_parts;		/* attachments and the like: 10,000 */
	size_t max_header;		/* octets of fields: 16 MiB */
} sqb_compose_options;

/* NULL only when memory is short. options may be NULL: Date is 1970 then. */
SQB_API sqb_compose *sqb_compose_new(const sqb_compose_options *options);
/* Closes the sources of its attachments. c may be NULL. */
SQB_API void sqb_compose_free(sqb_compose *c);
/* The first error; NULL: none. Lifetime: that of c. */
SQB_API const sqb_error *sqb_compose_error(const sqb_compose *c);

/*
 * A field of the header. All text is UTF-8; what is not ASCII is encoded (RFC
 * 2047). What value means depends on name, whose letter case does not matter:
 *
 *	From, Sender, To, Cc, Bcc, Reply-To
 *			addresses as RFC 5322, section 3.4 has them, also in
 *			groups; several calls add up. They are read strictly,
 *			and written anew: a comment that is no name goes. Those
 *			of To, Cc and Bcc are the recipients; Bcc is never
 *			written
 *	Date		as sqb_date_parse() takes it
 *	Message-ID, In-Reply-To, References
 *			ids, with or without < and >; what stands between is
 *			left out
 *	Auto-Submitted	"no", "auto-generated", "auto-replied" (RFC 3834)
 *	any other	text, as it is; a second one of the same name is another
 *			field, but there is only one Subject
 *
 * Date and Message-ID are made where none is given; Sender is needed where
 * From has more than one address. The fields above come first, in the order
 * of RFC 5322, section 3.6, then others in the order given. Lines are folded
 * at 78 octets; a word of 900 or less is left whole.
 *
 * SQB_E_USAGE  CR, LF or NUL, no UTF-8, no such name can be, it does not
 *              parse, it is there already, it is ours to write
 *              (MIME-Version, Content-*, DKIM-Signature) or that of a relay
 *              (Received, Return-Path, Resent-*); an address over 512 octets
 * SQB_E_LIMIT, SQB_E_NOMEM
 */
SQB_API int sqb_compose_field(sqb_compose *c, const char *name,
    const char *value);

/*
 * One more address of From, Sender, To, Cc, Bcc or Reply-To. The name is any
 * text, quoted or encoded as needed, and may be NULL or ""; readers drop blanks
 * at its ends. The address is local part, "@" and domain, nothing else. A
 * domain is written as A-labels; a local part is never changed, and where it is
 * not ASCII the message needs SQB_COMPOSE_UTF8.
 *
 * Errors: as sqb_compose_field().
 */
SQB_API int sqb_compose_address(sqb_compose *c, const char *field,
    const char *name, const char *address);

/*
 * The text and the html, UTF-8 with any line ends, at the end of which one is
 * put where it has none; one of each. They are copied. make_text: where no text
 * is given it is made from the html, as sqb_message_text() would.
 *
 * SQB_E_USAGE  no UTF-8, holds NUL, or there is one already
 * SQB_E_NOMEM
 */
SQB_API int sqb_compose_text(sqb_compose *c, sqb_str text);
SQB_API int sqb_compose_html(sqb_compose *c, sqb_str html, bool make_text);

/*
 * A calendar object (RFC 5545) as a form of the text, as calendar programs
 * want it (RFC 6047): method is that in it, "REQUEST", "REPLY", "CANCEL" ….
 * Copied. Errors: as sqb_compose_text(); a method that is no token.
 */
SQB_API int sqb_compose_calendar(sqb_compose *c, sqb_str object,
    const char *method);

/*
 * Where the content of an attachment comes from, in pieces.
 *
 * read puts at most cap octets to out and returns how many; 0: that was all;
 * negative: an sqb_code, and the message ends with it. rewind goes back to the
 * beginning; it is what the smallest encoding, a SIZE that is right, a
 * signature and a second sending need, and without it (NULL) content is
 * base64 octet by octet, of unknown charset, and can be taken once. It must
 * give the same octets each time. close, which may be NULL, is called once.
 */
typedef struct sqb_source {
	int64_t (*read)(void *ctx, void *out, size_t cap);
	int (*rewind)(void *ctx);
	void (*close)(void *ctx);
	void *ctx;
} sqb_source;

/* Content is bytes, borrowed until sqb_compose_free(), or source, copied. */
typedef struct sqb_attachment {
	size_t size;			/* sizeof(sqb_attachment) */
	sqb_str bytes;
	const sqb_source *source;	/* taken over, closed also on failure */
	const char *name;		/* of the file; a path's last component
					   counts, at most 1,000 octets.
					   NULL: none */
	const char *type;		/* "image/png", with parameters where
					   it has some; NULL: by the ending of
					   name, or application/octet-stream */
	const char *description;	/* Content-Description; NULL: none */
	const char *content_id;		/* "a@b": shown in the html, which
					   refers to it as cid:a@b; NULL:
					   attached. ASCII without blanks */
} sqb_attachment;

/*
 * Of content that is text the line ends become CRLF, but where it has NUL in
 * it, as UTF-16 has; all else comes back octet by octet. Text that is UTF-8 is
 * said to be, unless its type names a charset. A name that is long or not
 * ASCII is written as RFC 2231 wants it, and once more in encoded words as old
 * readers do.
 *
 * SQB_E_USAGE  no such type can be, CR, LF or no UTF-8 in a string
 * SQB_E_LIMIT, SQB_E_NOMEM
 */
SQB_API int sqb_compose_attach(sqb_compose *c, const sqb_attachment *a);

/*
 * The same of a file, which is opened now and read when it is sent. a may be
 * NULL, and its bytes and source are not looked at; its name is path's last
 * component where none is given, and what is no UTF-8 in that, or a line end,
 * becomes "_". What is no file, such as a pipe, can be taken once. SQB_E_USAGE:
 * path cannot be opened; the error's sys is errno.
 */
SQB_API int sqb_compose_attach_file(sqb_compose *c, const char *path,
    const sqb_attachment *a);

/*
 * A message in the message (message/rfc822), its line ends CRLF. Where the way
 * does not allow what is in it, or it has lines of over 998 octets, NUL or CR
 * without LF, it is base64, and therefore message/global (RFC 6532, section
 * 3.7). Borrowed until sqb_compose_free().
 */
SQB_API int sqb_compose_attach_message(sqb_compose *c, sqb_str message);

enum {
	SQB_REPLY_ALL = 1 << 0,		/* to everybody who got it */
	SQB_REPLY_QUOTE = 1 << 1	/* its text, quoted, below ours */
};

/*
 * This is the answer to m: To is its Reply-To or From (where that is our own,
 * its To), with SQB_REPLY_ALL Cc the rest of its To and Cc; nobody twice and
 * not ourselves: the From given before, and own, addresses of which NULL is
 * the last, or NULL. What m has in these fields that cannot be written is left
 * out. Also Subject ("Re: ", which replaces others, also "AW: " and the like),
 * In-Reply-To and References (RFC 5322, 3.6.4; of more than 32 ids the first
 * and the last ones), each unless it was given before. Of html only its text
 * is quoted. Nothing of m is kept.
 *
 * An answer that no person wrote should also say "auto-replied" in
 * Auto-Submitted, and not be sent where m has that field with another value
 * than "no" (RFC 3834, section 2).
 *
 * SQB_E_USAGE  m says of nobody whom to answer; SQB_E_NOMEM
 */
SQB_API int sqb_compose_reply(sqb_compose *c, sqb_message *m, unsigned flags,
    const char *const *own);

/*
 * m goes on to others: Subject ("Fwd: "), References, and attached whole, or
 * else its main fields and text below ours and its attachments as ours.
 * m is borrowed until sqb_compose_free().
 *
 * SQB_E_LIMIT, SQB_E_NOMEM: also where an attachment cannot be decoded for that
 */
SQB_API int sqb_compose_forward(sqb_compose *c, sqb_message *m,
    bool attached);

/*
 * List-Unsubscribe (RFC 2369): an https and a mailto URL, either may be NULL.
 * With the first comes List-Unsubscribe-Post (RFC 8058), which counts only
 * where the message is signed, here or on its way.
 *
 * SQB_E_USAGE  no URL, one with other characters than RFC 3986 has or with a
 *              comma, or over 900 octets, or there is such a field
 */
SQB_API int sqb_compose_unsubscribe(sqb_compose *c, const char *https,
    const char *mailto);

/*
 * Signs it (RFC 6376); again for another key, up to 8. key is borrowed until
 * sqb_compose_free(). begin reads all contents once more for that, and makes
 * no use of SQB_COMPOSE_8BIT and SQB_COMPOSE_BINARY: a server on the way may
 * undo them, and the signature with that (RFC 6376, 5.3).
 *
 * SQB_E_LIMIT, SQB_E_NOMEM
 */
SQB_API int sqb_compose_sign(sqb_compose *c, const sqb_dkim_key *key);

/* What the way of a message allows, and what a message needs. */
enum {
	SQB_COMPOSE_8BIT = 1 << 0,	/* 8BITMIME, RFC 6152 */
	SQB_COMPOSE_BINARY = 1 << 1,	/* BINARYMIME, RFC 3030 */
	SQB_COMPOSE_UTF8 = 1 << 2	/* SMTPUTF8, RFC 6531 and 6532: used
					   only where an address needs it */
};

/*
 * The message is complete: chooses the encodings and signs. Text is 7bit or
 * 8bit where its octets and lines allow it, else quoted-printable or base64,
 * whichever is shorter; what is no text is binary or base64. Again: from the
 * start, perhaps for another way, with the same Message-ID and boundaries; an
 * error of begin or next is forgotten then. Until sqb_compose_free() nothing
 * can be added any more.
 *
 * SQB_E_USAGE        there is no From, or no Sender where one is needed; a
 *                    source without rewind was read before, or is to be
 *                    signed; one gave other octets the second time
 * SQB_E_UNSUPPORTED  it needs SQB_COMPOSE_UTF8
 * SQB_E_NOMEM, or the code of a source
 */
SQB_API int sqb_compose_begin(sqb_compose *c, unsigned allowed);

/* After begin: what of that it needs; its octets, UINT64_MAX: not known. */
SQB_API unsigned sqb_compose_needs(const sqb_compose *c);
SQB_API uint64_t sqb_compose_size(const sqb_compose *c);

/*
 * The next octets, some 64 KiB, with CRLF line ends. 1: *piece is set; 0: that
 * was all; < 0: an error, as begin(). Lifetime: until the next call on c.
 */
SQB_API int sqb_compose_next(sqb_compose *c, sqb_str *piece);

/* All of it. Calls begin and next. Lifetime: until the next call on c. */
SQB_API int sqb_compose_bytes(sqb_compose *c, unsigned allowed,
    sqb_str *message);

/* Whom a message goes to: each address once, its domain as A-labels. */
typedef struct sqb_envelope {
	sqb_str from;			/* Sender, else the first From */
	const sqb_str *recipients;	/* To, Cc and Bcc */
	size_t n_recipients;
} sqb_envelope;

/*
 * Lifetime: until c changes. No recipients are no error. SQB_E_NOMEM, or the
 * error of what was said; that of begin does not matter here.
 */
SQB_API int sqb_compose_envelope(sqb_compose *c, sqb_envelope *envelope);

#ifdef __cplusplus
}
#endif
#endif

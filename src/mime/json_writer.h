/* JSON (RFC 8259) in one line, written to a sink as it is made. */
#ifndef SQB_MIME_JSON_WRITER_H
#define SQB_MIME_JSON_WRITER_H

#include <squab/json.h>

enum { SQB__JSON_ROOM = 8 * 1024 };

/*
 * Members and items get their commas by themselves. After the first error
 * nothing is written any more; it is looked at once, at the end.
 */
typedef struct sqb__json {
	sqb_json_write *sink;
	void *ctx;
	int error;		/* SQB_OK, or the first */
	bool comma;		/* due before the next member or item */
	size_t n;
	char buf[SQB__JSON_ROOM];
	unsigned char held[3];	/* of base64, what makes no group yet */
	size_t n_held;
} sqb__json;

void sqb__json_init(sqb__json *j, sqb_json_write *sink, void *ctx);
int sqb__json_flush(sqb__json *j);

void sqb__json_open(sqb__json *j, char bracket);	/* { or [ */
void sqb__json_close(sqb__json *j, char bracket);	/* } or ] */
void sqb__json_key(sqb__json *j, const char *name);
/* The same with a name that needs escapes. */
void sqb__json_key_str(sqb__json *j, sqb_str name);

void sqb__json_null(sqb__json *j);
void sqb__json_bool(sqb__json *j, bool is);
void sqb__json_uint(sqb__json *j, uint64_t n);

/* A string: control characters, bidi and line separators escaped; what is no
   UTF-8 becomes U+FFFD. */
void sqb__json_str(sqb__json *j, sqb_str s);
void sqb__json_c(sqb__json *j, const char *s);
/* null where s is empty. */
void sqb__json_c_or_null(sqb__json *j, const char *s);
/* The same with its key. */
void sqb__json_member(sqb__json *j, const char *key, const char *s);
/* The same as str with CRLF as LF. */
void sqb__json_lines(sqb__json *j, sqb_str s);

/* A string in base64, in pieces. */
void sqb__json_base64_begin(sqb__json *j);
void sqb__json_base64_add(sqb__json *j, sqb_str s);
void sqb__json_base64_end(sqb__json *j);

#endif

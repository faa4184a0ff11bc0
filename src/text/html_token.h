/* Tags, comments and attributes of HTML, as they stand in the bytes. */
#ifndef SQB_TEXT_HTML_TOKEN_H
#define SQB_TEXT_HTML_TOKEN_H

#include <squab/base.h>

typedef struct sqb__tag {
	sqb_str name;		/* letter case as it came */
	sqb_str attributes;	/* what follows it, up to the ">" */
	bool end;		/* "</name" */
} sqb__tag;

/*
 * What begins with the "<" at the front of s: how long it is. tag->name is
 * empty where it is a comment or the like. 0: it is text.
 */
size_t sqb__html_tag(sqb_str s, sqb__tag *tag);

/* How far it is to the end tag of that name, which is not in it. */
size_t sqb__html_raw_len(sqb_str s, const char *name);

typedef struct sqb__attribute {
	sqb_str name, value;
} sqb__attribute;

/* The next one of *attributes. False: there is none. */
bool sqb__html_attribute(sqb_str *attributes, sqb__attribute *a);

#endif

/*
 * Session scripts: a file is read into a list of steps; who plays them, and
 * how the bytes are cut, is not known here. README.md has the format.
 */
#ifndef SQUAB_TESTS_SCRIPT_H
#define SQUAB_TESTS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that the test owns; closed with a NUL that is not counted. */
typedef struct bytes {
	char *data;
	size_t len, cap;
} bytes;

void bytes_add(bytes *b, const void *data, size_t len);
void bytes_add_c(bytes *b, const char *s);
void bytes_drop(bytes *b, size_t n);	/* from the front; n <= len */
void bytes_clear(bytes *b);
/* True: the part is in there somewhere. */
bool bytes_has(const bytes *b, const void *part, size_t len);
/* The bytes as a person would write them in a script. */
void bytes_add_visible(bytes *b, const char *data, size_t len);

/* A word of a step: positional, or key=value, or key~part of the value. */
typedef struct word {
	char *key;		/* NULL: positional */
	char op;		/* '=' or '~' */
	bytes value;
} word;

typedef enum step_type {
	STEP_SERVER,		/* S: data */
	STEP_CLIENT,		/* C: data */
	STEP_CALL,		/* >: words */
	STEP_EVENT,		/* =: words */
	STEP_QUERY,		/* ?: words */
	STEP_TLS,		/* T: words */
	STEP_CLOCK,		/* CLOCK: milliseconds */
	STEP_EOF
} step_type;

enum { MAX_WORDS = 16 };

typedef struct step {
	step_type type;
	unsigned line;		/* of the file, from 1 */
	bytes data;
	bool any_tail;		/* C~: data and whatever ends the line */
	word words[MAX_WORDS];
	size_t n_words;
	int64_t ms;
} step;

/* One session. A file has at least one. */
typedef struct script {
	struct script *next;	/* in the same file */
	char *name;		/* FILE or FILE/SESSION, no folder or ending */
	char protocol[16];	/* the folder */
	step *steps;
	size_t n_steps;
	word options[MAX_WORDS];
	size_t n_options;
	size_t n_server;	/* octets of all S steps */
} script;

/* All sessions of a file. NULL: says on stderr what is wrong, and where. */
script *script_read(const char *path);
void script_free(script *s);	/* with those that follow it */

/* How many of got's octets are what a C step wants; 0: they are not. */
size_t step_fits(const step *s, const bytes *got);
/* The value of an option, NULL without. */
const char *script_option(const script *s, const char *key);
/* The value of the step's word with this key, NULL without. */
const word *step_word(const step *s, const char *key);
/* The nth positional word; "" when there are fewer. */
const char *step_arg(const step *s, size_t n);

/* Out of memory ends the test program. */
void *must(void *p);

/*
 * Splits one line into words. ordinal is what \i stands for. False: a bad
 * escape, an open quote or too many words.
 */
bool words_split(const char *line, unsigned ordinal, word *words,
    size_t *n_words);
/* Appends the text with its escapes resolved. */
bool bytes_add_unescaped(bytes *b, const char *s, size_t len,
    unsigned ordinal);
void words_clear(word *words, size_t n_words);

#endif

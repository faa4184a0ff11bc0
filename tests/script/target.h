/*
 * The engine under test, whoever moves its bytes: calls go in, events are
 * logged and compared with the script, and what must hold in every session
 * is watched: one DONE for each accepted command, body and row counts that
 * agree with the pieces, nothing after the end. What differs between the
 * protocols is behind a table of functions.
 */
#ifndef SQUAB_TESTS_TARGET_H
#define SQUAB_TESTS_TARGET_H

#include <squab/pop3.h>
#include <squab/smtp.h>

#include "heap.h"
#include "script.h"

/* An event, its text copied; pieces that follow each other are joined. */
typedef struct logged {
	union {
		sqb_pop3_event pop3;
		sqb_smtp_event smtp;
	} event;
	const struct protocol *protocol;
	uint64_t tag;
	bytes text;
	bool is_piece;		/* of a body: joins with the next */
	bool is_done, is_ok;	/* the end of a command, with SQB_OK */
	bool is_error;		/* not an event: the engine's end */
	sqb_error error;	/* of the end, or why a command failed */
} logged;

typedef struct call {
	sqb_login login;	/* borrowed by the engine until DONE */
	int verb;
	uint64_t tag;
	unsigned n_done;
	uint32_t n_rows;	/* POP3 */
	uint64_t n_body;	/* octets */
	sqb_smtp_mail mail;	/* SMTP, borrowed likewise */
	sqb_smtp_recipient *recipients;
	bytes message, names;
	size_t n_given, piece;	/* octets of a streamed one, and at once */
	size_t n_answered, n_taken; /* recipients */
} call;

typedef struct target {
	const struct protocol *protocol;
	void *session;		/* an sqb_pop3 or sqb_smtp */
	sqb_engine *engine;
	call **calls;		/* those that were accepted */
	size_t n_calls, calls_room;
	uint64_t last_tag;
	logged *log;
	size_t n_log, n_matched, log_room;
	bool ended;		/* next() has said so */
	bool saw_nomem;		/* a call or an event told of no memory */
	bytes broken;		/* what did not hold; empty: all did */
} target;

enum { EVENT_WORDS = 4 };

/* What the player needs of a protocol. Values: false, no such key. */
typedef struct protocol {
	const char *name;	/* the folder of its scripts */
	const char *const *verbs;
	size_t n_verbs;
	/* False: no memory, or the options are broken. */
	bool (*open)(target *t, const script *s, const sqb_allocator *a);
	void (*close)(target *t);
	/* As sqb_pop3_next(): what came is in *l and watched; its text too. */
	int (*next)(target *t, logged *l);
	/* Asks; c's own fields are set. */
	int (*ask)(target *t, const step *s, call *c);
	void (*clear)(call *c);
	int (*cancel)(target *t, uint64_t tag);
	const char *(*state)(const target *t);
	const char *(*mechanism)(const target *t);
	bool (*caps)(const void *t, const char *key, bytes *out);
	bool (*progress)(const void *t, const char *key, bytes *out);
	bool (*event)(const void *l, const char *key, bytes *out);
	/* The positional words of an event. */
	size_t (*words)(const logged *l, bytes *words);
	/* The number that errors call a reply, in words. */
	void (*reply)(bytes *out, int32_t reply);
} protocol;

extern const protocol protocol_pop3, protocol_smtp;

/* That of the script's folder. */
const protocol *protocol_of(const script *s);

/* False: an option that there is not. */
bool pop3_options_of(const script *s, sqb_pop3_options *o);
bool smtp_options_of(const script *s, sqb_smtp_options *o);

/* False: the allocator had nothing left. */
bool target_open(target *t, const script *s, const sqb_allocator *a);
void target_close(target *t);

/* Fetches all events there are into the log. */
void target_drain(target *t);

/* These three say in why what was expected and what came. */
bool target_call(target *t, const step *s, bytes *why);
bool target_match(target *t, const step *s, bytes *why);
bool target_query(target *t, const step *s, bytes *why);

/* True: the next event is complete, more input cannot change it. */
bool target_has_event(const target *t);
/* True: events came that no step has asked for; why says which. */
bool target_has_surplus(const target *t, bytes *why);

/* Ends what is under way and watches every command get its DONE. */
void target_settle(target *t);

/* --- for the protocols */

/* Something did not hold; only the first is kept. */
void target_broken(target *t, const char *what, uint64_t tag);
/* The accepted call of that tag; NULL: there is none, which is broken. */
call *target_event_of(target *t, uint64_t tag, int verb);
/* Counts a DONE. */
void target_done(target *t, call *c, sqb_code code);

/* "SQB_E_PROTO" of an sqb_code; and back, 1 for no such name. */
void code_name(bytes *out, int code);
int code_of(const char *name);

/* --- values.c: words of a script and fields of structs */

typedef struct flag_row {
	const char *key;
	bool value;
} flag_row;

typedef struct number_row {
	const char *key;
	void *to;
	size_t size;		/* of the field: 1, 2, 4 or 8 octets */
} number_row;

void add_number(bytes *out, uint64_t n);
void add_signed(bytes *out, int64_t n);
void add_str(bytes *out, sqb_str s);
bool add_flag(bytes *out, const flag_row *rows, size_t n, const char *key);
bool set_number(const number_row *rows, size_t n, const char *key,
    uint64_t value);
bool tls_option(const char *value, sqb_tls_mode *tls);
/* The word's value; empty without. Its number; 0 without. */
sqb_str word_str(const step *s, const char *key);
uint64_t word_number(const step *s, const char *key);
uint64_t number_of(const char *s);
/* True: an option of the runner, not of an engine. */
bool is_runners_option(const char *key);

#endif

/*
 * The engine under test, whoever moves its bytes: calls go in, events are
 * logged and compared with the script, and what must hold in every session
 * is watched: one DONE for each accepted command, body and row counts that
 * agree with the pieces, nothing after the end.
 */
#ifndef SQUAB_TESTS_TARGET_H
#define SQUAB_TESTS_TARGET_H

#include <squab/pop3.h>

#include "heap.h"
#include "script.h"

/* An event, its text copied; bodies that follow each other are joined. */
typedef struct logged {
	sqb_pop3_event event;
	bytes text;
	bool is_error;		/* not an event: the engine's end */
	sqb_error error;	/* of the end, or why a login failed */
} logged;

typedef struct call {
	sqb_login login;	/* borrowed by the engine until DONE */
	sqb_pop3_verb verb;
	uint64_t tag;
	unsigned n_done;
	uint32_t n_rows;
	uint64_t n_body;	/* octets */
} call;

typedef struct target {
	sqb_pop3 *pop3;
	sqb_engine *engine;
	call **calls;		/* those that were accepted */
	size_t n_calls, calls_room;
	uint64_t last_tag;
	logged *log;
	size_t n_log, n_matched, log_room;
	bool ended;		/* sqb_pop3_next() has said so */
	bool saw_nomem;		/* a call or an event told of no memory */
	bytes broken;		/* what did not hold; empty: all did */
} target;

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

/* "SQB_E_PROTO" of an sqb_code; and back, 1 for no such name. */
void code_name(bytes *out, int code);
int code_of(const char *name);

/* pop3_names.c: enums and structs of pop3.h as words of a script. */
extern const char *const verb_names[SQB_POP3_N_VERBS];
bool options_of(const script *s, sqb_pop3_options *o);
/* The value that key has; false: there is no such key. */
bool event_value(const logged *l, const char *key, bytes *out);
bool caps_value(const sqb_pop3_caps *c, const char *key, bytes *out);
bool progress_value(const sqb_pop3_progress *p, const char *key, bytes *out);
const char *state_name(sqb_pop3_state state);
/* The positional words of an event, which stay l's or static. */
size_t event_words(const logged *l, bytes *words);
enum { EVENT_WORDS = 4 };

#endif

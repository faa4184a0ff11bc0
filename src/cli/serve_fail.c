/*
 * What goes wrong on purpose, so that people can test their programs:
 *
 *	PLACE[:ADDRESS]=REPLY | drop | stall [*TIMES]
 */
#include "serve.h"

#include <stdlib.h>
#include <string.h>

typedef struct rule {
	struct rule *next;
	serve_place place;
	sqb_str address;		/* empty: any */
	unsigned long left;		/* times; 0: for ever */
	bool spent;
	serve_failure failure;
	char text[];			/* of all of it */
} rule;

struct serve_fail {
	rule *first, **end;
};

static const char *const names[SERVE_N_PLACES] = {
	[SERVE_AT_GREETING] = "greeting",
	[SERVE_AT_EHLO] = "ehlo",
	[SERVE_AT_STARTTLS] = "starttls",
	[SERVE_AT_AUTH] = "auth",
	[SERVE_AT_MAIL] = "mail",
	[SERVE_AT_RCPT] = "rcpt",
	[SERVE_AT_DATA] = "data",
	[SERVE_AT_MESSAGE] = "message",
	[SERVE_AT_END] = "end",
	[SERVE_AT_QUIT] = "quit",
};

static bool read_place(const char *text, size_t n, serve_place *place)
{
	for (int i = 0; i < SERVE_N_PLACES; i++) {
		*place = (serve_place)i;
		if (strlen(names[i]) == n && !memcmp(names[i], text, n))
			return true;
	}
	return false;
}

/* "*3" at the end of text, which is cut off. False: it is zero. */
static bool take_times(char *text, unsigned long *times)
{
	char *star = strrchr(text, '*');
	size_t n = star ? strspn(star + 1, "0123456789") : 0;

	if (n == 0 || n > 9 || star[1 + n] != '\0')
		return true;
	*star = '\0';
	*times = strtoul(star + 1, NULL, 10);
	return *times > 0;
}

/* 4yz or 5yz, and what else is to be said. */
static bool is_reply(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n == 3 && (s[0] == '4' || s[0] == '5') &&
	    (s[3] == '\0' || s[3] == ' ') && strlen(s) < 500 &&
	    strcspn(s, "\r\n") == strlen(s);
}

static bool read_failure(const char *text, serve_failure *f)
{
	f->reply = text;
	f->how = strcmp(text, "drop") == 0 ? SERVE_DROP :
	    strcmp(text, "stall") == 0 ? SERVE_STALL : SERVE_SAY;
	return f->how != SERVE_SAY || is_reply(text);
}

static bool read_rule(rule *r)
{
	char *colon = strchr(r->text, ':'), *equals;

	/* An address may have "=" in its local part. */
	equals = strcspn(r->text, ":") < strcspn(r->text, "=") &&
	    strchr(colon, '@') ? strchr(colon, '@') : r->text;
	equals = strchr(equals, '=');
	if (!equals)
		return false;
	*equals = '\0';
	colon = strchr(r->text, ':');
	if (colon)
		r->address = sqb_str_of(colon + 1);
	return read_place(r->text, colon ? (size_t)(colon - r->text) :
	    strlen(r->text), &r->place) &&
	    (!colon || r->place == SERVE_AT_RCPT) &&
	    take_times(equals + 1, &r->left) &&
	    read_failure(equals + 1, &r->failure);
}

bool serve_fail_add(serve_fail **f, const char *text)
{
	size_t size = strlen(text) + 1;
	rule *r = calloc(1, sizeof(*r) + size);

	if (!*f)
		*f = calloc(1, sizeof(**f));
	if (!r || !*f) {
		free(r);
		return false;
	}
	memcpy(r->text, text, size);
	if (!read_rule(r)) {
		free(r);
		return false;
	}
	if (!(*f)->first)
		(*f)->end = &(*f)->first;
	*(*f)->end = r;
	(*f)->end = &r->next;
	return true;
}

void serve_fail_free(serve_fail *f)
{
	rule *next;

	for (rule *r = f ? f->first : NULL; r; r = next) {
		next = r->next;
		free(r);
	}
	free(f);
}

const serve_failure *serve_fail_at(serve_fail *f, serve_place place,
    sqb_str address)
{
	for (rule *r = f ? f->first : NULL; r; r = r->next) {
		if (r->place != place || r->spent || (r->address.len > 0 &&
		    !sqb_str_eq_nocase(r->address, address)))
			continue;
		r->spent = r->left > 0 && --r->left == 0;
		return &r->failure;
	}
	return NULL;
}

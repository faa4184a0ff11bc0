/*
 * Rows of the ledger as lines of JSON. A name's octets need not be UTF-8,
 * which JSON cannot say: then they stand in hex, under the name "…_hex".
 */
#include "ledger.h"

#include "json_flat.h"
#include "print.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define LINE_MAX_OCTETS 65536

#define AT(field) offsetof(sqb_ledger_entry, field)

/* What a member is, and the type of the field that it goes to. */
typedef enum kind {
	TEXT,			/* sqb_str */
	HEX,			/* sqb_str */
	DIGEST,			/* its octets, in hex */
	SIZE,			/* uint64_t */
	TIME			/* int64_t */
} kind;

static const struct {
	const char *name;
	kind kind;
	size_t offset;
} members[] = {
	{ "account", TEXT, AT(account) }, { "account_hex", HEX, AT(account) },
	{ "uidl", TEXT, AT(uidl) }, { "uidl_hex", HEX, AT(uidl) },
	{ "digest", DIGEST, AT(digest) },
	{ "size", SIZE, AT(size) },
	{ "first_seen", TIME, AT(first_seen) },
	{ "delivered", TIME, AT(delivered) },
	{ "delete_due", TIME, AT(delete_due) },
	{ "deleted", TIME, AT(deleted) },
	{ "destination", TEXT, AT(destination) },
	{ "destination_hex", HEX, AT(destination) },
};

enum { N_MEMBERS = sizeof(members) / sizeof(members[0]) };

static void put_hex(cli_json *j, const char *name, sqb_str octets)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * SQB_LEDGER_MAX_NAME];
	size_t n = octets.len < SQB_LEDGER_MAX_NAME ? octets.len :
	    SQB_LEDGER_MAX_NAME;

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[(unsigned char)octets.ptr[i] >> 4];
		text[2 * i + 1] = digits[octets.ptr[i] & 15];
	}
	cli_json_string(j, name, (sqb_str){ text, 2 * n });
}

static void put_octets(cli_json *j, const char *name, sqb_str octets)
{
	char hex[32];

	if (octets.len == 0)
		return;
	if (cli_is_utf8(octets)) {
		cli_json_string(j, name, octets);
		return;
	}
	snprintf(hex, sizeof(hex), "%s_hex", name);
	put_hex(j, hex, octets);
}

void cli_ledger_print(FILE *out, const sqb_ledger_entry *e)
{
	static const uint8_t unknown[SQB_LEDGER_DIGEST];
	cli_json j = cli_json_begin(out);

	put_octets(&j, "account", e->account);
	put_octets(&j, "uidl", e->uidl);
	if (memcmp(e->digest, unknown, sizeof(unknown)) != 0)
		put_hex(&j, "digest", (sqb_str){ (const char *)e->digest,
		    sizeof(e->digest) });
	cli_json_unsigned(&j, "size", e->size);
	cli_json_number(&j, "first_seen", e->first_seen);
	cli_json_number(&j, "delivered", e->delivered);
	cli_json_number(&j, "delete_due", e->delete_due);
	cli_json_number(&j, "deleted", e->deleted);
	put_octets(&j, "destination", e->destination);
	cli_json_end(&j);
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Where it stands; false: it is no hex. */
static bool decode_hex(cli_json_member *m)
{
	if (m->len % 2 != 0)
		return false;
	for (size_t i = 0; i < m->len / 2; i++) {
		int high = hex_value(m->text[2 * i]);
		int low = hex_value(m->text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		m->text[i] = (char)(high << 4 | low);
	}
	m->len /= 2;
	return true;
}

static const char *set_octets(sqb_str *field, const cli_json_member *m)
{
	if (field->len > 0)
		return "a name is there twice";
	*field = (sqb_str){ m->text, m->len };
	return NULL;
}

static const char *set_text(kind k, void *field, cli_json_member *m)
{
	if (k != TEXT && !decode_hex(m))
		return "what should be hex is none";
	if (k != DIGEST)
		return set_octets(field, m);
	if (m->len != SQB_LEDGER_DIGEST)
		return "a digest has 32 hex digits";
	memcpy(field, m->text, m->len);
	return NULL;
}

static const char *set_number(kind k, void *field, const cli_json_member *m)
{
	if (k == SIZE) {
		*(uint64_t *)field = m->number;
		return NULL;
	}
	if (m->number > INT64_MAX)
		return "a time is too large";
	*(int64_t *)field = (int64_t)m->number;
	return NULL;
}

static const char *set(sqb_ledger_entry *e, cli_json_member *m)
{
	for (size_t i = 0; i < N_MEMBERS; i++) {
		void *field = (char *)e + members[i].offset;
		kind k = members[i].kind;

		if (!sqb_str_eq(m->name, sqb_str_of(members[i].name)))
			continue;
		if (m->is_text != (k <= DIGEST))
			return m->is_text ? "a text where a number goes" :
			    "a number where a text goes";
		return m->is_text ? set_text(k, field, m) :
		    set_number(k, field, m);
	}
	return "a name that is not known";
}

/* NULL, or what is wrong. The entry is in room. */
static const char *read_entry(sqb_str line, char *room, sqb_ledger_entry *e)
{
	cli_json_object o;
	const char *wrong = cli_json_read(line, room, &o);

	*e = (sqb_ledger_entry){ .size = 0 };
	for (size_t i = 0; !wrong && i < o.n; i++)
		wrong = set(e, &o.members[i]);
	return wrong;
}

typedef struct import {
	FILE *in;
	char line[LINE_MAX_OCTETS], room[LINE_MAX_OCTETS];
	size_t len, number;
	const char *wrong;	/* with the line */
} import;

/* Without its end. False: there is none, or w->wrong. */
static bool next_line(import *w)
{
	int c;

	w->len = 0;
	while ((c = getc(w->in)) != EOF && c != '\n') {
		if (w->len == sizeof(w->line)) {
			w->number++;
			w->wrong = "it is too long";
			return false;
		}
		w->line[w->len++] = (char)c;
	}
	w->number++;
	return c != EOF || w->len > 0;
}

/* 0, a code of the ledger's, or SQB_E_USAGE with w->wrong. */
static int merge_lines(import *w, sqb_ledger *ledger)
{
	int code = SQB_OK;

	while (code == SQB_OK && next_line(w)) {
		sqb_ledger_entry e;

		w->wrong = read_entry((sqb_str){ w->line, w->len }, w->room,
		    &e);
		code = w->wrong ? SQB_E_USAGE : sqb_ledger_merge(ledger, &e);
		if (code == SQB_E_USAGE && !w->wrong)
			w->wrong = sqb_ledger_error(ledger)->text;
	}
	return w->wrong ? SQB_E_USAGE : code;
}

static int import_all(import *w, sqb_ledger *ledger, const char *name)
{
	int code = merge_lines(w, ledger);

	if (w->wrong) {
		cli_error("%s, line %zu: %s: nothing is imported", name,
		    w->number, w->wrong);
		return EX_DATAERR;
	}
	if (ferror(w->in)) {
		cli_error("%s: %s: nothing is imported", name,
		    strerror(errno));
		return EX_IOERR;
	}
	if (code == SQB_OK)
		code = sqb_ledger_commit(ledger);
	return code < 0 ? cli_fail(NULL, sqb_ledger_error(ledger)) : 0;
}

int cli_ledger_import(sqb_ledger *ledger, FILE *in, const char *name,
    size_t *n)
{
	import *w = calloc(1, sizeof(*w));
	int status;

	if (!w) {
		cli_error("no memory");
		return EX_OSERR;
	}
	w->in = in;
	status = import_all(w, ledger, name);
	*n = w->number - 1;
	free(w);
	return status;
}

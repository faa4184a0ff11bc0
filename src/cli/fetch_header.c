/*
 * What a header tells before, or without, the rest of a message: which
 * message it is where the server does not know, and whether it is wanted.
 */
#define _GNU_SOURCE
#include "fetch_header.h"

#include <fnmatch.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { PART = 1024 };		/* octets that are copied at once */

void fetch_header_reset(fetch_header *h)
{
	h->len = 0;
	h->whole = false;
}

void fetch_header_clear(fetch_header *h)
{
	free(h->text);
	EVP_MD_CTX_free(h->sha256);
	*h = (fetch_header){ .text = NULL };
}

/* Behind the empty line that ends the header; 0: it has not come. */
static size_t end_of(const fetch_header *h, size_t from)
{
	const char *end = h->text + h->len, *p = h->text + from;

	/* There may be none at all. */
	if (h->len > 0 && *h->text == '\n')
		return 1;
	if (h->len > 1 && memcmp(h->text, "\r\n", 2) == 0)
		return 2;
	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		if (p < end && *p == '\n')
			return (size_t)(p + 1 - h->text);
		if (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
			return (size_t)(p + 2 - h->text);
	}
	return 0;
}

static void add_part(fetch_header *h, const char *p, size_t len)
{
	size_t room = FETCH_HEADER_MAX - h->len, end;
	size_t from = h->len < 2 ? 0 : h->len - 2;

	if (len < room)
		room = len;
	memcpy(h->text + h->len, p, room);
	h->len += room;
	end = end_of(h, from);
	if (end > 0)
		h->len = end;
	h->whole = end > 0 || h->len == FETCH_HEADER_MAX;
}

/* In parts, for behind the header there may be much more. */
bool fetch_header_add(fetch_header *h, sqb_str piece)
{
	if (!h->text)
		h->text = malloc(FETCH_HEADER_MAX);
	if (!h->text)
		return false;
	while (piece.len > 0 && !h->whole) {
		size_t len = piece.len < PART ? piece.len : PART;

		add_part(h, piece.ptr, len);
		piece.ptr += len;
		piece.len -= len;
	}
	return true;
}

/* Fields that a server may set anew with each session. */
static bool is_volatile(const char *line, size_t len)
{
	static const sqb_str names[] = { SQB_STR("Status:"),
		SQB_STR("X-Status:"), SQB_STR("X-UID:"), SQB_STR("X-UIDL:"),
		SQB_STR("X-Keywords:"), SQB_STR("X-IMAP:"),
		SQB_STR("X-IMAPbase:"), SQB_STR("Content-Length:") };

	/* As few lines begin like any of them. */
	if (len == 0 || !memchr("SXCsxc", *line, 6))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (len >= names[i].len && sqb_str_eq_nocase(
		    (sqb_str){ line, names[i].len }, names[i]))
			return true;
	return false;
}

/* Lines gather here, for each call of the digest has its price. */
typedef struct lines {
	EVP_MD_CTX *md;
	size_t len;
	char room[2048];
} lines;

static bool flush(lines *l)
{
	size_t len = l->len;

	l->len = 0;
	return EVP_DigestUpdate(l->md, l->room, len) == 1;
}

static bool add_line(lines *l, const char *p, size_t len)
{
	if (len >= sizeof(l->room) - l->len && !flush(l))
		return false;
	if (len >= sizeof(l->room)) {
		if (EVP_DigestUpdate(l->md, p, len) != 1)
			return false;
		len = 0;
	}
	memcpy(l->room + l->len, p, len);
	l->len += len;
	l->room[l->len++] = '\n';
	return true;
}

/* Lines without their ends, so that LF and CRLF are one. */
static bool digest_lines(EVP_MD_CTX *md, const char *p, const char *end)
{
	lines out;
	bool skipped = false, good = true;

	out.md = md;
	out.len = 0;
	while (p < end && good) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((lf ? lf : end) - p);
		size_t len = n > 0 && p[n - 1] == '\r' ? n - 1 : n;
		bool folded = len > 0 && (*p == ' ' || *p == '\t');

		skipped = folded ? skipped : is_volatile(p, len);
		if (!skipped)
			good = add_line(&out, p, len);
		p = lf ? lf + 1 : end;
	}
	return good && flush(&out);
}

/* What it needs is looked up once for all messages. */
static bool digest_begin(fetch_header *h)
{
	if (h->sha256)
		return EVP_DigestInit_ex2(h->sha256, NULL, NULL) == 1;
	h->sha256 = EVP_MD_CTX_new();
	return h->sha256 &&
	    EVP_DigestInit_ex2(h->sha256, EVP_sha256(), NULL) == 1;
}

bool fetch_header_digest(fetch_header *h, uint8_t digest[SQB_LEDGER_DIGEST])
{
	uint8_t out[EVP_MAX_MD_SIZE];

	if (!digest_begin(h) ||
	    !digest_lines(h->sha256, h->text, h->text + h->len) ||
	    EVP_DigestFinal_ex(h->sha256, out, NULL) != 1)
		return false;
	memcpy(digest, out, SQB_LEDGER_DIGEST);
	return true;
}

/* --- filters */

/* The pattern behind "Name:"; NULL: there is no name, or no colon. */
static const char *pattern_of(const char *filter)
{
	const char *colon = strchr(filter, ':');

	if (!colon || colon == filter)
		return NULL;
	return colon + 1 + strspn(colon + 1, " \t");
}

bool fetch_filter_is_good(const char *filter)
{
	const char *pattern = pattern_of(filter);

	return pattern && *pattern != '\0' &&
	    pattern - filter <= 256 && !memchr(filter, ' ',
	    (size_t)(strchr(filter, ':') - filter));
}

static bool filter_fits(sqb_message *m, const char *filter)
{
	char name[257];
	size_t len = (size_t)(strchr(filter, ':') - filter);

	memcpy(name, filter, len);
	name[len] = '\0';
	for (size_t i = 0; sqb_message_raw(m, name, i).ptr; i++)
		if (fnmatch(pattern_of(filter), sqb_message_field(m, name, i),
		    FNM_CASEFOLD) == 0)
			return true;
	return false;
}

bool fetch_header_fits(const fetch_header *h, const cli_list *match,
    const cli_list *skip, bool *fits)
{
	sqb_message *m = sqb_message_parse((sqb_str){ h->text, h->len }, NULL);

	if (!m)
		return false;
	*fits = true;
	for (size_t i = 0; i < match->n; i++)
		*fits = *fits && filter_fits(m, match->words[i]);
	for (size_t i = 0; i < skip->n; i++)
		*fits = *fits && !filter_fits(m, skip->words[i]);
	sqb_message_free(m);
	return true;
}

/* The header of a message that goes by, for what can be told from it. */
#ifndef SQUAB_CLI_FETCH_HEADER_H
#define SQUAB_CLI_FETCH_HEADER_H

#include "options.h"

#include <squab/ledger.h>
#include <squab/message.h>

#define FETCH_HEADER_MAX 65536	/* octets that are looked at */

typedef struct fetch_header {
	char *text;		/* FETCH_HEADER_MAX octets of room */
	size_t len;
	bool whole;		/* its end has come, or there is no more room */
	struct evp_md_ctx_st *sha256;
} fetch_header;

void fetch_header_reset(fetch_header *h);
void fetch_header_clear(fetch_header *h);

/* A piece of the message; what is behind the header is not taken. False: no
   memory. */
bool fetch_header_add(fetch_header *h, sqb_str piece);

/*
 * A digest that stays the same for a message, in whatever session and under
 * whatever UIDL: fields that servers change are left out.
 */
bool fetch_header_digest(fetch_header *h, uint8_t digest[SQB_LEDGER_DIGEST]);

/* "Name: pattern": a field of that name fits the pattern of the shell. */
bool fetch_filter_is_good(const char *filter);

/*
 * Whether each filter of match fits and none of skip. *fits is set on true;
 * false: no memory.
 */
bool fetch_header_fits(const fetch_header *h, const cli_list *match,
    const cli_list *skip, bool *fits);

#endif

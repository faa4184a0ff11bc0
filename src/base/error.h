/* Making errors. */
#ifndef SQB_BASE_ERROR_H
#define SQB_BASE_ERROR_H

#include <squab/error.h>

/*
 * *err becomes {code, what}, what being the pieces one after the other up to
 * a NULL; cut where it is too long. Returns code. err may be NULL.
 */
int sqb__error_set(sqb_error *err, sqb_code code, const char *const *pieces);

#define sqb__error(err, code, ...) sqb__error_set((err), (code), \
    (const char *const[]){ __VA_ARGS__, NULL })

/* *err becomes *why with before in front of its text; they may be the same. */
void sqb__error_wrap(sqb_error *err, const char *before, const sqb_error *why);

/*
 * Appends ours and then the peer's own words, safe to print: control
 * characters (C0, DEL, C1), bidi controls and what is not UTF-8 come out as
 * "\xNN". Sets err->peer.
 */
void sqb__error_add_peer(sqb_error *err, const char *ours, sqb_str words);

/*
 * The length of the printable UTF-8 character at the front of s; 0 when what
 * is there is a control or bidi character or no UTF-8.
 */
size_t sqb__printable(sqb_str s);

/*
 * Writes s, made safe to print as above, to out of cap octets and closes it
 * with NUL; cut where it is too long, never within a character.
 */
void sqb__visible(char *out, size_t cap, sqb_str s);

#endif

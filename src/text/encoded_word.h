/* Encoded words in header fields, RFC 2047. */
#ifndef SQB_TEXT_ENCODED_WORD_H
#define SQB_TEXT_ENCODED_WORD_H

#include "base/buf.h"
#include "text/charset.h"

/*
 * Appends in, an unfolded field body, to out as UTF-8 with the encoded words
 * in it decoded. Text beside them is UTF-8 where all of in is, and otherwise
 * r.raw; where that is unknown out fails. The result may hold control
 * characters.
 */
void sqb__decode_words(sqb_str in, sqb__reading r, sqb__buf *out);

/* The length of the encoded word at the front of s; 0: there is none. */
size_t sqb__encoded_word_len(sqb_str s);

/* Octets of the shortest encoded word that holds any character. */
enum { SQB__ENCODED_WORD_MIN = 12 + 12 };

/* How s, which is UTF-8, should be encoded to be short: 'Q' or 'B'. */
char sqb__encoding_of_words(sqb_str s);

/*
 * Appends an encoded word of the characters at the front of s, as many as room
 * octets have, of which there are SQB__ENCODED_WORD_MIN to 75. It may stand
 * anywhere, in a phrase too. Returns how much of s it took; s is not empty.
 */
size_t sqb__encode_word(sqb__buf *out, sqb_str s, char how, size_t room);

#endif

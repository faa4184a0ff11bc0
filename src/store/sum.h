/*
 * A sum of 64 bits that tells whether octets are those that were to be there:
 * against accident, not malice. It is the same however the octets are cut.
 */
#ifndef SQB_STORE_SUM_H
#define SQB_STORE_SUM_H

#include <squab/base.h>

enum { SQB__SUM_BLOCK = 32 };	/* octets */

typedef struct sqb__sum {
	uint64_t lanes[4];
	uint64_t len;
	char tail[SQB__SUM_BLOCK];	/* len % SQB__SUM_BLOCK octets */
} sqb__sum;

void sqb__sum_init(sqb__sum *s);
void sqb__sum_add(sqb__sum *s, sqb_str octets);
uint64_t sqb__sum_end(const sqb__sum *s);

#endif

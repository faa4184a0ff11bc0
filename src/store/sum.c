/*
 * The sum of sum.h: words of eight octets go in turn into four lanes, each
 * multiplied by an odd number, so that four multiplications are under way at
 * once. The order of octets in a word is the machine's: a sum is read only
 * where it was made.
 */
#include "store/sum.h"

#include <string.h>

#define ODD UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t lane, uint64_t word)
{
	lane = (lane ^ word) * ODD;
	return lane ^ lane >> 32;
}

static void add_block(sqb__sum *s, const char *p)
{
	uint64_t words[4];

	memcpy(words, p, sizeof(words));
	for (int i = 0; i < 4; i++)
		s->lanes[i] = mix(s->lanes[i], words[i]);
}

void sqb__sum_init(sqb__sum *s)
{
	*s = (sqb__sum){ .lanes = { 1, 2, 3, 4 } };
}

void sqb__sum_add(sqb__sum *s, sqb_str in)
{
	size_t have = s->len % SQB__SUM_BLOCK;
	size_t part = SQB__SUM_BLOCK - have < in.len ? SQB__SUM_BLOCK - have :
	    in.len;

	s->len += in.len;
	if (have > 0) {
		memcpy(s->tail + have, in.ptr, part);
		in.ptr += part;
		in.len -= part;
		if (have + part < SQB__SUM_BLOCK)
			return;
		add_block(s, s->tail);
	}
	for (; in.len >= SQB__SUM_BLOCK; in.len -= SQB__SUM_BLOCK) {
		add_block(s, in.ptr);
		in.ptr += SQB__SUM_BLOCK;
	}
	if (in.len > 0)
		memcpy(s->tail, in.ptr, in.len);
}

uint64_t sqb__sum_end(const sqb__sum *s)
{
	sqb__sum last = *s;
	size_t have = s->len % SQB__SUM_BLOCK;
	uint64_t sum = s->len;

	memset(last.tail + have, 0, SQB__SUM_BLOCK - have);
	add_block(&last, last.tail);
	for (int i = 0; i < 4; i++)
		sum = mix(sum, last.lanes[i]);
	return sum;
}

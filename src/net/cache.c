/* A table of chains, and a list in order of use. */
#include "net/cache.h"

#include <string.h>

/* FNV-1a; those who choose keys gain nothing, for the number is bounded. */
static sqb__kept **bucket_of(sqb__cache *c, sqb_str key)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (uint8_t)key.ptr[i]) * 16777619U;
	return &c->buckets[(hash ^ hash >> 16) % SQB__CACHE_BUCKETS];
}

static bool has_key(const sqb__kept *k, sqb_str key)
{
	return k->key.len == key.len && !memcmp(k->key.ptr, key.ptr, key.len);
}

static void push(sqb__cache *c, sqb__kept *k)
{
	k->newer = NULL;
	k->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = k;
	c->newest = k;
}

static void pull(sqb__cache *c, sqb__kept *k)
{
	*(k->newer ? &k->newer->older : &c->newest) = k->older;
	*(k->older ? &k->older->newer : &c->oldest) = k->newer;
}

void sqb__cache_remove(sqb__cache *c, sqb__kept *k)
{
	sqb__kept **at = bucket_of(c, k->key);

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	pull(c, k);
	c->n--;
	c->cost -= k->cost;
}

static void drop(sqb__cache *c, sqb__kept *k)
{
	sqb__cache_remove(c, k);
	c->drop(k);
}

/* The oldest of a key that has more than it may have; NULL: it has not. */
static sqb__kept *too_many(sqb__cache *c, sqb_str key)
{
	sqb__kept *last = NULL;
	size_t n = 0;

	for (sqb__kept *k = *bucket_of(c, key); k; k = k->next) {
		if (has_key(k, key)) {
			last = k;
			n++;
		}
	}
	return n > c->max_same ? last : NULL;
}

void sqb__cache_add(sqb__cache *c, sqb__kept *k)
{
	sqb__kept **at = bucket_of(c, k->key), *excess;

	k->next = *at;
	*at = k;
	push(c, k);
	c->n++;
	c->cost += k->cost;
	excess = too_many(c, k->key);
	if (excess)
		drop(c, excess);
	while (c->n > c->max_n || c->cost > c->max_cost)
		drop(c, c->oldest);
}

sqb__kept *sqb__cache_find(sqb__cache *c, sqb_str key)
{
	sqb__kept *k = *bucket_of(c, key);

	while (k && !has_key(k, key))
		k = k->next;
	if (k) {
		pull(c, k);
		push(c, k);
	}
	return k;
}

void sqb__cache_forget(sqb__cache *c, sqb_str key)
{
	sqb__kept *k, *older;

	for (k = c->newest; k; k = older) {
		older = k->older;
		if (key.len == 0 || has_key(k, key))
			drop(c, k);
	}
}

/*
 * How long an answer is good: as long as its TTL says (ttl.h), and a minute
 * where there is none, because it is from a file, or another service than DNS.
 * That there is no such name, or no answer, is believed for a few seconds: a
 * thousand sessions that want the same ask once. RFC 2308 has TTLs for that
 * too, but people mend names and try again.
 */
#include "net/names.h"

#include "base/ascii.h"

#include <stdlib.h>
#include <string.h>

enum {
	SECOND = 1000,			/* ms */
	LIFE = 60 * SECOND, FAILED_LIFE = 5 * SECOND,
	SHORTEST = SECOND, LONGEST = 60 * 60 * SECOND
};

void sqb__name_release(sqb__name *name)
{
	if (--name->n_refs > 0)
		return;
	free(name->addresses);
	free(name);
}

static void drop(sqb__kept *k)
{
	sqb__name_release((sqb__name *)k);
}

static void write_key(char out[SQB__MAX_HOST], const char *host)
{
	size_t i = 0;

	for (; i < SQB__MAX_HOST - 1 && host[i]; i++)
		out[i] = sqb__lower(host[i]);
	out[i] = '\0';
}

static sqb__name *look_up(sqb__names *names, const char *host)
{
	char key[SQB__MAX_HOST];

	write_key(key, host);
	return (sqb__name *)sqb__cache_find(names, sqb_str_of(key));
}

void sqb__names_drop(sqb__names *names, sqb__name *name)
{
	if (look_up(names, name->host) != name)
		return;			/* another took its place */
	sqb__cache_remove(names, &name->kept);
	sqb__name_release(name);
}

sqb__name *sqb__names_find(sqb__names *names, const char *host, sqb_time now)
{
	sqb__name *name = look_up(names, host);

	if (!name)
		return NULL;
	if (name->is_known && now >= name->until) {
		sqb__names_drop(names, name);
		return NULL;
	}
	name->n_refs++;
	return name;
}

sqb__name *sqb__names_add(sqb__names *names, const char *host)
{
	sqb__name *name = calloc(1, sizeof(*name));

	if (!name)
		return NULL;
	names->drop = drop;
	names->max_n = SQB__MAX_NAMES;
	names->max_cost = SIZE_MAX;	/* each has a size at most */
	names->max_same = 1;
	write_key(name->host, host);
	name->kept.key = sqb_str_of(name->host);
	name->n_refs = 2;		/* the cache's and the caller's */
	sqb__cache_add(names, &name->kept);
	return name;
}

static bool is_usable(const struct addrinfo *a)
{
	return a->ai_family == AF_INET || a->ai_family == AF_INET6;
}

/* False: no memory. */
static bool keep_addresses(sqb__name *name, const struct addrinfo *found)
{
	size_t n = 0;

	for (const struct addrinfo *a = found; a; a = a->ai_next)
		n += is_usable(a);
	if (n > SQB__MAX_ADDRESSES)
		n = SQB__MAX_ADDRESSES;
	name->addresses = calloc(n > 0 ? n : 1, sizeof(*name->addresses));
	if (!name->addresses)
		return false;
	for (; found && name->n_addresses < n; found = found->ai_next)
		if (is_usable(found))
			memcpy(&name->addresses[name->n_addresses++],
			    found->ai_addr, found->ai_addrlen);
	return true;
}

/* What fails for want of memory or descriptors says nothing of the name. */
static sqb_time life_of(int status)
{
	if (status == 0)
		return LIFE;
	return status == EAI_MEMORY || status == EAI_SYSTEM ? 0 : FAILED_LIFE;
}

void sqb__name_tell(sqb__name *name, int status, const struct addrinfo *found,
    sqb_time now)
{
	if (status == 0 && !keep_addresses(name, found))
		status = EAI_MEMORY;
	name->status = status;
	name->since = now;
	name->until = now + life_of(status);
	name->is_known = true;
}

void sqb__name_set_life(sqb__name *name, sqb_time life)
{
	if (life < SHORTEST)
		life = SHORTEST;
	if (life > LONGEST)
		life = LONGEST;
	name->until = name->since + life;
}

void sqb__names_doubt(sqb__names *names, const char *host)
{
	sqb__name *name = look_up(names, host);

	if (name && name->is_known && name->until > name->since + FAILED_LIFE)
		name->until = name->since + FAILED_LIFE;
}

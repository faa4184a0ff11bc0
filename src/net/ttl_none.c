/* A system without resolver(3) as BIND has it: all TTLs are the default. */
#include "net/ttl.h"

int64_t sqb__ttl_ask(const char *host, const sqb__address *addresses, size_t n)
{
	(void)host;
	(void)addresses;
	(void)n;
	return -1;
}

int64_t sqb__ttl_of(const uint8_t *message, size_t len,
    const sqb__address *addresses, size_t n)
{
	(void)message;
	(void)len;
	(void)addresses;
	(void)n;
	return -1;
}

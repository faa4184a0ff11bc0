/* What all systems have: the files that say how names are found. */
#include "net/network.h"

#include <string.h>

/* True: it is another than before. */
static bool look_at(const char *path, uint64_t stamp[SQB__SYS_STAMP])
{
	uint64_t now[SQB__SYS_STAMP];
	bool same;

	sqb__sys_stamp(path, now);
	same = !memcmp(now, stamp, sizeof(now));
	memcpy(stamp, now, sizeof(now));
	return !same;
}

bool sqb__network_changed(sqb__network *n)
{
	bool resolver, hosts, heard;

	resolver = look_at("/etc/resolv.conf", n->resolver);
	hosts = look_at("/etc/hosts", n->hosts);
	if (!n->is_known) {
		n->is_known = true;
		sqb__network_listen(n);
		return true;
	}
	heard = sqb__network_heard(n);
	return resolver || hosts || heard;
}

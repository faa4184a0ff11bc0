/*
 * APOP, RFC 1939, section 7. The timestamp must be a msg-id (RFC 822): what
 * is looser lets a server choose it such that MD5 collisions give away the
 * password (CVE-2007-1558, RFC 6151).
 */
#include "pop3/pop3.h"

#include <string.h>

enum { MAX_TIMESTAMP = 255 };

/* msg-id = "<" local-part "@" domain ">", all of it printable ASCII */
static bool is_msg_id(sqb_str s)
{
	const char *at = memchr(s.ptr, '@', s.len);

	if (s.len > MAX_TIMESTAMP || !at || at == s.ptr + 1 ||
	    at == s.ptr + s.len - 2)
		return false;
	for (size_t i = 1; i < s.len - 1; i++) {
		char c = s.ptr[i];

		if (c < 0x21 || c > 0x7e || c == '<' || c == '>' ||
		    (c == '@' && s.ptr + i != at))
			return false;
	}
	return true;
}

sqb_str sqb__pop3_find_timestamp(sqb_str greeting)
{
	const char *open = greeting.len == 0 ? NULL :
	    memchr(greeting.ptr, '<', greeting.len);
	const char *close = open ? memchr(open, '>', (size_t)(greeting.ptr +
	    greeting.len - open)) : NULL;
	sqb_str s = { open, close ? (size_t)(close + 1 - open) : 0 };

	return close && is_msg_id(s) ? s : (sqb_str){ NULL, 0 };
}

/* The same tests over src/net/sys_portable.c, which any POSIX system has. */
#include "link_test.c"

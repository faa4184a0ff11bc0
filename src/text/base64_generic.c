/* Where base64 has no vectors of its own. */
#include "text/base64_kernel.h"

const sqb__base64_kernel *sqb__base64_kernel_at(size_t n)
{
	static const sqb__base64_kernel portable = { "portable",
	    sqb__base64_portable, sqb__base64_portable_octets };

	return n == 0 ? &portable : NULL;
}

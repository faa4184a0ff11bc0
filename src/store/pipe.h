/* Writing to what may have no reader any more. */
#ifndef SQB_STORE_PIPE_H
#define SQB_STORE_PIPE_H

#include <squab/base.h>

/* As sqb__write_all(); a pipe without a reader is EPIPE and no signal. */
bool sqb__write_pipe(int fd, sqb_str bytes);

#endif

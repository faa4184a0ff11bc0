/* The pipe of pipe.h: SIGPIPE is held back, and taken where it has come. */
#include "store/pipe.h"

#include "store/file.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

static bool is_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE);
}

bool sqb__write_pipe(int fd, sqb_str bytes)
{
	sigset_t pipe_only, before;
	bool pending, written;
	int kept, number;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	pending = is_pending();
	written = sqb__write_all(fd, bytes);
	kept = errno;
	if (!written && kept == EPIPE && !pending && is_pending())
		sigwait(&pipe_only, &number);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = kept;
	return written;
}

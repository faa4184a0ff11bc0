/*
 * loops squab|bare URL N ROUNDS POLLS [CA-FILE]: N mailboxes on one thread,
 * over epoll. Opens them all, says what they hold in memory while they idle,
 * asks each for its list ROUNDS times, and leaves; then looks POLLS times into
 * a mailbox, from connect to QUIT. squab is the library's sessions; bare is
 * the same octets, in clear, by read and write and a count of line ends: the
 * least that any program could do.
 */
#include <squab/session.h>

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	OPENING = 64,		/* that connect at one time */
	EVENTS = 256,
	SWEEP = 1000		/* ms between two looks at all deadlines */
};

typedef enum work { OPEN, LIST, POLL } work;

typedef struct conn {
	work work;
	bool busy;
	/* squab */
	sqb_pop3_session *session;
	int watched;		/* descriptor; -1: none */
	unsigned wants;
	sqb_time until;
	/* bare */
	int fd;
	size_t step, n_lines;	/* of the step, still to come */
} conn;

typedef struct bench {
	const char *url, *ca;
	uint16_t port;
	int epoll;
	conn *conns;
	size_t n, n_busy;
	size_t n_left;		/* still to be begun */
	sqb_time swept;
	const struct client *client;
} bench;

/* What squab and bare differ in. */
typedef struct client {
	void (*begin)(bench *b, conn *c, work w);
	void (*ready)(bench *b, conn *c, unsigned events);
	void (*late)(bench *b, conn *c, sqb_time now);
	void (*leave)(conn *c);
} client;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "loops: %s: %s\n", what, why);
	exit(1);
}

static void set_epoll(bench *b, conn *c, int fd, int op, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(b->epoll, op, fd, &ev) < 0)
		die("epoll_ctl", strerror(errno));
}

static void done(bench *b, conn *c)
{
	c->busy = false;
	b->n_busy--;
}

/* --- squab */

static void open_session(bench *b, conn *c)
{
	static const sqb_tls_mode clear = SQB_TLS_OFF;
	sqb_session_options o = { .size = sizeof(o), .password = "test",
	    .listing_ahead = true,
	    .link = { .size = sizeof(o.link), .tls = { .ca_file = b->ca } } };
	sqb_error err;

	o.tls = b->ca ? NULL : &clear;
	if (sqb_pop3_start(&c->session, b->url, &o, &err) < 0)
		die("start", err.text);
	c->watched = -1;
}

/* The number of a descriptor that was closed has left epoll by itself. */
static void watch(bench *b, conn *c)
{
	sqb_link *link = sqb_pop3_session_link(c->session);
	int fd = sqb_link_fd(link);
	unsigned wants = sqb_link_wants(link);

	if (fd == c->watched && wants == c->wants)
		return;
	set_epoll(b, c, fd, fd == c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
	    (wants & SQB_WANT_RECV ? EPOLLIN : 0) |
	    (wants & SQB_WANT_SEND ? EPOLLOUT : 0));
	c->watched = fd;
	c->wants = wants;
}

static void close_session(conn *c)
{
	sqb_pop3_close(c->session);
	c->session = NULL;
	c->watched = -1;
}

static void start_listing(conn *c)
{
	if (sqb_pop3_start_listing(c->session) < 0)
		die("listing", sqb_pop3_error(c->session)->text);
}

/* True: that was all. */
static bool after_task(conn *c)
{
	sqb_pop3_list_result list;

	if (sqb_pop3_error(c->session)->code != SQB_OK)
		die("session", sqb_pop3_error(c->session)->text);
	if (c->work != LIST) {		/* open: the list came along */
		start_listing(c);
		if (!sqb_session_step(sqb_pop3_base(c->session)))
			die("session", "the list did not come along");
	}
	if (sqb_pop3_listed(c->session, &list) < 0 || list.n_items != 0)
		die("session", "no empty mailbox");
	if (c->work == POLL) {
		sqb_pop3_start_quit(c->session);
		close_session(c);
	}
	return true;
}

static void go_on(bench *b, conn *c)
{
	sqb_link *link = sqb_pop3_session_link(c->session);

	while (!sqb_session_step(sqb_pop3_base(c->session))) {
		sqb_time now = sqb_link_now();

		c->until = sqb_link_clock(link, now);
		if (c->until > now) {
			watch(b, c);
			return;
		}
		sqb_link_ready(link, 0);
	}
	if (after_task(c))
		done(b, c);
	if (c->session) {
		c->until = sqb_link_clock(link, sqb_link_now());
		watch(b, c);
	}
}

static void squab_begin(bench *b, conn *c, work w)
{
	if (w == LIST)
		start_listing(c);
	else
		open_session(b, c);
	go_on(b, c);
}

static void squab_ready(bench *b, conn *c, unsigned events)
{
	sqb_link_ready(sqb_pop3_session_link(c->session),
	    (events & ~(unsigned)EPOLLOUT ? SQB_WANT_RECV : 0) |
	    (events & ~(unsigned)EPOLLIN ? SQB_WANT_SEND : 0));
	if (!c->busy)
		die("session", "something came that nobody asked for");
	go_on(b, c);
}

static void squab_late(bench *b, conn *c, sqb_time now)
{
	if (!c->busy || c->until > now)
		return;
	sqb_link_ready(sqb_pop3_session_link(c->session), 0);
	go_on(b, c);
}

static void squab_leave(conn *c)
{
	sqb_pop3_start_quit(c->session);
	close_session(c);
}

static const client squab = { squab_begin, squab_ready, squab_late,
	squab_leave };

/* --- bare: what squab and `squab serve` say to each other */

typedef struct step {
	size_t n_lines;		/* awaited … */
	const char *say;	/* … before this; NULL: it is over */
} step;

static const step steps[] = {
	{ 1, "CAPA\r\n" },
	{ 12, "AUTH PLAIN AHRlc3QAdGVzdA==\r\n" },
	{ 1, "CAPA\r\nSTAT\r\nLIST\r\nUIDL\r\n" },
	{ 11 + 1 + 2 + 2, NULL },
	{ 0, "LIST\r\nUIDL\r\n" },
	{ 2 + 2, NULL }
};

enum { FIRST_STEP = 0, LIST_STEP = 4 };

static void say(const conn *c, const char *what)
{
	size_t len = strlen(what);

	if (write(c->fd, what, len) != (ssize_t)len)
		die("bare", "cannot write");
}

static void bare_open(bench *b, conn *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons(b->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0 || (connect(c->fd, (const struct sockaddr *)&to,
	    sizeof(to)) < 0 && errno != EINPROGRESS))
		die("connect", strerror(errno));
	set_epoll(b, c, c->fd, EPOLL_CTL_ADD, EPOLLIN);
}

static void bare_begin(bench *b, conn *c, work w)
{
	if (w != LIST)
		bare_open(b, c);
	c->step = w == LIST ? LIST_STEP : FIRST_STEP;
	if (w == LIST)
		say(c, steps[c->step++].say);
	c->n_lines = steps[c->step].n_lines;
}

static void bare_leave(conn *c)
{
	say(c, "QUIT\r\n");
	close(c->fd);
}

static size_t count_lines(conn *c)
{
	char buf[4096];
	ssize_t n = read(c->fd, buf, sizeof(buf));
	size_t lines = 0;

	if (n <= 0)
		die("bare", n == 0 ? "the server closed" : strerror(errno));
	for (const char *p = buf, *end = buf + n;
	    (p = memchr(p, '\n', (size_t)(end - p))); p++)
		lines++;
	return lines;
}

static void bare_ready(bench *b, conn *c, unsigned events)
{
	size_t n = count_lines(c);

	(void)events;
	if (n > c->n_lines)
		die("bare", "the server says more than it should");
	c->n_lines -= n;
	if (c->n_lines > 0)
		return;
	if (steps[c->step].say) {
		say(c, steps[c->step++].say);
		c->n_lines = steps[c->step].n_lines;
		return;
	}
	if (c->work == POLL)
		bare_leave(c);
	done(b, c);
}

static void bare_late(bench *b, conn *c, sqb_time now)
{
	(void)b;
	(void)c;
	(void)now;
}

static const client bare = { bare_begin, bare_ready, bare_late, bare_leave };

/* --- the loop */

static void begin(bench *b, conn *c, work w)
{
	c->work = w;
	c->busy = true;
	b->n_busy++;
	b->n_left--;
	b->client->begin(b, c, w);
}

static void sweep(bench *b)
{
	sqb_time now = sqb_link_now();

	if (now < b->swept + SWEEP)
		return;
	b->swept = now;
	for (size_t i = 0; i < b->n; i++)
		b->client->late(b, &b->conns[i], now);
}

static void turn(bench *b)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(b->epoll, events, EVENTS, SWEEP);

	for (int i = 0; i < n; i++)
		b->client->ready(b, events[i].data.ptr, events[i].events);
	sweep(b);
}

/* So much work w, in at most this many places at one time. */
static void work_through(bench *b, work w, size_t n, size_t at_once)
{
	b->n_left = n;
	at_once = at_once < b->n ? at_once : b->n;
	for (size_t at = 0; b->n_left > 0 || b->n_busy > 0; turn(b)) {
		while (b->n_left > 0 && b->n_busy < at_once) {
			while (b->conns[at % b->n].busy)
				at++;
			begin(b, &b->conns[at++ % b->n], w);
		}
	}
}

/* --- figures */

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident(void)
{
	long size = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%ld %ld", &size, &pages) != 2)
		die("memory", "no /proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double allocated(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)m.uordblks + (double)m.hblkhd;
}

static void tell(const char *what, double value)
{
	printf("%s %.2f\n", what, value);
	fflush(stdout);
}

static void open_all(bench *b)
{
	double rss, heap;

	work_through(b, OPEN, 1, 1);	/* what all share */
	b->client->leave(&b->conns[0]);
	rss = resident();
	heap = allocated();
	work_through(b, OPEN, b->n, OPENING);
	tell("resident", (resident() - rss) / (double)b->n / 1024);
	tell("allocated", (allocated() - heap) / (double)b->n / 1024);
}

static void list_all(bench *b, size_t rounds)
{
	double start = cpu();

	for (size_t i = 0; i < rounds; i++)
		work_through(b, LIST, b->n, b->n);
	tell("list", (cpu() - start) / (double)(b->n * rounds) * 1e6);
}

static void poll_some(bench *b, size_t n)
{
	double start = cpu();

	work_through(b, POLL, n, OPENING);
	tell("poll", (cpu() - start) / (double)n * 1e6);
}

static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	bench b = { .epoll = epoll_create1(0) };
	size_t rounds, polls;
	sqb_url url;
	sqb_error err;

	if (argc < 6 || argc > 7) {
		fputs("usage: loops squab|bare URL N ROUNDS POLLS [CA]\n",
		    stderr);
		return 64;
	}
	b.client = strcmp(argv[1], "squab") == 0 ? &squab : &bare;
	b.url = argv[2];
	b.n = strtoul(argv[3], NULL, 10);
	rounds = strtoul(argv[4], NULL, 10);
	polls = strtoul(argv[5], NULL, 10);
	b.ca = argv[6];
	b.conns = calloc(b.n, sizeof(*b.conns));
	if (!b.conns || sqb_url_parse(&url, b.url, &err) < 0)
		die(b.url, "no memory or no URL");
	memset(b.conns, 0, b.n * sizeof(*b.conns));
	b.port = url.port;
	raise_limit();
	open_all(&b);
	list_all(&b, rounds);
	for (size_t i = 0; i < b.n; i++)
		b.client->leave(&b.conns[i]);
	poll_some(&b, polls);
	return 0;
}

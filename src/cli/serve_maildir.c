/*
 * A Maildir, read. What is in cur/ and new/ is looked at when somebody logs
 * in and shared with everybody who logs in until the folders change. Message
 * files never change under their name (that is what a Maildir is), so sizes
 * are found once. Nothing is moved or marked; removing is all it writes.
 */
#include "serve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	N_FOLDERS = 2,
	SUB = 4,		/* strlen("cur/"), and of "new/" */
	MAX_MESSAGES = 1000000,
	/* clocks of file systems are coarse: a change as fresh as this may
	   hide another one */
	SETTLED_SECONDS = 2
};

static const char folders[N_FOLDERS][SUB + 1] = { "cur/", "new/" };

struct serve_maildir {
	int fd;
	struct timespec changed[N_FOLDERS];	/* when shared was made */
	bool settled;				/* and it may be trusted */
	serve_snapshot *shared;			/* NULL: none yet */
};

static const char *name_of(const serve_snapshot *s, size_t i)
{
	return s->names + s->messages[i].name;
}

serve_maildir *serve_maildir_open(const char *path)
{
	serve_maildir *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->fd < 0) {
		free(m);
		return NULL;
	}
	return m;
}

void serve_maildir_close(serve_maildir *m)
{
	if (m->shared)
		serve_snapshot_release(m->shared);
	close(m->fd);
	free(m);
}

int serve_maildir_fd(const serve_maildir *m)
{
	return m->fd;
}

void serve_snapshot_release(serve_snapshot *s)
{
	if (--s->n_users > 0)
		return;
	free(s->messages);
	free(s->names);
	free(s);
}

/* Room for one more of size in an array that doubles. */
static bool grow(void **array, size_t *cap, size_t needed, size_t size)
{
	size_t more = *cap < 64 ? 64 : *cap * 2;
	void *p;

	if (needed <= *cap)
		return true;
	while (more < needed)
		more *= 2;
	p = realloc(*array, more * size);
	if (!p)
		return false;
	*array = p;
	*cap = more;
	return true;
}

/* Adds "cur/name"; its size is not known yet. */
static bool add_message(serve_snapshot *s, const char *folder,
    const char *name)
{
	size_t len = strlen(name) + 1;
	void *messages = s->messages, *names = s->names;
	bool ok = s->n_messages < MAX_MESSAGES &&
	    grow(&messages, &s->cap, s->n_messages + 1, sizeof(*s->messages));

	s->messages = messages;
	ok = ok && grow(&names, &s->names_cap, s->names_len + SUB + len, 1);
	s->names = names;
	if (!ok) {
		errno = ENOMEM;
		return false;
	}
	s->messages[s->n_messages++].name = s->names_len;
	memcpy(s->names + s->names_len, folder, SUB);
	memcpy(s->names + s->names_len + SUB, name, len);
	s->names_len += SUB + len;
	return true;
}

static DIR *open_folder(const serve_maildir *m, const char *folder)
{
	int fd = openat(m->fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

static bool read_folder(const serve_maildir *m, const char *folder,
    serve_snapshot *s)
{
	DIR *dir = open_folder(m, folder);
	const struct dirent *e;
	bool ok = true;

	if (!dir)
		return false;
	while (ok && (errno = 0, e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			ok = add_message(s, folder, e->d_name);
	ok = ok && errno == 0;
	closedir(dir);
	return ok;
}

/*
 * The size that a delivery agent put in the name: ",W=" and the octets with
 * every line end counted as two (Maildir++). It is taken as it is, true or
 * not: RFC 1939 clients have to live with sizes that are wrong.
 */
static bool size_in_name(const char *name, uint64_t *size)
{
	const char *w = strstr(name, ",W=");
	uint64_t n = 0;

	if (!w || w[3] < '0' || w[3] > '9')
		return false;
	for (w += 3; *w >= '0' && *w <= '9'; w++) {
		if (n > INT64_MAX / 10 - 1)
			return false;
		n = 10 * n + (uint64_t)(*w - '0');
	}
	*size = n;
	return *w == '\0' || *w == ',' || *w == ':';
}

/* The size on the wire, counted as serve_body.c writes it. */
static bool count_octets(int fd, uint64_t *size)
{
	char piece[16384], last = '\n';
	ssize_t n;

	*size = 0;
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		const char *p = piece, *end = piece + n, *nl;

		*size += (uint64_t)n;
		for (; (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1)
			*size += (nl > piece ? nl[-1] : last) != '\r';
		last = end[-1];
	}
	if (last != '\n')
		*size += last == '\r' ? 1 : 2;
	return n == 0;
}

/* A descriptor of a regular file and no other; -1: see errno. */
static int open_message(const serve_maildir *m, const char *name)
{
	/* O_NONBLOCK: somebody may have put a FIFO there */
	int fd = openat(m->fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

static int compare_names(const char *a, const char *b)
{
	int order = strcmp(a + SUB, b + SUB);

	return order != 0 ? order : strcmp(a, b);
}

static const serve_message *find(const serve_snapshot *s, const char *name)
{
	size_t low = 0, high = s ? s->n_messages : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = compare_names(name, name_of(s, mid));

		if (order == 0)
			return &s->messages[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* False: it is no message, or it is gone already. */
static bool find_size(const serve_maildir *m, const char *name,
    uint64_t *size)
{
	const serve_message *known = find(m->shared, name);
	int fd;
	bool ok;

	if (known) {
		*size = known->size;
		return true;
	}
	if (size_in_name(name, size))
		return true;
	fd = open_message(m, name);
	if (fd < 0)
		return false;
	ok = count_octets(fd, size);
	close(fd);
	return ok;
}

static void find_sizes(const serve_maildir *m, serve_snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_messages; i++) {
		serve_message *msg = &s->messages[n];

		msg->name = s->messages[i].name;
		if (!find_size(m, s->names + msg->name, &msg->size))
			continue;
		s->total += msg->size;
		n++;
	}
	s->n_messages = n;
}

/* Merge sort, because qsort(3) has no context and names are offsets. */
static void merge(const serve_snapshot *s, serve_message *out, size_t low,
    size_t mid, size_t high)
{
	for (size_t a = low, b = mid, i = low; i < high; i++) {
		bool left = a < mid && (b == high ||
		    compare_names(name_of(s, a), name_of(s, b)) <= 0);

		out[i] = s->messages[left ? a++ : b++];
	}
}

static bool sort(serve_snapshot *s)
{
	size_t n = s->n_messages;
	serve_message *other = malloc((n + 1) * sizeof(*other));

	if (!other)
		return false;
	for (size_t run = 1; run < n; run *= 2) {
		serve_message *sorted = other;

		for (size_t low = 0; low < n; low += 2 * run) {
			size_t mid = low + run < n ? low + run : n;
			size_t high = mid + run < n ? mid + run : n;

			merge(s, sorted, low, mid, high);
		}
		other = s->messages;
		s->messages = sorted;
	}
	s->cap = n;
	free(other);
	return true;
}

static serve_snapshot *look(const serve_maildir *m)
{
	serve_snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->n_users = 1;
	for (size_t i = 0; i < N_FOLDERS; i++) {
		if (!read_folder(m, folders[i], s)) {
			serve_snapshot_release(s);
			return NULL;
		}
	}
	if (!sort(s)) {
		serve_snapshot_release(s);
		return NULL;
	}
	find_sizes(m, s);
	return s;
}

/* When the folders changed last. Settled: too long ago to hide anything. */
static bool when_changed(const serve_maildir *m,
    struct timespec changed[N_FOLDERS], bool *settled)
{
	time_t now = time(NULL);

	*settled = true;
	for (size_t i = 0; i < N_FOLDERS; i++) {
		struct stat st;

		if (fstatat(m->fd, folders[i], &st, 0) < 0)
			return false;
		changed[i] = st.st_mtim;
		if (st.st_mtim.tv_sec + SETTLED_SECONDS >= now)
			*settled = false;
	}
	return true;
}

static bool is_current(const serve_maildir *m,
    const struct timespec changed[N_FOLDERS])
{
	for (size_t i = 0; i < N_FOLDERS; i++)
		if (m->changed[i].tv_sec != changed[i].tv_sec ||
		    m->changed[i].tv_nsec != changed[i].tv_nsec)
			return false;
	return m->shared && m->settled;
}

serve_snapshot *serve_maildir_snapshot(serve_maildir *m)
{
	struct timespec changed[N_FOLDERS];
	bool settled;
	serve_snapshot *s;

	if (!when_changed(m, changed, &settled))
		return NULL;
	if (!is_current(m, changed)) {
		s = look(m);
		if (!s)
			return NULL;
		if (m->shared)
			serve_snapshot_release(m->shared);
		m->shared = s;
		m->settled = settled;
		memcpy(m->changed, changed, sizeof(changed));
	}
	m->shared->n_users++;
	return m->shared;
}

int serve_maildir_read(const serve_maildir *m, const serve_snapshot *s,
    size_t i)
{
	return open_message(m, name_of(s, i));
}

bool serve_maildir_remove(const serve_maildir *m, const serve_snapshot *s,
    size_t i)
{
	return unlinkat(m->fd, name_of(s, i), 0) == 0 || errno == ENOENT;
}

static bool is_uidl(const char *s, size_t len)
{
	if (len < 1 || len >= SERVE_UIDL_SIZE)
		return false;
	for (size_t i = 0; i < len; i++)
		if (s[i] < 0x21 || s[i] > 0x7e)
			return false;
	return true;
}

/* The file's name up to its flags, or the digest of that. */
void serve_snapshot_uidl(const serve_snapshot *s, size_t i,
    char out[SERVE_UIDL_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	const char *name = name_of(s, i) + SUB;
	const char *flags = strstr(name, ":2,");
	size_t len = flags ? (size_t)(flags - name) : strlen(name);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (is_uidl(name, len)) {
		memcpy(out, name, len);
		out[len] = '\0';
		return;
	}
	EVP_Digest(name, len, digest, &n, EVP_sha256(), NULL);
	for (size_t k = 0; k < n; k++) {
		*out++ = hex[digest[k] >> 4];
		*out++ = hex[digest[k] & 15];
	}
	*out = '\0';
}

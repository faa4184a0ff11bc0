/*
 * Signing by DKIM: RFC 6376, sections 3.4 to 3.7 and 5.4, relaxed/relaxed, the
 * one form that survives the servers on the way. Not here: l=, which lets
 * anybody add to the body, and i=, x= and z=, which nobody needs.
 */
#include "mime/dkim.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mime/header.h"
#include "text/base64.h"

#include <string.h>

enum {
	MAX_FIELDS = 10000,		/* of the header */
	MAX_NAMES = SQB__DKIM_FIELD / 2,	/* octets of h= */
	MAX_COLUMN = 76			/* and a ";" */
};

/*
 * What is signed, where it is there, and each of these once more than it is,
 * so that nobody can add one (RFC 6376, sections 5.4.2 and 8.15). always: also
 * where there is none, for what a reader sees or how the body is read hangs
 * on it. Servers add a Date and a Message-ID to what has none.
 * List-Unsubscribe and -Post: RFC 8058, section 4.
 */
static const struct {
	sqb_str name;
	bool always;
} signed_fields[] = {
	{ SQB_STR("From"), true },
	{ SQB_STR("Reply-To"), true },
	{ SQB_STR("Subject"), true },
	{ SQB_STR("To"), true },
	{ SQB_STR("Cc"), true },
	{ SQB_STR("MIME-Version"), true },
	{ SQB_STR("Content-Type"), true },
	{ SQB_STR("Content-Transfer-Encoding"), true },
	{ SQB_STR("Date"), false },
	{ SQB_STR("Message-ID"), false },
	{ SQB_STR("Sender"), false },
	{ SQB_STR("In-Reply-To"), false },
	{ SQB_STR("References"), false },
	{ SQB_STR("Auto-Submitted"), false },
	{ SQB_STR("Content-ID"), false },
	{ SQB_STR("Content-Description"), false },
	{ SQB_STR("Content-Disposition"), false },
	{ SQB_STR("List-Unsubscribe"), false },
	{ SQB_STR("List-Unsubscribe-Post"), false },
	{ SQB_STR("List-Id"), false },
	{ SQB_STR("List-Help"), false },
	{ SQB_STR("List-Subscribe"), false },
	{ SQB_STR("List-Post"), false },
	{ SQB_STR("List-Owner"), false },
	{ SQB_STR("List-Archive"), false },
};

enum { N_SIGNED = sizeof(signed_fields) / sizeof(signed_fields[0]) };

static int no_memory(sqb_error *err)
{
	return sqb__error(err, SQB_E_NOMEM, "dkim: out of memory");
}

static void hash_begin(sqb__dkim_hash *h)
{
	h->md = EVP_MD_CTX_new();
	h->n = 0;
	h->failed = !h->md ||
	    EVP_DigestInit_ex(h->md, EVP_sha256(), NULL) != 1;
}

static void hash_flush(sqb__dkim_hash *h)
{
	h->failed = h->failed || EVP_DigestUpdate(h->md, h->staged, h->n) != 1;
	h->n = 0;
}

static inline void hash_char(sqb__dkim_hash *h, char c)
{
	if (h->n == sizeof(h->staged))
		hash_flush(h);
	h->staged[h->n++] = c;
}

static void hash_add(sqb__dkim_hash *h, sqb_str s)
{
	if (s.len > sizeof(h->staged) - h->n)
		hash_flush(h);
	if (s.len > sizeof(h->staged)) {
		h->failed = h->failed ||
		    EVP_DigestUpdate(h->md, s.ptr, s.len) != 1;
		return;
	}
	memcpy(h->staged + h->n, s.ptr, s.len);
	h->n += s.len;
}

static int hash_end(sqb__dkim_hash *h, unsigned char sum[SQB__DKIM_HASH])
{
	hash_flush(h);
	h->failed = h->failed || EVP_DigestFinal_ex(h->md, sum, NULL) != 1;
	EVP_MD_CTX_free(h->md);
	h->md = NULL;
	return h->failed ? SQB_E_NOMEM : SQB_OK;
}

void sqb__dkim_body_begin(sqb__dkim_body *b)
{
	hash_begin(&b->hash);
	b->n_ends = 0;
	b->blank = b->cr = b->any = false;
}

/* More of a line follows: what had waited for that counts. */
static void keep_waiting(sqb__dkim_body *b)
{
	for (; b->n_ends > 0; b->n_ends--) {
		hash_char(&b->hash, '\r');
		hash_char(&b->hash, '\n');
	}
	if (b->blank)
		hash_char(&b->hash, ' ');
	b->blank = b->cr = false;
	b->any = true;
}

/* An octet that may mean more than itself. */
static void body_char(sqb__dkim_body *b, char c)
{
	bool after_cr = b->cr;

	b->cr = c == '\r';
	if (sqb__is_eol(c)) {
		b->blank = false;
		b->n_ends += !(c == '\n' && after_cr);
	} else if (sqb__is_blank(c)) {
		b->blank = true;
	} else {
		keep_waiting(b);
		hash_char(&b->hash, c);
	}
}

static bool is_plain(char c)
{
	return (unsigned char)c > ' ';
}

/* How many octets at the front stay as they are: words with a blank between. */
static size_t plain_len(sqb_str s)
{
	size_t n = 0;

	while (n < s.len && (is_plain(s.ptr[n]) || (s.ptr[n] == ' ' && n > 0 &&
	    n + 1 < s.len && is_plain(s.ptr[n + 1]))))
		n++;
	return n;
}

void sqb__dkim_body_add(sqb__dkim_body *b, sqb_str piece)
{
	while (piece.len > 0) {
		size_t n = plain_len(piece);

		if (n > 0) {
			keep_waiting(b);
			hash_add(&b->hash, (sqb_str){ piece.ptr, n });
		} else {
			body_char(b, piece.ptr[n++]);
		}
		piece = sqb__str_from(piece, n);
	}
}

int sqb__dkim_body_end(sqb__dkim_body *b, unsigned char sum[SQB__DKIM_HASH])
{
	if (b->any) {
		hash_char(&b->hash, '\r');
		hash_char(&b->hash, '\n');
	}
	return hash_end(&b->hash, sum);
}

void sqb__dkim_body_clear(sqb__dkim_body *b)
{
	EVP_MD_CTX_free(b->hash.md);
	b->hash.md = NULL;
}

/* "name:" and the body, all blanks of which are one. No line end. */
static void hash_field(sqb__dkim_hash *h, const sqb__field *f)
{
	sqb_str body = sqb__trim(f->body);
	bool blank = false;

	for (size_t i = 0; i < f->name.len; i++)
		hash_char(h, sqb__lower(f->name.ptr[i]));
	hash_char(h, ':');
	for (size_t i = 0; i < body.len; i++) {
		if (sqb__is_space(body.ptr[i])) {
			blank = true;
			continue;
		}
		if (blank)
			hash_char(h, ' ');
		blank = false;
		hash_char(h, body.ptr[i]);
	}
}

/* A CR without LF, or NUL: servers on the way change or refuse such. */
static bool is_odd(sqb_str s)
{
	const char *at = s.ptr, *end = s.ptr + s.len;

	if (memchr(s.ptr, '\0', s.len))
		return true;
	while (at < end && (at = memchr(at, '\r', (size_t)(end - at)))) {
		if (++at == end || *at != '\n')
			return true;
	}
	return false;
}

/* The rows of header, sqb__field each. */
static int read_fields(sqb__buf *rows, sqb_str header, sqb_error *err)
{
	sqb__header_walk walk = { .rest = header };
	sqb__field f;

	while (walk.rest.len > 0) {
		sqb_str lines = walk.rest;
		sqb__header_line kind = sqb__header_step(&walk, &f);

		lines.len -= walk.rest.len;
		if (kind == SQB__HEADER_JUNK || is_odd(lines))
			return sqb__error(err, SQB_E_USAGE, "dkim: the header "
			    "has a line that is no field");
		if (kind == SQB__HEADER_EMPTY)
			break;
		if (sqb__buf_len(rows) == rows->max)
			return sqb__error(err, SQB_E_LIMIT,
			    "dkim: the header has more than 10,000 fields");
		sqb__buf_add(rows, (sqb_str){ (char *)&f, sizeof(f) });
	}
	return rows->failed ? no_memory(err) : SQB_OK;
}

static sqb__field *field_rows(const sqb__buf *rows, size_t *n)
{
	*n = sqb__buf_len(rows) / sizeof(sqb__field);
	return (sqb__field *)(void *)rows->data;
}

/* Hashes the last row of that name, and takes the name from it. */
static void hash_last(sqb__dkim_hash *h, sqb__buf *rows, sqb_str name)
{
	size_t n;
	sqb__field *f = field_rows(rows, &n);

	while (n-- > 0) {
		if (!sqb_str_eq_nocase(f[n].name, name))
			continue;
		hash_field(h, &f[n]);
		hash_add(h, (sqb_str)SQB_STR("\r\n"));
		f[n].name.len = 0;
		return;
	}
}

/* hdr-name *( [FWS] ":" [FWS] hdr-name )         RFC 6376, section 3.5 */
static sqb_str take_name(sqb_str *names)
{
	const char *colon = memchr(names->ptr, ':', names->len);
	size_t n = colon ? (size_t)(colon - names->ptr) : names->len;
	sqb_str name = sqb__trim((sqb_str){ names->ptr, n });

	*names = sqb__str_from(*names, colon ? n + 1 : n);
	return name;
}

/* RFC 6376, section 3.7: the fields, then the one that is to be signed. */
static int sign_rows(const sqb_dkim_key *key, sqb__buf *rows, sqb_str names,
    sqb_str field, unsigned char *signature, size_t *len)
{
	static const sqb_str name = SQB_STR("DKIM-Signature");
	unsigned char sum[SQB__DKIM_HASH];
	sqb__dkim_hash h;

	hash_begin(&h);
	while (names.len > 0)
		hash_last(&h, rows, take_name(&names));
	hash_field(&h, &(sqb__field){ name,
	    sqb__str_from(field, name.len + 1) });
	if (hash_end(&h, sum) < 0)
		return SQB_E_NOMEM;
	return sqb__dkim_key_sign(key, sum, signature, len);
}

int sqb__dkim_signature(const sqb_dkim_key *key, sqb_str header,
    sqb_str names, sqb_str field, unsigned char *signature, size_t *len)
{
	sqb__buf rows;
	int code;

	sqb__buf_init(&rows, key->allocator, MAX_FIELDS * sizeof(sqb__field));
	code = read_fields(&rows, header, NULL);
	if (code == SQB_OK)
		code = sign_rows(key, &rows, names, field, signature, len);
	sqb__buf_clear(&rows);
	return code;
}

static int add_names(sqb__buf *names, sqb_str name, size_t n)
{
	if (n * (name.len + 1) > names->max - sqb__buf_len(names))
		return SQB_E_LIMIT;
	while (n-- > 0) {
		if (sqb__buf_len(names) > 0)
			sqb__buf_add_char(names, ':');
		sqb__buf_add(names, name);
	}
	return SQB_OK;
}

/* The h= of a header with those rows. */
static int choose_names(sqb__buf *names, const sqb__buf *rows, sqb_error *err)
{
	size_t n;
	const sqb__field *f = field_rows(rows, &n);

	for (size_t i = 0; i < N_SIGNED; i++) {
		sqb_str name = signed_fields[i].name;
		size_t count = 0;

		for (size_t k = 0; k < n; k++)
			count += sqb_str_eq_nocase(f[k].name, name);
		if (i == 0 && count == 0)
			return sqb__error(err, SQB_E_USAGE,
			    "dkim: the message has no From field");
		if (count == 0 && !signed_fields[i].always)
			continue;
		if (add_names(names, name, count + 1) < 0)
			return sqb__error(err, SQB_E_LIMIT, "dkim: the header "
			    "has too many fields of the same name");
	}
	return names->failed ? no_memory(err) : SQB_OK;
}

/* A field that is folded while it grows. */
typedef struct folding {
	sqb__buf *out;
	size_t column;
} folding;

static void put(folding *f, sqb_str s)
{
	sqb__buf_add(f->out, s);
	f->column += s.len;
}

static void put_c(folding *f, const char *s)
{
	put(f, sqb_str_of(s));
}

static void new_line(folding *f)
{
	f->column = 0;
	sqb__buf_add_c(f->out, "\r\n");
	put_c(f, " ");
}

/* Before what is in one piece, of len octets; perhaps after a blank. */
static void make_room(folding *f, size_t len, bool spaced)
{
	if (f->column + spaced + len > MAX_COLUMN)
		new_line(f);
	else if (spaced)
		put_c(f, " ");
}

static void put_tag(folding *f, const char *name, sqb_str value)
{
	make_room(f, strlen(name) + value.len + 1, true);
	put_c(f, name);
	put(f, value);
	put_c(f, ";");
}

static void put_names(folding *f, sqb_str names)
{
	make_room(f, strlen("h=From:"), true);
	put_c(f, "h=");
	while (names.len > 0) {
		const char *colon = memchr(names.ptr, ':', names.len);
		size_t n = colon ? (size_t)(colon - names.ptr) + 1 : names.len;

		make_room(f, n + 1, false);
		put(f, (sqb_str){ names.ptr, n });
		names = sqb__str_from(names, n);
	}
	put_c(f, ";");
}

static void put_base64(folding *f, sqb_str s)
{
	while (s.len > 0) {
		size_t n = MAX_COLUMN - f->column;

		n = n < s.len ? n : s.len;
		put(f, (sqb_str){ s.ptr, n });
		s = sqb__str_from(s, n);
		if (s.len > 0)
			new_line(f);
	}
}

/* What goes into a signature. */
typedef struct signing {
	const sqb_dkim_key *key;
	sqb__buf rows, names;
	const unsigned char *body;	/* its hash */
	int64_t now;
} signing;

static void put_time(folding *f, int64_t now)
{
	size_t before;

	make_room(f, strlen("t=18446744073709551615;"), true);
	before = sqb__buf_len(f->out);
	sqb__buf_add_c(f->out, "t=");
	sqb__buf_add_uint(f->out, now > 0 ? (uint64_t)now : 0);
	sqb__buf_add_c(f->out, ";");
	f->column += sqb__buf_len(f->out) - before;
}

/* All but the signature, RFC 6376, section 3.5; it ends in "b=". */
static void put_tags(folding *f, const signing *s)
{
	char hash[(SQB__DKIM_HASH + 2) / 3 * 4];

	put_c(f, "DKIM-Signature:");
	put_tag(f, "v=", (sqb_str)SQB_STR("1"));
	put_tag(f, "a=", sqb_str_of(s->key->rsa ? "rsa-sha256" :
	    "ed25519-sha256"));
	put_tag(f, "c=", (sqb_str)SQB_STR("relaxed/relaxed"));
	put_tag(f, "d=", sqb_str_of(s->key->domain));
	put_tag(f, "s=", sqb_str_of(s->key->selector));
	put_time(f, s->now);
	put_names(f, sqb__buf_str(&s->names));
	sqb__base64_encode(hash, (sqb_str){ (const char *)s->body,
	    SQB__DKIM_HASH });
	put_tag(f, "bh=", (sqb_str){ hash, sizeof(hash) });
	make_room(f, strlen("b=") + 8, true);
	put_c(f, "b=");
}

static int put_field(folding *f, signing *s)
{
	size_t start = sqb__buf_len(f->out), len;
	unsigned char signature[SQB__DKIM_SIGNATURE];
	char base64[SQB__DKIM_SIGNATURE / 3 * 4 + 4];
	int code;

	put_tags(f, s);
	if (f->out->failed)
		return SQB_E_NOMEM;
	code = sign_rows(s->key, &s->rows, sqb__buf_str(&s->names),
	    sqb__str_from(sqb__buf_str(f->out), start), signature, &len);
	if (code < 0)
		return code;
	sqb__base64_encode(base64, (sqb_str){ (char *)signature, len });
	put_base64(f, (sqb_str){ base64, sqb__base64_encoded_len(len) });
	sqb__buf_add_c(f->out, "\r\n");
	return f->out->failed ? SQB_E_NOMEM : SQB_OK;
}

int sqb__dkim_add_field(sqb__buf *out, const sqb_dkim_key *key,
    sqb_str header, const unsigned char body[SQB__DKIM_HASH], int64_t now,
    sqb_error *err)
{
	signing s = { .key = key, .body = body, .now = now };
	folding f = { .out = out };
	int code;

	sqb__buf_init(&s.rows, out->allocator,
	    MAX_FIELDS * sizeof(sqb__field));
	sqb__buf_init(&s.names, out->allocator, MAX_NAMES);
	code = read_fields(&s.rows, header, err);
	if (code == SQB_OK)
		code = choose_names(&s.names, &s.rows, err);
	if (code == SQB_OK && put_field(&f, &s) < 0)
		code = no_memory(err);
	sqb__buf_clear(&s.rows);
	sqb__buf_clear(&s.names);
	return code;
}

/* The length of the header section at the front of a message. */
static size_t header_len(sqb_str message)
{
	sqb__header_walk walk = { .rest = message };
	sqb__field f;

	while (sqb__header_next(&walk, &f))
		;
	return message.len - walk.rest.len;
}

int sqb_dkim_sign(char **field, const sqb_dkim_key *key, sqb_str message,
    int64_t now, const sqb_allocator *allocator, sqb_error *err)
{
	unsigned char sum[SQB__DKIM_HASH];
	size_t n = header_len(message);
	sqb__dkim_body body;
	sqb__buf out;
	int code;

	sqb__buf_init(&out, allocator ? allocator : sqb_allocator_default(),
	    SQB__DKIM_FIELD);
	sqb__dkim_body_begin(&body);
	sqb__dkim_body_add(&body, sqb__str_from(message, n));
	code = sqb__dkim_body_end(&body, sum);
	if (code < 0)
		return no_memory(err);
	code = sqb__dkim_add_field(&out, key, (sqb_str){ message.ptr, n },
	    sum, now, err);
	sqb__buf_add_char(&out, '\0');
	if (code == SQB_OK && out.failed)
		code = no_memory(err);
	if (code == SQB_OK)
		*field = out.data;
	else
		sqb__buf_clear(&out);
	return code;
}

/* For unit tests: messages of all structures, and what they may cost. */
#ifndef SQUAB_TESTS_STRUCTURES_H
#define SQUAB_TESTS_STRUCTURES_H

#include "exact.h"

#include <dirent.h>
#include <stdio.h>

#define H "Content-Type: multipart/mixed; boundary=b\n\n"
#define TYPE(t) "Content-Type: " t "\n"

/*
 * want: (parts) of what has some, else :body; behind a name ! is opaque,
 * * limited, @ encoded, ~ without end. Then the defects, a letter each.
 */
static const struct {
	const char *name, *in, *want;
} structures[] = {
	{ "nothing", "", "plain:" },
	{ "text", "Subject: x\n\nhello\n", "plain:hello\n" },
	{ "no empty line", "Subject: x\n", "plain:" },
	{ "no header at all", "hello\nyou\n", "plain:hello\nyou\n c" },
	{ "no header, colons later", "hello\nTo: x\n\nyou", "plain:you c" },
	{ "mbox line", "From a@b\nTo: x\n\nyou", "plain:you" },
	{ "html", TYPE("Text/HTML") "\n<p>", "html:<p>" },
	{ "other text", TYPE("text/csv") "\na", "text:a" },
	{ "image", TYPE("image/png") "\na", "other:a" },
	{ "two parts", H "--b\n\none\n--b\n\ntwo\n--b--\n",
	  "mixed(plain:one plain:two)" },
	{ "around them", H "pre\n--b\n\none\n--b--\npost\n",
	  "mixed[pre](plain:one)[post\n]" },
	{ "line ends of the body", H "--b\n\none\n\n--b--",
	  "mixed(plain:one\n)" },
	{ "empty bodies", H "--b\n\n--b\n--b\n\n\n--b--\n",
	  "mixed(plain: plain: plain:)" },
	{ "no last delimiter", H "--b\n\none\n", "mixed~(plain:one\n) e" },
	{ "cut in a delimiter", H "--b\n\none\n-", "mixed~(plain:one\n-) e" },
	{ "blanks behind", H "--b \t\n\none\n--b-- \nx",
	  "mixed(plain:one)[x]" },
	{ "blanks before", H "--b\n\none\n --b\n--b--",
	  "mixed(plain:one\n --b)" },
	{ "more behind", H "--b\n\none\n--bc\n--b c\n--b-\n--b--",
	  "mixed(plain:one\n--bc\n--b c\n--b-)" },
	{ "letter case", H "--b\n\none\n--B\n--b--",
	  "mixed(plain:one\n--B)" },
	{ "not at the start of a line", H "--b\n\none --b\n-\n--b--",
	  "mixed(plain:one --b\n-)" },
	{ "after the end", H "--b\n\none\n--b--\n--b\n\ntwo",
	  "mixed(plain:one)[--b\n\ntwo]" },
	{ "in the header", H "--b\nContent-Type: text/html\n--b\nX: y\n\nz"
	  "\n--b--", "mixed(html: plain:z)" },
	{ "no field and no empty line", H "--b\none\nmore\n--b--",
	  "mixed(plain:one\nmore) c" },
	{ "dashes in a header", H "--b\nA: b\n--c: d\n\ne\n--b--",
	  "mixed(plain:e)" },
	{ "never found", H "one\n--c\n", "mixed!~:one\n--c\n f" },
	{ "closed at once", H "one\n--b--\ntwo",
	  "mixed!:one\n--b--\ntwo f" },
	{ "no boundary", TYPE("multipart/mixed") "\none", "mixed!:one n" },
	{ "empty boundary", TYPE("multipart/mixed; boundary=\"\"") "\n--\n",
	  "mixed!:--\n n" },
	{ "two boundaries", TYPE("multipart/mixed; boundary=b;"
	  " boundary=c") "\n--c\n\n--b\n\nx\n--b--",
	  "mixed[--c\n](plain:x) d" },
	{ "2231 boundary first", TYPE("multipart/mixed; boundary=c;"
	  " boundary*=''%62") "\n--b\n\nx\n--b--", "mixed(plain:x) d" },
	{ "boundary in pieces", TYPE("multipart/mixed; boundary*1=d;"
	  " boundary*0=\"c \"") "\n--c d\n\nx\n--c d--", "mixed(plain:x)" },
	{ "boundary with blanks at its end", TYPE("multipart/mixed;"
	  " boundary=\"b  \"") "\n--b\n\nx\n--b--", "mixed(plain:x)" },
	{ "boundary that looks closed", TYPE("multipart/mixed;"
	  " boundary=\"b--\"") "\n--b--\n\nx\n--b----", "mixed(plain:x)" },
	{ "second type", TYPE("text/html") TYPE("multipart/mixed; boundary=b")
	  "\n--b--", "html:--b-- d" },
	{ "nested", H "--b\n" TYPE("multipart/alternative; boundary=c") "\n"
	  "--c\n\none\n--c\n" TYPE("text/html") "\n<p>\n--c--\n--b\n\ntwo\n"
	  "--b--\n", "mixed(alternative(plain:one html:<p>) plain:two)" },
	{ "inner one not closed", H "--b\n"
	  TYPE("multipart/related; boundary=c") "\n--c\n\none\n--b\n\ntwo\n"
	  "--b--\n", "mixed(related~(plain:one) plain:two) e" },
	{ "inner epilogue", H "--b\n" TYPE("multipart/related; boundary=c")
	  "\n--c\n\none\n--c--\nepi\n--b\n\ntwo\n--b--\n",
	  "mixed(related(plain:one)[epi] plain:two)" },
	{ "one boundary a part of the other", H "--b\n"
	  TYPE("multipart/mixed; boundary=bb") "\n--bb\n\none\n--bb--\n--b--",
	  "mixed(mixed(plain:one))" },
	{ "the same boundary inside", H "--b\n" H "--b\n\none\n--b--\n--b\n\n"
	  "two\n--b--\n", "mixed(mixed(plain:one) plain:two)" },
	{ "empty multipart inside", H "--b\n"
	  TYPE("multipart/mixed; boundary=c") "\n--b--",
	  "mixed(mixed!~:) f" },
	{ "message", TYPE("message/rfc822") "\nSubject: x\n\nhello",
	  "message(plain:hello)" },
	{ "message without header", TYPE("message/rfc822") "\nhello",
	  "message(plain:hello) c" },
	{ "message in a part", H "--b\n" TYPE("message/global") "\n"
	  TYPE("multipart/mixed; boundary=c") "\n--c\n\none\n--b--\npost",
	  "mixed(message(mixed~(plain:one)))[post] e" },
	{ "message, the delimiter in its header", H "--b\n"
	  TYPE("message/rfc822") "\nSubject: x\n--b--",
	  "mixed(message(plain:))" },
	{ "message in base64", TYPE("message/rfc822")
	  "Content-Transfer-Encoding: base64\n\nAAAA", "message!@:AAAA" },
	{ "message in 8 bits", TYPE("message/rfc822")
	  "Content-Transfer-Encoding: 8bit\n\nTo: x\n\ny",
	  "message(plain:y)" },
	{ "other messages", TYPE("message/delivery-status") "\nTo: x\n\ny",
	  "other:To: x\n\ny" },
	{ "digest", TYPE("multipart/digest; boundary=b") "\n--b\n\nTo: x\n\n"
	  "one\n--b\n" TYPE("text/html") "\ntwo\n--b--",
	  "digest(message(plain:one) html:two)" },
	{ "encoded multipart", "Content-Transfer-Encoding: base64\n" H
	  "--b\n\none\n--b--", "mixed(plain:one) p" },
	{ "unknown encoding", "Content-Transfer-Encoding: rot13\n\nx",
	  "plain:x u" },
	{ "bad type", TYPE("???") "\nx", "plain:x t" },
	{ "type alone", TYPE("multipart; boundary=b") "\n--b\n\nx\n--b--",
	  "mixed(plain:x) t" },
	{ "unknown multipart", TYPE("multipart/x; boundary=b") "\n--b\n\nx\n"
	  "--b--", "mixed(plain:x)" },
	{ "signed, report", TYPE("multipart/signed; boundary=b") "\n--b\n"
	  TYPE("multipart/report; boundary=c") "\n--c\n\nx\n--c--\n--b--",
	  "signed(report(plain:x))" },
	{ "no colon", "To: x\nbroken\n\ny", "plain:y c" },
	{ "twice", "Subject: x\nDATE: y\nsubject: z\nTo: a\nTo: b\n\n",
	  "plain: d" },
	{ "quote not closed", TYPE("multipart/mixed; boundary=\"b") "\n--b\n\n"
	  "x\n--b--", "mixed(plain:x) q" },
};

static const char *const eols[] = { "\n", "\r\n", "\r" };

/* The text with other line ends. */
static inline sqb_str with_eol(sqb_str in, const char *eol)
{
	char *s = malloc(2 * in.len + 1);
	size_t n = 0;
	sqb_str out;

	assert_non_null(s);
	for (size_t i = 0; i < in.len; i++) {
		if (in.ptr[i] != '\n') {
			s[n++] = in.ptr[i];
			continue;
		}
		for (const char *e = eol; *e; e++)
			s[n++] = *e;
	}
	out = exact((sqb_str){ s, n });
	free(s);
	return out;
}

static inline const char *mail_folder(char *path, size_t cap)
{
	const char *top = getenv("SRCDIR");

	snprintf(path, cap, "%s/tests/data/mail", top ? top : ".");
	return path;
}

/* The files of tests/data/mail in turn; false: there are no more. */
static inline bool next_mail(DIR *dir, sqb_str *out)
{
	struct dirent *e;
	char path[1200], folder[1000];
	static char bytes[64 * 1024];
	FILE *f;

	do
		e = readdir(dir);
	while (e && !strstr(e->d_name, ".eml"));
	if (!e)
		return false;
	snprintf(path, sizeof(path), "%s/%.100s",
	    mail_folder(folder, sizeof(folder)), e->d_name);
	f = fopen(path, "rb");
	assert_non_null(f);
	*out = (sqb_str){ bytes, fread(bytes, 1, sizeof(bytes), f) };
	fclose(f);
	assert_true(out->len > 0 && out->len < sizeof(bytes));
	return true;
}

enum { RANDOM_MAIL = 2000 };	/* octets, and more than there are */

/* What means something to the parser, in any order. Its length. */
static inline size_t random_mail(char s[RANDOM_MAIL], uint64_t *seed)
{
	static const char *const bits[] = { "\n", "\r", "\r\n", "--a", "--b",
		"--", "\n--a\n", "\n--b--\n", "\n\n",
		TYPE("multipart/mixed; boundary=a") "\n",
		TYPE("multipart/digest; boundary=\"b") "\n",
		TYPE("message/rfc822") "\n", "Content-Type:", ";", "x" };
	size_t len = 0;

	for (size_t n = next_random(seed) % 40; n > 0; n--) {
		const char *bit = bits[next_random(seed) % ARRAY_LEN(bits)];

		memcpy(s + len, bit, strlen(bit));
		len += strlen(bit);
		if (next_random(seed) % 8 == 0)
			s[len++] = (char)next_random(seed);
	}
	return len;
}

/* head, n times unit, and tail. */
static inline sqb_str made_of(const char *head, const char *unit, size_t n,
    const char *tail)
{
	size_t h = strlen(head), u = strlen(unit), t = strlen(tail);
	char *s = malloc(h + n * u + t);

	assert_non_null(s);
	memcpy(s, head, h);
	for (size_t i = 0; i < n; i++)
		memcpy(s + h + i * u, unit, u);
	memcpy(s + h + n * u, tail, t);
	return (sqb_str){ s, h + n * u + t };
}

/*
 * Where the grammar itself has a limit: head, unit n times at the most, and
 * tail. What there is then, and with one unit more.
 */
static const struct {
	const char *head, *unit, *tail;
	size_t n;
	uint32_t at, above;	/* parts; fields; octets of the header */
	enum { PARTS, FIELDS, HEADER } what;
} line_limits[] = {
	{ H "--b", " ", "\n\nx\n--b--", 1024 - 4, 2, 1, PARTS },
	{ H "--b", " ", "\r\n\nx\n--b--", 1024 - 5, 2, 1, PARTS },
	{ H "--b\n\nx\n--b", " ", "\n\ny\n--b--", 1024 - 4, 3, 2,
	  PARTS },
	{ "", "j", "\nTo: x\n\nbody", 65535, 1, 0, FIELDS },
	{ "no\n", " j\n", " \nTo: x\n\nbody", 21843, 1, 0, FIELDS },
	{ "To: x\n", "\r", "\nbody", 999, 6 + 1000, 6 + 1005, HEADER },
	{ "To: x\n", "\r", "", 1000, 6 + 1000, 6 + 1001, HEADER },
	{ "X:", "y", "\rTo: x\r\rbody", 65533, 2, 1, FIELDS },
};

/* Octets that are out at the most, for the rows and the parser alone. */
typedef struct meter {
	sqb_allocator allocator;
	size_t out, peak;
} meter;

static inline void *meter_realloc(void *ctx, void *p, size_t old_size,
    size_t size)
{
	meter *c = ctx;
	size_t *block = p ? (size_t *)p - 2 : NULL;

	(void)old_size;
	c->out -= block ? block[0] : 0;
	block = realloc(block, size + 2 * sizeof(size_t));
	assert_non_null(block);
	block[0] = size;
	c->out += size;
	c->peak = c->out > c->peak ? c->out : c->peak;
	return block + 2;
}

static inline void *meter_alloc(void *ctx, size_t size)
{
	return meter_realloc(ctx, NULL, 0, size);
}

static inline void meter_free(void *ctx, void *p)
{
	meter *c = ctx;
	size_t *block = p ? (size_t *)p - 2 : NULL;

	if (block)
		c->out -= block[0];
	free(block);
}

#endif

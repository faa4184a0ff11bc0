/* Messages in leaves: files in texts, and S/MIME that hides what it signs. */
#include "exact.h"

#include <squab/message.h>

#include "mime/inline_files.h"
#include "mime/p7m.h"
#include "text/base64.h"

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>

#define FILE_A "begin 644 a b/c.txt\n#86)C\n`\nend\n"
#define FILE_B "begin 600 \xc3\xa4\n#9&5F\n`\nend\n"

/* want: each leaf of what is in the text, "name=content" or "content". */
static const struct {
	const char *name, *in, *want;
} texts[] = {
	{ "one", FILE_A, "[a b/c.txt=abc]" },
	{ "around", "Hi\n" FILE_A "Bye\n", "[Hi\n][a b/c.txt=abc][Bye\n]" },
	{ "two", FILE_A "and\n" FILE_B,
	  "[a b/c.txt=abc][and\n][\xc3\xa4=def]" },
	{ "CRLF", "Hi\r\nbegin 644 a\r\n#86)C\r\n`\r\nend\r\nBye",
	  "[Hi\r\n][a=abc][Bye]" },
	{ "no end", "x\nbegin 644 a\n#86)C\n", "[x\n][a=abc]" },
	{ "none", "Let us begin 644 things\nbegin anew\n", "" },
	{ "only the first line", "begin 644 a\nno data\n", "" },
	{ "nothing", "", "" },
	{ "a delimiter in the text", "--squab\n" FILE_A "\n--squab--\n",
	  "[--squab\n][a b/c.txt=abc][\n--squab--\n]" },
};

static void add_leaf(char *out, sqb_message *m, size_t i)
{
	sqb_str content;

	assert_int_equal(sqb_part_content(m, i, &content), SQB_OK);
	strcat(out, "[");
	if (sqb_part_name(m, i)[0] != '\0') {
		strcat(out, sqb_part_name(m, i));
		strcat(out, "=");
	}
	strncat(out, content.ptr, content.len);
	strcat(out, "]");
}

static void test_files_in_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char in[512], out[512] = "";
		sqb_message *m, *inner;
		sqb_inner_kind kind;

		snprintf(in, sizeof(in), "Content-Type: text/plain; "
		    "charset=utf-8\n\n%s", texts[i].in);
		m = sqb_message_parse(sqb_str_of(in), NULL);
		assert_non_null(m);
		inner = sqb_part_inner(m, 0, &kind);
		assert_int_equal(kind, inner ? SQB_INNER_UUENCODE :
		    SQB_INNER_NONE);
		for (size_t k = 1; inner && k < sqb_message_n_parts(inner);
		    k++)
			add_leaf(out, inner, k);
		if (strcmp(out, texts[i].want) != 0)
			fail_msg("%s: %s", texts[i].name, out);
		sqb_message_free(m);
	}
}

#define YENC(crc) "=ybegin line=128 size=5 name=a\n=J=M=}\x8b\x8c\n" \
    "=yend size=5 crc32=" crc "\n"
#define CRC "eb0699af"

/* In yEnc octets are in no charset; the text around has the one it had. */
static const struct {
	const char *name, *charset, *in, *want;
	unsigned n_defects;
} yenc_texts[] = {
	{ "around", "; charset=iso-8859-1", "\xfc\n" YENC(CRC) "\xe4",
	  "[\xfc\n][a=\xe0\xe3\x13" "ab][\xe4]", 0 },
	{ "other checksum", "; charset=utf-8", YENC("0"),
	  "[a=\xe0\xe3\x13" "ab]", 1 },
	{ "no label", "", YENC(CRC) YENC(CRC),
	  "[a=\xe0\xe3\x13" "ab][a=\xe0\xe3\x13" "ab]", 0 },
	{ "no charset", "; charset=\"a; b=c\"", "x\n" YENC(CRC),
	  "[x\n][a=\xe0\xe3\x13" "ab]", 0 },
};

static unsigned count_defects(sqb_message *m, sqb_defect_code code)
{
	unsigned n = 0;
	size_t n_all;
	const sqb_defect *all = sqb_message_defects(m, &n_all);

	for (size_t i = 0; i < n_all; i++)
		n += all[i].code == (uint32_t)code;
	return n;
}

static void test_yenc(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(yenc_texts); i++) {
		char in[512], out[512] = "";
		sqb_message *m, *inner;
		sqb_inner_kind kind;

		snprintf(in, sizeof(in), "Content-Type: text/plain%s\n\n%s",
		    yenc_texts[i].charset, yenc_texts[i].in);
		m = sqb_message_parse(sqb_str_of(in), NULL);
		assert_non_null(m);
		inner = sqb_part_inner(m, 0, &kind);
		assert_non_null(inner);
		assert_int_equal(kind, SQB_INNER_YENC);
		for (size_t k = 1; k < sqb_message_n_parts(inner); k++)
			add_leaf(out, inner, k);
		if (strcmp(out, yenc_texts[i].want) != 0)
			fail_msg("%s: %s", yenc_texts[i].name, out);
		assert_int_equal(count_defects(m, SQB_DEFECT_YENC),
		    yenc_texts[i].n_defects);
		sqb_message_free(m);
	}
}

/* Each prefix, in a copy that ends there; and no more than 32 times as much. */
static void test_prefixes(void **state)
{
	sqb_str text = SQB_STR("Hi\n" FILE_A "and\n" FILE_B "Bye\n");

	(void)state;
	for (size_t n = 0; n <= text.len; n++) {
		sqb_str in = exact((sqb_str){ text.ptr, n });
		sqb__buf out;

		sqb__buf_init(&out, sqb_allocator_default(), SIZE_MAX / 4);
		sqb__inline_open(in, &out);
		assert_false(out.failed);
		assert_true(out.end <= 512 + 32 * n);
		sqb__buf_clear(&out);
		exact_free(in);
	}
}

/* More files than there may be parts: a defect, and looked through once. */
static void test_many_files(void **state)
{
	static const char *const files[] = { "begin 644 a\n#86)C\nend\n",
		"=ybegin line=9 size=1 name=a\nx\n=yend size=1\n" };
	enum { N = 12000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		size_t len = strlen(files[i]), n_defects;
		char *in = malloc(1 + N * len);
		sqb_message *m, *inner;
		const sqb_defect *d;

		assert_non_null(in);
		in[0] = '\n';
		for (size_t k = 0; k < N; k++)
			memcpy(in + 1 + k * len, files[i], len);
		m = sqb_message_parse((sqb_str){ in, 1 + N * len }, NULL);
		assert_non_null(m);
		inner = sqb_part_inner(m, 0, NULL);
		assert_non_null(inner);
		assert_int_equal(sqb_message_n_parts(inner), 10000);
		d = sqb_message_defects(inner, &n_defects);
		assert_int_equal(n_defects, 1);
		assert_int_equal(d[0].code, SQB_DEFECT_MANY_PARTS);
		sqb_message_free(m);
		free(in);
	}
}

/* Files of one kind between those of the other are found, and that is all. */
static void test_both_kinds(void **state)
{
	sqb_message *m = sqb_message_parse((sqb_str)SQB_STR("\nHi\n"
	    "=ybegin line=9 size=1 name=y\n\x8b\n=yend size=1\n" FILE_A),
	    NULL), *inner, *deeper;
	sqb_inner_kind kind;

	(void)state;
	assert_non_null(m);
	inner = sqb_part_inner(m, 0, &kind);
	assert_int_equal(kind, SQB_INNER_UUENCODE);
	deeper = sqb_part_inner(inner, 1, &kind);
	assert_int_equal(kind, SQB_INNER_YENC);
	assert_string_equal(sqb_part_name(deeper, 2), "y");
	assert_null(sqb_part_inner(deeper, 1, &kind));
	sqb_message_free(m);
}

static const char signed_text[] =
    "Content-Type: text/plain\r\nSubject: in\r\n\r\nsigned\r\n";

/* Signed data with all of it inside, in DER. */
static sqb_str make_signed(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	BIO *in = BIO_new_mem_buf(signed_text, -1);
	CMS_ContentInfo *cms;
	unsigned char *der = NULL;
	sqb_str made;
	int n;

	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	cms = CMS_sign(cert, key, NULL, in, CMS_BINARY);
	assert_non_null(cms);
	n = i2d_CMS_ContentInfo(cms, &der);
	assert_true(n > 0);
	made = exact((sqb_str){ (char *)der, (size_t)n });
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	X509_free(cert);
	EVP_PKEY_free(key);
	return made;
}

static void test_signed(void **state)
{
	static const char head[] = "Content-Type: application/pkcs7-mime; "
	    "smime-type=signed-data\n\n";
	sqb_str der = make_signed();
	size_t n = sizeof(head) - 1;
	char *bytes = malloc(n + der.len);
	sqb_message *m, *inner;
	sqb_inner_kind kind;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, head, n);
	memcpy(bytes + n, der.ptr, der.len);
	m = sqb_message_parse((sqb_str){ bytes, n + der.len }, NULL);
	assert_non_null(m);
	inner = sqb_part_inner(m, 0, &kind);
	assert_non_null(inner);
	assert_int_equal(kind, SQB_INNER_SIGNED);
	assert_string_equal(sqb_message_text(inner), "signed\n");
	assert_true(sqb_str_eq(sqb_message_bytes(inner),
	    sqb_str_of(signed_text)));
	sqb_message_free(m);
	free(bytes);
	exact_free(der);
}

/* version and digestAlgorithms; what is signed; around both */
#define START "\x02\x01\x01\x31\x00"
#define DATA "\x06\x01\x2a"
#define SIGNED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define ENDLESS(octets) "\x30\x80" SIGNED "\xa0\x80\x30\x80" START \
    "\x30\x80" DATA "\xa0\x80" octets "\0\0\0\0"
#define LONG_SET "\x02\x01\x01\x31\x80\x30\x80\x30\x00\0\0\x05\x00\0\0"

/* BER in its forms: with lengths and without. NULL: it is not read. */
static const struct {
	const char *name;
	sqb_str in;
	const char *want;
} ber[] = {
	{ "in one", SQB_STR(ENDLESS("\x04\x02" "ab")), "ab" },
	{ "in pieces", SQB_STR(ENDLESS("\x24\x80\x04\x02" "ab\x04\x00"
	    "\x04\x01" "c\0\0")), "abc" },
	{ "pieces of a length", SQB_STR(ENDLESS("\x24\x07\x04\x02" "ab"
	    "\x04\x01" "c\x04\x01" "d")), "abc" },
	{ "pieces in pieces", SQB_STR(ENDLESS("\x24\x80\x24\x80\x04\x01" "a"
	    "\0\0\x24\x03\x04\x01" "b\x04\x01" "c\0\0")), "abc" },
	{ "a long length", SQB_STR(ENDLESS("\x04\x84\0\0\0\x01" "a")), "a" },
	{ "lengths", SQB_STR("\x30\x1e" SIGNED "\xa0\x11\x30\x0f" START
	    "\x30\x08" DATA "\xa0\x03\x04\x01" "a"), "a" },
	{ "a set without length", SQB_STR("\x30\x80" SIGNED "\xa0\x80\x30\x80"
	    LONG_SET "\x30\x80" DATA "\xa0\x80\x04\x01" "a"), "a" },
	{ "no END", SQB_STR("\x30\x80" SIGNED "\xa0\x80\x30\x80" START
	    "\x30\x80" DATA "\xa0\x80\x24\x80\x04\x01" "a"), NULL },
	{ "a length that is not there", SQB_STR(ENDLESS("\x04\x7f" "ab")),
	  NULL },
	{ "a length too long for anything", SQB_STR(ENDLESS("\x04\x89"
	    "\x01\0\0\0\0\0\0\0\0" "ab")), NULL },
	{ "nothing signed", SQB_STR("\x30\x80" SIGNED "\xa0\x80\x30\x80" START
	    "\x30\x80" DATA "\0\0"), NULL },
	{ "another kind of piece", SQB_STR(ENDLESS("\x24\x80\x02\x01" "a"
	    "\0\0")), NULL },
	{ "another type", SQB_STR("\x30\x80" DATA "\xa0\x80"), NULL },
};

static void test_ber(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ber); i++) {
		sqb_str in = exact(ber[i].in);
		sqb__buf out;

		sqb__buf_init(&out, sqb_allocator_default(), SIZE_MAX / 4);
		if (sqb__p7m_open(in, &out) != (ber[i].want != NULL))
			fail_msg("%s", ber[i].name);
		if (ber[i].want && !sqb_str_eq(sqb__buf_str(&out),
		    sqb_str_of(ber[i].want)))
			fail_msg("%s: other octets", ber[i].name);
		sqb__buf_clear(&out);
		exact_free(in);
	}
}

/* Cut or with one octet other than it was, it is read or it is not. */
static void test_broken_signed(void **state)
{
	sqb_str der = make_signed();
	sqb__buf out;

	(void)state;
	sqb__buf_init(&out, sqb_allocator_default(), SIZE_MAX / 4);
	for (size_t i = 0; i < der.len; i++) {
		sqb_str cut = exact((sqb_str){ der.ptr, i });
		sqb_str flipped = exact(der);

		sqb__buf_reset(&out);
		assert_false(sqb__p7m_open(cut, &out));
		((char *)(uintptr_t)flipped.ptr)[i] ^= 0x55;
		sqb__p7m_open(flipped, &out);
		assert_true(out.end <= der.len);
		exact_free(cut);
		exact_free(flipped);
	}
	assert_false(sqb__p7m_open((sqb_str){ NULL, 0 }, &out));
	sqb__buf_clear(&out);
	exact_free(der);
}

static void add_file_of_66_lines(sqb__buf *b)
{
	sqb__buf_add_c(b, "begin 644 a\n");
	for (int i = 0; i < 66; i++)
		sqb__buf_add_c(b, "M86%A86%A86%A86%A86%A86%A86%A86%A86%A86%"
		    "A86%A86%A86%A86%A86%A\n");
	sqb__buf_add_c(b, "`\nend\n");
}

/* A text in base64 and what is made of it are more than may be kept. */
static void test_kept_in_order(void **state)
{
	sqb_message_options o = { .size = sizeof(o), .max_content = 8000 };
	sqb__buf file, in;
	sqb_message *m;
	sqb_str content;
	size_t n;

	(void)state;
	sqb__buf_init(&file, sqb_allocator_default(), SIZE_MAX / 4);
	sqb__buf_init(&in, sqb_allocator_default(), SIZE_MAX / 4);
	add_file_of_66_lines(&file);
	sqb__buf_add_c(&in, "Content-Type: multipart/mixed; boundary=b\n");
	n = sqb__base64_encoded_len(sqb__buf_len(&file));
	for (int i = 0; i < 2; i++) {
		sqb__buf_add_c(&in, "\n--b\n"
		    "Content-Transfer-Encoding: base64\n\n");
		assert_true(sqb__buf_reserve(&in, n));
		sqb__base64_encode(in.data + in.end, sqb__buf_str(&file));
		in.end += n;
	}
	m = sqb_message_parse(sqb__buf_str(&in), &o);
	sqb_part_inner(m, 1, NULL);
	assert_int_equal(sqb_part_content(m, 1, &content), SQB_OK);
	assert_int_equal(sqb_part_content(m, 2, &content), SQB_E_LIMIT);
	sqb_message_free(m);
	sqb__buf_clear(&file);
	sqb__buf_clear(&in);
}

/*
 * A text that is a file in uuencode: what is kept of it counts in the message
 * around it, however deep. In 8,000 octets there is room for one of the two.
 */
static void test_kept_together(void **state)
{
	sqb_message_options o = { .size = sizeof(o), .max_content = 8000 };
	sqb_message *m, *inner;
	sqb_str content;
	sqb__buf in;

	(void)state;
	sqb__buf_init(&in, sqb_allocator_default(), SIZE_MAX / 4);
	sqb__buf_add_c(&in, "\n");
	add_file_of_66_lines(&in);
	m = sqb_message_parse(sqb__buf_str(&in), &o);
	inner = sqb_part_inner(m, 0, NULL);
	assert_non_null(inner);
	assert_int_equal(sqb_part_content(inner, 1, &content), SQB_E_LIMIT);
	sqb_message_free(m);
	o.max_content = 16000;
	m = sqb_message_parse(sqb__buf_str(&in), &o);
	inner = sqb_part_inner(m, 0, NULL);
	assert_int_equal(sqb_part_content(inner, 1, &content), SQB_OK);
	assert_int_equal(content.len, 66 * 45);
	sqb_message_free(m);
	o.max_content = 100;
	m = sqb_message_parse(sqb__buf_str(&in), &o);
	assert_null(sqb_part_inner(m, 0, NULL));
	assert_int_equal(count_defects(m, SQB_DEFECT_LONG_CONTENT), 1);
	sqb_message_free(m);
	sqb__buf_clear(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_in_text),
		cmocka_unit_test(test_yenc),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_ber),
		cmocka_unit_test(test_broken_signed),
		cmocka_unit_test(test_many_files),
		cmocka_unit_test(test_both_kinds),
		cmocka_unit_test(test_kept_together),
		cmocka_unit_test(test_kept_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The bodies of an Email object: RFC 8621, section 4.1.4. Contents that are
 * large are decoded in pieces, once to measure and once to write them, which
 * costs less than to keep them.
 */
#include "mime/json_email.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mime/content_type.h"
#include "mime/decoder.h"

#include <openssl/evp.h>
#include <string.h>

static const sqb_part *part(const sqb__email *e, size_t i)
{
	return sqb_message_part(e->m, i);
}

/* Hands the content of leaf i to take, piece by piece. */
static void each_piece(const sqb__email *e, size_t i,
    void (*take)(void *ctx, sqb_str piece), void *ctx)
{
	unsigned encoding = part(e, i)->encoding;
	sqb_str in = sqb_part_body(e->m, i), piece;
	sqb_decoder *d;

	if (!sqb__is_encoded(encoding)) {
		take(ctx, in);
		return;
	}
	d = sqb_decoder_new((sqb_encoding)encoding, e->m->allocator);
	if (!d) {
		sqb__email_fail(e);
		return;
	}
	while ((piece = sqb_decoder_next(d, &in)).len > 0)
		take(ctx, piece);
	take(ctx, sqb_decoder_end(d));
	sqb_decoder_free(d);
}

typedef struct measure {
	uint64_t size;
	EVP_MD_CTX *digest;	/* NULL: not wanted */
	bool ok;
} measure;

static void take_measure(void *ctx, sqb_str piece)
{
	measure *m = ctx;

	m->size += piece.len;
	if (m->digest)
		m->ok &= EVP_DigestUpdate(m->digest, piece.ptr, piece.len);
}

/* NULL: memory is short. */
static const char *hex(const sqb__email *e, measure *m)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[EVP_MAX_MD_SIZE];
	char text[2 * sizeof(sum)];
	unsigned n;

	if (!m->ok || !EVP_DigestFinal_ex(m->digest, sum, &n))
		return NULL;
	for (unsigned i = 0; i < n; i++) {
		text[2 * i] = digits[sum[i] >> 4];
		text[2 * i + 1] = digits[sum[i] & 15];
	}
	return sqb__arena_copy(&e->m->arena, (sqb_str){ text, 2 * n });
}

/* Size and digest, in one go. */
static void measure_leaf(const sqb__email *e, size_t i, bool digest,
    sqb__body *b)
{
	measure m = { .ok = true };

	if (digest) {
		m.digest = EVP_MD_CTX_new();
		m.ok = m.digest && EVP_DigestInit_ex(m.digest, EVP_sha256(),
		    NULL);
	}
	if (!m.digest && b->has_content)
		m.size = b->content.len;
	else if (m.ok && (m.digest || sqb__is_encoded(part(e, i)->encoding)))
		each_piece(e, i, take_measure, &m);
	else
		m.size = sqb_part_body(e->m, i).len;
	if (digest)
		b->sha256 = m.ok ? hex(e, &m) : NULL;
	if (digest && !b->sha256)
		sqb__email_fail(e);
	EVP_MD_CTX_free(m.digest);
	b->size = m.size;
	b->measured = true;
}

/* A message whose parts are shown stands for itself, in no other way. */
static void write_size(const sqb__email *e, size_t i)
{
	sqb__body *b = sqb__part_body_row(e->m, i);
	bool digest = e->options->digest && sqb__is_leaf(part(e, i));

	if (!b) {
		sqb__email_fail(e);
		return;
	}
	if (!b->measured || (digest && !b->sha256))
		measure_leaf(e, i, digest, b);
	sqb__json_key(e->json, "size");
	sqb__json_uint(e->json, b->size);
	if (digest && b->sha256) {
		sqb__json_key(e->json, "sha256");
		sqb__json_c(e->json, b->sha256);
	}
}

/* Without its "<" and ">". */
static void write_cid(const sqb__email *e, size_t i)
{
	sqb_str s = sqb__bare_id(sqb_str_of(sqb_part_field(e->m, i,
	    "Content-ID", 0)));

	sqb__json_key(e->json, "cid");
	if (s.len > 0)
		sqb__json_str(e->json, s);
	else
		sqb__json_null(e->json);
}

/* Tags between commas: RFC 3282. */
static void write_language(const sqb__email *e, size_t i)
{
	sqb_str s = sqb_part_raw(e->m, i, "Content-Language", 0), word;
	bool none = true;

	sqb__json_key(e->json, "language");
	while (s.len > 0) {
		word = sqb__token_read(&s);
		if (word.len > 0 && none)
			sqb__json_open(e->json, '[');
		if (word.len > 0) {
			none = false;
			sqb__json_str(e->json, word);
		} else if (s.len > 0) {
			s = sqb__str_from(s, 1);
		}
	}
	if (none)
		sqb__json_null(e->json);
	else
		sqb__json_close(e->json, ']');
}

static const char *charset(const sqb__email *e, size_t i)
{
	unsigned type = part(e, i)->type;
	const char *label = sqb_part_param(e->m, i, "charset");
	bool text = type != SQB_PART_OTHER && type < SQB_PART_MESSAGE;

	return label[0] == '\0' && text ? "us-ascii" : label;
}

static void write_leaf(const sqb__email *e, size_t i)
{
	sqb__json_member(e->json, "partId", sqb_part_path(e->m, i));
	sqb__json_member(e->json, "blobId", "");
	write_size(e, i);
	sqb__json_member(e->json, "name", sqb_part_name(e->m, i));
	sqb__json_member(e->json, "safeName", sqb_part_safe_name(e->m, i));
}

/* What a part and a multipart have in common. */
static void write_type(const sqb__email *e, size_t i)
{
	sqb__json_member(e->json, "type", sqb_part_media_type(e->m, i));
	sqb__json_member(e->json, "charset", charset(e, i));
	sqb__json_member(e->json, "disposition", sqb_part_disposition(e->m, i));
	write_cid(e, i);
	write_language(e, i);
	sqb__json_member(e->json, "location", sqb_part_field(e->m, i,
	    "Content-Location", 0));
	if (part(e, i)->type == SQB_PART_CALENDAR)
		sqb__json_member(e->json, "method", sqb_part_param(e->m, i,
		    "method"));
}

/* An EmailBodyPart without what is in it. */
static void write_part(const sqb__email *e, size_t i)
{
	sqb__json_open(e->json, '{');
	write_leaf(e, i);
	write_type(e, i);
	sqb__json_close(e->json, '}');
}

static void write_inner(const sqb__email *e, size_t i)
{
	static const char *const kinds[] = {
		[SQB_INNER_ENCODED] = "encoded",
		[SQB_INNER_SIGNED] = "signed",
		[SQB_INNER_UUENCODE] = "uuencode",
		[SQB_INNER_YENC] = "yenc",
		[SQB_INNER_TNEF] = "tnef",
	};
	sqb_inner_kind kind;
	sqb__email inner = *e;

	inner.root = 0;
	inner.m = sqb_part_inner(e->m, i, &kind);
	if (!inner.m)
		return;
	sqb__json_member(e->json, "messageKind", kinds[kind]);
	if (kind == SQB_INNER_SIGNED)
		sqb__json_member(e->json, "signature", "unchecked");
	sqb__json_key(e->json, "message");
	sqb__email_write(&inner);
	if (inner.m->arena.failed)
		sqb__email_fail(e);
}

static void write_structure(const sqb__email *e, size_t i);

static void write_multipart(const sqb__email *e, size_t i)
{
	sqb__json *j = e->json;

	sqb__json_member(e->json, "partId", "");
	sqb__json_member(e->json, "blobId", "");
	sqb__json_key(j, "size");
	sqb__json_uint(j, sqb_part_body(e->m, i).len);
	sqb__json_member(e->json, "name", "");
	write_type(e, i);
	sqb__json_key(j, "subParts");
	sqb__json_open(j, '[');
	for (size_t k = i + 1; k < part(e, i)->next && j->error == SQB_OK;
	    k = part(e, k)->next)
		write_structure(e, k);
	sqb__json_close(j, ']');
}

/* No deeper than parts nest, which the parser has limited. */
static void write_structure(const sqb__email *e, size_t i)
{
	const sqb_part *p = part(e, i);

	sqb__json_open(e->json, '{');
	if (sqb__is_multipart(p->type) && !sqb__is_leaf(p)) {
		write_multipart(e, i);
	} else {
		write_leaf(e, i);
		write_type(e, i);
		if (p->type == SQB_PART_MESSAGE && !sqb__is_leaf(p)) {
			sqb__json_key(e->json, "message");
			sqb__email_write(&(sqb__email){ e->m, i + 1,
			    e->options, e->json });
		} else {
			write_inner(e, i);
		}
	}
	sqb__json_close(e->json, '}');
}

static void write_list(const sqb__email *e, const char *key,
    const uint32_t *rows, size_t n)
{
	sqb__json_key(e->json, key);
	sqb__json_open(e->json, '[');
	for (size_t i = 0; i < n; i++)
		write_part(e, rows[i]);
	sqb__json_close(e->json, ']');
}

/* As much of s as may be written. */
static sqb_str cut(const sqb__email *e, sqb_str s)
{
	uint64_t max = e->options->max_body_value;

	return max == 0 || s.len <= max ? s : sqb__utf8_cut(s, (size_t)max);
}

static void write_text(const sqb__email *e, size_t i)
{
	sqb__json *j = e->json;
	sqb_text t;
	sqb_str s;
	int result = sqb_part_text(e->m, i, &t);

	if (result == SQB_E_NOMEM)
		sqb__email_fail(e);
	s = cut(e, t.text);
	sqb__json_key(j, "value");
	sqb__json_lines(j, s);
	sqb__json_key(j, "isEncodingProblem");
	sqb__json_bool(j, t.problem);
	sqb__json_key(j, "isTruncated");
	sqb__json_bool(j, s.len < t.text.len || result == SQB_E_LIMIT);
}

static void take_base64(void *ctx, sqb_str piece)
{
	sqb__json_base64_add(ctx, piece);
}

static void write_base64(const sqb__email *e, size_t i)
{
	sqb__json *j = e->json;

	sqb__json_key(j, "value");
	sqb__json_base64_begin(j);
	each_piece(e, i, take_base64, j);
	sqb__json_base64_end(j);
	sqb__json_key(j, "isBase64");
	sqb__json_bool(j, true);
	sqb__json_key(j, "isEncodingProblem");
	sqb__json_bool(j, part(e, i)->encoding == SQB_ENCODING_UNKNOWN);
	sqb__json_key(j, "isTruncated");
	sqb__json_bool(j, false);
}

/* Once in a run, though a leaf may be in both lists. */
static void write_value(const sqb__email *e, size_t i)
{
	sqb__body *b = sqb__part_body_row(e->m, i);

	if (!b)
		sqb__email_fail(e);
	if (!b || b->written == e->m->n_runs)
		return;
	b->written = e->m->n_runs;
	sqb__json_key(e->json, sqb_part_path(e->m, i));
	sqb__json_open(e->json, '{');
	if (sqb__is_text(part(e, i)))
		write_text(e, i);
	else
		write_base64(e, i);
	sqb__json_close(e->json, '}');
}

static void write_texts(const sqb__email *e, const uint32_t *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sqb__is_text(part(e, rows[i])))
			write_value(e, rows[i]);
}

/* The leaves of this message, and not those of messages in it. */
static void write_leaves(const sqb__email *e)
{
	size_t end = part(e, e->root)->next, i = e->root;

	while (i < end && e->json->error == SQB_OK) {
		const sqb_part *p = part(e, i);

		if (sqb__is_leaf(p))
			write_value(e, i);
		i = p->type == SQB_PART_MESSAGE ? p->next : i + 1;
	}
}

static void write_values(const sqb__email *e, const sqb_bodies *b)
{
	e->m->n_runs++;
	sqb__json_key(e->json, "bodyValues");
	sqb__json_open(e->json, '{');
	if (e->options->bodies == SQB_JSON_TEXT) {
		write_texts(e, b->text, b->n_text);
		write_texts(e, b->html, b->n_html);
	} else if (e->options->bodies == SQB_JSON_ALL) {
		write_leaves(e);
	}
	sqb__json_close(e->json, '}');
}

void sqb__email_bodies(const sqb__email *e)
{
	const sqb_bodies *b = sqb_message_bodies(e->m, e->root);

	if (!b) {
		sqb__email_fail(e);
		return;
	}
	sqb__json_key(e->json, "hasAttachment");
	sqb__json_bool(e->json, b->has_attachment);
	sqb__json_key(e->json, "preview");
	sqb__json_c(e->json, sqb_message_preview(e->m, e->root));
	sqb__json_key(e->json, "bodyStructure");
	write_structure(e, e->root);
	write_list(e, "textBody", b->text, b->n_text);
	write_list(e, "htmlBody", b->html, b->n_html);
	write_list(e, "attachments", b->attachments, b->n_attachments);
	write_values(e, b);
}

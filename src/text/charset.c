/*
 * Character sets. ASCII, UTF-8 and those of one octet a character are
 * converted here, the rest by iconv(3) behind a fixed list: labels and
 * supersets of the WHATWG Encoding Standard, the aliases of the IANA registry
 * that mail has, and the sets that mail uses beside them (UTF-7, ISO-2022-KR
 * and -CN, UTF-32). iconv only ever decodes, and never with "//" suffixes.
 *
 * Left out: what no iconv at hand knows, and the writing of anything but
 * UTF-8.
 */
#include "text/charset.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/charset_pairs.h"
#include "text/charset_tables.h"

#include <errno.h>
#include <iconv.h>

enum {
	LEAST_ROOM = 64,	/* more than iconv writes for one character */
	CHUNK = 256,		/* octets that go through a table at once */
	WORTH_PAIRS = 512	/* octets that a table is made for */
};

static const struct {
	const char *label;		/* as the IANA or WHATWG has it */
	const char *name, *instead;	/* as iconv calls it, or else */
	size_t unit;			/* octets that make no sense alone */
} rows[N_CHARSETS] = {
	[SQB__CHARSET_UNKNOWN] = { "unknown", NULL, NULL, 1 },
	[SQB__CHARSET_ASCII] = { "us-ascii", NULL, NULL, 1 },
	[SQB__CHARSET_UTF_8] = { "utf-8", NULL, NULL, 1 },
	[SQB__CHARSET_WINDOWS_1252] = { "windows-1252", NULL, NULL, 1 },
	[ISO_8859_2] = { "iso-8859-2", NULL, NULL, 1 },
	[ISO_8859_3] = { "iso-8859-3", NULL, NULL, 1 },
	[ISO_8859_4] = { "iso-8859-4", NULL, NULL, 1 },
	[ISO_8859_5] = { "iso-8859-5", NULL, NULL, 1 },
	[ISO_8859_6] = { "iso-8859-6", NULL, NULL, 1 },
	[ISO_8859_7] = { "iso-8859-7", NULL, NULL, 1 },
	[ISO_8859_8] = { "iso-8859-8", NULL, NULL, 1 },
	[ISO_8859_10] = { "iso-8859-10", NULL, NULL, 1 },
	[ISO_8859_13] = { "iso-8859-13", NULL, NULL, 1 },
	[ISO_8859_14] = { "iso-8859-14", NULL, NULL, 1 },
	[ISO_8859_15] = { "iso-8859-15", NULL, NULL, 1 },
	[ISO_8859_16] = { "iso-8859-16", NULL, NULL, 1 },
	[WINDOWS_874] = { "windows-874", NULL, NULL, 1 },
	[WINDOWS_1250] = { "windows-1250", NULL, NULL, 1 },
	[WINDOWS_1251] = { "windows-1251", NULL, NULL, 1 },
	[WINDOWS_1253] = { "windows-1253", NULL, NULL, 1 },
	[WINDOWS_1254] = { "windows-1254", NULL, NULL, 1 },
	[WINDOWS_1255] = { "windows-1255", NULL, NULL, 1 },
	[WINDOWS_1256] = { "windows-1256", NULL, NULL, 1 },
	[WINDOWS_1257] = { "windows-1257", NULL, NULL, 1 },
	[WINDOWS_1258] = { "windows-1258", "WINDOWS-1258", "CP1258", 1 },
	[KOI8_R] = { "koi8-r", NULL, NULL, 1 },
	[KOI8_U] = { "koi8-u", NULL, NULL, 1 },
	[CP437] = { "ibm437", NULL, NULL, 1 },
	[CP850] = { "ibm850", NULL, NULL, 1 },
	[CP852] = { "ibm852", NULL, NULL, 1 },
	[CP855] = { "ibm855", NULL, NULL, 1 },
	[CP857] = { "ibm857", NULL, NULL, 1 },
	[CP862] = { "ibm862", NULL, NULL, 1 },
	[CP866] = { "ibm866", NULL, NULL, 1 },
	[MACINTOSH] = { "macintosh", NULL, NULL, 1 },
	[MAC_CYRILLIC] = { "x-mac-cyrillic", NULL, NULL, 1 },
	[MAC_CE] = { "x-mac-ce", NULL, NULL, 1 },
	[MAC_GREEK] = { "x-mac-greek", NULL, NULL, 1 },
	[MAC_TURKISH] = { "x-mac-turkish", NULL, NULL, 1 },
	[MAC_ICELANDIC] = { "x-mac-icelandic", NULL, NULL, 1 },
	[VISCII] = { "viscii", "VISCII", NULL, 1 },
	[TCVN] = { "tcvn5712-1", "TCVN5712-1", "TCVN", 1 },
	[GB18030] = { "gb18030", "GB18030", NULL, 1 },
	[HZ] = { "hz-gb-2312", NULL, NULL, 1 },
	[BIG5] = { "big5", "BIG5-HKSCS", "BIG5", 1 },
	[EUC_TW] = { "euc-tw", "EUC-TW", NULL, 1 },
	[EUC_JP] = { "euc-jp", "EUC-JP-MS", "EUC-JP", 1 },
	[SHIFT_JIS] = { "shift_jis", "CP932", "SHIFT_JIS", 1 },
	[ISO_2022_JP] = { "iso-2022-jp", "ISO-2022-JP-3", "ISO-2022-JP", 1 },
	[ISO_2022_JP_2] = { "iso-2022-jp-2", "ISO-2022-JP-2", NULL, 1 },
	[CP949] = { "euc-kr", "CP949", "EUC-KR", 1 },
	[JOHAB] = { "johab", "JOHAB", NULL, 1 },
	[ISO_2022_KR] = { "iso-2022-kr", "ISO-2022-KR", NULL, 1 },
	[ISO_2022_CN] = { "iso-2022-cn", "ISO-2022-CN-EXT", "ISO-2022-CN",
	    1 },
	[UTF_7] = { "utf-7", "UTF-7", NULL, 1 },
	[UTF_16] = { "utf-16", "UTF-16", NULL, 2 },
	[UTF_16LE] = { "utf-16le", "UTF-16LE", NULL, 2 },
	[UTF_16BE] = { "utf-16be", "UTF-16BE", NULL, 2 },
	[UTF_32] = { "utf-32", "UTF-32", NULL, 4 },
	[UTF_32LE] = { "utf-32le", "UTF-32LE", NULL, 4 },
	[UTF_32BE] = { "utf-32be", "UTF-32BE", NULL, 4 },
};

_Static_assert((int)N_CHARSETS <= (int)SQB__CHARSET_MAX, "bits of open");

bool sqb__charset_has_ascii(sqb__charset charset)
{
	switch (charset) {
	case SQB__CHARSET_UNKNOWN:
	case HZ:
	case ISO_2022_JP:
	case ISO_2022_JP_2:
	case ISO_2022_KR:
	case ISO_2022_CN:
	case UTF_7:
		return false;
	default:
		return rows[charset].unit == 1;
	}
}

static sqb__charset guess(sqb_str bytes)
{
	return sqb__utf8_valid(bytes) ? SQB__CHARSET_UTF_8 :
	    SQB__CHARSET_WINDOWS_1252;
}

static const iconv_t no_iconv = (iconv_t)-1;

void sqb__decoders_clear(sqb__decoders *d)
{
	for (size_t i = 0; d->open != 0 && i < N_CHARSETS; i++)
		if ((d->open >> i & 1) && d->cd[i] != no_iconv)
			iconv_close(d->cd[i]);
	d->open = 0;
	for (sqb__pairs *p = d->pairs, *next; p; p = next) {
		next = p->next;
		d->allocator->free(d->allocator->ctx, p);
	}
	d->pairs = NULL;
}

/* Opened at most once; one that does not open is remembered as such. */
static iconv_t open_iconv(sqb__decoders *d, sqb__charset charset)
{
	iconv_t *cd = &d->cd[charset];

	if (d->open >> charset & 1)
		return *cd;
	d->open |= (uint64_t)1 << charset;
	*cd = iconv_open("UTF-8", rows[charset].name);
	if (*cd == no_iconv && rows[charset].instead)
		*cd = iconv_open("UTF-8", rows[charset].instead);
	return *cd;
}

static void add_char(sqb__buf *out, uint32_t c)
{
	char utf8[4];

	sqb__buf_add(out, (sqb_str){ utf8, sqb__utf8_encode(c, utf8) });
}

static bool from_utf8(sqb_str in, sqb__buf *out)
{
	bool good = true;

	while (!out->failed) {
		size_t n = sqb__utf8_len(in);

		sqb__buf_add(out, (sqb_str){ in.ptr, n });
		in = sqb__str_from(in, n);
		if (in.len == 0)
			break;
		good = false;
		add_char(out, SQB__REPLACEMENT);
		in = sqb__str_from(in, sqb__utf8_broken(in));
	}
	return good;
}

/* All of in, at most CHUNK octets, each of which makes at most three. */
static bool add_chunk(const sqb__charset_table *table, sqb_str in,
    sqb__buf *out)
{
	char made[3 * CHUNK];
	size_t n = 0;
	bool good = true;

	for (size_t i = 0; i < in.len; i++) {
		unsigned char octet = (unsigned char)in.ptr[i];
		uint32_t c = octet < 0x80 ? octet : (*table)[octet - 0x80];

		if (octet < 0x80) {
			made[n++] = in.ptr[i];
			continue;
		}
		if (c == 0) {
			c = SQB__REPLACEMENT;
			good = false;
		}
		n += sqb__utf8_encode(c, made + n);
	}
	sqb__buf_add(out, (sqb_str){ made, n });
	return good;
}

static bool from_table(const sqb__charset_table *table, sqb_str in,
    sqb__buf *out)
{
	bool good = true;

	while (in.len > 0 && !out->failed) {
		size_t n = sqb__ascii_len(in);

		sqb__buf_add(out, (sqb_str){ in.ptr, n });
		in = sqb__str_from(in, n);
		n = in.len < CHUNK ? in.len : CHUNK;
		good &= add_chunk(table, (sqb_str){ in.ptr, n }, out);
		in = sqb__str_from(in, n);
	}
	return good;
}

/* One call, after which *in is what is left. 0: go on, or why it stopped. */
static int iconv_some(iconv_t cd, sqb_str *in, sqb__buf *out)
{
	char *from = (char *)(uintptr_t)in->ptr;
	char *to = out->data + out->end;
	size_t left = in->len, room = out->cap - out->end;
	size_t result = iconv(cd, &from, &left, &to, &room);

	*in = sqb__str_from(*in, in->len - left);
	out->end = out->cap - room;
	return result != (size_t)-1 || errno == E2BIG ? 0 : errno;
}

/* What iconv holds back, for it might combine with a character to come. */
static void iconv_rest(iconv_t cd, sqb__buf *out)
{
	size_t room;
	char *to;

	if (!sqb__buf_reserve(out, LEAST_ROOM))
		return;
	to = out->data + out->end;
	room = out->cap - out->end;
	iconv(cd, NULL, NULL, &to, &room);
	out->end = out->cap - room;
}

static bool from_iconv(iconv_t cd, size_t unit, sqb_str in, sqb__buf *out)
{
	bool good = true;

	if (in.len == 0)
		return true;
	iconv(cd, NULL, NULL, NULL, NULL);	/* to the initial state */
	while (in.len > 0 && sqb__buf_reserve(out, LEAST_ROOM)) {
		int why = iconv_some(cd, &in, out);

		if (why == 0)
			continue;
		good = false;
		add_char(out, SQB__REPLACEMENT);
		if (why == EINVAL || in.len < unit)
			break;		/* a character that was cut */
		in = sqb__str_from(in, unit);
	}
	iconv_rest(cd, out);
	return good;
}

static sqb__pairs_kind pairs_of(sqb__charset charset)
{
	switch (charset) {
	case ISO_2022_JP:
		return SQB__PAIRS_JP;
	case BIG5:
	case CP949:
	case EUC_JP:
	case GB18030:
	case SHIFT_JIS:
		return SQB__PAIRS_HIGH;
	default:
		return SQB__PAIRS_NONE;
	}
}

/* What is remembered of a charset; NULL: nothing is. */
static sqb__pairs *find_pairs(sqb__decoders *d, sqb__charset charset,
    size_t n_octets)
{
	sqb__pairs *p = d->pairs;

	while (p && p->charset != charset)
		p = p->next;
	if (p || !d->allocator || n_octets < WORTH_PAIRS)
		return p;
	p = d->allocator->alloc(d->allocator->ctx, sizeof(*p));
	if (!p)
		return NULL;
	sqb__pairs_init(p, charset, pairs_of(charset), d->cd[charset]);
	p->next = d->pairs;
	d->pairs = p;
	return p;
}

/* What is left of in when the pairs at its front are decoded. */
static sqb_str without_pairs(sqb__decoders *d, sqb__charset charset,
    sqb_str in, sqb__buf *out)
{
	sqb__pairs *p = pairs_of(charset) == SQB__PAIRS_NONE ? NULL :
	    find_pairs(d, charset, in.len);

	return p ? sqb__str_from(in, sqb__pairs_decode(p, in, out)) : in;
}

/* Half a character at the end of GB 2312 is none, whatever follows. */
static void end_gb(size_t n_octets, sqb__buf *out)
{
	if (n_octets % 2 == 1)
		out->data[out->end - 1] = (char)0xff;
}

/*
 * HZ, RFC 1843: "~{" and "~}" around GB 2312 without its high bits, "~~" for
 * "~", and "~" at the end of a line for nothing. Made into GB 18030.
 */
static void unpack_hz(sqb_str in, sqb__buf *out)
{
	size_t n = 0;		/* octets of GB 2312 so far */
	bool gb = false;

	for (size_t i = 0; i < in.len && !out->failed; i++) {
		char c = in.ptr[i], next = i + 1 < in.len ? in.ptr[i + 1] : 0;
		bool mark = c == '~' && (next == '{' || next == '}' ||
		    (!gb && (next == '~' || next == '\n')));

		if (gb && !mark && c > ' ') {
			sqb__buf_add_char(out, (char)(c | (char)0x80));
			n++;
			continue;
		}
		end_gb(n, out);
		n = 0;
		gb = mark ? next == '{' : gb && c != '\n';
		if (!mark || next == '~')
			sqb__buf_add_char(out, c);
		i += mark;
	}
	if (!out->failed)
		end_gb(n, out);
}

static bool from_hz(sqb__decoders *d, sqb_str in, sqb__buf *out)
{
	sqb__buf packed;
	bool good;

	sqb__buf_init(&packed, out->allocator, SIZE_MAX / 4);
	unpack_hz(in, &packed);
	good = sqb__charset_decode(d, GB18030, sqb__buf_str(&packed), out);
	out->failed |= packed.failed;
	sqb__buf_clear(&packed);
	return good;
}

const char *sqb__charset_name(sqb__charset charset)
{
	return rows[charset].label;
}

bool sqb__charset_decode(sqb__decoders *d, sqb__charset charset,
    sqb_str bytes, sqb__buf *out)
{
	iconv_t cd;

	if (bytes.len == 0)
		return true;
	if (charset == HZ)
		return from_hz(d, bytes, out);
	if (rows[charset].name) {
		cd = open_iconv(d, charset);
		if (cd != no_iconv)
			return from_iconv(cd, rows[charset].unit,
			    without_pairs(d, charset, bytes, out), out);
	}
	if (charset != SQB__CHARSET_UTF_8 && !sqb__charset_table_of(charset))
		charset = guess(bytes);
	return charset == SQB__CHARSET_UTF_8 ? from_utf8(bytes, out) :
	    from_table(sqb__charset_table_of(charset), bytes, out);
}

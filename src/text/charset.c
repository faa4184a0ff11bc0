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
#include "text/charset_tables.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_KEY = 24,		/* of a label; longer ones are on no list */
	LEAST_ROOM = 64		/* more than iconv writes for one character */
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
	[CP866] = { "ibm866", NULL, NULL, 1 },
	[MACINTOSH] = { "macintosh", NULL, NULL, 1 },
	[MAC_CYRILLIC] = { "x-mac-cyrillic", NULL, NULL, 1 },
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
	[ISO_2022_CN] = { "iso-2022-cn", "ISO-2022-CN", NULL, 1 },
	[UTF_7] = { "utf-7", "UTF-7", NULL, 1 },
	[UTF_16] = { "utf-16", "UTF-16", NULL, 2 },
	[UTF_16LE] = { "utf-16le", "UTF-16LE", NULL, 2 },
	[UTF_16BE] = { "utf-16be", "UTF-16BE", NULL, 2 },
	[UTF_32] = { "utf-32", "UTF-32", NULL, 4 },
	[UTF_32LE] = { "utf-32le", "UTF-32LE", NULL, 4 },
	[UTF_32BE] = { "utf-32be", "UTF-32BE", NULL, 4 },
};

/* In order; letters in lower case, and digits, alone. */
static const struct {
	char label[MAX_KEY];
	sqb__charset charset;
} labels[] = {
	{ "646", SQB__CHARSET_ASCII },
	{ "866", CP866 },
	{ "ansi", SQB__CHARSET_WINDOWS_1252 },
	{ "ansix341968", SQB__CHARSET_ASCII },
	{ "ansix341986", SQB__CHARSET_ASCII },
	{ "arabic", ISO_8859_6 },
	{ "ascii", SQB__CHARSET_ASCII },
	{ "asmo708", ISO_8859_6 },
	{ "big5", BIG5 },
	{ "big5hkscs", BIG5 },
	{ "chinese", GB18030 },
	{ "cnbig5", BIG5 },
	{ "cngb", GB18030 },
	{ "cp1250", WINDOWS_1250 },
	{ "cp1251", WINDOWS_1251 },
	{ "cp1252", SQB__CHARSET_WINDOWS_1252 },
	{ "cp1253", WINDOWS_1253 },
	{ "cp1254", WINDOWS_1254 },
	{ "cp1255", WINDOWS_1255 },
	{ "cp1256", WINDOWS_1256 },
	{ "cp1257", WINDOWS_1257 },
	{ "cp1258", WINDOWS_1258 },
	{ "cp1361", JOHAB },
	{ "cp367", SQB__CHARSET_ASCII },
	{ "cp437", CP437 },
	{ "cp50220", ISO_2022_JP },
	{ "cp50221", ISO_2022_JP },
	{ "cp65001", SQB__CHARSET_UTF_8 },
	{ "cp819", SQB__CHARSET_WINDOWS_1252 },
	{ "cp850", CP850 },
	{ "cp852", CP852 },
	{ "cp866", CP866 },
	{ "cp874", WINDOWS_874 },
	{ "cp912", ISO_8859_2 },
	{ "cp932", SHIFT_JIS },
	{ "cp936", GB18030 },
	{ "cp949", CP949 },
	{ "cp950", BIG5 },
	{ "csascii", SQB__CHARSET_ASCII },
	{ "csbig5", BIG5 },
	{ "cseuckr", CP949 },
	{ "cseucpkdfmtjapanese", EUC_JP },
	{ "csgb2312", GB18030 },
	{ "csibm866", CP866 },
	{ "csiso2022cn", ISO_2022_CN },
	{ "csiso2022jp", ISO_2022_JP },
	{ "csiso2022jp2", ISO_2022_JP_2 },
	{ "csiso2022kr", ISO_2022_KR },
	{ "csiso58gb231280", GB18030 },
	{ "csiso88596e", ISO_8859_6 },
	{ "csiso88596i", ISO_8859_6 },
	{ "csiso88598e", ISO_8859_8 },
	{ "csiso88598i", ISO_8859_8 },
	{ "csisolatin1", SQB__CHARSET_WINDOWS_1252 },
	{ "csisolatin2", ISO_8859_2 },
	{ "csisolatin3", ISO_8859_3 },
	{ "csisolatin4", ISO_8859_4 },
	{ "csisolatin5", WINDOWS_1254 },
	{ "csisolatin6", ISO_8859_10 },
	{ "csisolatin9", ISO_8859_15 },
	{ "csisolatinarabic", ISO_8859_6 },
	{ "csisolatincyrillic", ISO_8859_5 },
	{ "csisolatingreek", ISO_8859_7 },
	{ "csisolatinhebrew", ISO_8859_8 },
	{ "cskoi8r", KOI8_R },
	{ "csksc56011987", CP949 },
	{ "csmacintosh", MACINTOSH },
	{ "csshiftjis", SHIFT_JIS },
	{ "csunicode", UTF_16LE },
	{ "csunicode11utf7", UTF_7 },
	{ "csutf8", SQB__CHARSET_UTF_8 },
	{ "csviscii", VISCII },
	{ "cswindows31j", SHIFT_JIS },
	{ "cyrillic", ISO_8859_5 },
	{ "dos874", WINDOWS_874 },
	{ "ecma114", ISO_8859_6 },
	{ "ecma118", ISO_8859_7 },
	{ "elot928", ISO_8859_7 },
	{ "euccn", GB18030 },
	{ "eucjp", EUC_JP },
	{ "euckr", CP949 },
	{ "euctw", EUC_TW },
	{ "gb18030", GB18030 },
	{ "gb2312", GB18030 },
	{ "gb231280", GB18030 },
	{ "gbk", GB18030 },
	{ "greek", ISO_8859_7 },
	{ "greek8", ISO_8859_7 },
	{ "hebrew", ISO_8859_8 },
	{ "hz", HZ },
	{ "hzgb2312", HZ },
	{ "ibm367", SQB__CHARSET_ASCII },
	{ "ibm437", CP437 },
	{ "ibm819", SQB__CHARSET_WINDOWS_1252 },
	{ "ibm850", CP850 },
	{ "ibm852", CP852 },
	{ "ibm866", CP866 },
	{ "iso10646ucs2", UTF_16LE },
	{ "iso2022cn", ISO_2022_CN },
	{ "iso2022jp", ISO_2022_JP },
	{ "iso2022jp1", ISO_2022_JP_2 },
	{ "iso2022jp2", ISO_2022_JP_2 },
	{ "iso2022jp3", ISO_2022_JP },
	{ "iso2022jpms", ISO_2022_JP },
	{ "iso2022kr", ISO_2022_KR },
	{ "iso646irv1991", SQB__CHARSET_ASCII },
	{ "iso646us", SQB__CHARSET_ASCII },
	{ "iso88591", SQB__CHARSET_WINDOWS_1252 },
	{ "iso885910", ISO_8859_10 },
	{ "iso885911", WINDOWS_874 },
	{ "iso885911987", SQB__CHARSET_WINDOWS_1252 },
	{ "iso885913", ISO_8859_13 },
	{ "iso885914", ISO_8859_14 },
	{ "iso885915", ISO_8859_15 },
	{ "iso885916", ISO_8859_16 },
	{ "iso88592", ISO_8859_2 },
	{ "iso885921987", ISO_8859_2 },
	{ "iso88593", ISO_8859_3 },
	{ "iso885931988", ISO_8859_3 },
	{ "iso88594", ISO_8859_4 },
	{ "iso885941988", ISO_8859_4 },
	{ "iso88595", ISO_8859_5 },
	{ "iso885951988", ISO_8859_5 },
	{ "iso88596", ISO_8859_6 },
	{ "iso885961987", ISO_8859_6 },
	{ "iso88596e", ISO_8859_6 },
	{ "iso88596i", ISO_8859_6 },
	{ "iso88597", ISO_8859_7 },
	{ "iso885971987", ISO_8859_7 },
	{ "iso88598", ISO_8859_8 },
	{ "iso885981988", ISO_8859_8 },
	{ "iso88598e", ISO_8859_8 },
	{ "iso88598i", ISO_8859_8 },
	{ "iso88599", WINDOWS_1254 },
	{ "iso885991989", WINDOWS_1254 },
	{ "isoceltic", ISO_8859_14 },
	{ "isoir100", SQB__CHARSET_WINDOWS_1252 },
	{ "isoir101", ISO_8859_2 },
	{ "isoir109", ISO_8859_3 },
	{ "isoir110", ISO_8859_4 },
	{ "isoir126", ISO_8859_7 },
	{ "isoir127", ISO_8859_6 },
	{ "isoir138", ISO_8859_8 },
	{ "isoir144", ISO_8859_5 },
	{ "isoir148", WINDOWS_1254 },
	{ "isoir149", CP949 },
	{ "isoir157", ISO_8859_10 },
	{ "isoir58", GB18030 },
	{ "isoir6", SQB__CHARSET_ASCII },
	{ "johab", JOHAB },
	{ "koi", KOI8_R },
	{ "koi8", KOI8_R },
	{ "koi8r", KOI8_R },
	{ "koi8ru", KOI8_U },
	{ "koi8u", KOI8_U },
	{ "korean", CP949 },
	{ "ksc5601", CP949 },
	{ "ksc56011987", CP949 },
	{ "ksc56011989", CP949 },
	{ "ksx1001", CP949 },
	{ "l1", SQB__CHARSET_WINDOWS_1252 },
	{ "l2", ISO_8859_2 },
	{ "l3", ISO_8859_3 },
	{ "l4", ISO_8859_4 },
	{ "l5", WINDOWS_1254 },
	{ "l6", ISO_8859_10 },
	{ "l9", ISO_8859_15 },
	{ "latin0", ISO_8859_15 },
	{ "latin1", SQB__CHARSET_WINDOWS_1252 },
	{ "latin10", ISO_8859_16 },
	{ "latin2", ISO_8859_2 },
	{ "latin3", ISO_8859_3 },
	{ "latin4", ISO_8859_4 },
	{ "latin5", WINDOWS_1254 },
	{ "latin6", ISO_8859_10 },
	{ "latin7", ISO_8859_13 },
	{ "latin8", ISO_8859_14 },
	{ "latin9", ISO_8859_15 },
	{ "logical", ISO_8859_8 },
	{ "mac", MACINTOSH },
	{ "maccyrillic", MAC_CYRILLIC },
	{ "macintosh", MACINTOSH },
	{ "ms932", SHIFT_JIS },
	{ "ms936", GB18030 },
	{ "mskanji", SHIFT_JIS },
	{ "shiftjis", SHIFT_JIS },
	{ "sjis", SHIFT_JIS },
	{ "suneugreek", ISO_8859_7 },
	{ "tcvn", TCVN },
	{ "tcvn5712", TCVN },
	{ "tis620", WINDOWS_874 },
	{ "tis6200", WINDOWS_874 },
	{ "ucs2", UTF_16LE },
	{ "uhc", CP949 },
	{ "ujis", EUC_JP },
	{ "unicode", UTF_16LE },
	{ "unicode11utf7", UTF_7 },
	{ "unicode11utf8", SQB__CHARSET_UTF_8 },
	{ "unicode20utf8", SQB__CHARSET_UTF_8 },
	{ "unicodefeff", UTF_16LE },
	{ "unicodefffe", UTF_16BE },
	{ "us", SQB__CHARSET_ASCII },
	{ "usascii", SQB__CHARSET_ASCII },
	{ "utf16", UTF_16 },
	{ "utf16be", UTF_16BE },
	{ "utf16le", UTF_16LE },
	{ "utf32", UTF_32 },
	{ "utf32be", UTF_32BE },
	{ "utf32le", UTF_32LE },
	{ "utf7", UTF_7 },
	{ "utf8", SQB__CHARSET_UTF_8 },
	{ "utf8mb4", SQB__CHARSET_UTF_8 },
	{ "viscii", VISCII },
	{ "visual", ISO_8859_8 },
	{ "win1251", WINDOWS_1251 },
	{ "windows1250", WINDOWS_1250 },
	{ "windows1251", WINDOWS_1251 },
	{ "windows1252", SQB__CHARSET_WINDOWS_1252 },
	{ "windows1253", WINDOWS_1253 },
	{ "windows1254", WINDOWS_1254 },
	{ "windows1255", WINDOWS_1255 },
	{ "windows1256", WINDOWS_1256 },
	{ "windows1257", WINDOWS_1257 },
	{ "windows1258", WINDOWS_1258 },
	{ "windows31j", SHIFT_JIS },
	{ "windows874", WINDOWS_874 },
	{ "windows932", SHIFT_JIS },
	{ "windows936", GB18030 },
	{ "windows949", CP949 },
	{ "windows950", BIG5 },
	{ "xansi", SQB__CHARSET_WINDOWS_1252 },
	{ "xcp1250", WINDOWS_1250 },
	{ "xcp1251", WINDOWS_1251 },
	{ "xcp1252", SQB__CHARSET_WINDOWS_1252 },
	{ "xcp1253", WINDOWS_1253 },
	{ "xcp1254", WINDOWS_1254 },
	{ "xcp1255", WINDOWS_1255 },
	{ "xcp1256", WINDOWS_1256 },
	{ "xcp1257", WINDOWS_1257 },
	{ "xcp1258", WINDOWS_1258 },
	{ "xeucjp", EUC_JP },
	{ "xeuctw", EUC_TW },
	{ "xgbk", GB18030 },
	{ "xmaccyrillic", MAC_CYRILLIC },
	{ "xmacroman", MACINTOSH },
	{ "xmacukrainian", MAC_CYRILLIC },
	{ "xsjis", SHIFT_JIS },
	{ "xunicode20utf8", SQB__CHARSET_UTF_8 },
	{ "xutf8", SQB__CHARSET_UTF_8 },
	{ "xxbig5", BIG5 },
};

_Static_assert((int)N_CHARSETS <= (int)SQB__CHARSET_MAX, "bits of open");

static int compare_label(const void *key, const void *row)
{
	return strcmp(key, row);
}

sqb__charset sqb__charset_find(sqb_str label)
{
	char key[MAX_KEY];
	size_t n = 0, row;
	const char *found;

	for (size_t i = 0; i < label.len; i++) {
		char c = sqb__lower(label.ptr[i]);

		if (!sqb__is_digit(c) && (c < 'a' || c > 'z'))
			continue;
		if (n == sizeof(key) - 1)
			return SQB__CHARSET_UNKNOWN;
		key[n++] = c;
	}
	key[n] = '\0';
	found = bsearch(key, labels, sizeof(labels) / sizeof(labels[0]),
	    sizeof(labels[0]), compare_label);
	if (!found)
		return SQB__CHARSET_UNKNOWN;
	row = (size_t)(found - labels[0].label) / sizeof(labels[0]);
	return labels[row].charset;
}

sqb__charset sqb__charset_guess(sqb_str bytes)
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
	size_t good = 0;
	uint32_t c;

	if (sqb__utf8_valid(in)) {
		sqb__buf_add(out, in);
		return true;
	}
	while (good < in.len && !out->failed) {
		size_t n = sqb__utf8_decode(sqb__str_from(in, good), &c);

		if (n > 0) {
			good += n;
			continue;
		}
		sqb__buf_add(out, (sqb_str){ in.ptr, good });
		add_char(out, SQB__REPLACEMENT);
		in = sqb__str_from(in, good);
		in = sqb__str_from(in, sqb__utf8_broken(in));
		good = 0;
	}
	sqb__buf_add(out, in);
	return false;
}

static bool from_table(const sqb__charset_table *table, sqb_str in,
    sqb__buf *out)
{
	bool good = true;

	while (in.len > 0 && !out->failed) {
		size_t n = sqb__ascii_len(in);
		uint32_t c;

		sqb__buf_add(out, (sqb_str){ in.ptr, n });
		in = sqb__str_from(in, n);
		for (; in.len > 0 && (unsigned char)in.ptr[0] >= 0x80 &&
		    sqb__buf_reserve(out, 4); in = sqb__str_from(in, 1)) {
			c = (*table)[(unsigned char)in.ptr[0] - 0x80];
			good &= c != 0;
			out->end += sqb__utf8_encode(c != 0 ? c :
			    SQB__REPLACEMENT, out->data + out->end);
		}
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
			return from_iconv(cd, rows[charset].unit, bytes, out);
	}
	if (charset != SQB__CHARSET_UTF_8 && !sqb__charset_table_of(charset))
		charset = sqb__charset_guess(bytes);
	return charset == SQB__CHARSET_UTF_8 ? from_utf8(bytes, out) :
	    from_table(sqb__charset_table_of(charset), bytes, out);
}

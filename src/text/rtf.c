/*
 * Rich Text Format for its text: groups, control words and characters in code
 * pages; html and text that Microsoft's mail programs put into RTF come out as
 * they were ([MS-OXRTFEX]). Left out: all layout, pictures and objects.
 */
#include "text/rtf.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/codepage.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_DEPTH = 200,	/* deeper groups change their parent's state */
	MAX_FONTS = 1024,
	MAX_WORD = 32,
	MAX_NUMBER = 100000000
};

typedef struct group {
	sqb__charset charset;	/* of its octets */
	uint8_t n_instead;	/* octets that follow \u for old readers */
	bool hidden;		/* a destination that is not shown */
	bool rtf_only;		/* not in the html that it was made from */
	bool fonts;		/* the font table */
} group;

typedef struct reader {
	sqb_str in;		/* what is left */
	sqb__decoders *decoders;
	sqb__buf *out;
	sqb__buf octets;	/* not decoded yet, in … */
	sqb__charset charset;
	group groups[MAX_DEPTH];
	size_t depth, too_deep;
	sqb__charset ansi, fonts[MAX_FONTS];	/* UNKNOWN: as ansi */
	uint32_t font, first_font;	/* of the table; the default */
	uint32_t high;		/* the half of a character; 0: none */
	size_t n_skip;		/* octets that a \u said already */
	sqb__rtf_kind kind;
	bool begun;		/* something was shown */
	bool star;		/* \* was just before */
} reader;

typedef struct control {
	char word[MAX_WORD];
	size_t len;
	int32_t number;
	bool has_number;
} control;

static group *top(reader *r)
{
	return &r->groups[r->depth];
}

static bool is_shown(reader *r)
{
	const group *g = top(r);

	return !g->hidden && !(g->rtf_only && r->kind == SQB__RTF_HTML);
}

static void flush(reader *r)
{
	sqb_str octets = sqb__buf_str(&r->octets);

	if (octets.len == 0)
		return;
	sqb__charset_decode(r->decoders, r->charset, octets, r->out);
	sqb__buf_drop(&r->octets, octets.len);
}

static void show(reader *r, uint32_t c)
{
	char utf8[4];

	if (!is_shown(r))
		return;
	flush(r);
	sqb__buf_add(r->out, (sqb_str){ utf8, sqb__utf8_encode(c, utf8) });
	r->begun = true;
}

/* The half of a character before is without the other. */
static void end_half(reader *r)
{
	if (r->high != 0)
		show(r, SQB__REPLACEMENT);
	r->high = 0;
}

static void add_octets(reader *r, sqb_str s)
{
	size_t skipped = s.len < r->n_skip ? s.len : r->n_skip;

	r->n_skip -= skipped;
	s = sqb__str_from(s, skipped);
	if (!is_shown(r) || s.len == 0)
		return;
	end_half(r);
	if (r->charset != top(r)->charset)
		flush(r);
	r->charset = top(r)->charset;
	sqb__buf_add(&r->octets, s);
	r->begun = true;
}

static void add_char(reader *r, uint32_t c)
{
	r->n_skip = 0;
	end_half(r);
	show(r, c);
}

static void set_ansi(reader *r, const control *c)
{
	r->ansi = sqb__codepage_charset((uint32_t)c->number);
	top(r)->charset = r->ansi;
}

static void skip_binary(reader *r, const control *c)
{
	size_t n = c->has_number && c->number > 0 ? (size_t)c->number : 0;

	r->in = sqb__str_from(r->in, n < r->in.len ? n : r->in.len);
}

static void hide(reader *r, const control *c)
{
	(void)c;
	top(r)->hidden = true;
}

static void begin_fonts(reader *r, const control *c)
{
	hide(r, c);
	top(r)->fonts = true;
}

static sqb__charset charset_of_font(const reader *r, uint32_t font)
{
	sqb__charset c = font < MAX_FONTS ? r->fonts[font] :
	    SQB__CHARSET_UNKNOWN;

	return c == SQB__CHARSET_UNKNOWN ? r->ansi : c;
}

static void set_font(reader *r, const control *c)
{
	r->font = c->number >= 0 ? (uint32_t)c->number : MAX_FONTS;
	if (!top(r)->fonts)
		top(r)->charset = charset_of_font(r, r->font);
}

static void set_default_font(reader *r, const control *c)
{
	r->first_font = c->number >= 0 ? (uint32_t)c->number : MAX_FONTS;
}

static void reset_font(reader *r, const control *c)
{
	(void)c;
	top(r)->charset = charset_of_font(r, r->first_font);
}

static void set_font_page(reader *r, uint32_t page)
{
	if (top(r)->fonts && r->font < MAX_FONTS)
		r->fonts[r->font] = sqb__codepage_charset(page);
}

static void set_codepage(reader *r, const control *c)
{
	set_font_page(r, (uint32_t)c->number);
}

static void set_fcharset(reader *r, const control *c)
{
	static const struct {
		uint16_t fcharset, page;
	} pages[] = {
		{ 77, 10000 }, { 128, 932 }, { 129, 949 }, { 130, 1361 },
		{ 134, 936 }, { 136, 950 }, { 161, 1253 }, { 162, 1254 },
		{ 163, 1258 }, { 177, 1255 }, { 178, 1256 }, { 186, 1257 },
		{ 204, 1251 }, { 222, 874 }, { 238, 1250 }, { 254, 437 },
	};

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (pages[i].fcharset == c->number)
			set_font_page(r, pages[i].page);
}

/* Only what stands before all text says what it was made from. */
static void set_html(reader *r, const control *c)
{
	if (!r->begun && c->number != 0)
		r->kind = SQB__RTF_HTML;
}

static void set_text(reader *r, const control *c)
{
	(void)c;
	if (!r->begun)
		r->kind = SQB__RTF_TEXT;
}

static void set_rtf_only(reader *r, const control *c)
{
	top(r)->rtf_only = !c->has_number || c->number != 0;
}

static void set_instead(reader *r, const control *c)
{
	top(r)->n_instead = c->number < 0 ? 0 :
	    c->number > UINT8_MAX ? UINT8_MAX : (uint8_t)c->number;
}

/* \uN: UTF-16, above 32767 perhaps as a negative number. */
static void add_unicode(reader *r, const control *c)
{
	uint32_t u = (uint32_t)c->number & 0xffff, high = r->high;
	bool second = u >= 0xdc00 && u < 0xe000;

	if (u >= 0xd800 && u < 0xdc00) {
		end_half(r);
		r->high = is_shown(r) ? u : 0;
	} else if (second && high != 0) {
		r->high = 0;
		show(r, 0x10000 + ((high & 0x3ff) << 10) + (u & 0x3ff));
	} else {
		add_char(r, second ? SQB__REPLACEMENT : u);
	}
	r->n_skip = top(r)->n_instead;
}

/* In order. Where there is no function, character is what it stands for. */
static const struct word {
	char name[12];
	void (*run)(reader *r, const control *c);
	uint32_t character;
} words[] = {
	{ "ansicpg", set_ansi, 0 },
	{ "bin", skip_binary, 0 },
	{ "bullet", NULL, 0x2022 },
	{ "cell", NULL, '\t' },
	{ "colortbl", hide, 0 },
	{ "cpg", set_codepage, 0 },
	{ "deff", set_default_font, 0 },
	{ "emdash", NULL, 0x2014 },
	{ "emspace", NULL, 0x2003 },
	{ "endash", NULL, 0x2013 },
	{ "enspace", NULL, 0x2002 },
	{ "f", set_font, 0 },
	{ "fcharset", set_fcharset, 0 },
	{ "filetbl", hide, 0 },
	{ "fonttbl", begin_fonts, 0 },
	{ "footer", hide, 0 },
	{ "footerf", hide, 0 },
	{ "footerl", hide, 0 },
	{ "footerr", hide, 0 },
	{ "fromhtml", set_html, 0 },
	{ "fromtext", set_text, 0 },
	{ "header", hide, 0 },
	{ "headerf", hide, 0 },
	{ "headerl", hide, 0 },
	{ "headerr", hide, 0 },
	{ "htmlrtf", set_rtf_only, 0 },
	{ "info", hide, 0 },
	{ "ldblquote", NULL, 0x201c },
	{ "line", NULL, '\n' },
	{ "lquote", NULL, 0x2018 },
	{ "page", NULL, '\n' },
	{ "par", NULL, '\n' },
	{ "pict", hide, 0 },
	{ "plain", reset_font, 0 },
	{ "rdblquote", NULL, 0x201d },
	{ "row", NULL, '\n' },
	{ "rquote", NULL, 0x2019 },
	{ "sect", NULL, '\n' },
	{ "stylesheet", hide, 0 },
	{ "tab", NULL, '\t' },
	{ "u", add_unicode, 0 },
	{ "uc", set_instead, 0 },
};

static int compare_word(const void *key, const void *row)
{
	return strcmp(key, ((const struct word *)row)->name);
}

/* \* is before a word that not all readers know: what it begins is hidden. */
static void run_word(reader *r, const control *c)
{
	const struct word *w = bsearch(c->word, words,
	    sizeof(words) / sizeof(words[0]), sizeof(words[0]), compare_word);

	if (r->star && !strcmp(c->word, "htmltag") &&
	    r->kind == SQB__RTF_HTML)
		return;
	if (r->star)
		hide(r, c);
	if (w && w->run)
		w->run(r, c);
	else if (w)
		add_char(r, w->character);
}

/* The digits at the front of s, and how many there are. */
static size_t read_number(sqb_str s, int32_t *number)
{
	bool minus = s.len > 1 && s.ptr[0] == '-' && sqb__is_digit(s.ptr[1]);
	size_t at = minus;
	int32_t n = 0;

	for (; at < s.len && sqb__is_digit(s.ptr[at]); at++)
		if (n < MAX_NUMBER)
			n = n * 10 + (s.ptr[at] - '0');
	*number = minus ? -n : n;
	return at;
}

/* "\" 1*ALPHA ["-"] *DIGIT [SP] */
static void take_word(reader *r)
{
	control c = { .number = 1 };
	int32_t number;
	size_t n = 0, digits;

	while (n < r->in.len && sqb__is_letter(r->in.ptr[n]))
		n++;
	c.len = n < MAX_WORD ? n : 0;
	memcpy(c.word, r->in.ptr, c.len);
	r->in = sqb__str_from(r->in, n);
	digits = read_number(r->in, &number);
	if (digits > 0) {
		c.has_number = true;
		c.number = number;
	}
	r->in = sqb__str_from(r->in, digits);
	if (r->in.len > 0 && r->in.ptr[0] == ' ')
		r->in = sqb__str_from(r->in, 1);
	run_word(r, &c);
	r->star = false;
}

/* "\'" 2HEXDIG */
static void take_hex(reader *r)
{
	int high = r->in.len > 0 ? sqb__hex_value(r->in.ptr[0]) : -1;
	int low = r->in.len > 1 ? sqb__hex_value(r->in.ptr[1]) : -1;
	char octet = (char)(high * 16 + low);

	if (high < 0 || low < 0)
		return;
	r->in = sqb__str_from(r->in, 2);
	add_octets(r, (sqb_str){ &octet, 1 });
}

/* What follows a backslash. */
static void take_control(reader *r)
{
	char c;

	if (r->in.len == 0)
		return;
	c = r->in.ptr[0];
	if (sqb__is_letter(c)) {
		take_word(r);
		return;
	}
	r->in = sqb__str_from(r->in, 1);
	r->star = c == '*';
	if (c == '\'')
		take_hex(r);
	else if (c == '\\' || c == '{' || c == '}')
		add_octets(r, (sqb_str){ &c, 1 });
	else if (c == '~')
		add_char(r, 0xa0);
	else if (c == '_')
		add_char(r, 0x2011);
	else if (c == '\n' || c == '\r')
		add_char(r, '\n');
}

static void open_group(reader *r)
{
	r->n_skip = 0;
	if (r->depth + 1 == MAX_DEPTH) {
		r->too_deep++;
		return;
	}
	r->groups[r->depth + 1] = r->groups[r->depth];
	r->depth++;
}

static void close_group(reader *r)
{
	r->n_skip = 0;
	if (r->too_deep > 0)
		r->too_deep--;
	else if (r->depth > 0)
		r->depth--;
}

static bool is_markup(char c)
{
	return c == '\\' || c == '{' || c == '}' || c == '\r' || c == '\n';
}

static void take_text(reader *r)
{
	size_t n = 1;

	while (n < r->in.len && !is_markup(r->in.ptr[n]))
		n++;
	add_octets(r, (sqb_str){ r->in.ptr, n });
	r->in = sqb__str_from(r->in, n);
	r->star = false;
}

static void take(reader *r)
{
	char c = r->in.ptr[0];

	if (!is_markup(c)) {
		take_text(r);
		return;
	}
	r->in = sqb__str_from(r->in, 1);
	if (c == '{')
		open_group(r);
	else if (c == '}')
		close_group(r);
	else if (c == '\\')
		take_control(r);
}

sqb__rtf_kind sqb__rtf_read(sqb_str rtf, sqb__decoders *d, sqb__buf *out)
{
	reader r = { .in = rtf, .decoders = d, .out = out,
	    .ansi = SQB__CHARSET_WINDOWS_1252, .kind = SQB__RTF_RICH,
	    .groups = { { .charset = SQB__CHARSET_WINDOWS_1252,
	    .n_instead = 1 } } };

	if (rtf.len < 5 || memcmp(rtf.ptr, "{\\rtf", 5) != 0)
		return SQB__RTF_NONE;
	sqb__buf_init(&r.octets, out->allocator, out->max);
	while (r.in.len > 0 && !out->failed && !r.octets.failed)
		take(&r);
	end_half(&r);
	flush(&r);
	out->failed |= r.octets.failed;
	sqb__buf_clear(&r.octets);
	return r.kind;
}

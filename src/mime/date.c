/*
 * Dates: RFC 5322, sections 3.3 and 4.3, and what else stands in Date fields:
 * asctime(3), date(1), ISO 8601, months in full, dashes, dots, 12 hours.
 *
 * The text is cut into at most MAX_TOKENS numbers, words and marks, comments
 * left out; the grammar then looks at those. A reading is taken only if it is
 * the only one. Month names are English; those of other languages are refused.
 */
#include <squab/message.h>

#include "base/ascii.h"
#include "mime/header.h"
#include "mime/token.h"

enum { MAX_TOKENS = 40, MAX_WEEKDAY_WORDS = 3 };

typedef struct piece {
	sqb_str text;
	char kind;		/* 'n'umber, 'w'ord, 0: the end, else itself */
	bool spaced;		/* something stands before it */
} piece;

typedef struct reader {
	piece pieces[MAX_TOKENS + 3];	/* the last three are ends */
	size_t at;
	sqb_date d;
	int weekday;			/* from Sunday, 0; -1: not said */
	int noon;			/* 'a', 'p', 0: a clock of 24 hours */
	bool has_zone;
} reader;

static bool refuse(reader *r, const char *why)
{
	r->d.refused = why;
	return false;
}

static const piece *peek(const reader *r)
{
	return &r->pieces[r->at];
}

static bool is_next(const reader *r, size_t ahead, char kind)
{
	size_t i = r->at + ahead;

	return i <= MAX_TOKENS && r->pieces[i].kind == kind;
}

static bool try_mark(reader *r, char mark)
{
	if (!is_next(r, 0, mark))
		return false;
	r->at++;
	return true;
}

/* As above, for what RFC 5322 does not have there. */
static void skip_mark(reader *r, char mark)
{
	if (try_mark(r, mark))
		r->d.odd |= SQB_DATE_FORM;
}

static bool try_word(reader *r, const char *word)
{
	if (!is_next(r, 0, 'w') ||
	    !sqb_str_eq_nocase(peek(r)->text, sqb_str_of(word)))
		return false;
	r->at++;
	return true;
}

static bool is_letter(char c)
{
	return sqb__is_letter(c) || (unsigned char)c >= 0x80;
}

static size_t span(sqb_str s, bool (*fits)(char))
{
	size_t i = 0;

	while (i < s.len && fits(s.ptr[i]))
		i++;
	return i;
}

/* Blanks, line ends and comments; *open: the last comment has no end. */
static size_t skip_blank(sqb_str s, bool *open)
{
	size_t i = 0, n;

	while (i < s.len) {
		if (s.ptr[i] == '(') {
			n = sqb__comment_len(sqb__str_from(s, i));
			*open = n == 0;
			i = n > 0 ? i + n : s.len;
		} else if (sqb__is_space(s.ptr[i])) {
			i++;
		} else {
			break;
		}
	}
	return i;
}

/* False: there are too many. */
static bool cut(reader *r, sqb_str text)
{
	bool open = false;

	for (size_t n = 0; n <= MAX_TOKENS; n++) {
		piece *p = &r->pieces[n];
		size_t blank = skip_blank(text, &open), len;

		text = sqb__str_from(text, blank);
		if (open)
			r->d.odd |= SQB_DATE_TRAILING;
		if (text.len == 0)
			return true;
		p->spaced = blank > 0;
		p->kind = text.ptr[0] ? text.ptr[0] : '?';
		len = span(text, sqb__is_digit);
		if (len > 0)
			p->kind = 'n';
		else if ((len = span(text, is_letter)) > 0)
			p->kind = 'w';
		else
			len = 1;
		p->text = (sqb_str){ text.ptr, len };
		text = sqb__str_from(text, len);
	}
	return false;
}

/* Of a piece of that many digits; -1: it is none. */
static int number(const piece *p, size_t min, size_t max)
{
	int n = 0;

	if (p->kind != 'n' || p->text.len < min || p->text.len > max)
		return -1;
	for (size_t i = 0; i < p->text.len; i++)
		n = 10 * n + (p->text.ptr[i] - '0');
	return n;
}

/*
 * The row of a name that begins with word, which has three letters or more;
 * -1: none does.
 */
static int find_name(const char *const *names, int n_names, const piece *p)
{
	if (p->kind != 'w' || p->text.len < 3)
		return -1;
	for (int i = 0; i < n_names; i++) {
		sqb_str name = sqb_str_of(names[i]);

		if (name.len < p->text.len)
			continue;
		name.len = p->text.len;
		if (sqb_str_eq_nocase(name, p->text))
			return i;
	}
	return -1;
}

/* From 1; 0: it is none. */
static int month_of(const piece *p)
{
	static const char *const names[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };

	return find_name(names, 12, p) + 1;
}

static int weekday_of(const piece *p)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday",
		"Wednesday", "Thursday", "Friday", "Saturday" };

	return find_name(names, 7, p);
}

/* "Mar, 12 May": a weekday of another language that looks like a month. */
static bool is_weekday_here(const reader *r)
{
	size_t i = 1;

	i += is_next(r, i, '.');
	if (!is_next(r, i, ',') || !is_next(r, i + 1, 'n'))
		return false;
	i += 2;
	i += is_next(r, i, '.') || is_next(r, i, '-');
	return is_next(r, i, 'w') && month_of(&r->pieces[r->at + i]) > 0;
}

/* [ day-of-week "," ], in any language */
static bool skip_weekday(reader *r)
{
	for (int n = 0; is_next(r, 0, 'w'); n++) {
		if (month_of(peek(r)) > 0 && !is_weekday_here(r))
			return true;
		if (n == MAX_WEEKDAY_WORDS)
			return refuse(r, "it does not begin with a date");
		if (weekday_of(peek(r)) >= 0)
			r->weekday = weekday_of(peek(r));
		else
			r->d.odd |= SQB_DATE_WEEKDAY_UNKNOWN;
		if (peek(r)->text.len != 3)
			r->d.odd |= SQB_DATE_FORM;
		r->at++;
		skip_mark(r, '.');
		skip_mark(r, '-');
		if (!try_mark(r, ','))
			r->d.odd |= SQB_DATE_FORM;
	}
	return true;
}

/* 1*2DIGIT, "1st", "2nd" … */
static bool read_day(reader *r)
{
	static const char *const endings[] = { "st", "nd", "rd", "th" };

	r->d.day = number(peek(r), 1, 2);
	if (r->d.day < 0)
		return refuse(r, "there is no day of the month");
	r->at++;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (!peek(r)->spaced && try_word(r, endings[i]))
			r->d.odd |= SQB_DATE_FORM;
	return true;
}

static bool read_month(reader *r)
{
	r->d.month = month_of(peek(r));
	if (r->d.month == 0)
		return refuse(r, "the name of the month is not known");
	if (peek(r)->text.len != 3)
		r->d.odd |= SQB_DATE_FORM;
	r->at++;
	skip_mark(r, '.');
	return true;
}

/* year = 4*DIGIT / obs-year, RFC 5322, section 4.3 */
static bool read_year(reader *r)
{
	int year = number(peek(r), 2, 4);

	if (year < 0)
		return refuse(r, "there is no year");
	if (peek(r)->text.len < 4)
		r->d.odd |= SQB_DATE_SHORT_YEAR;
	if (peek(r)->text.len == 2)
		year += year < 50 ? 2000 : 1900;
	else if (peek(r)->text.len == 3)
		year += 1900;
	r->d.year = year;
	r->at++;
	return true;
}

/* Two digits that ":" or "." and more digits follow at once. */
static bool is_time(const reader *r)
{
	const piece *p = peek(r);

	if (number(p, 1, 2) < 0)
		return false;
	return is_next(r, 1, ':') || (is_next(r, 1, '.') &&
	    is_next(r, 2, 'n') && !p[1].spaced && !p[2].spaced);
}

/* One or two digits; *out. */
static bool read_part(reader *r, int *out)
{
	*out = number(peek(r), 1, 2);
	if (*out < 0)
		return refuse(r, "the time of day is not complete");
	if (peek(r)->text.len == 1)
		r->d.odd |= SQB_DATE_FORM;
	r->at++;
	return true;
}

/* "a.m.", "PM" */
static void read_noon(reader *r)
{
	sqb_str word = peek(r)->text;
	char first = word.len > 0 ? sqb__lower(word.ptr[0]) : 0;
	bool dotted = word.len == 1 && is_next(r, 1, '.') &&
	    is_next(r, 2, 'w') && sqb_str_eq_nocase(r->pieces[r->at + 2].text,
	    (sqb_str)SQB_STR("m"));

	if (!is_next(r, 0, 'w') || (first != 'a' && first != 'p'))
		return;
	if (!dotted && (word.len != 2 || sqb__lower(word.ptr[1]) != 'm'))
		return;
	r->noon = (unsigned char)first;
	r->d.odd |= SQB_DATE_12_HOURS | SQB_DATE_FORM;
	r->at += dotted ? 3 : 1;
	if (dotted)
		try_mark(r, '.');
}

/* "." 1*DIGIT after the seconds, or after the minutes, where it is refused. */
static bool skip_fraction(reader *r, bool allowed)
{
	const piece *p = peek(r);

	if ((!is_next(r, 0, '.') && !is_next(r, 0, ',')) ||
	    !is_next(r, 1, 'n') || p[0].spaced || p[1].spaced)
		return true;
	if (!allowed)
		return refuse(r, "the minutes have a fraction");
	r->d.odd |= SQB_DATE_FORM;
	r->at += 2;
	return true;
}

/* time-of-day = hour ":" minute [ ":" second ], and with dots */
static bool read_time(reader *r)
{
	char mark;

	if (!read_part(r, &r->d.hour))
		return false;
	mark = peek(r)->kind;
	if (mark != ':' && mark != '.')
		return refuse(r, "the time of day is not complete");
	if (mark == '.')
		r->d.odd |= SQB_DATE_FORM;
	r->at++;
	if (!read_part(r, &r->d.minute))
		return false;
	if (is_next(r, 0, mark)) {
		r->at++;
		if (!read_part(r, &r->d.second) || !skip_fraction(r, true))
			return false;
	} else if (!skip_fraction(r, false)) {
		return false;
	}
	read_noon(r);
	return true;
}

/* hhmm or hhmmss, ISO 8601, after a date in that form only */
static bool read_compact_time(reader *r)
{
	int n = number(peek(r), 4, 6);

	if (n < 0 || peek(r)->text.len == 5)
		return refuse(r, "the time of day is not complete");
	if (peek(r)->text.len == 4)
		n *= 100;
	r->d.hour = n / 10000;
	r->d.minute = n / 100 % 100;
	r->d.second = n % 100;
	r->at++;
	return skip_fraction(r, true);
}

typedef struct zone_name {
	char name[5];
	int minutes;
} zone_name;

/*
 * RFC 822, section 5.1, and names that mean one thing the world over. BST and
 * IST do not; the letters of the military are not to be trusted (RFC 5322,
 * section 4.3), but for Z.
 */
static const zone_name zone_names[] = {
	{ "UT", 0 }, { "GMT", 0 }, { "UTC", 0 }, { "Z", 0 },
	{ "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 },
	{ "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 },
	{ "AKST", -540 }, { "AKDT", -480 }, { "HST", -600 },
	{ "WET", 0 }, { "WEST", 60 }, { "CET", 60 }, { "CEST", 120 },
	{ "MET", 60 }, { "MEST", 120 }, { "MEZ", 60 }, { "MESZ", 120 },
	{ "EET", 120 }, { "EEST", 180 }, { "MSK", 180 }, { "SAST", 120 },
	{ "HKT", 480 }, { "AWST", 480 }, { "JST", 540 }, { "KST", 540 },
	{ "ACST", 570 }, { "ACDT", 630 }, { "AEST", 600 }, { "AEDT", 660 },
	{ "NZST", 720 }, { "NZDT", 780 },
};

static const zone_name *find_zone(sqb_str name)
{
	for (size_t i = 0; i < sizeof(zone_names) / sizeof(*zone_names); i++)
		if (sqb_str_eq_nocase(name, sqb_str_of(zone_names[i].name)))
			return &zone_names[i];
	return NULL;
}

static void set_zone(reader *r, int minutes)
{
	r->d.zone = minutes;
	r->d.zone_known = true;
	if (minutes < -12 * 60 || minutes > 14 * 60)
		r->d.odd |= SQB_DATE_ZONE_FAR;
}

/* hhmm, hmm, hh, h, and ":" mm after the last two; -1: a number of no sense */
static int read_offset(reader *r)
{
	int n = number(peek(r), 1, 4), minutes = 0;
	size_t digits = peek(r)->text.len;

	r->at++;
	if (digits != 4)
		r->d.odd |= SQB_DATE_FORM;
	if (digits < 3 && try_mark(r, ':')) {
		minutes = number(peek(r), 2, 2);
		r->at += is_next(r, 0, 'n');
	} else if (digits >= 3 && n >= 0) {
		minutes = n % 100;
		n /= 100;
	}
	if (n < 0 || n > 23 || minutes < 0 || minutes > 59)
		return -1;
	return 60 * n + minutes;
}

/*
 * zone = ("+" / "-") 4DIGIT / obs-zone, and "GMT+2". base is the name before
 * it; NULL: there is none.
 */
static void read_signed_zone(reader *r, const zone_name *base)
{
	int sign = is_next(r, 0, '-') ? -1 : 1, minutes;

	r->at++;
	minutes = read_offset(r);
	if (minutes < 0 || (base && base->minutes != 0 &&
	    base->minutes != sign * minutes))
		r->d.odd |= SQB_DATE_ZONE_UNKNOWN;
	else if (sign > 0 || minutes > 0 || base)
		set_zone(r, sign * minutes);
}

static bool is_signed_zone(const reader *r)
{
	return (is_next(r, 0, '+') || is_next(r, 0, '-')) &&
	    is_next(r, 1, 'n');
}

static void read_zone(reader *r)
{
	const zone_name *z;

	if (r->has_zone || (!is_next(r, 0, 'w') && !is_signed_zone(r)))
		return;
	r->has_zone = true;
	if (!is_next(r, 0, 'w')) {
		read_signed_zone(r, NULL);
		return;
	}
	z = find_zone(peek(r)->text);
	r->d.odd |= SQB_DATE_ZONE_NAME;
	r->at++;
	if (z && is_signed_zone(r))
		read_signed_zone(r, z);
	else if (z)
		set_zone(r, z->minutes);
	else
		r->d.odd |= SQB_DATE_ZONE_UNKNOWN;
}

/* [ time [ zone ] ] */
static bool read_rest(reader *r)
{
	skip_mark(r, ',');
	if (try_word(r, "at") || try_word(r, "T"))
		r->d.odd |= SQB_DATE_FORM;
	if (!is_next(r, 0, 'n')) {
		r->d.odd |= SQB_DATE_NO_TIME;
		return true;
	}
	if (!read_time(r))
		return false;
	skip_mark(r, ',');
	read_zone(r);
	return true;
}

/* year [ time [ zone ] ], or time [ zone ] year [ zone ] as in asctime(3) */
static bool read_year_and_time(reader *r)
{
	if (!is_time(r))
		return read_year(r) && read_rest(r);
	r->d.odd |= SQB_DATE_FORM;
	if (!read_rest(r))
		return false;
	if (!read_year(r))
		return false;
	read_zone(r);
	return true;
}

static bool read_month_first(reader *r)
{
	r->d.odd |= SQB_DATE_FORM;
	if (!read_month(r))
		return false;
	skip_mark(r, '-');
	if (!read_day(r))
		return false;
	skip_mark(r, ',');
	skip_mark(r, '-');
	return read_year_and_time(r);
}

static bool read_day_first(reader *r)
{
	if (!read_day(r))
		return false;
	skip_mark(r, '.');
	skip_mark(r, '-');
	skip_mark(r, '/');
	if (!read_month(r))
		return false;
	skip_mark(r, '-');
	skip_mark(r, '/');
	skip_mark(r, ',');
	return read_year_and_time(r);
}

/* What is n1 mark n2 mark n3? The year has four digits, or it is refused. */
static bool read_numeric(reader *r)
{
	const piece *p = peek(r);
	char mark = p[1].kind;
	int n[3] = { number(p, 1, 4), number(p + 2, 1, 2),
		number(p + 4, 1, 4) };

	r->d.odd |= SQB_DATE_FORM;
	if (p[3].kind != mark || n[0] < 0 || n[1] < 0 || n[2] < 0)
		return refuse(r, "the date is not complete");
	r->at += 5;
	if (p[0].text.len == 4 && p[4].text.len <= 2) {
		r->d.year = n[0];
		r->d.month = n[1];
		r->d.day = n[2];
		return read_rest(r);
	}
	if (p[4].text.len != 4 || p[0].text.len > 2)
		return refuse(r, "which number is the year is not certain");
	if (mark != '.' && n[0] <= 12 && n[1] <= 12 && n[0] != n[1])
		return refuse(r, "which number is the month is not certain");
	r->d.year = n[2];
	r->d.month = mark != '.' && n[1] > 12 ? n[0] : n[1];
	r->d.day = mark != '.' && n[1] > 12 ? n[1] : n[0];
	return read_rest(r);
}

/* "2026 Dec 31" and "2026-Dec-31" */
static bool read_year_first(reader *r)
{
	r->d.odd |= SQB_DATE_FORM;
	if (!read_year(r))
		return false;
	skip_mark(r, '-');
	if (!read_month(r))
		return false;
	skip_mark(r, '-');
	return read_day(r) && read_rest(r);
}

/* yyyymmdd [ "T" hhmm [ ss ] [ zone ] ], ISO 8601 */
static bool read_compact(reader *r)
{
	int n = number(peek(r), 8, 8);

	r->d.odd |= SQB_DATE_FORM;
	r->d.year = n / 10000;
	r->d.month = n / 100 % 100;
	r->d.day = n % 100;
	r->at++;
	if (!is_next(r, 1, 'n') || is_next(r, 2, ':') || !try_word(r, "T"))
		return read_rest(r);
	if (!read_compact_time(r))
		return false;
	read_zone(r);
	return true;
}

static bool read_date(reader *r)
{
	skip_mark(r, ',');
	if (is_next(r, 0, 0))
		return refuse(r, "there is no date");
	if (!skip_weekday(r))
		return false;
	if (is_next(r, 0, 'w'))
		return read_month_first(r);
	if (number(peek(r), 8, 8) >= 0)
		return read_compact(r);
	if ((is_next(r, 1, '-') || is_next(r, 1, '/') || is_next(r, 1, '.')) &&
	    is_next(r, 2, 'n'))
		return read_numeric(r);
	if (number(peek(r), 4, 4) >= 0)
		return read_year_first(r);
	return read_day_first(r);
}

/* What is left says nothing, as far as anybody knows; but "PM" does. */
static bool look_at_rest(reader *r)
{
	int noon = r->noon;

	if (!r->has_zone)
		r->d.odd |= SQB_DATE_NO_ZONE;
	for (r->noon = 0; r->noon == 0 && !is_next(r, 0, 0); r->at++) {
		r->d.odd |= SQB_DATE_TRAILING;
		read_noon(r);
	}
	if (r->noon != 0)
		return refuse(r, "AM or PM does not follow the time");
	r->noon = noon;
	return true;
}

static bool to_24_hours(reader *r)
{
	int *hour = &r->d.hour;

	if (r->noon == 0)
		return true;
	if ((*hour > 12 && r->noon == 'a') || (*hour == 0 && r->noon == 'p'))
		return refuse(r, "the hour is none of that half of the day");
	if (r->noon == 'a' && *hour == 12)
		*hour = 0;
	if (r->noon == 'p' && *hour < 12)
		*hour += 12;
	return true;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* Since 1970-01-01, in the calendar of Gregory. */
static int64_t days_since_1970(const sqb_date *d)
{
	/* years that begin in March, so that a leap day is at their end */
	int y = d->month > 2 ? d->year : d->year - 1;
	int m = d->month > 2 ? d->month - 3 : d->month + 9;

	return (int64_t)365 * y + y / 4 - y / 100 + y / 400 +
	    (153 * m + 2) / 5 + d->day - 1 - 719468;
}

static bool is_possible(reader *r)
{
	const sqb_date *d = &r->d;

	if (d->year < 1900)
		return refuse(r, "the year is before 1900");
	if (d->month < 1 || d->month > 12)
		return refuse(r, "there is no such month");
	if (d->day < 1 || d->day > days_in(d->year, d->month))
		return refuse(r, "the month has no such day");
	if (d->hour > 24 || d->minute > 59 || d->second > 60 ||
	    (d->hour == 24 && (d->minute > 0 || d->second > 0)))
		return refuse(r, "the day has no such time");
	return true;
}

/* 24:00 is the midnight at the end of that day, ISO 8601, section 4.2.3. */
static bool to_next_day(reader *r)
{
	sqb_date *d = &r->d;

	if (d->hour < 24)
		return true;
	d->odd |= SQB_DATE_HOUR_24;
	d->hour = 0;
	if (++d->day <= days_in(d->year, d->month))
		return true;
	d->day = 1;
	if (++d->month <= 12)
		return true;
	d->month = 1;
	return ++d->year <= 9999 || refuse(r, "the year is after 9999");
}

static bool finish(reader *r)
{
	sqb_date *d = &r->d;

	if (!look_at_rest(r) || !to_24_hours(r) || !is_possible(r))
		return false;
	if (r->weekday >= 0 && r->weekday != (days_since_1970(d) + 25575) % 7)
		d->odd |= SQB_DATE_WEEKDAY;
	if (d->second == 60)
		d->odd |= SQB_DATE_LEAP_SECOND;
	if (!to_next_day(r))
		return false;
	d->utc = days_since_1970(d) * 86400 + (int64_t)d->hour * 3600 +
	    (d->minute - d->zone) * 60 + d->second;
	return true;
}

int sqb_date_parse(sqb_date *out, sqb_str text)
{
	reader r = { .weekday = -1 };
	bool good = cut(&r, text) ? read_date(&r) && finish(&r) :
	    refuse(&r, "it is too long");

	*out = good ? r.d : (sqb_date){ .refused = r.d.refused };
	return good ? SQB_OK : SQB_E_PROTO;
}

/* n in digits at out[0..width). */
static char *put(char *out, int n, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		out[i] = (char)('0' + n % 10);
		n /= 10;
	}
	return out + width;
}

const char *sqb_date_text(char out[SQB_DATE_TEXT], const sqb_date *d)
{
	const struct { int n, width; char after; } parts[] = {
		{ d->year, 4, '-' }, { d->month, 2, '-' }, { d->day, 2, 'T' },
		{ d->hour, 2, ':' }, { d->minute, 2, ':' },
		{ d->second, 2, d->zone < 0 || !d->zone_known ? '-' : '+' },
		{ (d->zone < 0 ? -d->zone : d->zone) / 60, 2, ':' },
		{ (d->zone < 0 ? -d->zone : d->zone) % 60, 2, '\0' },
	};
	char *p = out;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		p = put(p, parts[i].n, parts[i].width);
		*p++ = parts[i].after;
	}
	return out;
}

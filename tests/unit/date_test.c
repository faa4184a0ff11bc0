/* Dates: the forms that mail has, each with the answer or the refusal. */
#include "exact.h"

#include <stdio.h>
#include <squab/message.h>

#define FORM SQB_DATE_FORM
#define NAMED SQB_DATE_ZONE_NAME
#define UNKNOWN (SQB_DATE_ZONE_NAME | SQB_DATE_ZONE_UNKNOWN)

static const struct {
	const char *in, *want;	/* RFC 3339; NULL: refused */
	int odd;
} cases[] = {
	/* RFC 5322, section 3.3 and appendix A */
	{ "Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00", 0 },
	{ "Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00", 0 },
	{ "Thu, 13 Feb 1969 23:32 -0330", "1969-02-13T23:32:00-03:30", 0 },
	{ "Thu,\r\n\t13\r\n Feb\r\n 1969\r\n 23:32\r\n -0330 (Newfoundland)",
	  "1969-02-13T23:32:00-03:30", 0 },
	{ "21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00", 0 },
	{ "1 Jan 2026 00:00:00 -0000", "2026-01-01T00:00:00-00:00", 0 },
	{ "29 Feb 2024 12:00:00 +1400", "2024-02-29T12:00:00+14:00", 0 },
	{ "31 Dec 1999 23:59:59 +0000", "1999-12-31T23:59:59+00:00", 0 },
	{ "(a (b) \\) c)Mon, 2 Mar 2026 (x) 01:02:03 +0100 (CET)",
	  "2026-03-02T01:02:03+01:00", 0 },
	/* section 4.3 */
	{ "21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06+00:00",
	  SQB_DATE_SHORT_YEAR | NAMED },
	{ "21 Nov 49 09:55:06 GMT", "2049-11-21T09:55:06+00:00",
	  SQB_DATE_SHORT_YEAR | NAMED },
	{ "21 Nov 50 09:55:06 GMT", "1950-11-21T09:55:06+00:00",
	  SQB_DATE_SHORT_YEAR | NAMED },
	{ "21 Nov 103 09:55:06 GMT", "2003-11-21T09:55:06+00:00",
	  SQB_DATE_SHORT_YEAR | NAMED },
	{ "21 Nov 2020 09:55 EST", "2020-11-21T09:55:00-05:00", NAMED },
	{ "21 Nov 2020 09:55 pdt", "2020-11-21T09:55:00-07:00", NAMED },
	{ "21 Nov 2020 09:55 A", "2020-11-21T09:55:00-00:00", UNKNOWN },
	{ "21 Nov 2020 09:55 Z", "2020-11-21T09:55:00+00:00", NAMED },
	{ "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
	  "1997-11-21T09:55:06-06:00", 0 },
	/* zones */
	{ "21 Nov 2020 09:55:06 JST", "2020-11-21T09:55:06+09:00", NAMED },
	{ "21 Nov 2020 09:55:06 CEST", "2020-11-21T09:55:06+02:00", NAMED },
	{ "21 Nov 2020 09:55:06 ACST", "2020-11-21T09:55:06+09:30", NAMED },
	{ "21 Nov 2020 09:55:06 IST", "2020-11-21T09:55:06-00:00", UNKNOWN },
	{ "21 Nov 2020 09:55:06 GMT+02:00", "2020-11-21T09:55:06+02:00",
	  NAMED | FORM },
	{ "21 Nov 2020 09:55:06 UTC-5", "2020-11-21T09:55:06-05:00",
	  NAMED | FORM },
	{ "21 Nov 2020 09:55:06 GMT +0200", "2020-11-21T09:55:06+02:00",
	  NAMED },
	{ "21 Nov 2020 09:55:06 EST-0500", "2020-11-21T09:55:06-05:00",
	  NAMED },
	{ "21 Nov 2020 09:55:06 EST+0500", "2020-11-21T09:55:06-00:00",
	  UNKNOWN },
	{ "21 Nov 2020 09:55:06 +02:00", "2020-11-21T09:55:06+02:00", FORM },
	{ "21 Nov 2020 09:55:06 -7", "2020-11-21T09:55:06-07:00", FORM },
	{ "21 Nov 2020 09:55:06 +530", "2020-11-21T09:55:06+05:30", FORM },
	{ "21 Nov 2020 09:55:06 +2300", "2020-11-21T09:55:06+23:00",
	  SQB_DATE_ZONE_FAR },
	{ "21 Nov 2020 09:55:06 +9959", "2020-11-21T09:55:06-00:00",
	  SQB_DATE_ZONE_UNKNOWN },
	{ "21 Nov 2020 09:55:06 +0199", "2020-11-21T09:55:06-00:00",
	  SQB_DATE_ZONE_UNKNOWN },
	{ "21 Nov 2020 09:55:06 +020000", "2020-11-21T09:55:06-00:00",
	  FORM | SQB_DATE_ZONE_UNKNOWN },
	{ "21 Nov 2020 09:55:06", "2020-11-21T09:55:06-00:00",
	  SQB_DATE_NO_ZONE },
	{ "21 Nov 2020 09:55:06 (CET)", "2020-11-21T09:55:06-00:00",
	  SQB_DATE_NO_ZONE },
	{ "21 Nov 2020 09:55:06 +0100 CET", "2020-11-21T09:55:06+01:00",
	  SQB_DATE_TRAILING },
	{ "21 Nov 2020 09:55:06 Eastern Standard Time",
	  "2020-11-21T09:55:06-00:00", UNKNOWN | SQB_DATE_TRAILING },
	/* weekdays */
	{ "Mon, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00",
	  SQB_DATE_WEEKDAY },
	{ "Friday, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00",
	  FORM },
	{ "Fri 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00",
	  FORM },
	{ "Do, 13 Feb 1969 23:32 -0330", "1969-02-13T23:32:00-03:30",
	  FORM | SQB_DATE_WEEKDAY_UNKNOWN },
	{ "\xd0\xbf\xd1\x82., 21 Nov 1997 09:55:06 -0600",
	  "1997-11-21T09:55:06-06:00", FORM | SQB_DATE_WEEKDAY_UNKNOWN },
	{ "segunda-feira, 21 Nov 1997 09:55:06 -0600",
	  "1997-11-21T09:55:06-06:00", FORM | SQB_DATE_WEEKDAY_UNKNOWN },
	{ "mar, 12 May 2026 09:55:06 +0200", "2026-05-12T09:55:06+02:00",
	  SQB_DATE_WEEKDAY_UNKNOWN },
	{ "Mar., 12 May 2026 09:55:06 +0200", "2026-05-12T09:55:06+02:00",
	  FORM | SQB_DATE_WEEKDAY_UNKNOWN },
	{ ", 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00", FORM },
	/* other orders */
	{ "Thu Feb 13 23:32:54 1969", "1969-02-13T23:32:54-00:00",
	  FORM | SQB_DATE_NO_ZONE },
	{ "Thu Feb 13 23:32:54 1969 -0330", "1969-02-13T23:32:54-03:30",
	  FORM },
	{ "Thu Feb 13 23:32:54 -0330 1969", "1969-02-13T23:32:54-03:30",
	  FORM },
	{ "Thu Feb 13 23:32:54 EST 1969", "1969-02-13T23:32:54-05:00",
	  FORM | NAMED },
	{ "13 Feb 23:32:54 1969", "1969-02-13T23:32:54-00:00",
	  FORM | SQB_DATE_NO_ZONE },
	{ "February 13, 1969 at 11:32:54 PM GMT+1",
	  "1969-02-13T23:32:54+01:00", FORM | NAMED | SQB_DATE_12_HOURS },
	{ "13-Feb-1969 23:32:54 +0100", "1969-02-13T23:32:54+01:00", FORM },
	{ "13-Feb-69 23:32:54 +0100", "1969-02-13T23:32:54+01:00",
	  FORM | SQB_DATE_SHORT_YEAR },
	{ "13/Feb/1969 23:32:54 +0100", "1969-02-13T23:32:54+01:00", FORM },
	{ "13 February 1969 23:32:54 +0100", "1969-02-13T23:32:54+01:00",
	  FORM },
	{ "5 Sept 2020 10:00:00 +0000", "2020-09-05T10:00:00+00:00", FORM },
	{ "Sat, 5th Sep. 2020, 10:00:00 +0000", "2020-09-05T10:00:00+00:00",
	  FORM },
	{ "13 Feb 1969 23.32.54 +0200", "1969-02-13T23:32:54+02:00", FORM },
	{ "13 Feb 1969 1:2:3 +0200", "1969-02-13T01:02:03+02:00", FORM },
	{ "2026 Dec 31 10:00:00 +0000", "2026-12-31T10:00:00+00:00", FORM },
	/* numbers only */
	{ "2026-12-31T23:59:30+01:00", "2026-12-31T23:59:30+01:00", FORM },
	{ "2026-12-31T23:59:30.123456789Z", "2026-12-31T23:59:30+00:00",
	  FORM | NAMED },
	{ "2026-12-31 23:59:30 +0100", "2026-12-31T23:59:30+01:00", FORM },
	{ "2026-12-31t23:59-00:00", "2026-12-31T23:59:00-00:00", FORM },
	{ "20261231T235930Z", "2026-12-31T23:59:30+00:00", FORM | NAMED },
	{ "20261231T2359+0100", "2026-12-31T23:59:00+01:00", FORM },
	{ "20261231", "2026-12-31T00:00:00-00:00",
	  FORM | SQB_DATE_NO_TIME | SQB_DATE_NO_ZONE },
	{ "2026/12/31 23:59:30 +0100", "2026-12-31T23:59:30+01:00", FORM },
	{ "31.12.2026 23:59:30 +0100", "2026-12-31T23:59:30+01:00", FORM },
	{ "05.06.2026 23:59:30 +0100", "2026-06-05T23:59:30+01:00", FORM },
	{ "12/31/2026 23:59:30 +0100", "2026-12-31T23:59:30+01:00", FORM },
	{ "31/12/2026 23:59:30 +0100", "2026-12-31T23:59:30+01:00", FORM },
	{ "6/6/2026 23:59:30 +0100", "2026-06-06T23:59:30+01:00", FORM },
	/* clocks */
	{ "13 Feb 1969 11:32:54 PM +0000", "1969-02-13T23:32:54+00:00",
	  FORM | SQB_DATE_12_HOURS },
	{ "13 Feb 1969 12:32 am +0000", "1969-02-13T00:32:00+00:00",
	  FORM | SQB_DATE_12_HOURS },
	{ "13 Feb 1969 12:32p.m. +0000", "1969-02-13T12:32:00+00:00",
	  FORM | SQB_DATE_12_HOURS },
	{ "13 Feb 1969 23:32 PM +0000", "1969-02-13T23:32:00+00:00",
	  FORM | SQB_DATE_12_HOURS },
	{ "Feb 13 11:32:54 PM 1969", "1969-02-13T23:32:54-00:00",
	  FORM | SQB_DATE_12_HOURS | SQB_DATE_NO_ZONE },
	{ "31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:60+00:00",
	  SQB_DATE_LEAP_SECOND },
	{ "31 Dec 2016 24:00:00 +0000", "2017-01-01T00:00:00+00:00",
	  SQB_DATE_HOUR_24 },
	{ "Wed, 28 Feb 2024 24:00 +0000", "2024-02-29T00:00:00+00:00",
	  SQB_DATE_HOUR_24 },
	{ "13 Feb 1969", "1969-02-13T00:00:00-00:00",
	  SQB_DATE_NO_TIME | SQB_DATE_NO_ZONE },
	{ "13 Feb 1969 10:00:00 +0000 (open", "1969-02-13T10:00:00+00:00",
	  SQB_DATE_TRAILING },
	/* refused */
	{ "", NULL, 0 }, { "  \r\n ", NULL, 0 }, { "(x)", NULL, 0 },
	{ "Thu,", NULL, 0 }, { "today", NULL, 0 }, { "12", NULL, 0 },
	{ "31 Feb 2020 10:00:00 +0000", NULL, 0 },
	{ "29 Feb 2023 10:00:00 +0000", NULL, 0 },
	{ "29 Feb 1900 10:00:00 +0000", NULL, 0 },
	{ "0 Jan 2020 10:00:00 +0000", NULL, 0 },
	{ "32 Jan 2020 10:00:00 +0000", NULL, 0 },
	{ "1 Jan 1899 10:00:00 +0000", NULL, 0 },
	{ "1 Jan 20200 10:00:00 +0000", NULL, 0 },
	{ "1 Jan 0 10:00:00 +0000", NULL, 0 },
	{ "1 Jan 2020 25:00:00 +0000", NULL, 0 },
	{ "1 Jan 2020 24:00:01 +0000", NULL, 0 },
	{ "1 Jan 2020 10:60:00 +0000", NULL, 0 },
	{ "1 Jan 2020 10:00:61 +0000", NULL, 0 },
	{ "1 Jan 2020 10:00.5 +0000", NULL, 0 },
	{ "1 Jan 2020 10 +0000", NULL, 0 },
	{ "1 Jan 2020 1000 +0000", NULL, 0 },
	{ "1 Jan 2020 13:00:00 AM +0000", NULL, 0 },
	{ "1 Jan 2020 00:30:00 PM +0000", NULL, 0 },
	{ "1 Jan 2020 03:30:00 +0000 PM", NULL, 0 },
	{ "1 M\xc3\xa4r 2020 10:00:00 +0000", NULL, 0 },
	{ "1 Mai 2020 10:00:00 +0000", NULL, 0 },
	{ "mar. 12 mai 2020 10:00:00 +0000", NULL, 0 },
	{ "5/6/2020 10:00:00 +0000", NULL, 0 },
	{ "5/6/20 10:00:00 +0000", NULL, 0 },
	{ "20-07-12 10:00:00 +0000", NULL, 0 },
	{ "2020-13-12 10:00:00 +0000", NULL, 0 },
	{ "2020-W28-7T10:00", NULL, 0 },
	{ "Feb 13 10:00:00", NULL, 0 },
	{ "31 Dec 9999 24:00 +0000", NULL, 0 },
	{ "a b c d 1 Jan 2020 10:00:00 +0000", NULL, 0 },
	{ "1577836800", NULL, 0 },
};

static void check(size_t i, const sqb_date *d, int code)
{
	char text[SQB_DATE_TEXT];

	if (!cases[i].want) {
		if (code != SQB_E_PROTO || !d->refused || d->utc || d->year)
			fail_msg("\"%s\" was not refused", cases[i].in);
		return;
	}
	if (code != SQB_OK || d->refused)
		fail_msg("\"%s\": %s", cases[i].in, d->refused);
	if (strcmp(sqb_date_text(text, d), cases[i].want) != 0)
		fail_msg("\"%s\": got %s, want %s", cases[i].in, text,
		    cases[i].want);
	if (d->odd != (unsigned)cases[i].odd)
		fail_msg("\"%s\": got odd %#x, want %#x", cases[i].in,
		    d->odd, (unsigned)cases[i].odd);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(sqb_str_of(cases[i].in));
		sqb_date d;
		int code = sqb_date_parse(&d, in);

		check(i, &d, code);
		exact_free(in);
	}
}

static int64_t utc(const char *text)
{
	sqb_date d;

	assert_int_equal(sqb_date_parse(&d, sqb_str_of(text)), SQB_OK);
	return d.utc;
}

static void test_utc(void **state)
{
	(void)state;
	assert_int_equal(utc("1 Jan 1970 00:00:00 +0000"), 0);
	assert_int_equal(utc("1 Jan 1970 01:00:00 +0100"), 0);
	assert_int_equal(utc("31 Dec 1969 23:59:59 +0000"), -1);
	assert_int_equal(utc("13 Feb 2009 23:31:30 +0000"), 1234567890);
	assert_int_equal(utc("13 Feb 2009 18:31:30 EST"), 1234567890);
	assert_int_equal(utc("19 Jan 2038 03:14:08 +0000"), 2147483648);
	assert_int_equal(utc("31 Dec 2016 23:59:60 +0000"), 1483228800);
	assert_int_equal(utc("1 Jan 1900 00:00:00 +0000"), -2208988800);
	assert_int_equal(utc("31 Dec 9999 23:59:59 +0000"), 253402300799);
	assert_int_equal(utc("29 Feb 2000 12:00:00 -1200"), 951868800);
}

/* Each day from 1900 on, named and counted by another calendar: this one. */
static void test_every_day(void **state)
{
	static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	static const char weekdays[7][4] = { "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat", "Sun" };
	int64_t n = 0;

	(void)state;
	for (int year = 1900; year <= 2110; year++) {
		bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

		for (int month = 0; month < 12; month++) {
			int days = month == 1 ? 28 + leap : month == 3 ||
			    month == 5 || month == 8 || month == 10 ? 30 : 31;

			for (int day = 1; day <= days; day++, n++) {
				char text[100];
				sqb_date d;

				snprintf(text, sizeof(text),
				    "%s, %d %s %d 00:00:00 +0000",
				    weekdays[n % 7], day, names[month], year);
				assert_int_equal(sqb_date_parse(&d,
				    sqb_str_of(text)), SQB_OK);
				assert_int_equal(d.utc,
				    n * 86400 - 2208988800);
				assert_int_equal(d.odd, 0);
			}
		}
	}
}

/* What is written is read as the same. */
static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[SQB_DATE_TEXT];
		sqb_date d, again;

		if (sqb_date_parse(&d, sqb_str_of(cases[i].in)) != SQB_OK)
			continue;
		sqb_date_text(text, &d);
		assert_int_equal(sqb_date_parse(&again, sqb_str_of(text)),
		    SQB_OK);
		assert_int_equal(d.utc, again.utc);
		assert_int_equal(d.zone, again.zone);
		assert_int_equal(d.zone_known, again.zone_known);
	}
}

/* Every prefix, and pieces in any order: an answer, and one that is whole. */
static void test_random(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		char text[300];
		size_t len = 0;
		sqb_date d;
		sqb_str in;

		for (size_t n = next_random(&seed) % 4; n > 0; n--) {
			const char *from = cases[next_random(&seed) %
			    ARRAY_LEN(cases)].in;
			size_t max = strlen(from) + 1;
			size_t at = next_random(&seed) % max;

			max = next_random(&seed) % (max - at);
			memcpy(text + len, from + at, max);
			len += max;
			text[len++] = (char)next_random(&seed);
		}
		in = exact((sqb_str){ text, len });
		if (sqb_date_parse(&d, in) == SQB_OK)
			assert_true(d.year >= 1900 && d.year <= 9999 &&
			    d.month >= 1 && d.month <= 12 && d.day >= 1 &&
			    d.day <= 31 && d.hour < 24 && d.minute < 60 &&
			    d.second <= 60 && d.zone > -1440 && d.zone < 1440);
		else
			assert_non_null(d.refused);
		exact_free(in);
	}
}

/* unit many times, then a date */
static int parse_big(sqb_date *d, const char *unit, size_t n)
{
	static const char date[] = "1 Jan 2020 10:00:00 +0000";
	size_t len = strlen(unit);
	char *text = malloc(n * len + sizeof(date));
	int code;

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, unit, len);
	memcpy(text + n * len, date, sizeof(date));
	code = sqb_date_parse(d, (sqb_str){ text, n * len +
	    sizeof(date) - 1 });
	free(text);
	return code;
}

static void test_hostile(void **state)
{
	static const char *const refused[] = { "1", "a ", "-", ":", "(", "1:",
		"Mon,", "+", "\xff " };
	sqb_date d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		assert_int_equal(parse_big(&d, refused[i], 1000000),
		    SQB_E_PROTO);
	assert_int_equal(parse_big(&d, "a", 1000000), SQB_OK);
	assert_int_equal(d.odd, FORM | SQB_DATE_WEEKDAY_UNKNOWN);
	assert_int_equal(parse_big(&d, " ", 1000000), SQB_OK);
	assert_int_equal(parse_big(&d, "(x)", 1000000), SQB_OK);
	assert_int_equal(parse_big(&d, "\r\n ", 1000000), SQB_OK);
	assert_int_equal(d.odd, 0);
	assert_int_equal(sqb_date_parse(&d, (sqb_str){
	    "1 Jan 2020\0 10:00", 17 }), SQB_OK);
	assert_true(d.odd & SQB_DATE_TRAILING);
	assert_true(d.odd & SQB_DATE_NO_TIME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_utc),
		cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

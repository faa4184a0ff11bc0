/*
 * A scheduler invites to an appointment: a text for people, and a calendar
 * object (RFC 5545, 6047) that their programs offer to accept.
 *
 *	calendar-invite SERVER ORGANIZER ATTENDEE START HOURS SUMMARY
 *
 * START is UTC, as in 20270105T140000Z.
 */
#include <squab/squab.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int fail(const sqb_error *err)
{
	fprintf(stderr, "%s\n", err->text);
	return sqb_code_exit(err->code);
}

/* Its lines end in CRLF; DTSTAMP and UID make it one that can be changed. */
static void write_event(char *out, size_t cap, char **argv, time_t now)
{
	char stamp[32];

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime(&now));
	snprintf(out, cap, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    "PRODID:-//squab//calendar-invite//EN\r\nMETHOD:REQUEST\r\n"
	    "BEGIN:VEVENT\r\nUID:%lld@scheduler.example\r\nDTSTAMP:%s\r\n"
	    "DTSTART:%s\r\nDURATION:PT%dH\r\nSUMMARY:%s\r\n"
	    "ORGANIZER:mailto:%s\r\n"
	    "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:%s\r\n"
	    "END:VEVENT\r\nEND:VCALENDAR\r\n", (long long)now, stamp, argv[4],
	    atoi(argv[5]), argv[6], argv[2], argv[3]);
}

static int invite(sqb_smtp_session *s, sqb_compose *c, char **argv, time_t now)
{
	char event[4096], text[1024];

	write_event(event, sizeof(event), argv, now);
	snprintf(text, sizeof(text), "You are invited: %s\n\nWhen: %s (UTC), "
	    "%d h\nWho asks: %s\n", argv[6], argv[4], atoi(argv[5]), argv[2]);
	sqb_compose_field(c, "From", argv[2]);
	sqb_compose_field(c, "To", argv[3]);
	sqb_compose_field(c, "Subject", argv[6]);
	sqb_compose_text(c, sqb_str_of(text));
	sqb_compose_calendar(c, sqb_str_of(event), "REQUEST");
	return sqb_smtp_send(s, c);
}

int main(int argc, char **argv)
{
	time_t now = time(NULL);
	sqb_smtp_session *s;
	sqb_compose *c;
	sqb_error err;

	if (argc != 7)
		return fputs("usage: calendar-invite SERVER ORGANIZER ATTENDEE "
		    "START HOURS SUMMARY\n", stderr), 64;
	if (sqb_smtp_open(&s, argv[1], &(sqb_session_options){
	    .size = sizeof(sqb_session_options),
	    .password = getenv("MAIL_PASSWORD"),
	    .link.tls.ca_file = getenv("MAIL_CA_FILE") }, &err) < 0)
		return fail(&err);
	c = sqb_compose_new(&(sqb_compose_options){
	    .size = sizeof(sqb_compose_options), .now = now });
	if (!c || invite(s, c, argv, now) < 0) {
		err = *sqb_smtp_error(s);
		sqb_compose_free(c);
		sqb_smtp_close(s);
		return fail(&err);
	}
	printf("invited %s\n", argv[3]);
	sqb_compose_free(c);
	sqb_smtp_quit(s, NULL);
	return 0;
}

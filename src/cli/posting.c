/* See posting.h. */
#include "posting.h"

#include "json_flat.h"
#include "print.h"
#include "xdg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

enum {
	MINUTE = 60,
	GIVE_UP = 5 * 24 * 60 * MINUTE	/* RFC 5321, 4.5.4.1: 4 to 5 days */
};

bool posting_read_notify(const char *words, unsigned *notify)
{
	static const sqb_str names[] = { SQB_STR("never"), SQB_STR("success"),
		SQB_STR("failure"), SQB_STR("delay") };

	*notify = 0;
	do {
		size_t n = strcspn(words, ","), i = 0;

		while (i < 4 && !sqb_str_eq_nocase(names[i],
		    (sqb_str){ words, n }))
			i++;
		if (i == 4)
			return false;
		*notify |= 1u << i;
		words += n;
	} while (*words++ == ',');
	return !(*notify & SQB_NOTIFY_NEVER) || *notify == SQB_NOTIFY_NEVER;
}

/* --- in the queue: a flat object of JSON, with what is not the default */

static void put_number(cli_json *j, const char *name, uint64_t n)
{
	if (n != 0)
		cli_json_unsigned(j, name, n);
}

char *posting_words(const posting_wishes *w)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	cli_json j;
	bool ok;

	if (!out)
		return NULL;
	j = cli_json_begin(out);
	put_number(&j, "body", w->body);
	put_number(&j, "utf8", w->utf8);
	put_number(&j, "notify", w->notify);
	put_number(&j, "ret", w->ret);
	put_number(&j, "requireTls", w->require_tls);
	if (w->priority != 0)
		put_number(&j, "priority", (uint64_t)(w->priority + 10));
	if (w->envid[0] != '\0')
		cli_json_string(&j, "envid", sqb_str_of(w->envid));
	cli_json_end(&j);
	ok = !ferror(out);
	if (fclose(out) != 0 || !ok) {
		free(text);
		return NULL;
	}
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

static bool take_number(const cli_json_member *m, const char *name,
    uint64_t max, uint64_t *out)
{
	if (m->is_text || !sqb_str_eq(m->name, sqb_str_of(name)) ||
	    m->number > max)
		return false;
	*out = m->number;
	return true;
}

static bool take_envid(const cli_json_member *m, posting_wishes *w)
{
	if (!m->is_text || !sqb_str_eq(m->name, sqb_str_of("envid")) ||
	    m->len > POSTING_ENVID_MAX)
		return false;
	memcpy(w->envid, m->text, m->len);
	w->envid[m->len] = '\0';
	return true;
}

static bool take_member(const cli_json_member *m, posting_wishes *w)
{
	uint64_t n = 0;

	if (take_number(m, "body", SQB_SMTP_BINARYMIME, &n))
		w->body = (sqb_smtp_body)n;
	else if (take_number(m, "utf8", 1, &n))
		w->utf8 = n != 0;
	else if (take_number(m, "notify", 15, &n))
		w->notify = (unsigned)n;
	else if (take_number(m, "ret", SQB_SMTP_RET_HDRS, &n))
		w->ret = (sqb_smtp_ret)n;
	else if (take_number(m, "requireTls", 1, &n))
		w->require_tls = n != 0;
	else if (take_number(m, "priority", 19, &n))
		w->priority = (int8_t)((int)n - 10);
	else
		return take_envid(m, w);
	return true;
}

bool posting_read(posting_wishes *w, const char *words)
{
	sqb_str s = sqb_str_of(words);
	char *room = malloc(s.len + 1);
	cli_json_object o;
	bool ok = room && !cli_json_read(s, room, &o);

	*w = (posting_wishes){ .utf8 = false };
	for (size_t i = 0; ok && i < o.n; i++)
		ok = take_member(&o.members[i], w);
	free(room);
	return ok;
}

sqb_smtp_mail posting_mail(const posting_wishes *w, sqb_str from)
{
	return (sqb_smtp_mail){
		.size = sizeof(sqb_smtp_mail),
		.from = from,
		.body = w->body,
		.utf8 = w->utf8,
		.ret = w->ret,
		.envid = sqb_str_of(w->envid),
		.require_tls = w->require_tls,
		.priority = w->priority,
	};
}

/* --- what becomes of it */

bool posting_needs_utf8(const char *address)
{
	const char *at = strrchr(address, '@');

	for (const char *p = address; *p != '\0' && p != at; p++)
		if ((unsigned char)*p >= 0x80)
			return true;
	return false;
}

bool posting_may_pass(int status)
{
	return status == EX_NOHOST || status == EX_UNAVAILABLE ||
	    status == EX_TEMPFAIL || status == EX_PROTOCOL ||
	    status == EX_IOERR || status == EX_NOPERM;
}

/* What depends on nothing but the mail itself fails again the next time. */
static sqb_queue_state state_of(sqb_code code)
{
	switch (code) {
	case SQB_OK:
		return SQB_QUEUE_DONE;
	case SQB_E_REFUSED:
	case SQB_E_UNSUPPORTED:
	case SQB_E_USAGE:
		return SQB_QUEUE_FAILED;
	case SQB_E_UNKNOWN:
		return SQB_QUEUE_UNKNOWN;
	default:
		return SQB_QUEUE_WAITING;
	}
}

void posting_judge_error(posting_fate *f, sqb_code code, const char *why)
{
	*f = (posting_fate){ .state = state_of(code) };
	snprintf(f->why, sizeof(f->why), "%s", why);
}

void posting_enhanced(char out[POSTING_ENHANCED], const sqb_smtp_result *r)
{
	*out = '\0';
	if (r->enhanced[0] != 0)
		snprintf(out, POSTING_ENHANCED, "%u.%u.%u", r->enhanced[0],
		    r->enhanced[1], r->enhanced[2]);
}

void posting_reply(char *out, size_t cap, const sqb_smtp_result *r)
{
	char reply[8] = "", enhanced[POSTING_ENHANCED];

	if (r->reply != 0)
		snprintf(reply, sizeof(reply), "%u ", r->reply);
	posting_enhanced(enhanced, r);
	snprintf(out, cap, "%s%s%s%s", reply, enhanced,
	    *enhanced ? " " : "", r->text);
}

void posting_judge(posting_fate *f, const sqb_smtp_result *r)
{
	*f = (posting_fate){ .state = state_of(r->code) };
	f->nobody = f->state == SQB_QUEUE_FAILED &&
	    (r->enhanced[0] != 0 ? r->enhanced[1] == 1 :
	    r->reply == 550 || r->reply == 551 || r->reply == 553);
	posting_reply(f->why, sizeof(f->why), r);
}

void posting_tell(const char *label, const char *address,
    const posting_fate *f)
{
	static const char *const words[] = { "waits", "waits", "sent",
		"refused", "may have been delivered, the answer was lost" };

	cli_error("%s%s%s: %s%s%s", label, *label ? ": " : "", address,
	    words[f->state], *f->why ? ": " : "", f->why);
}

int64_t posting_next_try(uint32_t tries, int64_t queued, int64_t now)
{
	static const int minutes[] = { 5, 15, 30, 60, 120, 240 };
	size_t last = sizeof(minutes) / sizeof(minutes[0]) - 1;
	int64_t wait = minutes[tries < last ? tries : last];

	return now - queued >= GIVE_UP ? 0 : now + wait * MINUTE;
}

int posting_open_queue(sqb_queue **q, const char *state)
{
	char *own = state ? NULL :
	    cli_xdg_path("XDG_STATE_HOME", ".local/state", "squab");
	const char *top = own ? own : state;
	size_t size = top ? strlen(top) + sizeof("/queue") : 0;
	char *dir = size > 0 ? malloc(size) : NULL;
	sqb_error err;
	int status = 0;

	*q = NULL;
	if (dir) {
		snprintf(dir, size, "%s/queue", top);
		if (sqb_queue_open(q, dir, &err) < 0) {
			cli_fail(NULL, &err);
			status = EX_CANTCREAT;
		}
	} else {
		cli_error("no place for the queue: set $HOME or give "
		    "--state DIR");
		status = EX_CONFIG;
	}
	free(dir);
	free(own);
	return status;
}

static int copy(sqb_queue *q, const sqb_source *message)
{
	static char room[65536];
	int64_t n = message->rewind(message->ctx);

	while (n >= 0 && (n = message->read(message->ctx, room,
	    sizeof(room))) > 0)
		if (sqb_queue_write(q, (sqb_str){ room, (size_t)n }) < 0)
			return cli_fail(NULL, sqb_queue_error(q));
	if (n == 0)
		return 0;
	cli_error("the message cannot be read again");
	return EX_IOERR;
}

static int add(sqb_queue *q, sqb_queue_mail *mail, const sqb_source *message)
{
	int code = sqb_queue_begin(q, mail), status;

	if (code == SQB_OK) {
		status = copy(q, message);
		if (status != 0)
			return EX_CANTCREAT;
		code = sqb_queue_commit(q);
	}
	if (code == SQB_OK) {
		cli_error("kept in the queue as %s", mail->id);
		return 0;
	}
	cli_fail(NULL, sqb_queue_error(q));
	return code == SQB_E_USAGE ? EX_DATAERR : EX_CANTCREAT;
}

int posting_keep(const char *state, sqb_queue_mail *mail,
    const posting_wishes *wishes, const sqb_source *message)
{
	char *words = posting_words(wishes);
	sqb_queue *q = NULL;
	int status = EX_OSERR;

	if (words)
		status = posting_open_queue(&q, state);
	else
		cli_error("no memory");
	mail->envelope = words;
	mail->queued = (int64_t)time(NULL);
	mail->next_try = posting_next_try(0, mail->queued, mail->queued);
	if (status == 0)
		status = add(q, mail, message);
	sqb_queue_close(q);
	mail->envelope = NULL;
	free(words);
	return status;
}

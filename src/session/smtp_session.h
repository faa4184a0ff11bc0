/* The inside of a session for sending. */
#ifndef SQB_SESSION_SMTP_SESSION_H
#define SQB_SESSION_SMTP_SESSION_H

#include <squab/send.h>

#include "base/arena.h"
#include "session/session.h"

enum {
	SQB__MAILS_AHEAD = 256,		/* asked and not over, at most */
	SQB__OCTETS_AHEAD = 4 << 20	/* of them; one more may begin */
};

/* A mail, which goes to its recipients in as many parts as the server asks. */
typedef struct sqb__job {
	struct sqb__job *next;		/* came after it */
	sqb__arena arena;		/* results, and what they point to */
	sqb_smtp_mail mail;		/* as the caller has it */
	sqb_compose *compose;		/* the message comes from it … */
	sqb_source source;		/* … or this, if mail.streamed */
	void *tag;			/* the caller's */
	sqb_smtp_mail part;		/* under way, to n_part recipients … */
	size_t at, n_part;		/* … from mail.recipients[at] on */
	sqb_str left;			/* of the message, read and not sent */
	bool was_read;			/* the message must be rewound */
	bool is_over;
	sqb_smtp_result *results;	/* one for each recipient of mail */
	sqb_error error;		/* code SQB_OK: taken for all */
} sqb__job;

/* The task of sending. */
typedef struct sqb__sending {
	sqb_outbox outbox;
	sqb__job *first, *newest;	/* those not told of, in order */
	size_t n_jobs;
	uint64_t octets;		/* of their messages */
	bool no_more;			/* outbox.next is not asked again */
	bool canceled;			/* … and the rest of a mail's
					   recipients are not, either */
	sqb_error error;		/* the first that failed, and why */
} sqb__sending;

/* What the only mail of a sending is. */
typedef struct sqb__single {
	const sqb_smtp_mail *mail;	/* NULL: it has been taken */
	const sqb_source *message;
	sqb_compose *compose;		/* has its message, or the mail has */
} sqb__single;

struct sqb_smtp_session {
	sqb_session base;
	sqb_smtp *smtp;
	sqb_smtp_event event;		/* what tasks take */
	sqb_url url;
	sqb_login login;
	bool wants_login;
	sqb__buf words;			/* of VRFY and the like; ends in NUL */
	sqb__sending sending;
	sqb__single single;
	sqb_smtp_mail composed;		/* to these … */
	sqb_smtp_recipient *recipients;	/* … may be NULL */
	sqb__job *last;			/* that was told of; may be NULL */
	char *chunk;			/* of SQB__CHUNK, to read into; NULL:
					   none was needed yet */
};

enum { SQB__CHUNK = 64 * 1024 };

/* --- smtp_session.c */

/* How a command or recipient has failed: with the reply, or why. */
void sqb__smtp_describe(const sqb_smtp_session *s, const char *what,
    const sqb_smtp_result *r, sqb_error *err);

/* --- smtp_send.c */

/* Cancels what was asked of the mails. */
void sqb__sending_cancel(sqb_smtp_session *s);
/* Takes an event of what was. */
void sqb__sending_canceled(sqb_smtp_session *s);

/* --- smtp_job.c */

/* NULL: no memory. The mail has recipients. */
sqb__job *sqb__job_new(const sqb_smtp_session *s, const sqb_smtp_mail *mail);
void sqb__job_free(const sqb_smtp_session *s, sqb__job *job);

/*
 * Asks for the mail to the next of its recipients. If that fails, the job is
 * over.
 */
void sqb__job_ask(sqb_smtp_session *s, sqb__job *job);

/* A recipient's answer. */
void sqb__job_answered(sqb_smtp_session *s, sqb__job *job);

/* A part of it is done: what is left is asked, or it is over. */
void sqb__job_part_done(sqb_smtp_session *s, sqb__job *job);

/* The recipients that were not asked for have failed with err: it is over. */
void sqb__job_fail(sqb_smtp_session *s, sqb__job *job, const sqb_error *err);

/* Its message is wanted: as much as there is room for. */
void sqb__job_feed(sqb_smtp_session *s, sqb__job *job);

#endif

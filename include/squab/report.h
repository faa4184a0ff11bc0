/*
 * Reports about a message that was sent before: what became of it (delivery
 * status, RFC 3464), that it was read or not (disposition, RFC 8098), or that
 * it was not wanted (feedback, RFC 5965).
 */
#ifndef SQUAB_REPORT_H
#define SQUAB_REPORT_H

#include <squab/message.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sqb_report_kind {
	SQB_REPORT_DELIVERY = 1,	/* message/delivery-status */
	SQB_REPORT_DISPOSITION,		/* message/disposition-notification */
	SQB_REPORT_ABUSE		/* message/feedback-report */
} sqb_report_kind;

/*
 * What became of the message for one recipient, RFC 3464, section 2.3. All
 * strings are safe to print, and "" where there is no such field; addresses
 * and names stand without their type ("rfc822;").
 */
typedef struct sqb_report_recipient {
	const char *final;	/* Final-Recipient */
	const char *original;	/* Original-Recipient */
	const char *action;	/* "failed", "delayed", "delivered", "relayed",
				   "expanded", in lower case */
	const char *status;	/* "5.1.1", RFC 3463 */
	const char *remote_mta;
	const char *diagnostic;	/* what the other server said */
} sqb_report_recipient;

typedef struct sqb_report {
	sqb_report_kind kind;
	uint32_t part;		/* the row that says all this */
	uint32_t returned;	/* the row of the message that it is about, or
				   of its header alone; 0: there is none */
	const char *message_id;	/* of that message, without < and >; "" */

	/* The fields, for sqb_message_field(): those of the message in the
	   first group; of a delivery status one group more a recipient. At
	   most 1,000 are read. */
	sqb_message *const *groups;
	size_t n_groups;

	const sqb_report_recipient *recipients;	/* of a delivery status */
	size_t n_recipients;
	const char *disposition;	/* "displayed", "deleted" … ; "" */
	const char *feedback;		/* "abuse", "fraud" … ; "" */
} sqb_report;

/*
 * The first report among the parts of the message that row root begins, with
 * or without a multipart/report around it. NULL: there is none, or memory is
 * short.
 * Lifetime: that of m.
 */
SQB_API const sqb_report *sqb_message_report(sqb_message *m, size_t root);

#ifdef __cplusplus
}
#endif
#endif

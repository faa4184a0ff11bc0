/* Server URLs, for a session of one kind. */
#ifndef SQB_SESSION_URL_H
#define SQB_SESSION_URL_H

#include <squab/session.h>

/*
 * As sqb_url_parse(), and SQB_E_USAGE where the scheme is of the other kind:
 * smtps, smtp and lmtp are for sending.
 */
int sqb__url_parse_for(sqb_url *url, const char *text, bool sending,
    sqb_error *err);

#endif

/* All of libsquab. */
#ifndef SQUAB_SQUAB_H
#define SQUAB_SQUAB_H

#include <squab/base.h>
#include <squab/error.h>
#include <squab/compose.h>
#include <squab/dkim.h>
#include <squab/engine.h>
#include <squab/message.h>
#include <squab/reader.h>
#include <squab/json.h>
#include <squab/partial.h>
#include <squab/record.h>
#include <squab/report.h>
#include <squab/pop3.h>
#include <squab/link.h>
#include <squab/session.h>
#include <squab/dkim.h>
#include <squab/compose.h>
#include <squab/smtp.h>
#include <squab/send.h>
#include <squab/task.h>

#endif

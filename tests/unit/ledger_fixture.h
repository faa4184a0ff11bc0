/* A ledger in a directory of its own, and short ways to fill and read it. */
#ifndef TESTS_LEDGER_FIXTURE_H
#define TESTS_LEDGER_FIXTURE_H

#include <squab/ledger.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, ledger_set_up, \
    ledger_tear_down)

extern const char alice[];	/* an account */
extern char root[64];		/* the ledger's directory */

int ledger_set_up(void **state);
int ledger_tear_down(void **state);

/* A path below root. Lifetime: until the next call. */
const char *in_root(const char *name);

/* It opens; with alice locked. */
sqb_ledger *open_it(void);
sqb_ledger *open_alice(void);

/* One with nothing but a key. */
sqb_ledger_entry entry(sqb_str uidl, uint64_t size);

/* first_seen; -1: it is not there. */
int64_t seen(sqb_ledger *l, sqb_str uidl, uint64_t size);
void add(sqb_ledger *l, const char *uidl, uint64_t size, int64_t first_seen);
/* e for another account; with the UIDL "u" where it has neither. */
void merge(sqb_ledger *l, const char *account, sqb_ledger_entry e);
int count_rows(sqb_ledger *l, const char *account);

#endif

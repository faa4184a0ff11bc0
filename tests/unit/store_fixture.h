/* Destinations in a folder of their own, for the tests of each kind. */
#ifndef SQB_TESTS_STORE_FIXTURE_H
#define SQB_TESTS_STORE_FIXTURE_H

#include <squab/store.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { PATH_ROOM = 256 };

/* The folder; made and removed for each test. */
extern char root[64];
int set_up(void **state);
int tear_down(void **state);

extern const sqb_store_id id_one, id_two;

/* root/name. Lifetime: until the fourth call from now. */
const char *at_root(const char *name);

/* Opens scheme + root/place, and has to. */
sqb_store *open_at(const char *scheme, const char *place);
sqb_store *open_with(const char *scheme, const char *place,
    const sqb_store_options *options);

/* A ledger at root/state, with account locked. */
sqb_ledger *open_ledger(const char *account);

/* Writes from memory that is no larger, for the sanitizers. */
void put(sqb_store *s, const char *bytes, size_t len);
/* begin, write, end. */
void deliver(sqb_store *s, const sqb_store_id *id, const char *text);

/* A file of root. For free(3), with a NUL behind it; NULL: there is none. */
char *read_file(const char *name, size_t *len);
void write_file(const char *name, const char *bytes, size_t len);

/* What the file has, and nothing else. */
void assert_file(const char *name, const char *want);

#define FIXTURE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif

/* LIST and UIDL put together, whatever order and repeats they come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "session/pop3_session.h"

typedef struct row {
	sqb_pop3_verb verb;
	uint32_t number;
	uint64_t size;
	const char *uidl;
} row;

#define SIZE(n, octets) { SQB_POP3_LIST, (n), (octets), "" }
#define ID(n, id) { SQB_POP3_UIDL, (n), 0, (id) }

static void check(const row *rows, size_t n, const char *want)
{
	const sqb_allocator *a = sqb_allocator_default();
	sqb__listing l = { .items = NULL };
	char got[512] = "";

	sqb__listing_begin(&l, a);
	for (size_t i = 0; i < n; i++) {
		sqb_pop3_event ev = { .type = SQB_POP3_ROW,
		    .verb = rows[i].verb, .number = rows[i].number,
		    .octets = rows[i].size,
		    .text = sqb_str_of(rows[i].uidl) };

		sqb__listing_add(&l, a, &ev);
	}
	sqb__listing_join(&l);
	for (size_t i = 0; i < l.n_items; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
		    "%u:%u:%s ", (unsigned)l.items[i].number,
		    (unsigned)l.items[i].size, l.items[i].uidl);
	assert_string_equal(got, want);
	assert_false(l.no_memory);
	sqb__listing_clear(&l, a);
}

static void test_join(void **state)
{
	static const row plain[] = { SIZE(1, 10), SIZE(2, 20), ID(1, "a"),
	    ID(2, "b") };
	static const row shuffled[] = { ID(3, "c"), SIZE(2, 20), ID(1, "a"),
	    SIZE(3, 30), SIZE(1, 10) };
	static const row repeated[] = { SIZE(1, 10), SIZE(1, 11), ID(1, "a"),
	    ID(1, "a") };
	static const row torn[] = { SIZE(1, 10), ID(1, "a"), ID(1, "b") };
	static const row foreign[] = { SIZE(1, 10), ID(7, "x") };

	(void)state;
	check(plain, 4, "1:10:a 2:20:b ");
	check(shuffled, 5, "1:10:a 2:20: 3:30:c ");
	check(repeated, 4, "1:10:a ");
	check(torn, 3, "1:10: ");
	check(foreign, 2, "1:10: ");
	check(plain, 0, "");
}

static void test_only_uidl(void **state)
{
	const sqb_allocator *a = sqb_allocator_default();
	sqb__listing l = { .items = NULL };
	sqb_pop3_event ev = { .type = SQB_POP3_ROW, .verb = SQB_POP3_UIDL };

	(void)state;
	sqb__listing_begin(&l, a);
	for (uint32_t i = 200; i > 0; i--) {
		ev.number = i;
		ev.text = (sqb_str)SQB_STR("id");
		sqb__listing_add(&l, a, &ev);
	}
	sqb__listing_from_rows(&l, a);
	sqb__listing_join(&l);
	assert_int_equal(l.n_items, 200);
	for (size_t i = 0; i < l.n_items; i++) {
		assert_int_equal(l.items[i].number, i + 1);
		assert_string_equal(l.items[i].uidl, "id");
	}
	sqb__listing_begin(&l, a);
	assert_int_equal(l.n_items, 0);
	sqb__listing_clear(&l, a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_only_uidl),
	};

	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}

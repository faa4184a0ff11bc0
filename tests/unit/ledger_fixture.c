/* See ledger_fixture.h. */
#include "ledger_fixture.h"

#include <stdlib.h>
#include <string.h>

const char alice[] = "alice@example.org";
char root[64];

int ledger_set_up(void **state)
{
	(void)state;
	/* Where there is one, in memory: thousands of syncs are to come. */
	strcpy(root, "/dev/shm/squab-ledger-XXXXXX");
	if (mkdtemp(root))
		return 0;
	strcpy(root, "/tmp/squab-ledger-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

int ledger_tear_down(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "chmod -R u+w '%s'; rm -rf '%s'",
	    root, root);
	return system(command);
}

const char *in_root(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

sqb_ledger *open_it(void)
{
	sqb_ledger *l;
	sqb_error err;
	int code = sqb_ledger_open(&l, root, &err);

	if (code < 0)
		print_error("%s\n", err.text);
	assert_int_equal(code, SQB_OK);
	return l;
}

sqb_ledger *open_alice(void)
{
	sqb_ledger *l = open_it();

	assert_int_equal(sqb_ledger_lock(l, alice, 0), SQB_OK);
	return l;
}

sqb_ledger_entry entry(sqb_str uidl, uint64_t size)
{
	return (sqb_ledger_entry){ .uidl = uidl, .size = size };
}

int64_t seen(sqb_ledger *l, sqb_str uidl, uint64_t size)
{
	sqb_ledger_entry e = entry(uidl, size);
	int got = sqb_ledger_find(l, &e);

	if (got < 0)
		print_error("%s\n", sqb_ledger_error(l)->text);
	assert_true(got >= 0);
	return got > 0 ? e.first_seen : -1;
}

void add(sqb_ledger *l, const char *uidl, uint64_t size, int64_t first_seen)
{
	sqb_ledger_entry e = entry(sqb_str_of(uidl), size);

	e.first_seen = first_seen;
	assert_int_equal(sqb_ledger_put(l, &e), SQB_OK);
}

void merge(sqb_ledger *l, const char *account, sqb_ledger_entry e)
{
	e.account = sqb_str_of(account);
	if (!e.uidl.ptr)
		e.uidl = sqb_str_of("u");
	assert_int_equal(sqb_ledger_merge(l, &e), SQB_OK);
}

static int count_row(void *ctx, const sqb_ledger_entry *e)
{
	(void)e;
	++*(int *)ctx;
	return 0;
}

int count_rows(sqb_ledger *l, const char *account)
{
	int n = 0;

	assert_int_equal(sqb_ledger_each(l, account, count_row, &n), 0);
	return n;
}

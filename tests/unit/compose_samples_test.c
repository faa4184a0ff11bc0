/*
 * Any mail can be answered and can go on: the sample messages, and random ones
 * of all that means something to the parser.
 */
#include "composed.h"
#include "structures.h"

enum { RANDOM = 1500, WAYS = 3 };

/* Only what is in a message that was attached may be wrong. */
static void check_defects(sqb_message *m)
{
	size_t n;
	const sqb_defect *d = sqb_message_defects(m, &n);

	for (size_t i = 0; i < n; i++) {
		uint32_t part = d[i].part;

		while (part > 0 && sqb_message_part(m, part)->type !=
		    SQB_PART_MESSAGE)
			part = sqb_message_part(m, part)->parent;
		if (part == 0)
			fail_msg("%s", sqb_defect_text((sqb_defect_code)
			    d[i].code));
	}
}

/* In lines of at most 998 octets, all of them ASCII. */
static void check_lines(sqb_str s)
{
	size_t start = 0;

	for (size_t i = 0; i < s.len; i++) {
		assert_true(s.ptr[i] > 0 && (s.ptr[i] == '\r') ==
		    (i + 1 < s.len && s.ptr[i + 1] == '\n'));
		if (s.ptr[i] == '\n') {
			assert_true(i - start <= 999);
			start = i + 1;
		}
	}
	assert_int_equal(start, s.len);
}

static bool is_there(sqb_message *m, sqb_str content)
{
	for (size_t i = 0; i < sqb_message_n_parts(m); i++) {
		sqb_str got;

		if (sqb_part_content(m, i, &got) == SQB_OK &&
		    sqb_str_eq(got, content))
			return true;
	}
	return false;
}

/* What is attached and no text went on octet by octet. */
static void check_attachments(sqb_message *before, sqb_message *got)
{
	const sqb_bodies *b = sqb_message_bodies(before, 0);

	assert_true(sqb_message_bodies(got, 0)->n_attachments >=
	    b->n_attachments);
	for (size_t i = 0; i < b->n_attachments; i++) {
		const sqb_part *p = sqb_message_part(before,
		    b->attachments[i]);
		sqb_str content;

		if (p->type != SQB_PART_OTHER || sqb_part_content(before,
		    b->attachments[i], &content) != SQB_OK)
			continue;
		if (!is_there(got, content))
			fail_msg("an attachment is lost: %s",
			    sqb_part_name(before, b->attachments[i]));
	}
}

static int say(sqb_compose *c, sqb_message *m, int way)
{
	static const char *const own[] = { "me@own.example", NULL };

	sqb_compose_field(c, "From", "me@own.example");
	sqb_compose_html(c, sqb_str_of("<p>Mine"), false);
	sqb_compose_text(c, sqb_str_of("Mine"));
	if (way == 0)
		return sqb_compose_reply(c, m, SQB_REPLY_ALL | SQB_REPLY_QUOTE,
		    own);
	return sqb_compose_forward(c, m, way == 1);
}

static void check_way(sqb_message *m, int way)
{
	sqb_compose *c = new_compose(NULL);
	sqb_message *got;
	sqb_str all;
	int code = say(c, m, way);

	/* there may be nobody to answer */
	if (way == 0 && code == SQB_E_USAGE) {
		assert_non_null(strstr(sqb_compose_error(c)->text,
		    "can be answered"));
		sqb_compose_free(c);
		return;
	}
	must(c, code);
	all = composed(c);
	check_lines(all);
	got = sqb_message_parse(all, NULL);
	if (way == 0)
		assert_true(sqb_message_to(got)[0] != '\0');
	if (way == 2)
		check_attachments(m, got);
	assert_memory_equal(sqb_message_text(got), "Mine", 4);
	check_defects(got);
	sqb_message_free(got);
	sqb_compose_free(c);
	exact_free(all);
}

static void test_mail_files(void **state)
{
	char path[1000];
	DIR *dir = opendir(mail_folder(path, sizeof(path)));
	size_t n = 0;
	sqb_str in;

	(void)state;
	assert_non_null(dir);
	for (; next_mail(dir, &in); n++) {
		sqb_message *m = sqb_message_parse(in, NULL);

		for (int way = 0; way < WAYS; way++)
			check_way(m, way);
		sqb_message_free(m);
	}
	closedir(dir);
	assert_true(n >= 15);
}

static void test_random(void **state)
{
	static const char from[] = "From: a@x.example\n";
	char text[sizeof(from) + RANDOM_MAIL];
	uint64_t seed = 3676;

	(void)state;
	memcpy(text, from, sizeof(from) - 1);
	for (size_t n = 0; n < RANDOM; n++) {
		size_t len = random_mail(text + sizeof(from) - 1, &seed);
		sqb_str in = exact((sqb_str){ text, sizeof(from) - 1 + len });
		sqb_message *m = sqb_message_parse(in, NULL);

		for (int way = 0; way < WAYS; way++)
			check_way(m, way);
		sqb_message_free(m);
		exact_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mail_files),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

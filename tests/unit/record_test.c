/* Received, List-* and Authentication-Results fields in the shapes that
   servers give them. */
#include "exact.h"

#include <squab/record.h>

#include <stdio.h>

/* want: from(info) by via with id for date */
static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "Postfix", "from mx.a.example (unknown [192.0.2.1])\r\n\t(using "
	  "TLSv1.3)\r\n\tby mail.b.example (Postfix) with ESMTPS id 4ABC\r\n\t"
	  "for <x@b.example>; Thu, 31 Dec 2026 23:59:30 +0100 (CET)",
	  "mx.a.example(unknown [192.0.2.1])|mail.b.example||ESMTPS|4ABC|"
	  "<x@b.example>|2026-12-31T23:59:30+01:00" },
	{ "Exim", "from [192.0.2.7] (helo=pc) by mx.example with esmtpa "
	  "(Exim 4.96) (envelope-from <a@b>) id 1a2B-3c4D for c@d; "
	  "Fri, 01 Jan 2027 00:00:00 +0000", "[192.0.2.7](helo=pc)|mx.example|"
	  "|esmtpa|1a2B-3c4D|c@d|2027-01-01T00:00:00+00:00" },
	{ "sendmail", "from localhost (x@localhost)\n by mx.example (8.17.1/8."
	  "17.1/Submit) id 0A1;\n Fri, 1 Jan 2027 00:00:00 GMT",
	  "localhost(x@localhost)|mx.example|||0A1||"
	  "2027-01-01T00:00:00+00:00" },
	{ "qmail", "(qmail 1234 invoked by uid 0); 1 Jan 2027 00:00:00 -0000",
	  "()||||||2027-01-01T00:00:00-00:00" },
	{ "Exchange", "from A.corp (10.0.0.1) by B.corp (10.0.0.2) with "
	  "Microsoft SMTP Server (TLS) id 15.1.2; Fri, 1 Jan 2027 00:00:00 "
	  "+0000", "A.corp(10.0.0.1)|B.corp||Microsoft SMTP Server|15.1.2||"
	  "2027-01-01T00:00:00+00:00" },
	{ "by and via only", "by 2001:db8::1 via Internet with SMTP id a1.2; "
	  "Fri, 1 Jan 2027 00:00:00 -0800 (PST)", "()|2001:db8::1|Internet|"
	  "SMTP|a1.2||2027-01-01T00:00:00-08:00" },
	{ "a word as a value", "from by by from with with id id for for",
	  "by()|from||with|id|for|" },
	{ "semicolon in a comment", "from a (b; c) by d (e; f); 1 Jan 2027 "
	  "00:00:00 +0000", "a(b; c)|d||||"
	  "|2027-01-01T00:00:00+00:00" },
	{ "no date", "from a by b", "a()|b|||||" },
	{ "bad date", "from a by b; yesterday", "a()|b|||||" },
	{ "nothing", "", "()||||||" },
	{ "open comment", "from a (b; 1 Jan 2027", "a(b; 1 Jan 2027)||||||" },
	{ "controls", "from a\x1b[1m (\x9b) by \xe2\x80\xaex", "a[1m(\xe2\x80"
	  "\xba)|x|||||" },
};

static void describe(char *out, size_t cap, const sqb_received *r)
{
	char date[SQB_DATE_TEXT] = "";

	if (!r->date.refused)
		sqb_date_text(date, &r->date);
	snprintf(out, cap, "%s(%s)|%s|%s|%s|%s|%s|%s", r->from, r->from_info,
	    r->by, r->via, r->with, r->id, r->recipient, date);
}

static void test_received(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[1024], is[1024];
		sqb_received r;
		sqb_message *m;
		sqb_str in;
		int n;

		n = snprintf(text, sizeof(text), "Received: x\nReceived: %s",
		    cases[i].in);
		in = exact((sqb_str){ text, (size_t)n });
		m = sqb_message_parse(in, NULL);
		assert_non_null(m);
		assert_true(sqb_message_received(m, 1, &r));
		describe(is, sizeof(is), &r);
		if (strcmp(is, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].name, is);
		assert_false(sqb_message_received(m, 2, &r));
		sqb_message_free(m);
		exact_free(in);
	}
}

/* want: id(description) flags, then the URLs of each field that has some */
static const struct {
	const char *name, *in, *want;
} lists[] = {
	{ "Mailman", "List-Id: Dev <dev.lists.example>\nList-Unsubscribe: "
	  "<https://l.example/opt>,\n\t<mailto:dev-request@l.example"
	  "?subject=unsubscribe>\nList-Archive: <https://l.example/a/>\n"
	  "List-Post: <mailto:dev@l.example>\nList-Help: <mailto:dev-request"
	  "@l.example?subject=help>\nList-Subscribe: <https://l.example/s>\n"
	  "List-Owner: <mailto:o@l.example>\n",
	  "dev.lists.example(Dev) help <mailto:dev-request@l.example"
	  "?subject=help> unsubscribe <https://l.example/opt> <mailto:dev-"
	  "request@l.example?subject=unsubscribe> subscribe "
	  "<https://l.example/s> post <mailto:dev@l.example> owner "
	  "<mailto:o@l.example> archive <https://l.example/a/>" },
	{ "RFC 2369", "List-Help: <ftp://h.com/l.txt> (FTP),\n <mailto:l@h.com"
	  "?subject=help>\nList-Unsubscribe: (Use this (or not))\n "
	  "<mailto:m@h.com?body=x%20y>\n", "() help <ftp://h.com/l.txt> "
	  "<mailto:l@h.com?subject=help> unsubscribe "
	  "<mailto:m@h.com?body=x%20y>" },
	{ "nobody may post", "List-Post: NO (posting not allowed)\n",
	  "() no-post" },
	{ "nor here", "List-Post: (x) no\n", "() no-post" },
	{ "an address is no NO", "List-Post: <NO>\n", "() post <NO>" },
	{ "one click", "List-Unsubscribe: <mailto:a@b>, <HTTPS://x/y>\n"
	  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n",
	  "() one-click unsubscribe <mailto:a@b> <HTTPS://x/y>" },
	{ "one click in clear", "List-Unsubscribe: <http://x/y>\n"
	  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n",
	  "() unsubscribe <http://x/y>" },
	{ "two clicks", "List-Unsubscribe: <https://x/y>\n"
	  "List-Unsubscribe-Post: List-Unsubscribe=Two-Click\n",
	  "() unsubscribe <https://x/y>" },
	{ "an id alone", "List-Id: <a.b>\n", "a.b()" },
	{ "an id that is folded", "List-Id: <a.\r\n b .c>\n", "a.b.c()" },
	{ "an id without brackets", "List-Id: a.b.example\n",
	  "a.b.example()" },
	{ "words without brackets", "List-Id: My list\n", "(My list)" },
	{ "a quoted word", "List-Id: \"list\"\n", "(list)" },
	{ "an id that is open", "List-Id: x <a.b\n", "(x)" },
	{ "a description", "List-Id: \"Lena's \\\"list\\\"\" =?utf-8?Q?=C3=BC?="
	  " (c) x <l.b>\n", "l.b(Lena's \"list\" \xc3\xbc x)" },
	{ "a bracket in quotes", "List-Id: \"<x>\" <a.b>\n", "a.b(<x>)" },
	{ "blanks within", "List-Help: < https:// x\r\n\t/y >\n",
	  "() help <https://x/y>" },
	{ "marks within", "List-Help: <x:(a),\"b;@[>, <y:>\n",
	  "() help <x:(a),\"b;@[> <y:>" },
	{ "not safe", "List-Help: <x:\x1b[m\xe2\x80\xae\xff\xc3\xbc>\n",
	  "() help <x:%1B[m%E2%80%AE%FF\xc3\xbc>" },
	{ "no encoded word", "List-Help: <x:=?utf-8?Q?a?=>\n",
	  "() help <x:=?utf-8?Q?a?=>" },
	{ "no comma", "List-Help: <a:b> <c:d>\n", "() help <a:b>" },
	{ "words behind", "List-Help: <a:b> x, <c:d>\n", "() help <a:b>" },
	{ "words before", "List-Help: x <a:b>\n", "()" },
	{ "words between", "List-Help: <a:b>, x <c:d>\n", "() help <a:b>" },
	{ "no brackets", "List-Help: https://x/\n", "()" },
	{ "nothing in brackets", "List-Help: <>, < >, <a:b>, <>\n",
	  "() help <a:b>" },
	{ "an open bracket", "List-Help: <a:b>, <c:d\n", "() help <a:b>" },
	{ "only the first field", "List-Help: <a:b>\nlist-help: <c:d>\n",
	  "() help <a:b>" },
	{ "an empty field", "List-Id:\n", "()" },
};

static void add_urls(char *out, const char *name, const sqb_urls *urls)
{
	if (urls->n_items > 0)
		sprintf(out + strlen(out), " %s", name);
	for (size_t i = 0; i < urls->n_items; i++)
		sprintf(out + strlen(out), " <%s>", urls->items[i]);
}

static void describe_list(char *out, const sqb_list *l)
{
	sprintf(out, "%s(%s)%s%s", l->id, l->description,
	    l->no_post ? " no-post" : "", l->one_click ? " one-click" : "");
	add_urls(out, "help", &l->help);
	add_urls(out, "unsubscribe", &l->unsubscribe);
	add_urls(out, "subscribe", &l->subscribe);
	add_urls(out, "post", &l->post);
	add_urls(out, "owner", &l->owner);
	add_urls(out, "archive", &l->archive);
}

static void test_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		sqb_str in = exact(sqb_str_of(lists[i].in));
		sqb_message *m = sqb_message_parse(in, NULL);
		char is[2048];
		sqb_list l;

		assert_non_null(m);
		assert_true(sqb_message_list(m, 0, &l));
		describe_list(is, &l);
		if (strcmp(is, lists[i].want) != 0)
			fail_msg("%s: %s", lists[i].name, is);
		sqb_message_free(m);
		exact_free(in);
	}
}

static void test_no_list(void **state)
{
	sqb_message *m = sqb_message_parse((sqb_str)SQB_STR("Received: x\n"
	    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
	    "Content-Type: message/rfc822\n\nList-Id: <a>\n"
	    "Authentication-Results: x; none\n\n"), NULL);
	sqb_authentication a;
	sqb_list l;

	(void)state;
	assert_non_null(m);
	assert_false(sqb_message_list(m, 0, &l));
	assert_true(sqb_message_list(m, 1, &l));
	assert_string_equal(l.id, "a");
	assert_false(sqb_message_authentication(m, 0, 0, &a));
	assert_true(sqb_message_authentication(m, 1, 0, &a));
	assert_string_equal(a.server, "x");
	sqb_message_free(m);
}

/* want: server/version flags; method/version=result(reason) type.prop=value */
static const struct {
	const char *name, *in, *want;
} found[] = {
	{ "none", "example.org 1; none", "example.org/1 none" },
	{ "RFC 8601, B.3", "example.com;\r\n spf=pass smtp.mailfrom=a.net",
	  "example.com/;spf/=pass() smtp.mailfrom=a.net" },
	{ "B.4", "example.com;\n auth=pass (cram-md5) smtp.auth=sender@example"
	  ".net;\n spf=pass smtp.mailfrom=example.net", "example.com/;"
	  "auth/=pass() smtp.auth=sender@example.net;spf/=pass() "
	  "smtp.mailfrom=example.net" },
	{ "B.6", "example.com;\n dkim=pass reason=\"good signature\"\n "
	  "header.i=@mail-router.example.net;\n dkim=fail reason=\"bad "
	  "signature\" header.i=@newyork.example.com", "example.com/;"
	  "dkim/=pass(good signature) header.i=@mail-router.example.net;"
	  "dkim/=fail(bad signature) header.i=@newyork.example.com" },
	{ "B.7", "foo.example.net (foobar) 1 (baz);\n dkim (Because I like it)"
	  " / 1 (One yay) = (wait for it) fail\n policy (A dot can go here) . "
	  "(like that) expired\n (this surprised me) = (as I wasn't expecting"
	  " it) 1362471462", "foo.example.net/1;dkim/1=fail() "
	  "policy.expired=1362471462" },
	{ "Gmail", "mx.google.com;\r\n       dkim=pass header.i=@x.example "
	  "header.s=s1 header.b=\"AbC/+=\";\r\n       spf=pass (google.com: "
	  "domain of a@x.example designates 192.0.2.1 as permitted sender) "
	  "smtp.mailfrom=a@x.example;\r\n       dmarc=pass (p=NONE sp=NONE "
	  "dis=NONE) header.from=x.example", "mx.google.com/;dkim/=pass() "
	  "header.i=@x.example header.s=s1 header.b=AbC/+=;spf/=pass() "
	  "smtp.mailfrom=a@x.example;dmarc/=pass() header.from=x.example" },
	{ "Microsoft", "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.y; "
	  "dmarc=pass action=none header.from=x.y;compauth=pass reason=100",
	  "/ defect;spf/=pass() smtp.mailfrom=x.y;dmarc/=pass() .action=none "
	  "header.from=x.y;compauth/=pass(100)" },
	{ "case", "MX.Example; DKIM=PASS Header.D=X.Example",
	  "MX.Example/;dkim/=pass() header.d=X.Example" },
	{ "a quoted server", "\"mx \\\"1\\\"\"; none", "mx \"1\"/ none" },
	{ "quoted local part", "a; spf=pass smtp.mailfrom=\"a b\"@c "
	  "smtp.helo=\"x;y\"", "a/;spf/=pass() smtp.mailfrom=\"a b\"@c "
	  "smtp.helo=x;y" },
	{ "IPv6", "a; iprev=pass policy.iprev=2001:db8::1 smtp.x=[IPv6:::1] "
	  "smtp.y=<b@c>", "a/;iprev/=pass() policy.iprev=2001:db8::1 "
	  "smtp.x=[IPv6:::1] smtp.y=<b@c>" },
	{ "= in a value", "a; dkim=pass header.b=ab== header.a=x=y",
	  "a/;dkim/=pass() header.b=ab== header.a=x=y" },
	{ "UTF-8", "b\xc3\xbc.example; spf=pass smtp.mailfrom=\xc3\xbc@b",
	  "b\xc3\xbc.example/;spf/=pass() smtp.mailfrom=\xc3\xbc@b" },
	{ "last semicolon", "a; spf=pass;", "a/;spf/=pass()" },
	{ "an encoded word", "a; spf=pass smtp.x=\"=?utf-8?Q?b?=\"",
	  "a/;spf/=pass() smtp.x==?utf-8?Q?b?=" },
	{ "not safe", "a\x1b; spf=pass smtp.x=\xe2\x80\xae" "b\xff",
	  "a\xef\xbf\xbd/;spf/=pass() smtp.x=\xef\xbf\xbd\xef\xbf\xbd\xef\xbf"
	  "\xbd" "b\xef\xbf\xbd" },
	{ "folded in quotes", "a; spf=pass reason=\"b\r\n\tc\"",
	  "a/;spf/=pass(b c)" },
	{ "empty quotes", "a; spf=pass reason=\"\" smtp.x=\"\" smtp.y=z",
	  "a/;spf/=pass() smtp.x= smtp.y=z" },
	{ "two reasons", "a; spf=pass reason=b reason=c",
	  "a/ defect;spf/=pass(b) .reason=c" },
	{ "empty", "", "/ defect" },
	{ "a server alone", "a", "a/ defect" },
	{ "only none", "none", "none/ defect" },
	{ "none and some", "a; none; spf=pass", "a/ defect;spf/=pass()" },
	{ "version", "a x; none", "a/x none defect" },
	{ "many words", "a 1 b c; none", "a/1 none defect" },
	{ "no semicolon", "a spf=pass smtp.x=y",
	  "a/ defect;spf/=pass() smtp.x=y" },
	{ "no server, blanks", "spf = pass", "/ defect;spf/=pass()" },
	{ "words between", "a; spf=pass foo smtp.x=y bar \"baz\"; dkim",
	  "a/ defect;spf/=pass() smtp.x=y" },
	{ "no value", "a; spf=; dkim=pass header.d= ; x=y z.w",
	  "a/ defect;spf/=();dkim/=pass() header.d=;x/=y()" },
	{ "no key", "a; =pass header.d=x; spf=pass =y .=z x.=w",
	  "a/ defect;spf/=pass() .x=w" },
	{ "no method", "a; header.d=x header.i=y; spf=pass",
	  "a/ defect;spf/=pass()" },
	{ "open quote", "a; spf=pass reason=\"b c; dkim=pass",
	  "a/ defect;spf/=pass(\"b);dkim/=pass()" },
	{ "open comment", "a; spf=pass (b; dkim=pass", "a/ defect;"
	  "spf/=pass()" },
	{ "marks", "a; @<>,:[] spf=pass", "a/ defect;spf/=pass()" },
};

static void describe_found(char *out, const sqb_authentication *a)
{
	sprintf(out, "%s/%s%s%s", a->server, a->version,
	    a->none ? " none" : "", a->defect ? " defect" : "");
	for (size_t i = 0; i < a->n_results; i++) {
		const sqb_auth_result *r = &a->results[i];

		sprintf(out + strlen(out), ";%s/%s=%s(%s)", r->method,
		    r->version, r->result, r->reason);
		for (size_t k = 0; k < r->n_properties; k++)
			sprintf(out + strlen(out), " %s.%s=%s",
			    r->properties[k].type, r->properties[k].property,
			    r->properties[k].value);
	}
}

static void test_authentication(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(found); i++) {
		char text[1024], is[2048];
		sqb_authentication a;
		sqb_message *m;
		sqb_str in;
		int n = snprintf(text, sizeof(text), "Authentication-Results: "
		    "x; none\nAuthentication-Results: %s", found[i].in);

		in = exact((sqb_str){ text, (size_t)n });
		m = sqb_message_parse(in, NULL);
		assert_non_null(m);
		assert_true(sqb_message_authentication(m, 0, 1, &a));
		describe_found(is, &a);
		if (strcmp(is, found[i].want) != 0)
			fail_msg("%s: %s", found[i].name, is);
		assert_false(sqb_message_authentication(m, 0, 2, &a));
		sqb_message_free(m);
		exact_free(in);
	}
}

/* All records of the first fields. */
static void read_all(sqb_str text)
{
	sqb_str in = exact(text);
	sqb_message *m = sqb_message_parse(in, NULL);
	sqb_authentication a;
	sqb_received r;
	sqb_list l;

	assert_non_null(m);
	sqb_message_list(m, 0, &l);
	sqb_message_authentication(m, 0, 0, &a);
	sqb_message_received(m, 0, &r);
	sqb_message_free(m);
	exact_free(in);
}

/* Cut anywhere: nothing is read that is not there. */
static void test_prefixes(void **state)
{
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t n = 0; n < strlen(lists[i].in); n++)
			read_all((sqb_str){ lists[i].in, n });
	for (size_t i = 0; i < ARRAY_LEN(found); i++) {
		size_t n = (size_t)snprintf(text, sizeof(text),
		    "Authentication-Results: %s", found[i].in);

		for (; n > 0; n--)
			read_all((sqb_str){ text, n });
	}
}

/* A field of one piece again and again, which is more than is read. */
static void test_long(void **state)
{
	static const char *const names[] = { "List-Id: ", "List-Help: ",
		"List-Post: ", "Authentication-Results: a; x=y " };
	static const char *const pieces[] = { "a", "\"", "\\", "(", "()", "<",
		"<>", "<>,", "<a:b>,", ";", "=", "a=", "a=b;", "x.y=z ",
		"a=b c=d ", ".", "\xff", "=?", "\"\\", "@", "\r\n " };
	enum { SIZE = 3000000 };
	char *text = malloc(SIZE + 64);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (size_t k = 0; k < ARRAY_LEN(pieces); k++) {
			size_t n = strlen(names[i]), len = strlen(pieces[k]);

			memcpy(text, names[i], n);
			for (; n < SIZE; n += len)
				memcpy(text + n, pieces[k], len);
			read_all((sqb_str){ text, n });
		}
	free(text);
}

/* What is past a limit is not there, and a defect. */
static void test_limits(void **state)
{
	enum { N = 1001 };
	char *text = malloc(N * 64), *p = text;
	sqb_authentication a;
	sqb_message *m;
	sqb_list l;

	(void)state;
	assert_non_null(text);
	p += sprintf(p, "List-Help: <a:b>");
	for (int i = 0; i < 200; i++)
		p += sprintf(p, ", <a:b>");
	p += sprintf(p, "\nAuthentication-Results: a");
	for (int i = 0; i < 101; i++)
		p += sprintf(p, "; x%d=y a.b=c", i);
	p += sprintf(p, "\nAuthentication-Results: a; x=y");
	for (int i = 0; i < N; i++)
		p += sprintf(p, " a.b%d=c", i);
	m = sqb_message_parse(sqb_str_of(text), NULL);
	assert_non_null(m);
	assert_true(sqb_message_list(m, 0, &l));
	assert_int_equal(l.help.n_items, 100);
	assert_true(sqb_message_authentication(m, 0, 0, &a));
	assert_true(a.defect);
	assert_int_equal(a.n_results, 100);
	assert_string_equal(a.results[99].method, "x99");
	assert_int_equal(a.results[99].n_properties, 1);
	assert_true(sqb_message_authentication(m, 0, 1, &a));
	assert_true(a.defect);
	assert_int_equal(a.n_results, 1);
	assert_int_equal(a.results[0].n_properties, 1000);
	assert_string_equal(a.results[0].properties[999].property, "b999");
	sqb_message_free(m);
	free(text);
}

static void read_received(const sqb_allocator *a)
{
	char text[1024], is[1024];
	sqb_message *m;
	sqb_received r;

	snprintf(text, sizeof(text), "Received: %s", cases[0].in);
	m = sqb_message_parse(sqb_str_of(text), &(sqb_message_options){
	    .size = sizeof(sqb_message_options), .allocator = a });
	if (m && sqb_message_received(m, 0, &r)) {
		describe(is, sizeof(is), &r);
		assert_string_equal(is, cases[0].want);
	}
	sqb_message_free(m);
}

static void read_records(const sqb_allocator *a)
{
	char text[4096], is[2048];
	sqb_authentication results;
	sqb_message *m;
	sqb_list l;

	snprintf(text, sizeof(text), "%sAuthentication-Results: %s\n",
	    lists[0].in, found[3].in);
	m = sqb_message_parse(sqb_str_of(text), &(sqb_message_options){
	    .size = sizeof(sqb_message_options), .allocator = a });
	if (m && sqb_message_list(m, 0, &l)) {
		describe_list(is, &l);
		assert_string_equal(is, lists[0].want);
	}
	if (m && sqb_message_authentication(m, 0, 0, &results)) {
		describe_found(is, &results);
		assert_string_equal(is, found[3].want);
	}
	sqb_message_free(m);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(read_received) > 5);
	assert_true(fail_each(read_records) > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_no_list),
		cmocka_unit_test(test_authentication),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

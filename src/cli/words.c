/* See words.h. */
#include "words.h"

#include "json_read.h"

#include <string.h>

static bool take_word(cli_json_reader *r, cli_words *w)
{
	size_t len;

	if (!cli_json_want(r, '"', "words stand in \"quotes\""))
		return false;
	if (w->n == CLI_WORDS_MAX)
		return cli_json_fail(r, "the list has too many words");
	if (!cli_json_want_text(r, &w->argv[w->n], &len))
		return false;
	if (memchr(w->argv[w->n], '\0', len))
		return cli_json_fail(r, "a word holds no NUL");
	w->n++;
	*r->room++ = '\0';	/* in place of a quotation mark */
	return true;
}

/* array = "[" string *( "," string ) "]" */
static bool take_array(cli_json_reader *r, cli_words *w)
{
	if (!cli_json_want(r, '[', "a list begins with ["))
		return false;
	do {
		if (!take_word(r, w))
			return false;
	} while (cli_json_try(r, ','));
	return cli_json_want(r, ']', "after a word comes , or ]") &&
	    cli_json_want_end(r, "something follows the list of words") &&
	    (w->argv[0][0] != '\0' ||
	    cli_json_fail(r, "the first word is the program"));
}

bool cli_words_parse(cli_words *w, const char *text, const char **why)
{
	size_t len = strlen(text);
	cli_json_reader r = { text, text + len, w->text, NULL };
	bool good;

	w->n = 0;
	good = len <= sizeof(w->text) ? take_array(&r, w) :
	    cli_json_fail(&r, "the list of words is too long");
	w->argv[w->n] = NULL;
	*why = r.wrong;
	return good;
}

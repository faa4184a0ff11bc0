/* The words of a command; see command.h. JSON is read as RFC 8259 has it. */
#include "store/command.h"

#include "store/json_string.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 1000 };

static const char no_memory[] = "no memory",
    no_array[] = "is no JSON array of words";

static void skip_blanks(const char **p)
{
	*p += strspn(*p, " \t\r\n");
}

/* A string; what it means is never longer than how it is written. */
static char *read_word(const char **p, const char **why)
{
	char *word = **p == '"' ? malloc(strlen(*p) + 1) : NULL, *out = word;

	if (!word) {
		*why = **p == '"' ? no_memory : no_array;
		return NULL;
	}
	if (sqb__json_read_string(p, &out))
		return word;
	*why = no_array;
	free(word);
	return NULL;
}

/* False: this is the end of the array, or *why says what is wrong. */
static bool go_on(const char **p, const char **why)
{
	skip_blanks(p);
	if (**p == ',') {
		++*p;
		skip_blanks(p);
		return true;
	}
	if (**p == ']')
		++*p;
	else
		*why = no_array;
	skip_blanks(p);
	if (**p != '\0')
		*why = no_array;
	return false;
}

static bool read_array(const char *p, char **words, const char **why)
{
	size_t n = 0;

	p++;
	skip_blanks(&p);
	do {
		words[n] = n < WORDS_MAX ? read_word(&p, why) : NULL;
		if (!words[n]) {
			*why = *why ? *why : "has too many words";
			return false;
		}
		n++;
	} while (go_on(&p, why));
	if (!*why && words[0][0] == '\0')
		*why = "begins with an empty word";
	return !*why;
}

static bool use_shell(const char *command, char **words)
{
	words[0] = strdup("sh");
	words[1] = words[0] ? strdup("-c") : NULL;
	words[2] = words[1] ? strdup(command) : NULL;
	return words[2] != NULL;
}

char **sqb__words_new(const char *command, const char **why)
{
	char **words = calloc(WORDS_MAX + 1, sizeof(*words));
	bool ok;

	*why = NULL;
	ok = words && (command[0] == '[' ? read_array(command, words, why) :
	    use_shell(command, words));
	if (ok)
		return words;
	*why = *why ? *why : no_memory;
	sqb__words_free(words);
	return NULL;
}

void sqb__words_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

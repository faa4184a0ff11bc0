/* Any bytes as a config: right and all of it found, or a line to mend. */
#include "cli/accounts.h"
#include "cli/cli.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const cli_option *const cli_account_tables[] = { cli_conn_options, NULL };

static void check_right(const cli_config *c)
{
	for (size_t i = 1; i < c->n_sections; i++) {
		const cli_section *s = &c->sections[i];
		sqb_url url;

		if (cli_config_find(c, s->name) != s ||
		    sqb_url_parse(&url, s->url, NULL) < 0 || s->n_keys == 0)
			abort();
	}
	if (c->room_used > c->room_size)
		abort();
	for (size_t i = 0; i < c->n_keys; i++)
		if (strchr(c->keys[i].value, '\1') || *c->keys[i].name == '\0')
			abort();
}

static void check_wrong(const cli_config *c, const uint8_t *data, size_t size)
{
	unsigned n_lines = 1;

	for (size_t i = 0; i < size; i++)
		n_lines += data[i] == '\n';
	if (c->line == 0 || c->line > n_lines || *c->why == '\0')
		abort();
}

static void check_words(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	const char *why;
	cli_words w;

	if (!text)
		return;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (cli_words_parse(&w, text, &why) != !why || w.argv[w.n])
		abort();
	for (size_t i = 0; i < w.n; i++)
		if (w.argv[i] + strlen(w.argv[i]) >= w.text + sizeof(w.text))
			abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cli_config c;

	if (cli_config_parse(&c, (sqb_str){ (const char *)data, size },
	    cli_account_tables))
		check_right(&c);
	else
		check_wrong(&c, data, size);
	cli_config_clear(&c);
	check_words(data, size);
	return 0;
}

/*
 * Reads one flat JSON object (RFC 8259): names, each with a text or a whole
 * number from 0. Nothing is taken that another reader may take for something
 * else: no name twice, no half of a surrogate pair, no octets that are not
 * UTF-8.
 */
#ifndef SQUAB_CLI_JSON_FLAT_H
#define SQUAB_CLI_JSON_FLAT_H

#include <squab/base.h>

#define CLI_JSON_MEMBERS 16

typedef struct cli_json_member {
	sqb_str name;
	bool is_text;
	char *text;		/* len octets, any of them */
	size_t len;
	uint64_t number;
} cli_json_member;

typedef struct cli_json_object {
	cli_json_member members[CLI_JSON_MEMBERS];
	size_t n;
} cli_json_object;

/*
 * Names and texts go to room, of as many octets as line has. NULL, or what is
 * wrong with the line, in words.
 */
const char *cli_json_read(sqb_str line, char *room, cli_json_object *out);

#endif

/* A message for a person. */
#ifndef SQUAB_CLI_SHOW_H
#define SQUAB_CLI_SHOW_H

#include <squab/message.h>

#include <stdio.h>

/* Its main header fields, decoded. */
void show_fields(FILE *out, sqb_message *m);

/* Its text, in lines of width columns; 0: as long as they are. */
void show_text(FILE *out, sqb_message *m, size_t width);

/* A line for each attachment; nothing where there is none. */
void show_attachments(FILE *out, sqb_message *m);

/* Lines that end in LF or CRLF, safe to print, wrapped to width. */
void show_lines(FILE *out, sqb_str text, size_t width);

#endif

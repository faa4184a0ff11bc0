/*
 * parse_all DIR [PASSES] [--structure]: reads the files of DIR into memory,
 * then takes each apart PASSES times (5): every header field decoded, every
 * leaf transfer-decoded, text made UTF-8; with --structure parts and fields
 * are found and nothing is decoded. Prints rates of processor time and sums of
 * what was seen, so that others that do the same can be compared.
 */
#include <squab/message.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { MAX_PASSES = 64 };

typedef struct sums {
	size_t messages, headers, header_octets, parts, binary, text;
} sums;

typedef struct file {
	char *bytes;
	size_t len;
} file;

typedef struct corpus {
	file *files;
	size_t n, octets;
} corpus;

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void read_fields(sqb_message *m, size_t i, sums *s)
{
	sqb_field f;

	for (size_t k = 0; sqb_part_field_at(m, i, k, &f); k++) {
		s->headers++;
		s->header_octets += strlen(f.text);
	}
}

static void read_leaf(sqb_message *m, size_t i, sums *s)
{
	unsigned type = sqb_message_part(m, i)->type;
	sqb_str content;
	sqb_text text;

	s->parts++;
	sqb_part_name(m, i);
	if (type != SQB_PART_OTHER && type < SQB_PART_MESSAGE) {
		if (sqb_part_text(m, i, &text) == SQB_OK)
			s->text += text.text.len;
	} else if (sqb_part_content(m, i, &content) == SQB_OK) {
		s->binary += content.len;
	}
}

static void parse(const file *f, const sqb_message_options *options,
    bool structure, sums *s)
{
	sqb_message *m = sqb_message_parse((sqb_str){ f->bytes, f->len },
	    options);

	if (!m)
		die("parse_all");
	s->messages++;
	for (size_t i = 0; i < sqb_message_n_parts(m); i++) {
		const sqb_part *p = sqb_message_part(m, i);

		if (structure)
			s->headers += p->n_fields;
		else
			read_fields(m, i, s);
		if (p->next > i + 1)
			continue;
		if (structure)
			s->parts++;
		else
			read_leaf(m, i, s);
	}
	sqb_message_free(m);
}

static file load(const char *path)
{
	FILE *in = fopen(path, "rb");
	struct stat st;
	file f;

	if (!in || fstat(fileno(in), &st) < 0)
		die(path);
	f.len = (size_t)st.st_size;
	f.bytes = malloc(f.len + 1);
	if (!f.bytes || fread(f.bytes, 1, f.len, in) != f.len)
		die(path);
	fclose(in);
	return f;
}

static corpus load_all(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort);
	corpus c = { .files = calloc(n > 0 ? (size_t)n : 1, sizeof(file)) };
	char path[4096];

	if (n < 0 || !c.files)
		die(dir);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", dir,
			    names[i]->d_name);
			c.files[c.n] = load(path);
			c.octets += c.files[c.n++].len;
		}
		free(names[i]);
	}
	free(names);
	return c;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	bool structure = argc > 1 && !strcmp(argv[argc - 1], "--structure");
	int passes = argc > 2 && argv[2][0] != '-' ?
	    (int)strtol(argv[2], NULL, 10) : 5;
	double seconds[MAX_PASSES + 1];
	struct rusage u;
	sqb_message_options options = { .size = sizeof(options),
	    .charsets = sqb_charsets_new(NULL) };
	corpus c;
	sums s;

	if (argc < 2 || passes < 1 || passes > MAX_PASSES) {
		fputs("usage: parse_all DIR [PASSES] [--structure]\n", stderr);
		return EXIT_FAILURE;
	}
	c = load_all(argv[1]);
	for (int pass = -1; pass < passes; pass++) {	/* one to warm up */
		double start = cpu_seconds();

		s = (sums){ 0 };
		for (size_t i = 0; i < c.n; i++)
			parse(&c.files[i], &options, structure, &s);
		seconds[pass + 1] = cpu_seconds() - start;
	}
	qsort(seconds + 1, (size_t)passes, sizeof(double), compare);
	getrusage(RUSAGE_SELF, &u);
	printf("%.1f MB/s %.0f msg/s (median of %d passes, best %.1f) "
	    "rss %.0f MB | msgs %zu headers %zu hbytes %zu parts %zu bin %zu "
	    "text %zu\n", (double)c.octets / 1e6 / seconds[1 + passes / 2],
	    (double)c.n / seconds[1 + passes / 2], passes,
	    (double)c.octets / 1e6 / seconds[1], (double)u.ru_maxrss / 1024,
	    s.messages, s.headers, s.header_octets, s.parts, s.binary, s.text);
	return EXIT_SUCCESS;
}

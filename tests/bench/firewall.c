/* SPDX-License-Identifier: MIT */
/*
 * The firewall beside another design, on the same submissions, which real programs made:
 *
 *	bench-firewall NAME FOLDER [NAME FOLDER...]
 *
 * Runs on the host. NAME is a metric.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "input.h"
#include "table_parser.h"

enum { ROUNDS = 200, CHECKS = 200 };

struct submission {
	struct input input;
	struct virtio_gpu_stream_object *objects;
};

struct corpus {
	struct submission *submissions;
	size_t count;
};

typedef int (*checker)(const u32 *stream, size_t words, const struct virtio_gpu_stream_object *objects,
		       size_t num_objects);

struct judge {
	const struct corpus *corpus;
	checker check;
};

static bool read_submission(struct submission *s, const char *folder, const char *name)
{
	char path[4096];
	uint8_t data[1 << 16];
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file) {
		size = fread(data, 1, sizeof(data), file);
		fclose(file);
	}
	if (!size || size == sizeof(data) || !input_read(&s->input, data, size))
		return false;
	s->objects = calloc(s->input.num_objects + 1, sizeof(*s->objects));
	for (size_t i = 0; s->objects && i < s->input.num_objects; i++) {
		s->objects[i].res_handle = s->input.objects[i].handle;
		s->objects[i].is_protected = s->input.objects[i].is_protected;
	}
	return s->objects;
}

static bool read_corpus(struct corpus *corpus, const char *folder)
{
	struct dirent *entry;
	bool good = true;
	DIR *dir = opendir(folder);

	while (dir && good && (entry = readdir(dir))) {
		void *grown;

		if (entry->d_name[0] == '.')
			continue;
		grown = realloc(corpus->submissions, (corpus->count + 1) * sizeof(struct submission));
		if (!grown)
			break;
		corpus->submissions = grown;
		good = read_submission(&corpus->submissions[corpus->count++], folder, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return good && corpus->count;
}

static bool judge(void *data)
{
	const struct judge *j = data;

	for (unsigned n = 0; n < CHECKS; n++) {
		for (size_t i = 0; i < j->corpus->count; i++) {
			const struct submission *s = &j->corpus->submissions[i];

			if (j->check(s->input.stream, s->input.words, s->objects, s->input.num_objects))
				return !bench_fail("a submission is refused");
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	table_parser_init();
	for (int i = 1; i + 1 < argc; i += 2) {
		struct corpus corpus = {0};
		struct judge ours = {&corpus, virtio_gpu_protected_stream_check};
		struct judge theirs = {&corpus, table_parser_check};

		if (!read_corpus(&corpus, argv[i + 1]))
			return bench_fail("%s cannot be read", argv[i + 1]);
		if (!bench_compare(argv[i], bench_rounds(ROUNDS), CHECKS * (double)corpus.count,
				   (struct bench_side){judge, &ours}, (struct bench_side){judge, &theirs}))
			return 1;
	}
	return 0;
}

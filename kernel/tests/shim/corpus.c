// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a target over the corpus that is kept: a file with one input a line, in hexadecimal. Whatever
 * a target has once found its way to is tried again by every build, without a fuzzer.
 */
#include <signal.h>
#include <unistd.h>
#include "kunit.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static volatile sig_atomic_t line_number;

static void say_which(int number)
{
	fprintf(stderr, "the input is in line %d\n", (int)line_number);
	signal(number, SIG_DFL);
	raise(number);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In a buffer of exactly its size, beyond which the sanitizer looks. */
static void run_line(const char *line, size_t len)
{
	u8 *bytes = malloc(len / 2);
	size_t i;

	BUG_ON(!bytes && len);
	for (i = 0; i < len / 2; i++) {
		BUG_ON(digit(line[2 * i]) < 0 || digit(line[2 * i + 1]) < 0);
		bytes[i] = digit(line[2 * i]) << 4 | digit(line[2 * i + 1]);
	}
	BUG_ON(len % 2);
	LLVMFuzzerTestOneInput(bytes, len / 2);
	free(bytes);
}

int main(int argc, char **argv)
{
	unsigned int inputs = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	FILE *file;

	file = argc == 3 ? fopen(argv[2], "r") : NULL;
	if (!file) {
		fprintf(stderr, "usage: %s NAME CORPUS\n", argv[0]);
		return 2;
	}
	alarm(600);
	signal(SIGABRT, say_which);
	signal(SIGALRM, say_which);
	LLVMFuzzerInitialize(&argc, &argv);
	while ((len = getline(&line, &room, file)) > 0) {
		line_number++;
		if (line[0] == '#')
			continue;
		run_line(line, len - (line[len - 1] == '\n'));
		inputs++;
	}
	printf("    %s 1 corpus of %s: %u inputs\n", inputs ? "ok" : "not ok", argv[1], inputs);
	free(line);
	fclose(file);
	return inputs ? EXIT_SUCCESS : EXIT_FAILURE;
}

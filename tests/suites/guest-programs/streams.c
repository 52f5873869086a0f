// SPDX-License-Identifier: Apache-2.0
/*
 * Usage: streams SEED NAMESPACE...
 *
 * UDP payloads between network namespaces, of which the Nth has the addresses 10.77.0.N and fd77::N.
 * Each sends to each of the others, over IPv4 and IPv6, one payload each time the pace says. A payload
 * has a number, and every bit of it follows from the seed, the two ends and that number, so a receiver
 * knows what it must be. The last namespace also sends to the second under the address of the first:
 * of those nothing may arrive.
 *
 * Commands come by standard input, a line each, and each is answered by a line; payloads go on meanwhile.
 *   pace MS          milliseconds between two payloads of a flow
 *   sizes MIN MAX    bytes of a payload
 *   go SECONDS       answers "gone" after that time
 *   await SECONDS    until each flow has delivered something that it sent after the command: "flowing"
 *                    and the seconds that took, or "stuck" and those that have not when the time is up
 *   count            what happened since the last count: sent, forged (of those), refused (by the stack),
 *                    received, late (after a higher number), and what must not be: twice, corrupt (or
 *                    never sent), stranger (from another address than its sender's); longest (bytes)
 * Times are the guest's. Ends at the end of its input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/in6.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT	     7000
#define ENDS_MAX     8
#define PAYLOAD_MAX  1372 /* what IPv6 and UDP leave of 1420 */
#define PAYLOAD_MIN  sizeof(struct header)
#define RECEIVE_ROOM (8 << 20)

enum family {
	V4,
	V6,
	FAMILIES
};

struct header {
	uint64_t number;
	uint16_t length;
	uint8_t from, to; /* ends, from 0 */
	uint8_t family;
	uint8_t forged;
	uint16_t zero;
};

struct flow {
	struct header next; /* but for the length */
	uint64_t highest;   /* number received; 0: none, as numbers begin with 1 */
	uint64_t await_from;
	bool awaited;
	uint8_t *seen; /* a bit for each number */
	size_t seen_bytes;
	int socket;
};

struct counts {
	unsigned long sent, forged, refused, received, late, twice, corrupt, stranger, longest;
};

static uint64_t seed;
static int ends;
static int sockets[ENDS_MAX][FAMILIES];
static struct flow flows[ENDS_MAX * ENDS_MAX * FAMILIES];
static int flow_count;
static struct counts counts;
static uint64_t pace = 100000000;
static size_t size_min = PAYLOAD_MIN, size_max = PAYLOAD_MAX;

static void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("streams: ", stderr);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, ": %s\n", strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* Payloads ------------------------------------------------------------------------------------ */

/* One step of a generator whose states are all 64-bit numbers, each once. */
static uint64_t random_step(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t digest(const struct header *header)
{
	uint64_t state = seed, words[2];

	_Static_assert(sizeof(*header) == sizeof(words), "two words, no holes");
	memcpy(words, header, sizeof(words));
	state = random_step(&state) ^ words[0];
	state = random_step(&state) ^ words[1];
	return random_step(&state);
}

static void compose(uint8_t *payload, const struct header *header)
{
	uint64_t state = digest(header), word;
	size_t at = sizeof(*header);

	memcpy(payload, header, sizeof(*header));
	for (; at < header->length; at += sizeof(word)) {
		size_t left = header->length - at;

		word = random_step(&state);
		memcpy(payload + at, &word, left < sizeof(word) ? left : sizeof(word));
	}
}

static struct sockaddr_in6 address_of(int end, enum family family)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;

	if (family == V4) {
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr = htonl(0x0a4d0001 + end);
	} else {
		address.sin6_addr.s6_addr[0] = 0xfd;
		address.sin6_addr.s6_addr[1] = 0x77;
		address.sin6_addr.s6_addr[15] = end + 1;
	}
	return address;
}

static socklen_t address_size(enum family family)
{
	return family == V4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static bool same_address(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;

	if (a->sin6_family != b->sin6_family)
		return false;
	if (a->sin6_family == AF_INET)
		return a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return !memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(a->sin6_addr));
}

static void send_one(struct flow *flow)
{
	struct header header = flow->next;
	struct sockaddr_in6 to = address_of(header.to, header.family);
	uint8_t payload[PAYLOAD_MAX];
	uint64_t dice = digest(&header);

	header.length = size_min + random_step(&dice) % (size_max - size_min + 1);
	compose(payload, &header);
	flow->next.number++;
	if (sendto(flow->socket, payload, header.length, MSG_DONTWAIT, (struct sockaddr *)&to,
		   address_size(header.family)) < 0)
		counts.refused++;
	else if (header.forged)
		counts.forged++;
	else
		counts.sent++;
}

/* Whether a number was there before; it is from now on. */
static bool seen_before(struct flow *flow, uint64_t number)
{
	size_t byte = number / 8;
	uint8_t bit = 1 << number % 8;
	bool before;

	if (byte >= flow->seen_bytes) {
		size_t bytes = byte * 2 + 4096;

		flow->seen = realloc(flow->seen, bytes);
		if (!flow->seen)
			die("memory");
		memset(flow->seen + flow->seen_bytes, 0, bytes - flow->seen_bytes);
		flow->seen_bytes = bytes;
	}
	before = flow->seen[byte] & bit;
	flow->seen[byte] |= bit;
	return before;
}

static struct flow *find_flow(const struct header *header)
{
	for (int i = 0; i < flow_count; i++) {
		const struct header *own = &flows[i].next;

		if (own->from == header->from && own->to == header->to &&
		    own->family == header->family && own->forged == header->forged)
			return &flows[i];
	}
	return NULL;
}

static void judge(const uint8_t *payload, size_t length, const struct sockaddr_in6 *source, int end,
		  enum family family)
{
	uint8_t expected[PAYLOAD_MAX];
	struct sockaddr_in6 sender;
	struct header header;
	struct flow *flow = NULL;

	if (length >= sizeof(header)) {
		memcpy(&header, payload, sizeof(header));
		flow = find_flow(&header);
	}
	if (!flow || header.length != length || length > PAYLOAD_MAX || header.to != end ||
	    header.family != family || !header.number || header.number >= flow->next.number) {
		counts.corrupt++;
		return;
	}
	compose(expected, &header);
	if (memcmp(payload, expected, length)) {
		counts.corrupt++;
		return;
	}
	sender = address_of(header.from, family);
	if (!same_address(source, &sender)) {
		counts.stranger++;
		return;
	}
	if (seen_before(flow, header.number)) {
		counts.twice++;
		return;
	}
	counts.received++;
	if (length > counts.longest)
		counts.longest = length;
	if (header.number < flow->highest)
		counts.late++;
	else
		flow->highest = header.number;
	if (header.number >= flow->await_from)
		flow->awaited = false;
}

static void receive_all(int end, enum family family)
{
	uint8_t payload[PAYLOAD_MAX + 1];

	for (;;) {
		struct sockaddr_in6 source = { 0 };
		socklen_t size = sizeof(source);
		ssize_t length = recvfrom(sockets[end][family], payload, sizeof(payload),
					  MSG_DONTWAIT, (struct sockaddr *)&source, &size);

		if (length >= 0)
			judge(payload, length, &source, end, family);
		else if (errno == EAGAIN)
			return;
	}
}

/* Commands ------------------------------------------------------------------------------------ */

enum task {
	IDLE,
	GOING,
	AWAITING
};

static enum task task;
static uint64_t task_since, task_until;

static void answer(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	putchar('\n');
	fflush(stdout);
}

static void begin(enum task wanted, double seconds)
{
	task = wanted;
	task_since = now();
	task_until = task_since + seconds * 1e9;
	for (int i = 0; i < flow_count; i++) {
		flows[i].await_from = flows[i].next.number;
		flows[i].awaited = !flows[i].next.forged;
	}
}

static void finish_task(uint64_t time)
{
	bool awaited = false;

	for (int i = 0; i < flow_count; i++)
		awaited |= flows[i].awaited;
	if (task == AWAITING && !awaited) {
		answer("flowing %.3f", (time - task_since) / 1e9);
		task = IDLE;
	} else if (task != IDLE && time >= task_until) {
		if (task == AWAITING) {
			printf("stuck");
			for (int i = 0; i < flow_count; i++)
				if (flows[i].awaited)
					printf(" %d>%d/v%d", flows[i].next.from + 1,
					       flows[i].next.to + 1, flows[i].next.family ? 6 : 4);
			answer("");
		} else {
			answer("gone");
		}
		task = IDLE;
	}
}

static void count(void)
{
	answer("sent %lu forged %lu refused %lu received %lu late %lu twice %lu corrupt %lu "
	       "stranger %lu longest %lu",
	       counts.sent, counts.forged, counts.refused, counts.received, counts.late,
	       counts.twice, counts.corrupt, counts.stranger, counts.longest);
	memset(&counts, 0, sizeof(counts));
}

static void obey(const char *line)
{
	double seconds;
	size_t min, max;
	unsigned int ms;

	if (sscanf(line, "pace %u", &ms) == 1 && ms) {
		pace = ms * 1000000ull;
		answer("ok");
	} else if (sscanf(line, "sizes %zu %zu", &min, &max) == 2 && min >= PAYLOAD_MIN &&
		   min <= max && max <= PAYLOAD_MAX) {
		size_min = min;
		size_max = max;
		answer("ok");
	} else if (sscanf(line, "go %lf", &seconds) == 1) {
		begin(GOING, seconds);
	} else if (sscanf(line, "await %lf", &seconds) == 1) {
		begin(AWAITING, seconds);
	} else if (!strcmp(line, "count\n")) {
		count();
	} else {
		answer("not a command: %s", line);
	}
}

/* Returns whether there may be more: one line at a time, each of which arrives at once. */
static bool read_command(void)
{
	char line[256];
	ssize_t length = read(STDIN_FILENO, line, sizeof(line) - 1);

	if (length <= 0)
		return false;
	line[length] = '\0';
	obey(line);
	return true;
}

/* Set-up -------------------------------------------------------------------------------------- */

static void enter(const char *namespace)
{
	char path[256];
	int file;

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || setns(file, CLONE_NEWNET))
		die("%s", path);
	close(file);
}

/* A socket of the namespace that we are in, which may use an address that is another's. */
static int open_socket(int end, enum family family)
{
	struct sockaddr_in6 address = address_of(end, family);
	int room = RECEIVE_ROOM, one = 1, fd;

	fd = socket(address.sin6_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, family == V4 ? IPPROTO_IP : IPPROTO_IPV6,
		       family == V4 ? IP_TRANSPARENT : IPV6_TRANSPARENT, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&address, address_size(family)))
		die("a socket of end %d", end + 1);
	return fd;
}

static void add_flow(int from, int to, enum family family, bool forged, int socket)
{
	flows[flow_count++] = (struct flow){
		.next = { .number = 1, .from = from, .to = to, .family = family, .forged = forged },
		.socket = socket,
	};
}

static void set_up(char **namespaces)
{
	for (int end = 0; end < ends; end++) {
		enter(namespaces[end]);
		for (int family = 0; family < FAMILIES; family++) {
			sockets[end][family] = open_socket(end, family);
			for (int to = 0; to < ends; to++)
				if (to != end)
					add_flow(end, to, family, false, sockets[end][family]);
			if (ends > 2 && end == ends - 1)
				add_flow(end, 1, family, true, open_socket(0, family));
		}
	}
}

static void stream(void)
{
	struct pollfd polled[1 + ENDS_MAX * FAMILIES] = { { .fd = STDIN_FILENO,
							    .events = POLLIN } };
	uint64_t next = now();

	for (int i = 0; i < ends * FAMILIES; i++)
		polled[1 + i] = (struct pollfd){ .fd = sockets[i / FAMILIES][i % FAMILIES],
						 .events = POLLIN };
	for (;;) {
		uint64_t time = now(), wake;
		struct timespec timeout;

		if (time >= next) {
			for (int i = 0; i < flow_count; i++)
				send_one(&flows[i]);
			/* A pause of the machine is not made up for. */
			next = time + pace;
		}
		finish_task(time);
		wake = task != IDLE && task_until < next ? task_until : next;
		wake = wake > time ? wake - time : 0;
		timeout = (struct timespec){ wake / 1000000000, wake % 1000000000 };
		if (ppoll(polled, 1 + ends * FAMILIES, &timeout, NULL) < 0)
			die("poll");
		for (int i = 0; i < ends * FAMILIES; i++)
			if (polled[1 + i].revents)
				receive_all(i / FAMILIES, i % FAMILIES);
		if (polled[0].revents && !read_command())
			return;
	}
}

int main(int argc, char **argv)
{
	ends = argc - 2;
	if (ends < 2 || ends > ENDS_MAX) {
		fprintf(stderr, "usage: streams SEED NAMESPACE NAMESPACE...\n");
		return 2;
	}
	seed = strtoull(argv[1], NULL, 0);
	set_up(argv + 2);
	stream();
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Usage: flood record INTERFACE PORT LENGTH COUNT >FILE
 *        flood send INTERFACE MAC SOURCE SPREAD SOURCE-PORT DESTINATION PORT RATE KEEP <FILE
 *
 * record writes the payloads of COUNT UDP datagrams of LENGTH bytes and more that an interface receives
 * for a port: of each its length, in two bytes, the higher first, and what is in it.
 * send sends such payloads in turn, in IPv4 datagrams straight to an Ethernet address: from SPREAD
 * addresses that begin with SOURCE, RATE a second. Of each payload the first KEEP bytes stay as they
 * are, the rest is new random bytes each time (always the same ones: there is no seed). Ends at
 * SIGTERM, and then prints how many were sent, for how many milliseconds, and by how many KiB the
 * kernel's slabs grew and the memory available shrank at the worst moment:
 * "sent N ms N slab N memory N".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD_MAX  1500
#define PAYLOADS_MAX 20000
#define TICK_NS	     1000000u /* of RATE a thousandth is sent */
#define LOOK_TICKS   100

struct datagram {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t payload[PAYLOAD_MAX];
} __attribute__((packed));

struct payload {
	uint8_t *bytes;
	size_t length;
};

static struct payload payloads[PAYLOADS_MAX];
static size_t payload_count;
static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_packets(const char *interface, int protocol)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol) };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(protocol)), room = 32 << 20;

	address.sll_ifindex = if_nametoindex(interface);
	if (fd < 0 || !address.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
		die(interface);
	return fd;
}

static void record(const char *interface, int port, unsigned int shortest, unsigned int count)
{
	const size_t head = offsetof(struct datagram, payload);
	int fd = open_packets(interface, ETH_P_IP);
	struct datagram datagram;

	while (count) {
		ssize_t size = recv(fd, &datagram, sizeof(datagram), MSG_TRUNC);
		size_t length = size - head;

		if (size < (ssize_t)head || datagram.ip.protocol != IPPROTO_UDP ||
		    datagram.ip.ihl != 5 || datagram.udp.dest != htons(port) || length < shortest ||
		    length > PAYLOAD_MAX)
			continue;
		putchar(length >> 8);
		putchar(length & 0xff);
		fwrite(datagram.payload, 1, length, stdout);
		count--;
	}
}

static void read_payloads(void)
{
	uint8_t length[2];

	while (payload_count < PAYLOADS_MAX && fread(length, sizeof(length), 1, stdin)) {
		struct payload *payload = &payloads[payload_count++];

		payload->length = length[0] << 8 | length[1];
		payload->bytes = malloc(payload->length);
		if (!payload->bytes || payload->length > PAYLOAD_MAX ||
		    !fread(payload->bytes, payload->length, 1, stdin))
			die("a payload");
	}
	if (!payload_count)
		die("no payloads");
}

static uint64_t random_word(void)
{
	static uint64_t state = 1;
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static uint16_t ip_checksum(const void *ip)
{
	uint16_t words[sizeof(struct iphdr) / 2];
	uint32_t sum = 0;

	memcpy(words, ip, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static size_t compose(struct datagram *datagram, uint32_t source, unsigned int spread, size_t keep,
		      unsigned long number)
{
	const struct payload *payload = &payloads[number % payload_count];
	size_t length = payload->length;

	memcpy(datagram->payload, payload->bytes, length);
	for (size_t at = keep; at < length; at += 8) {
		uint64_t word = random_word();

		memcpy(datagram->payload + at, &word, length - at < 8 ? length - at : 8);
	}
	datagram->udp.len = htons(sizeof(datagram->udp) + length);
	datagram->ip.tot_len = htons(sizeof(datagram->ip) + sizeof(datagram->udp) + length);
	datagram->ip.saddr = htonl(source + number % spread);
	datagram->ip.check = 0;
	datagram->ip.check = ip_checksum((uint8_t *)datagram + sizeof(datagram->ethernet));
	return offsetof(struct datagram, payload) + length;
}

/* KiB of a line of /proc/meminfo. */
static long memory(const char *name)
{
	static char text[8192];
	FILE *file = fopen("/proc/meminfo", "r");
	char *line;

	if (!file)
		die("/proc/meminfo");
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	line = strstr(text, name);
	return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

static void flood(int fd, struct datagram *datagram, uint32_t source, unsigned int spread,
		  unsigned long rate, size_t keep)
{
	long slab = memory("\nSlab:"), available = memory("\nMemAvailable:"), more = 0, less = 0;
	uint64_t began = milliseconds();
	unsigned long sent = 0, tick;
	struct timespec when;

	clock_gettime(CLOCK_MONOTONIC, &when);
	for (tick = 1; !ended; tick++) {
		for (; sent < tick * rate / 1000; sent++) {
			size_t length = compose(datagram, source, spread, keep, sent);

			if (send(fd, datagram, length, MSG_DONTWAIT) < 0)
				die("send");
		}
		if (tick % LOOK_TICKS == 0) {
			long grown = memory("\nSlab:") - slab;
			long shrunk = available - memory("\nMemAvailable:");

			more = grown > more ? grown : more;
			less = shrunk > less ? shrunk : less;
		}
		when.tv_nsec += TICK_NS;
		if (when.tv_nsec >= 1000000000) {
			when.tv_nsec -= 1000000000;
			when.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
	}
	printf("sent %lu ms %lu slab %ld memory %ld\n", sent,
	       (unsigned long)(milliseconds() - began), more, less);
}

static void send_all(char **arguments)
{
	struct datagram datagram = {
		.ethernet = { .h_source = { 2, 0, 0, 0, 0, 9 }, .h_proto = htons(ETH_P_IP) },
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP },
		.udp = { .source = htons(atoi(arguments[4])), .dest = htons(atoi(arguments[6])) },
	};
	uint8_t *mac = datagram.ethernet.h_dest;

	if (sscanf(arguments[1], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2],
		   &mac[3], &mac[4], &mac[5]) != 6)
		die(arguments[1]);
	datagram.ip.daddr = inet_addr(arguments[5]);
	read_payloads();
	signal(SIGTERM, end);
	flood(open_packets(arguments[0], 0), &datagram, ntohl(inet_addr(arguments[2])),
	      atoi(arguments[3]), atol(arguments[7]), atoi(arguments[8]));
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "record")) {
		record(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
	} else if (argc == 11 && !strcmp(argv[1], "send")) {
		send_all(argv + 2);
	} else {
		fprintf(stderr,
			"usage: flood record INTERFACE PORT LENGTH COUNT | flood send INTERFACE MAC "
			"SOURCE SPREAD SOURCE-PORT DESTINATION PORT RATE KEEP\n");
		return 2;
	}
	return 0;
}

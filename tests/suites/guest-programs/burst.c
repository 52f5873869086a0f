// SPDX-License-Identifier: Apache-2.0
/*
 * Usage: burst ADDRESS TIMES
 * Sends 64 datagrams of 1000 bytes to port 9 of an IPv4 address, by one system call, so many times. That
 * some cannot be sent is no reason to end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
	BURST = 64,
	SIZE = 1000,
};

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct mmsghdr messages[BURST] = {};
	static char text[SIZE];
	struct iovec content = { text, SIZE };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i, times;

	if (argc != 3 || fd < 0 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: burst ADDRESS TIMES\n");
		return 2;
	}
	for (i = 0; i < BURST; i++)
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &to,
			.msg_namelen = sizeof(to),
			.msg_iov = &content,
			.msg_iovlen = 1,
		};
	for (times = atoi(argv[2]); times > 0; times--)
		sendmmsg(fd, messages, BURST, 0);
	return 0;
}

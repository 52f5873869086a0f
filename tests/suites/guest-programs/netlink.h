/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink for the programs of this directory, and how they fail. */
#ifndef GUEST_NETLINK_H
#define GUEST_NETLINK_H

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	ANSWER_LOST = 4096, /* beyond every errno: done or not, the answer could not be allocated */
};

__attribute__((format(printf, 1, 2), noreturn)) static inline void die(const char *format, ...)
{
	va_list arguments;

	printf("%s: FAILED: ", program_invocation_short_name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
	exit(1);
}

static inline void must(bool holds, const char *what)
{
	if (!holds)
		die("%s: %s", what, strerror(errno));
}

struct request {
	union {
		struct nlmsghdr header;
		char bytes[16384];
	};
};

static inline void request_begin(struct request *request, int type, int flags, const void *fixed,
			  size_t len)
{
	memset(&request->header, 0, sizeof(request->header));
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	request->header.nlmsg_seq = 1;
	request->header.nlmsg_len = NLMSG_LENGTH(len);
	memcpy(NLMSG_DATA(&request->header), fixed, len);
}

static inline struct nlattr *put(struct request *request, int type, const void *value, size_t len)
{
	size_t at = NLMSG_ALIGN(request->header.nlmsg_len);
	struct nlattr *attribute = (struct nlattr *)(request->bytes + at);

	if (at + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(request->bytes))
		die("a request too large");
	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + len;
	memset((char *)attribute + NLA_HDRLEN, 0, NLA_ALIGN(len));
	if (len)
		memcpy((char *)attribute + NLA_HDRLEN, value, len);
	request->header.nlmsg_len = at + NLA_HDRLEN + NLA_ALIGN(len);
	return attribute;
}

static inline void put_u16(struct request *request, int type, uint16_t value)
{
	put(request, type, &value, sizeof(value));
}

static inline void put_u32(struct request *request, int type, uint32_t value)
{
	put(request, type, &value, sizeof(value));
}

static inline void put_text(struct request *request, int type, const char *text)
{
	put(request, type, text, strlen(text) + 1);
}

static inline struct nlattr *nest_begin(struct request *request, int type)
{
	return put(request, type | NLA_F_NESTED, NULL, 0);
}

static inline void nest_end(struct request *request, struct nlattr *nest)
{
	nest->nla_len = request->bytes + request->header.nlmsg_len - (char *)nest;
}

/* Looks at one message of an answer. */
typedef void (*answer_part)(const struct nlmsghdr *message, void *context);

static inline int netlink_open(int protocol)
{
	struct timeval limit = { .tv_sec = 60 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	must(fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)),
	     "a netlink socket");
	return fd;
}

/* 0, an errno, or ANSWER_LOST. */
static inline int receive(int fd, answer_part part, void *context)
{
	static char buffer[65536];

	for (;;) {
		ssize_t len = recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *message = (struct nlmsghdr *)buffer;

		if (len < 0)
			break;
		for (; NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
			if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE)
				return -*(int *)NLMSG_DATA(message);
			if (part)
				part(message, context);
		}
	}
	if (errno == EAGAIN)
		die("no answer at all");
	return ANSWER_LOST;
}

static inline int transact(int fd, struct request *request, answer_part part, void *context)
{
	if (send(fd, request->bytes, request->header.nlmsg_len, 0) < 0)
		return errno;
	return receive(fd, part, context);
}

static int genl_family;

static inline void find_family(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *attribute =
		(void *)((char *)NLMSG_DATA(message) + sizeof(struct genlmsghdr));
	const char *end = (char *)message + message->nlmsg_len;

	for (; (char *)attribute < end;
	     attribute = (void *)((char *)attribute + NLA_ALIGN(attribute->nla_len)))
		if (attribute->nla_type == CTRL_ATTR_FAMILY_ID)
			*(int *)context = *(uint16_t *)((char *)attribute + NLA_HDRLEN);
}

static inline void resolve_family(void)
{
	struct genlmsghdr fixed = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	int fd = netlink_open(NETLINK_GENERIC);
	struct request request;

	request_begin(&request, GENL_ID_CTRL, NLM_F_ACK, &fixed, sizeof(fixed));
	put_text(&request, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
	if (transact(fd, &request, find_family, &genl_family) || !genl_family)
		die("there is no family %s", WG_GENL_NAME);
	close(fd);
}

#endif

// SPDX-License-Identifier: Apache-2.0
/*
 * A libFuzzer target that runs on the module under test: what the fuzzer comes up with is read as a
 * sequence of messages to the family "wireguard", right and wrong ones, for an interface wg0 that is
 * there. Must hold, whatever they say:
 *	- a message that is refused, but for want of memory, has changed nothing that a dump shows
 *	- a dump is well-formed
 *	- afterwards a plain SET works, and makes the interface what it was before
 * The kernel's own detectors judge the rest. Where /dev/wg_coverage is, the module's coverage guides
 * the fuzzer. $FUZZ_LAST names a file that the input under way is written to first, as a kernel that
 * dies takes us with it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "netlink.h"

enum {
	MESSAGES_MAX = 24,
	DUMP_MAX = 131072,
	DEPTH_MAX = 8,
	KEYS = 5,
	COUNTERS = 65536, /* as in kernel/tests/coverage */
};

/* libFuzzer looks at what lies in this section; the kernel's counters take the place of it. */
__attribute__((section("__libfuzzer_extra_counters"), aligned(4096))) static unsigned char
	counters[COUNTERS];

static const char device_name[] = "wg0";
static int netlink, last_input = -1, if_index;
static bool is_up;

/* ------------------------------------------------------------------------------ input */

static const uint8_t *next;
static size_t left;

static uint8_t take(void)
{
	if (!left)
		return 0;
	left--;
	return *next++;
}

static unsigned int below(unsigned int limit)
{
	return take() % limit;
}

static void take_bytes(void *out, size_t len)
{
	uint8_t *byte = out;

	while (len--)
		*byte++ = take();
}

/* Mostly small, and all bits now and then. */
static uint32_t take_number(void)
{
	uint32_t number = take();

	if (number >= 0xf0)
		take_bytes(&number, sizeof(number));
	return number;
}

/* ------------------------------------------------------------------------------ asking */

struct dump {
	size_t len;
	char bytes[DUMP_MAX];
};

/* The headers are left out: sequence and port say nothing of the interface. */
static void collect(const struct nlmsghdr *message, void *context)
{
	size_t len = message->nlmsg_len - NLMSG_HDRLEN;
	struct dump *dump = context;

	if (dump->len + len > sizeof(dump->bytes))
		die("a dump of more than %zu bytes", sizeof(dump->bytes));
	memcpy(dump->bytes + dump->len, NLMSG_DATA(message), len);
	dump->len += len;
}

static void check_attributes(const char *at, const char *end, const int *nests);

/* What is nested in a dump: the list of peers, each peer, its list of prefixes, each of them. */
static const int nest_types[] = { WGDEVICE_A_PEERS, -1, WGPEER_A_ALLOWEDIPS, -1, 0 };

static void check_attribute(const struct nlattr *attribute, const int *nests)
{
	const char *payload = (const char *)attribute + NLA_HDRLEN;
	int type = attribute->nla_type & NLA_TYPE_MASK;

	if (*nests && (*nests == -1 || *nests == type))
		check_attributes(payload, (const char *)attribute + attribute->nla_len, nests + 1);
}

static void check_attributes(const char *at, const char *end, const int *nests)
{
	while (at < end) {
		const struct nlattr *attribute = (const struct nlattr *)at;

		if (end - at < NLA_HDRLEN || attribute->nla_len < NLA_HDRLEN ||
		    attribute->nla_len > end - at)
			die("a dump with an attribute of %ld bytes", (long)(end - at));
		check_attribute(attribute, nests);
		at += NLA_ALIGN(attribute->nla_len);
	}
}

static void check_message(const struct nlmsghdr *message, void *context)
{
	const char *payload = NLMSG_DATA(message);

	check_attributes(payload + GENL_HDRLEN, (const char *)message + message->nlmsg_len,
			 nest_types);
	collect(message, context);
}

static void begin(struct request *request, int command, int flags)
{
	struct genlmsghdr fixed = { .cmd = command, .version = WG_GENL_VERSION };

	request_begin(request, genl_family, flags, &fixed, sizeof(fixed));
}

static void dump_device(struct dump *dump)
{
	struct request request;
	int err;

	dump->len = 0;
	begin(&request, WG_CMD_GET_DEVICE, NLM_F_DUMP);
	put_text(&request, WGDEVICE_A_IFNAME, device_name);
	err = transact(netlink, &request, check_message, dump);
	if (err)
		die("a dump ended with %d", err);
}

/* ------------------------------------------------------------------------------ a sound state */

static void key_of(unsigned char key[WG_KEY_LEN], unsigned int which)
{
	memset(key, which, WG_KEY_LEN);
	key[0] = 8;
	key[WG_KEY_LEN - 1] = 0x40;
}

static void put_prefix(struct request *request, int family, const void *address, int cidr)
{
	struct nlattr *nest = nest_begin(request, 0);
	uint8_t bits = cidr;

	put_u16(request, WGALLOWEDIP_A_FAMILY, family);
	put(request, WGALLOWEDIP_A_IPADDR, address, family == AF_INET ? 4 : 16);
	put(request, WGALLOWEDIP_A_CIDR_MASK, &bits, sizeof(bits));
	nest_end(request, nest);
}

static void put_plain_peer(struct request *request, unsigned int which)
{
	const unsigned char address[16] = { 10, which };
	struct nlattr *peer = nest_begin(request, 0), *list;
	unsigned char key[WG_KEY_LEN];

	key_of(key, which);
	put(request, WGPEER_A_PUBLIC_KEY, key, sizeof(key));
	list = nest_begin(request, WGPEER_A_ALLOWEDIPS);
	put_prefix(request, AF_INET, address, 16);
	put_prefix(request, AF_INET6, address, 64);
	nest_end(request, list);
	nest_end(request, peer);
}

/* Everything that a dump can show is set, so that nothing of an input is left in it. */
static void set_plainly(void)
{
	unsigned char key[WG_KEY_LEN];
	struct request request;
	struct nlattr *peers;
	int err;

	key_of(key, 0x77);
	begin(&request, WG_CMD_SET_DEVICE, NLM_F_ACK);
	put_text(&request, WGDEVICE_A_IFNAME, device_name);
	put_u32(&request, WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS);
	put(&request, WGDEVICE_A_PRIVATE_KEY, key, sizeof(key));
	put_u16(&request, WGDEVICE_A_LISTEN_PORT, 51820);
	put_u32(&request, WGDEVICE_A_FWMARK, 7);
	peers = nest_begin(&request, WGDEVICE_A_PEERS);
	put_plain_peer(&request, 1);
	put_plain_peer(&request, 2);
	nest_end(&request, peers);
	err = transact(netlink, &request, NULL, NULL);
	if (err)
		die("a plain SET ended with %d", err);
}

static void link_up(bool up)
{
	struct ifreq request = { .ifr_flags = up ? IFF_UP : 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(request.ifr_name, device_name);
	must(fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &request), "the interface goes up or down");
	close(fd);
	is_up = up;
}

/* ------------------------------------------------------------------------------ messages */

/* A message that grows; open nests are closed at its end, with what the input says of their length. */
struct draft {
	struct request request;
	struct nlattr *nest[DEPTH_MAX];
	int depth;
	struct nlattr *newest;
};

static bool has_room(const struct draft *draft, size_t len)
{
	return draft->request.header.nlmsg_len + NLA_HDRLEN + NLA_ALIGN(len) + 64 <=
	       sizeof(draft->request.bytes);
}

static void add(struct draft *draft, int type, const void *value, size_t len)
{
	if (has_room(draft, len))
		draft->newest = put(&draft->request, type, value, len);
}

static void add_number(struct draft *draft, int type, size_t size)
{
	uint64_t number = take_number();

	add(draft, type, &number, size);
}

static void open_nest(struct draft *draft, int type)
{
	if (draft->depth == DEPTH_MAX || !has_room(draft, 0))
		return;
	draft->newest = put(&draft->request, type, NULL, 0);
	draft->nest[draft->depth++] = draft->newest;
}

static void close_nest(struct draft *draft)
{
	if (!draft->depth)
		return;
	draft->newest = draft->nest[--draft->depth];
	nest_end(&draft->request, draft->newest);
}

static void add_key(struct draft *draft, int type)
{
	unsigned char key[WG_KEY_LEN] = { 0 };
	unsigned int which = below(KEYS + 3);

	if (which < KEYS)
		key_of(key, which);
	else if (which == KEYS)
		take_bytes(key, sizeof(key));
	else if (which == KEYS + 1)
		key_of(key, 0x77);
	add(draft, type, key, sizeof(key));
}

static void add_endpoint(struct draft *draft)
{
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		char bytes[64];
	} address = { .bytes = { 0 } };
	unsigned int kind = below(4);
	size_t len = kind % 2 ? sizeof(address.v6) : sizeof(address.v4);

	if (kind % 2)
		address.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
						    .sin6_addr.s6_addr[15] = 1,
						    .sin6_scope_id = below(2) };
	else
		address.v4 = (struct sockaddr_in){ .sin_family = AF_INET,
						   .sin_addr.s_addr = htonl(0x7f000001) };
	address.v4.sin_port = htons(take());
	if (kind >= 2) {
		address.v4.sin_family = take();
		len = below(sizeof(address));
	}
	add(draft, WGPEER_A_ENDPOINT, &address, len);
}

static void add_prefix(struct draft *draft)
{
	uint8_t address[17] = { 10 };
	bool v4 = below(2);
	uint8_t cidr;

	open_nest(draft, NLA_F_NESTED);
	add_number(draft, WGALLOWEDIP_A_CIDR_MASK, sizeof(cidr));
	*(uint16_t *)address = v4 ? AF_INET : AF_INET6;
	if (!below(16))
		*address = take();
	add(draft, WGALLOWEDIP_A_FAMILY, address, sizeof(uint16_t));
	take_bytes(address, 4);
	add(draft, WGALLOWEDIP_A_IPADDR, address, below(16) ? (v4 ? 4 : 16) : below(18));
	if (!below(4))
		add_number(draft, 4, sizeof(uint32_t)); /* to be removed; 6.1 has no name for it */
	close_nest(draft);
}

static void add_raw(struct draft *draft)
{
	int type = take() | (below(2) ? NLA_F_NESTED : 0);
	char value[48] = { 0 };
	size_t len = below(sizeof(value));

	take_bytes(value, len);
	add(draft, type, value, len);
}

/* A length or a type that is not what it should be. */
static void add_lie(struct draft *draft)
{
	if (!draft->newest)
		return;
	if (below(2))
		draft->newest->nla_len += (int8_t)take();
	else
		draft->newest->nla_type ^= take() << 8 * below(2);
}

/* All of it once more. */
static void add_copy(struct draft *draft)
{
	char copy[256];
	size_t len;

	if (!draft->newest)
		return;
	len = (char *)&draft->request + NLMSG_ALIGN(draft->request.header.nlmsg_len) -
	      (char *)draft->newest;
	if (len < NLA_HDRLEN || len > sizeof(copy) || !has_room(draft, len))
		return;
	memcpy(copy, draft->newest, len);
	memcpy((char *)draft->newest + len, copy, len);
	draft->request.header.nlmsg_len = NLMSG_ALIGN(draft->request.header.nlmsg_len) + len;
}

/* False: the message is complete. */
static bool add_something(struct draft *draft)
{
	switch (below(24)) {
	case 0:
		return false;
	case 1:
		add(draft, WGDEVICE_A_IFNAME, device_name, sizeof(device_name));
		break;
	case 2:
		add(draft, WGDEVICE_A_IFINDEX, &if_index, sizeof(if_index));
		break;
	case 3:
		add_key(draft, WGDEVICE_A_PRIVATE_KEY);
		break;
	case 4:
		add_number(draft, WGDEVICE_A_FLAGS, sizeof(uint32_t));
		break;
	case 5:
		add_number(draft, WGDEVICE_A_LISTEN_PORT, sizeof(uint16_t));
		break;
	case 6:
		add_number(draft, WGDEVICE_A_FWMARK, sizeof(uint32_t));
		break;
	case 7:
		open_nest(draft, WGDEVICE_A_PEERS | NLA_F_NESTED);
		break;
	case 8:
	case 9:
		open_nest(draft, NLA_F_NESTED);
		add_key(draft, WGPEER_A_PUBLIC_KEY);
		break;
	case 10:
		add_key(draft, WGPEER_A_PRESHARED_KEY);
		break;
	case 11:
		add_number(draft, WGPEER_A_FLAGS, sizeof(uint32_t));
		break;
	case 12:
		add_endpoint(draft);
		break;
	case 13:
		add_number(draft, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, sizeof(uint16_t));
		break;
	case 14:
		open_nest(draft, WGPEER_A_ALLOWEDIPS | NLA_F_NESTED);
		break;
	case 15:
	case 16:
		add_prefix(draft);
		break;
	case 17:
		add_number(draft, WGPEER_A_PROTOCOL_VERSION, sizeof(uint32_t));
		break;
	case 18:
		add_raw(draft);
		break;
	case 19:
		open_nest(draft, take());
		break;
	case 20:
		add_lie(draft);
		break;
	case 21:
		add_copy(draft);
		break;
	default:
		close_nest(draft);
	}
	return true;
}

static void write_draft(struct draft *draft, int command, int flags)
{
	draft->depth = 0;
	draft->newest = NULL;
	begin(&draft->request, command, flags);
	if (below(8))
		put_text(&draft->request, WGDEVICE_A_IFNAME, device_name);
	while (left && add_something(draft))
		;
	while (draft->depth)
		close_nest(draft);
}

/* ------------------------------------------------------------------------------ steps */

static struct dump before, after, plain;

static void set(struct draft *draft)
{
	int err;

	write_draft(draft, WG_CMD_SET_DEVICE, NLM_F_ACK);
	/* Up, peers speak by themselves and their counters move. */
	if (!is_up)
		dump_device(&before);
	err = transact(netlink, &draft->request, NULL, NULL);
	if (is_up)
		return;
	dump_device(&after);
	if (err && err != ENOMEM && err != ANSWER_LOST &&
	    (before.len != after.len || memcmp(before.bytes, after.bytes, after.len)))
		die("a SET that was refused with %d has changed something", err);
}

static void ask(struct draft *draft, int command, int flags)
{
	write_draft(draft, command, flags);
	after.len = 0;
	transact(netlink, &draft->request, collect, &after);
}

/* A reader who begins, and comes back for the rest when something has changed; or never. */
static void read_slowly(struct draft *draft)
{
	char buffer[256];
	int reader = netlink_open(NETLINK_GENERIC);

	begin(&draft->request, WG_CMD_GET_DEVICE, NLM_F_DUMP);
	put_text(&draft->request, WGDEVICE_A_IFNAME, device_name);
	must(send(reader, draft->request.bytes, draft->request.header.nlmsg_len, 0) > 0, "asking");
	set(draft);
	while (recv(reader, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		;
	close(reader);
}

static void step(void)
{
	static struct draft draft;

	switch (below(12)) {
	case 0:
		link_up(!is_up);
		break;
	case 1:
		ask(&draft, WG_CMD_GET_DEVICE, NLM_F_DUMP);
		break;
	case 2:
		ask(&draft, take(), NLM_F_ACK | (below(2) ? NLM_F_DUMP : 0));
		break;
	case 3:
		read_slowly(&draft);
		break;
	default:
		set(&draft);
	}
}

static void note_input(const uint8_t *data, size_t size)
{
	if (last_input < 0)
		return;
	must(!ftruncate(last_input, size) && pwrite(last_input, data, size, 0) == (ssize_t)size,
	     "noting the input");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *last = getenv("FUZZ_LAST");
	int coverage = open("/dev/wg_coverage", O_RDWR | O_CLOEXEC);

	(void)argc;
	(void)argv;
	if (coverage >= 0)
		must(mmap(counters, sizeof(counters), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_FIXED, coverage, 0) == counters,
		     "mapping the counters");
	if (last) {
		last_input = open(last, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		must(last_input >= 0, last);
	}
	if_index = if_nametoindex(device_name);
	must(if_index > 0, device_name);
	resolve_family();
	netlink = netlink_open(NETLINK_GENERIC);
	set_plainly();
	dump_device(&plain);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int messages = 0;

	note_input(data, size);
	next = data;
	left = size;
	while (left && messages++ < MESSAGES_MAX)
		step();
	if (is_up)
		link_up(false);
	set_plainly();
	dump_device(&after);
	if (after.len != plain.len || memcmp(after.bytes, plain.bytes, plain.len))
		die("a plain SET has not made the interface what it was");
	return 0;
}

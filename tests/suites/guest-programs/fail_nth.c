// SPDX-License-Identifier: Apache-2.0
/*
 * Usage: fail_nth [-v] STEP...
 * Walks every allocation of a step: makes the first one fail, then the second, and so on, until a
 * walk meets no more. Each time the kernel must either refuse and have done nothing that is in the
 * way, or succeed. Needs a kernel with fail-nth, our module, and root; works in network namespaces of
 * its own.
 *
 *	create configure reconfigure up rebind dump down delete send handshake
 *
 * All but the last happen in this task, whose own /proc/thread-self/fail-nth is used. A handshake
 * happens in whichever kworker takes it up: there each kworker is told to fail its n-th allocation
 * from now on. What runs in softirq is beyond fail-nth; failslab's stack filter reaches it (see
 * NoMemoryTest).
 *
 * -v lets the kernel log the stack of each failure. Prints one line a step; any other end than the
 * line "fail_nth: ok" is a failure.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/wireguard.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "netlink.h"

enum {
	WALK_MAX = 5000, /* no step has as many allocations */
	PEERS = 3,
	KWORKERS_MAX = 256,
	PORT_A = 40001,
	PORT_B = 40002,
};

static int near_ns, far_ns; /* the program is in the first; the second has the other end */
static int fail_nth_file;

/* ------------------------------------------------------------------------------ failing */

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

static void failures_prepare(bool verbose)
{
	/* Allocations that may sleep are the ones that configuration is made of. */
	write_file("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	write_file("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	write_file("/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N");
	write_file("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	write_file("/sys/kernel/debug/failslab/verbose", verbose ? "2" : "0");
	write_file("/sys/kernel/debug/fail_page_alloc/verbose", verbose ? "2" : "0");
	fail_nth_file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	must(fail_nth_file >= 0, "/proc/thread-self/fail-nth");
}

static void arm(int file, int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	must(pwrite(file, text, len, 0) == len, "arming fail-nth");
}

/* Whether the failure has happened. */
static bool disarm(int file)
{
	char text[16] = "";

	must(pread(file, text, sizeof(text) - 1, 0) > 0, "reading fail-nth");
	arm(file, 0);
	return atoi(text) == 0;
}

/* ------------------------------------------------------------------------------ links */

/* One request of rtnetlink on a socket of its own; @nth 0: nothing fails. */
static int rtnl(struct request *request, int nth, bool *failed)
{
	int fd = netlink_open(NETLINK_ROUTE), result;

	arm(fail_nth_file, nth);
	result = transact(fd, request, NULL, NULL);
	*failed = disarm(fail_nth_file) && nth;
	close(fd);
	return result;
}

static int link_new(const char *name, int ns, int nth, bool *failed)
{
	struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC };
	struct request request;
	struct nlattr *info;

	request_begin(&request, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &fixed,
		      sizeof(fixed));
	put_text(&request, IFLA_IFNAME, name);
	info = nest_begin(&request, IFLA_LINKINFO);
	put(&request, IFLA_INFO_KIND, "wireguard", strlen("wireguard"));
	nest_end(&request, info);
	if (ns >= 0)
		put_u32(&request, IFLA_NET_NS_FD, ns);
	return rtnl(&request, nth, failed);
}

static int link_set_up(const char *name, bool up, int nth, bool *failed)
{
	struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC,
				   .ifi_change = IFF_UP,
				   .ifi_flags = up ? IFF_UP : 0 };
	struct request request;

	request_begin(&request, RTM_NEWLINK, NLM_F_ACK, &fixed, sizeof(fixed));
	put_text(&request, IFLA_IFNAME, name);
	return rtnl(&request, nth, failed);
}

static int link_delete(const char *name, int nth, bool *failed)
{
	struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC };
	struct request request;

	request_begin(&request, RTM_DELLINK, NLM_F_ACK, &fixed, sizeof(fixed));
	put_text(&request, IFLA_IFNAME, name);
	return rtnl(&request, nth, failed);
}

static bool link_is_up(const char *name)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result;

	strcpy(request.ifr_name, name);
	result = ioctl(fd, SIOCGIFFLAGS, &request);
	close(fd);
	return !result && request.ifr_flags & IFF_UP;
}

static void address_add(const char *name, const char *address)
{
	struct ifaddrmsg fixed = { .ifa_family = AF_INET,
				   .ifa_prefixlen = 24,
				   .ifa_index = if_nametoindex(name) };
	struct in_addr in = { .s_addr = inet_addr(address) };
	struct request request;
	bool failed;

	request_begin(&request, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &fixed,
		      sizeof(fixed));
	put(&request, IFA_LOCAL, &in, sizeof(in));
	put(&request, IFA_ADDRESS, &in, sizeof(in));
	if (rtnl(&request, 0, &failed))
		die("adding %s to %s", address, name);
}

/* ------------------------------------------------------------------------------ WireGuard */

static int genl(struct request *request, int nth, bool *failed, answer_part part, void *context)
{
	int fd = netlink_open(NETLINK_GENERIC), result;

	arm(fail_nth_file, nth);
	result = transact(fd, request, part, context);
	*failed = disarm(fail_nth_file) && nth;
	close(fd);
	return result;
}

static void set_begin(struct request *request, const char *name)
{
	struct genlmsghdr fixed = { .cmd = WG_CMD_SET_DEVICE, .version = WG_GENL_VERSION };

	request_begin(request, genl_family, NLM_F_ACK, &fixed, sizeof(fixed));
	put_text(request, WGDEVICE_A_IFNAME, name);
}

static void put_allowed_ip(struct request *request, int family, const char *text, int cidr)
{
	unsigned char address[16];
	struct nlattr *nest = nest_begin(request, 0);
	uint8_t length = cidr;

	inet_pton(family, text, address);
	put_u16(request, WGALLOWEDIP_A_FAMILY, family);
	put(request, WGALLOWEDIP_A_IPADDR, address, family == AF_INET ? 4 : 16);
	put(request, WGALLOWEDIP_A_CIDR_MASK, &length, sizeof(length));
	nest_end(request, nest);
}

static void put_peer(struct request *request, const unsigned char key[WG_KEY_LEN], int port,
		     int number)
{
	struct sockaddr_in endpoint = { .sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
					.sin_port = htons(port) };
	unsigned char preshared[WG_KEY_LEN] = { 7 };
	struct nlattr *peer = nest_begin(request, 0), *list;
	char text[64];

	put(request, WGPEER_A_PUBLIC_KEY, key, WG_KEY_LEN);
	put(request, WGPEER_A_PRESHARED_KEY, preshared, sizeof(preshared));
	put_u32(request, WGPEER_A_FLAGS, WGPEER_F_REPLACE_ALLOWEDIPS);
	put(request, WGPEER_A_ENDPOINT, &endpoint, sizeof(endpoint));
	list = nest_begin(request, WGPEER_A_ALLOWEDIPS);
	snprintf(text, sizeof(text), "10.9.%d.0", number);
	put_allowed_ip(request, AF_INET, text, 24);
	snprintf(text, sizeof(text), "10.9.%d.128", number);
	put_allowed_ip(request, AF_INET, text, 25);
	snprintf(text, sizeof(text), "fd09:%d::", number);
	put_allowed_ip(request, AF_INET6, text, 32);
	nest_end(request, list);
	nest_end(request, peer);
}

/* All that a SET can say, with peers that nobody is. */
static int configure(const char *name, int first, int nth, bool *failed)
{
	unsigned char key[WG_KEY_LEN] = { 1, 2, 3 };
	struct request request;
	struct nlattr *peers;
	int i;

	set_begin(&request, name);
	put(&request, WGDEVICE_A_PRIVATE_KEY, key, sizeof(key));
	put_u16(&request, WGDEVICE_A_LISTEN_PORT, 0);
	put_u32(&request, WGDEVICE_A_FWMARK, 0x51);
	put_u32(&request, WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS);
	peers = nest_begin(&request, WGDEVICE_A_PEERS);
	for (i = 0; i < PEERS; i++) {
		memset(key, first + i, sizeof(key));
		put_peer(&request, key, 9, i);
	}
	nest_end(&request, peers);
	return genl(&request, nth, failed, NULL, NULL);
}

static int set_port(const char *name, int port, int nth, bool *failed)
{
	struct request request;

	set_begin(&request, name);
	put_u16(&request, WGDEVICE_A_LISTEN_PORT, port);
	return genl(&request, nth, failed, NULL, NULL);
}

/* What a dump says, as far as it is of use here. */
struct seen {
	int peers;
	bool has_public_key;
	unsigned char public_key[WG_KEY_LEN];
};

static void see(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *attribute =
		(void *)((char *)NLMSG_DATA(message) + sizeof(struct genlmsghdr));
	const char *end = (char *)message + message->nlmsg_len;
	struct seen *seen = context;

	for (; (char *)attribute < end;
	     attribute = (void *)((char *)attribute + NLA_ALIGN(attribute->nla_len))) {
		const struct nlattr *peer = (void *)((char *)attribute + NLA_HDRLEN);
		int type = attribute->nla_type & NLA_TYPE_MASK;

		if (type == WGDEVICE_A_PUBLIC_KEY) {
			memcpy(seen->public_key, (char *)attribute + NLA_HDRLEN, WG_KEY_LEN);
			seen->has_public_key = true;
		} else if (type == WGDEVICE_A_PEERS) {
			const char *stop = (char *)attribute + attribute->nla_len;

			for (; (char *)peer < stop;
			     peer = (void *)((char *)peer + NLA_ALIGN(peer->nla_len)))
				seen->peers++;
		}
	}
}

static int dump(const char *name, struct seen *seen, int nth, bool *failed)
{
	struct genlmsghdr fixed = { .cmd = WG_CMD_GET_DEVICE, .version = WG_GENL_VERSION };
	struct request request;

	memset(seen, 0, sizeof(*seen));
	request_begin(&request, genl_family, NLM_F_DUMP, &fixed, sizeof(fixed));
	put_text(&request, WGDEVICE_A_IFNAME, name);
	return genl(&request, nth, failed, see, seen);
}

/* ------------------------------------------------------------------------------ two ends */

static int sender, receiver; /* UDP sockets at the ends of the tunnel */

static void enter(int ns)
{
	must(!setns(ns, CLONE_NEWNET), "entering a namespace");
}

static int udp_socket(const char *address)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons(7),
				    .sin_addr.s_addr = inet_addr(address) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !bind(fd, (struct sockaddr *)&name, sizeof(name)), address);
	return fd;
}

static void identify(const char *name, unsigned char first, int port,
		     unsigned char public_key[WG_KEY_LEN])
{
	unsigned char key[WG_KEY_LEN] = { first }; /* its low three bits are clamped away */
	struct request request;
	struct seen seen;
	bool failed;

	set_begin(&request, name);
	put(&request, WGDEVICE_A_PRIVATE_KEY, key, sizeof(key));
	put_u16(&request, WGDEVICE_A_LISTEN_PORT, port);
	if (genl(&request, 0, &failed, NULL, NULL) || dump(name, &seen, 0, &failed) ||
	    !seen.has_public_key)
		die("%s gets no identity", name);
	memcpy(public_key, seen.public_key, WG_KEY_LEN);
}

/* A peer that has no session yet, whatever there was. */
static void renew_peer(const char *name, const unsigned char key[WG_KEY_LEN], int port)
{
	struct request request;
	struct nlattr *peers;
	bool failed;

	set_begin(&request, name);
	put_u32(&request, WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS);
	nest_end(&request, nest_begin(&request, WGDEVICE_A_PEERS));
	if (genl(&request, 0, &failed, NULL, NULL))
		die("%s keeps its peers", name);
	set_begin(&request, name);
	peers = nest_begin(&request, WGDEVICE_A_PEERS);
	put_peer(&request, key, port, 0);
	nest_end(&request, peers);
	if (genl(&request, 0, &failed, NULL, NULL))
		die("%s gets no peer", name);
}

static unsigned char key_a[WG_KEY_LEN], key_b[WG_KEY_LEN];

/* wga is here, wgb in the other namespace with its sockets here: they talk over loopback. */
static void tunnel_make(void)
{
	bool failed;

	if (link_new("wga", -1, 0, &failed) || link_new("wgb", far_ns, 0, &failed))
		die("no tunnel");
	identify("wga", 8, PORT_A, key_a);
	address_add("wga", "10.9.0.1");
	if (link_set_up("wga", true, 0, &failed))
		die("wga does not come up");
	sender = udp_socket("10.9.0.1");
	enter(far_ns);
	identify("wgb", 16, PORT_B, key_b);
	address_add("wgb", "10.9.0.2");
	if (link_set_up("wgb", true, 0, &failed))
		die("wgb does not come up");
	receiver = udp_socket("10.9.0.2");
	enter(near_ns);
}

static void tunnel_renew(void)
{
	enter(far_ns);
	renew_peer("wgb", key_a, PORT_A);
	enter(near_ns);
	renew_peer("wga", key_b, PORT_B);
}

static void tunnel_end(void)
{
	bool failed;

	close(sender);
	close(receiver);
	enter(far_ns);
	if (link_delete("wgb", 0, &failed))
		die("wgb stays");
	enter(near_ns);
	if (link_delete("wga", 0, &failed))
		die("wga stays");
}

static int send_datagram(uint32_t number)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(7),
				  .sin_addr.s_addr = inet_addr("10.9.0.2") };

	return sendto(sender, &number, sizeof(number), 0, (struct sockaddr *)&to, sizeof(to)) < 0 ?
		       errno :
		       0;
}

static bool received(uint32_t number, int milliseconds)
{
	struct pollfd poll_receiver = { .fd = receiver, .events = POLLIN };
	uint32_t got;

	while (poll(&poll_receiver, 1, milliseconds) == 1)
		if (recv(receiver, &got, sizeof(got), MSG_DONTWAIT) == sizeof(got) && got >= number)
			return true;
	return false;
}

/* Data gets through at last; a message that was lost is tried again after five seconds. */
static void expect_flow(uint32_t *number)
{
	for (int tries = 0; tries < 240; tries++) {
		uint32_t first = *number + 1;

		send_datagram(++*number);
		if (received(first, 500))
			return;
	}
	die("no data gets through any more");
}

/* ------------------------------------------------------------------------------ steps */

static const char *const device = "wgf";

static bool refusal(int result)
{
	return result == ENOMEM || result == ENOBUFS || result == ENFILE;
}

static void have_link(void)
{
	bool failed;

	if (link_new(device, -1, 0, &failed))
		die("no device without a failure");
}

static void have_configured(void)
{
	bool failed;

	have_link();
	if (configure(device, 0x30, 0, &failed))
		die("no configuration without a failure");
}

static void have_up(void)
{
	bool failed;

	have_configured();
	if (link_set_up(device, true, 0, &failed))
		die("not up without a failure");
}

static void drop_link(void)
{
	bool failed;

	if (if_nametoindex(device) && link_delete(device, 0, &failed))
		die("the device stays");
}

static int do_create(int nth, bool *failed)
{
	int result = link_new(device, -1, nth, failed);

	if (result != ANSWER_LOST && !result != !!if_nametoindex(device))
		die("create said %d, and the device is %s", result,
		    if_nametoindex(device) ? "there" : "not there");
	return result;
}

/* Whatever a SET that ran out of memory has done, the next must be able to do all. */
static int do_configure(int nth, bool *failed)
{
	int result = configure(device, 0x50, nth, failed);
	struct seen seen;
	bool unused;

	if (dump(device, &seen, 0, &unused))
		die("no dump after a failed SET");
	if (!result && seen.peers != PEERS)
		die("SET succeeded with %d peers", seen.peers);
	if (configure(device, 0x50, 0, &unused) || dump(device, &seen, 0, &unused) ||
	    seen.peers != PEERS)
		die("no SET after a failed SET");
	return result;
}

static int do_up(int nth, bool *failed)
{
	int result = link_set_up(device, true, nth, failed);

	if (result != ANSWER_LOST && !result != link_is_up(device))
		die("up said %d, and the device is %s", result, link_is_up(device) ? "up" : "down");
	return result;
}

static int do_rebind(int nth, bool *failed)
{
	int result = set_port(device, PORT_A, nth, failed);
	bool unused;

	if (set_port(device, PORT_A, 0, &unused))
		die("no port after a failure");
	return result;
}

static int do_dump(int nth, bool *failed)
{
	struct seen seen;
	int result = dump(device, &seen, nth, failed);

	if (!result && seen.peers != PEERS)
		die("a dump of %d peers", seen.peers);
	return result;
}

static int do_down(int nth, bool *failed)
{
	int result = link_set_up(device, false, nth, failed);

	if (result != ANSWER_LOST && !result != !link_is_up(device))
		die("down said %d, and the device is %s", result,
		    link_is_up(device) ? "up" : "down");
	return result;
}

static int do_delete(int nth, bool *failed)
{
	int result = link_delete(device, nth, failed);

	if (result != ANSWER_LOST && !result != !if_nametoindex(device))
		die("delete said %d, and the device is %s", result,
		    if_nametoindex(device) ? "there" : "not there");
	return result;
}

static uint32_t sent;

static void have_session(void)
{
	tunnel_make();
	tunnel_renew();
	expect_flow(&sent);
}

static int do_send(int nth, bool *failed)
{
	int result;

	arm(fail_nth_file, nth);
	result = send_datagram(++sent);
	*failed = disarm(fail_nth_file);
	expect_flow(&sent);
	return result;
}

/* Opens fail-nth of every kworker; returns how many. */
static int kworkers(int files[KWORKERS_MAX])
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	must(processes, "/proc");
	while ((entry = readdir(processes)) && count < KWORKERS_MAX) {
		char path[300], name[32] = "";
		int fd;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, name, sizeof(name) - 1) < 0)
			name[0] = '\0';
		close(fd);
		if (strncmp(name, "kworker/", 8))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fail-nth", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			files[count++] = fd;
	}
	closedir(processes);
	return count;
}

static int do_handshake(int nth, bool *failed)
{
	int files[KWORKERS_MAX], count, i;

	tunnel_renew();
	count = kworkers(files);
	for (i = 0; i < count; i++)
		arm(files[i], nth);
	expect_flow(&sent);
	*failed = false;
	for (i = 0; i < count; i++) {
		char text[16] = "";

		/* One that has ended in the meantime cannot be read. */
		if (pread(files[i], text, sizeof(text) - 1, 0) > 0) {
			*failed |= atoi(text) == 0;
			arm(files[i], 0);
		}
		close(files[i]);
	}
	return 0;
}

static const struct step {
	const char *name;
	void (*before)(void); /* each walk, or all of them if @once */
	int (*act)(int nth, bool *failed);
	void (*after)(void);
	bool once;
	int least; /* failures: fewer would mean that the walk went past the step */
	int also;  /* an error that stands for want of memory, besides the usual ones */
} steps[] = {
	/* The driver core calls a device invalid whose name could not be copied. */
	{ "create", NULL, do_create, drop_link, false, 50, EINVAL },
	{ "configure", have_link, do_configure, drop_link, false, 10, 0 },
	{ "reconfigure", have_up, do_configure, drop_link, false, 10, 0 },
	{ "up", have_configured, do_up, drop_link, false, 10, 0 },
	{ "rebind", have_up, do_rebind, drop_link, false, 5, 0 },
	{ "dump", have_configured, do_dump, drop_link, false, 3, 0 },
	{ "down", have_up, do_down, drop_link, false, 3, 0 },
	{ "delete", have_up, do_delete, drop_link, false, 3, 0 },
	{ "send", have_session, do_send, tunnel_end, true, 2, 0 },
	{ "handshake", tunnel_make, do_handshake, tunnel_end, true, 4, 0 },
};

static void walk(const struct step *step)
{
	int refused = 0, lost = 0, survived = 0, result, nth;
	/* A kworker may have been busy elsewhere: three walks without a failure end that step. */
	int spare = step->act == do_handshake ? 3 : 1;
	bool failed;

	if (step->once)
		step->before();
	for (nth = 1; spare && nth < WALK_MAX; nth++) {
		if (!step->once && step->before)
			step->before();
		result = step->act(nth, &failed);
		if (!failed && result)
			die("%s: error %d without a failure", step->name, result);
		if (result && result != ANSWER_LOST && !refusal(result) && result != step->also)
			die("%s: allocation %d: %s", step->name, nth, strerror(result));
		if (!failed)
			spare--;
		else if (!result)
			survived++;
		else if (result == ANSWER_LOST)
			lost++;
		else
			refused++;
		if (!step->once)
			step->after();
	}
	if (step->once)
		step->after();
	printf("fail_nth: %s: %d allocations failed, %d refused, %d survived, %d answers lost\n",
	       step->name, refused + survived + lost, refused, survived, lost);
	fflush(stdout);
	if (spare || refused + survived + lost < step->least)
		die("%s: not walked to the end, or not at all", step->name);
}

static const struct step *step_named(const char *name)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!strcmp(steps[i].name, name))
			return &steps[i];
	die("no such step: %s", name);
}

static void loopback_up(void)
{
	bool failed;

	if (link_set_up("lo", true, 0, &failed))
		die("lo does not come up");
}

static int new_namespace(void)
{
	int fd;

	must(!unshare(CLONE_NEWNET), "a network namespace");
	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	must(fd >= 0, "/proc/thread-self/ns/net");
	loopback_up();
	return fd;
}

int main(int argc, char *argv[])
{
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");

	failures_prepare(verbose);
	far_ns = new_namespace();
	near_ns = new_namespace();
	resolve_family();
	if (argc < 2 + verbose)
		die("no step named");
	for (int i = 1 + verbose; i < argc; i++)
		walk(step_named(argv[i]));
	printf("fail_nth: ok\n");
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * door-check LIBRARY: loads a build of the JNI door and talks to the kernel through it, in place of a
 * JVM. It has the few JNI functions that the door calls, and asks what org.netlink4j.transport asks:
 * a socket, a request and its acknowledgement, errors as -errno, a wait that is called off.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <jni.h>

enum {
	CAPACITY = 65536,
	SEQUENCE = 4711,
	TIMEOUT_MS = 60000,
};

/* What stands for a direct buffer and for an array of bytes. */
struct memory {
	char *start;
	jlong length;
};

static void *JNICALL address_of(JNIEnv *env, jobject buffer)
{
	(void)env;
	return ((struct memory *)buffer)->start;
}

static jlong JNICALL capacity_of(JNIEnv *env, jobject buffer)
{
	(void)env;
	return ((struct memory *)buffer)->length;
}

static jsize JNICALL length_of(JNIEnv *env, jarray array)
{
	(void)env;
	return (jsize)((struct memory *)array)->length;
}

static void JNICALL region_of(JNIEnv *env, jbyteArray array, jsize start, jsize length, jbyte *to)
{
	(void)env;
	memcpy(to, ((struct memory *)array)->start + start, length);
}

static void *library;

static void *symbol(const char *name)
{
	char full[128];
	void *found;

	snprintf(full, sizeof(full), "Java_org_netlink4j_transport_JniDoor_%s", name);
	found = dlsym(library, full);
	if (!found) {
		fprintf(stderr, "no symbol %s\n", full);
		exit(1);
	}
	return found;
}

static void expect(const char *what, long found, long wanted)
{
	if (found != wanted) {
		fprintf(stderr, "%s: %ld instead of %ld\n", what, found, wanted);
		exit(1);
	}
}

static void expect_descriptor(const char *what, long found)
{
	if (found < 3) {
		fprintf(stderr, "%s: %ld is no new descriptor\n", what, found);
		exit(1);
	}
}

typedef jint (*one_number)(JNIEnv *, jobject, jint);
typedef jint (*no_number)(JNIEnv *, jobject);
typedef jlong (*number_to_long)(JNIEnv *, jobject, jint);
typedef jint (*path_only)(JNIEnv *, jobject, jbyteArray);
typedef jint (*path_and_number)(JNIEnv *, jobject, jbyteArray, jint);
typedef jint (*four_numbers)(JNIEnv *, jobject, jint, jint, jint, jint);
typedef jint (*sender)(JNIEnv *, jobject, jint, jobject, jint, jint);
typedef jint (*receiver)(JNIEnv *, jobject, jint, jint, jobject, jint, jint, jobject, jboolean,
			 jint);

/* Asks for the loopback interface, with an acknowledgement; the answer has its number. */
static void exchange(JNIEnv *env, jint fd, jint wake)
{
	sender send = (sender)symbol("send");
	receiver receive = (receiver)symbol("receive");
	static char bytes[CAPACITY];
	static char from_bytes[sizeof(struct sockaddr_nl)];
	struct memory buffer = { bytes, sizeof(bytes) };
	struct memory from = { from_bytes, sizeof(from_bytes) };
	struct sockaddr_nl *kernel = (struct sockaddr_nl *)from_bytes;
	struct nlmsghdr *message = (struct nlmsghdr *)bytes;
	struct ifinfomsg *link = NLMSG_DATA(message);
	jobject b = (jobject)&buffer, f = (jobject)&from;
	jint length;

	message->nlmsg_len = NLMSG_LENGTH(sizeof(*link));
	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = SEQUENCE;
	link->ifi_index = 1;

	expect("send beyond the buffer", send(env, NULL, fd, b, CAPACITY - 4, 8), -EINVAL);
	expect("send", send(env, NULL, fd, b, 0, message->nlmsg_len), message->nlmsg_len);
	memset(bytes, 0, sizeof(bytes));
	length = receive(env, NULL, fd, wake, b, 0, 0, f, JNI_TRUE, TIMEOUT_MS);
	if (length < (jint)sizeof(*message)) {
		fprintf(stderr, "peek: %d\n", length);
		exit(1);
	}
	expect("receive", receive(env, NULL, fd, wake, b, 0, CAPACITY, f, JNI_FALSE, 0), length);
	expect("type of the answer", message->nlmsg_type, RTM_NEWLINK);
	expect("number of the answer", message->nlmsg_seq, SEQUENCE);
	expect("index of the answer", link->ifi_index, 1);
	expect("sender's family", kernel->nl_family, AF_NETLINK);
	expect("sender's port", kernel->nl_pid, 0);
	length = receive(env, NULL, fd, wake, b, 0, CAPACITY, f, JNI_FALSE, TIMEOUT_MS);
	expect("length of the acknowledgement", length, (long)message->nlmsg_len);
	expect("type of the acknowledgement", message->nlmsg_type, NLMSG_ERROR);
	expect("its result", ((struct nlmsgerr *)NLMSG_DATA(message))->error, 0);
	expect("receive nothing", receive(env, NULL, fd, wake, b, 0, 16, f, JNI_FALSE, 5),
	       -ETIMEDOUT);
	expect("signal", ((one_number)symbol("signal"))(env, NULL, wake), 0);
	length = receive(env, NULL, fd, wake, b, 0, 16, f, JNI_FALSE, -1);
	expect("receive when called off", length, -ECANCELED);
}

int main(int argc, char **argv)
{
	struct JNINativeInterface_ functions = {
		.GetDirectBufferAddress = address_of,
		.GetDirectBufferCapacity = capacity_of,
		.GetArrayLength = length_of,
		.GetByteArrayRegion = region_of,
	};
	JNIEnv table = &functions, *env = &table;
	struct memory own = { "/proc/self/ns/net", 17 }, missing = { "/no/such/file", 13 };
	one_number open_socket, close_descriptor;
	jint fd, wake, there;

	if (argc != 2) {
		fprintf(stderr, "usage: door-check LIBRARY\n");
		return 2;
	}
	library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	open_socket = (one_number)symbol("socket");
	close_descriptor = (one_number)symbol("close");
	fd = open_socket(env, NULL, NETLINK_ROUTE);
	expect_descriptor("socket", fd);
	expect("bind", ((one_number)symbol("bind"))(env, NULL, fd), 0);
	if (((number_to_long)symbol("port"))(env, NULL, fd) <= 0) {
		fprintf(stderr, "port: none\n");
		return 1;
	}
	expect("set an option that there is not",
	       ((four_numbers)symbol("setOption"))(env, NULL, fd, SOL_NETLINK, 9999, 1),
	       -ENOPROTOOPT);
	wake = ((no_number)symbol("eventFd"))(env, NULL);
	expect_descriptor("eventFd", wake);
	exchange(env, fd, wake);
	expect("open nothing", ((path_only)symbol("open"))(env, NULL, (jbyteArray)&missing),
	       -ENOENT);
	/* A thread that goes into a namespace needs a capability; without it this says so. */
	there = ((path_and_number)symbol("socketIn"))(env, NULL, (jbyteArray)&own, NETLINK_ROUTE);
	if (there != -EPERM) {
		expect_descriptor("socketIn", there);
		expect("close", close_descriptor(env, NULL, there), 0);
	}
	expect("close", close_descriptor(env, NULL, fd), 0);
	expect("close", close_descriptor(env, NULL, wake), 0);
	expect("close again", close_descriptor(env, NULL, fd), -EBADF);
	printf("ok\n");
	return 0;
}

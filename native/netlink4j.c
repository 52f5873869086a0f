// SPDX-License-Identifier: Apache-2.0
/*
 * The JNI door of netlink4j: AF_NETLINK sockets for the JVM, in the shape of libc.
 *
 * Each function does one thing, keeps no state and returns a non-negative result or -errno. What a
 * message means, when to retry and when a descriptor may be closed is decided in Java
 * (org.netlink4j.transport); the JNA door calls libc itself and so shares all of those decisions.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/netlink.h>

#include <jni.h>

#define DOOR(ret, name) JNIEXPORT ret JNICALL Java_org_netlink4j_transport_JniDoor_##name

enum {
	/* Room for setns() and socket() plus the thread-local storage of everything a JVM loads. */
	NETNS_THREAD_STACK = 256 * 1024,
	NSEC_PER_MSEC = 1000000,
	MSEC_PER_SEC = 1000,
};

/* The start of [offset, offset + length) of a direct buffer, or NULL with *err set. */
static void *buffer_range(JNIEnv *env, jobject buffer, jint offset, jint length, int *err)
{
	jlong capacity;
	char *start;

	*err = -EINVAL;
	if (!buffer || offset < 0 || length < 0)
		return NULL;
	start = (*env)->GetDirectBufferAddress(env, buffer);
	capacity = (*env)->GetDirectBufferCapacity(env, buffer);
	if (!start || capacity < 0) {
		*err = -EFAULT;
		return NULL;
	}
	if ((jlong)offset + length > capacity)
		return NULL;
	*err = 0;
	return start + offset;
}

/* Copies the bytes of a path, which need not be text, into a C string. */
static int path_from(JNIEnv *env, jbyteArray bytes, char path[PATH_MAX])
{
	jsize length;

	if (!bytes)
		return -EINVAL;
	length = (*env)->GetArrayLength(env, bytes);
	if (length == 0)
		return -ENOENT;
	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	(*env)->GetByteArrayRegion(env, bytes, 0, length, (jbyte *)path);
	path[length] = '\0';
	/* A NUL inside would silently name another file. */
	return strlen(path) == (size_t)length ? 0 : -EINVAL;
}

static int netlink_socket(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : fd;
}

struct netns_request {
	int netns;
	int protocol;
	int result;
};

static void *netns_thread(void *arg)
{
	struct netns_request *request = arg;

	if (setns(request->netns, CLONE_NEWNET))
		request->result = -errno;
	else
		request->result = netlink_socket(request->protocol);
	return NULL;
}

/*
 * A socket belongs for life to the namespace of the thread that made it, so a thread of our own
 * goes there, makes it and ends. No thread of the JVM ever moves, not even for a moment in which
 * it could fail to get back.
 */
static int netlink_socket_in(int netns, int protocol)
{
	struct netns_request request = { .netns = netns, .protocol = protocol };
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int err;

	err = pthread_attr_init(&attributes);
	if (err)
		return -err;
	err = pthread_attr_setstacksize(&attributes, NETNS_THREAD_STACK);
	if (!err) {
		/* The JVM's signal handlers expect a thread that the JVM knows. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		err = pthread_create(&thread, &attributes, netns_thread, &request);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attributes);
	if (err)
		return -err;
	pthread_join(thread, NULL);
	return request.result;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MSEC_PER_SEC + now.tv_nsec / NSEC_PER_MSEC;
}

/* 0 when the socket has something to say, -ETIMEDOUT, or -ECANCELED when wake was signalled. */
static int wait_readable(int fd, int wake, int64_t deadline)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = wake, .events = POLLIN },
	};
	int64_t left = -1;
	int ready;

	do {
		if (deadline >= 0) {
			left = deadline - now_ms();
			if (left < 0)
				left = 0;
		}
		ready = poll(fds, 2, left > INT_MAX ? INT_MAX : (int)left);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	if (ready == 0)
		return -ETIMEDOUT;
	if (fds[1].revents)
		return -ECANCELED;
	return fds[0].revents & POLLNVAL ? -EBADF : 0;
}

/* socket(int protocol): a new socket in the current namespace. */
DOOR(jint, socket)(JNIEnv *env, jobject self, jint protocol)
{
	(void)env;
	(void)self;
	return netlink_socket(protocol);
}

/* socketIn(byte[] path, int protocol): a new socket in the namespace that path stands for. */
DOOR(jint, socketIn)(JNIEnv *env, jobject self, jbyteArray path_bytes, jint protocol)
{
	char path[PATH_MAX];
	int netns, result;

	(void)self;
	result = path_from(env, path_bytes, path);
	if (result)
		return result;
	netns = open(path, O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		return -errno;
	result = netlink_socket_in(netns, protocol);
	close(netns);
	return result;
}

/* open(byte[] path): a read-only descriptor, to name a namespace in a message. */
DOOR(jint, open)(JNIEnv *env, jobject self, jbyteArray path_bytes)
{
	char path[PATH_MAX];
	int result;

	(void)self;
	result = path_from(env, path_bytes, path);
	if (result)
		return result;
	result = open(path, O_RDONLY | O_CLOEXEC);
	return result < 0 ? -errno : result;
}

/* bind(int fd): lets the kernel choose the port. */
DOOR(jint, bind)(JNIEnv *env, jobject self, jint fd)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };

	(void)env;
	(void)self;
	return bind(fd, (struct sockaddr *)&local, sizeof(local)) ? -errno : 0;
}

/* port(int fd): the port that bind() got, an unsigned 32-bit number. */
DOOR(jlong, port)(JNIEnv *env, jobject self, jint fd)
{
	struct sockaddr_nl local = {};
	socklen_t length = sizeof(local);

	(void)env;
	(void)self;
	if (getsockname(fd, (struct sockaddr *)&local, &length))
		return -errno;
	if (length != sizeof(local) || local.nl_family != AF_NETLINK)
		return -EINVAL;
	return (jlong)local.nl_pid;
}

/* setOption(int fd, int level, int option, int value): group membership and everything else. */
DOOR(jint, setOption)
(JNIEnv *env, jobject self, jint fd, jint level, jint option, jint value)
{
	(void)env;
	(void)self;
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

/* send(int fd, ByteBuffer buffer, int offset, int length): one datagram to the kernel. */
DOOR(jint, send)
(JNIEnv *env, jobject self, jint fd, jobject buffer, jint offset, jint length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t sent;
	void *data;
	int err;

	(void)self;
	data = buffer_range(env, buffer, offset, length, &err);
	if (!data)
		return err;
	do {
		sent = sendto(fd, data, length, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : (jint)sent;
}

/*
 * receive(int fd, int wake, ByteBuffer buffer, int offset, int length, ByteBuffer from, boolean peek,
 * int timeoutMs): one datagram. Returns its full length, which is more than the given one when it
 * was cut (MSG_TRUNC); writes the sender's struct sockaddr_nl to from. A negative timeout waits
 * for ever, and readable wake ends the wait with -ECANCELED.
 */
DOOR(jint, receive)
(JNIEnv *env, jobject self, jint fd, jint wake, jobject buffer, jint offset, jint length,
 jobject from, jboolean peek, jint timeout_ms)
{
	int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	struct msghdr message = {};
	struct iovec part;
	ssize_t received;
	int err;

	(void)self;
	part.iov_base = buffer_range(env, buffer, offset, length, &err);
	if (err)
		return err;
	part.iov_len = length;
	message.msg_name = buffer_range(env, from, 0, sizeof(struct sockaddr_nl), &err);
	if (err)
		return err;
	message.msg_namelen = sizeof(struct sockaddr_nl);
	message.msg_iov = &part;
	message.msg_iovlen = 1;

	do {
		err = wait_readable(fd, wake, deadline);
		if (err)
			return err;
		received = recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC | (peek ? MSG_PEEK : 0));
		/* Another thread may have taken the datagram: wait for the next one. */
	} while (received < 0 && (errno == EINTR || errno == EAGAIN));
	if (received < 0)
		return -errno;
	if (message.msg_namelen != sizeof(struct sockaddr_nl))
		return -EPROTO;
	return received > INT_MAX ? -EMSGSIZE : (jint)received;
}

/* eventFd(): what a blocked receive() watches beside its socket. */
DOOR(jint, eventFd)(JNIEnv *env, jobject self)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	(void)env;
	(void)self;
	return fd < 0 ? -errno : fd;
}

/* signal(int fd): makes an eventFd() readable for good. */
DOOR(jint, signal)(JNIEnv *env, jobject self, jint fd)
{
	(void)env;
	(void)self;
	return eventfd_write(fd, 1) ? -errno : 0;
}

/* close(int fd). Linux has closed it even when it answers EINTR: never retry. */
DOOR(jint, close)(JNIEnv *env, jobject self, jint fd)
{
	(void)env;
	(void)self;
	return close(fd) ? -errno : 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's first program: init of the initrd, then the lab's agent.
 *
 * As PID 1 it loads the modules of the initrd in the order of /modules, mounts the shared root (9p,
 * read-only) under an overlay on RAM, enters it, and forks. PID 1 stays behind to reap whatever is
 * orphaned; the child serves the host over the virtio-serial port until the host lets go of it.
 *
 * The protocol (org.wg4j.lab.Wire holds the other end) is frames of
 *	u32 length of what follows | u8 type | u32 id | payload		(all big-endian)
 * The host names commands by id; several run at a time. Nothing here depends on the guest's user
 * space: a command may be a program of the root, or one of the agent's own ("@put", "@get",
 * "@netlink"), which run in a forked child like any other, so that they stream, fail and get killed
 * the same way.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum agent_limits {
	PROTOCOL_VERSION = 1,
	HEADER_LEN = 9,
	FRAME_MAX = 1 << 20, /* of what the length field counts */
	CHUNK_LEN = 32768,
	COMMANDS_MAX = 256,
	ARGUMENTS_MAX = 4096,
};

/* From the host. */
enum request_type {
	REQUEST_EXEC = 1,   /* cwd, count, argv..., count, environment...: strings, NUL-ended */
	REQUEST_STDIN = 2,  /* bytes; none = end of input */
	REQUEST_SIGNAL = 3, /* u8 signal; SIGKILL reaches every descendant */
	REQUEST_SYNC = 4,   /* answered when all of the kernel log so far was sent */
	REQUEST_POWER_OFF = 5,
	REQUEST_KILL_ALL = 6, /* every descendant of every command, answered like SYNC */
};

/* To the host. */
enum report_type {
	REPORT_HELLO = 64, /* u32 version, kernel release */
	REPORT_STDOUT = 65,
	REPORT_STDERR = 66,
	REPORT_EXIT = 67,   /* u8 enum exit_kind, u32 value */
	REPORT_TAKEN = 68,  /* u32 bytes of input the command has read: the host's credit */
	REPORT_KERNEL = 69, /* records as /dev/kmsg words them, each ended by NUL */
	REPORT_SYNCED = 70,
};

enum exit_kind {
	EXIT_NORMAL = 0,
	EXIT_SIGNAL = 1,
	EXIT_NOT_STARTED = 2
};

/*
 * What "@netlink PROTOCOL NAMESPACE" reads and writes, each with a u32 length of what follows in
 * front. It opens a socket, in the namespace of that file unless the name is empty, and says so by a
 * RESULT. Then each DATAGRAM or OPTION is answered by a RESULT; what is received goes to the host as
 * it comes. (org.wg4j.testcontainers.ForwardedChannel is the other end.)
 */
enum netlink_frame {
	NETLINK_DATAGRAM = 0, /* to the kernel: bytes; from it: u32 port of the sender, bytes */
	NETLINK_OPTION = 1,   /* u32 level, u32 option, u32 value */
	NETLINK_RESULT = 2,   /* u32 errno or 0, u32 the socket's port */
	NETLINK_LOST = 3,     /* u32 errno of a receive that failed; the socket goes on */
};

struct command {
	uint32_t id;
	pid_t pid;	  /* 0: slot is free */
	int in, out, err; /* our ends of the pipes, -1 when closed */
	uint8_t *input;	  /* what the host sent and the command has not taken yet */
	size_t input_len;
	bool input_ended;
};

static struct command commands[COMMANDS_MAX];
static int port = -1;
static int kernel_log = -1;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* To the console, by way of the kernel log: the one place that is there from the first instruction. */
static void say(const char *format, ...)
{
	char line[512];
	va_list arguments;
	int fd, len;

	len = snprintf(line, sizeof(line), "<5>lab-agent: ");
	va_start(arguments, format);
	len += vsnprintf(line + len, sizeof(line) - len, format, arguments);
	va_end(arguments);
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, line, strnlen(line, sizeof(line))) < 0)
		(void)len;
	close(fd);
}

static void power_off(void) __attribute__((noreturn));

/* QEMU runs with -no-reboot: a restart ends it, where a microvm cannot be switched off. */
static void power_off(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* Without its agent a guest is of no use: end it, so that the host sees it at once. */
static void give_up(const char *what) __attribute__((noreturn));

static void give_up(const char *what)
{
	say("%s: %s", what, strerror(errno));
	power_off();
}

/* ------------------------------------------------------------------------------ the boot */

static void mount_or_die(const char *source, const char *target, const char *type,
			 unsigned long flags, const char *options)
{
	if (mkdir(target, 0755) && errno != EEXIST)
		give_up(target);
	if (mount(source, target, type, flags, options))
		give_up(target);
}

/* Loads the initrd's modules; a built-in one has no file there, and no line in the list. */
static void load_modules(void)
{
	FILE *list = fopen("/modules", "re");
	char path[256];

	if (!list)
		give_up("/modules");
	while (fgets(path, sizeof(path), list)) {
		int fd;

		path[strcspn(path, "\n")] = '\0';
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			give_up(path);
		if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
			give_up(path);
		close(fd);
	}
	fclose(list);
}

static void link_or_die(const char *target, const char *path)
{
	unlink(path);
	if (symlink(target, path))
		give_up(path);
}

static void bring_loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request))
		give_up("loopback");
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		give_up("loopback");
	close(fd);
}

#define P9_OPTIONS "trans=virtio,version=9p2000.L,msize=512000,ro,"

static void mount_root(void)
{
	mount_or_die("root", "/lower", "9p", MS_RDONLY, P9_OPTIONS "cache=loose");
	mount_or_die("tmpfs", "/upper", "tmpfs", 0, "size=75%,mode=0755");
	if (mkdir("/upper/data", 0755) || mkdir("/upper/work", 0755))
		give_up("/upper");
	mount_or_die("overlay", "/root", "overlay", 0,
		     "lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work");
	/* The tree changes under the guest while its owner works: its cache must not outlive a file. */
	mount_or_die("project", "/root/wg4j", "9p", MS_RDONLY, P9_OPTIONS "cache=none");
	mount_or_die("dev", "/root/dev", "devtmpfs", 0, "mode=0755");
	mount_or_die("devpts", "/root/dev/pts", "devpts", 0, "gid=5,mode=620,ptmxmode=666");
	mount_or_die("shm", "/root/dev/shm", "tmpfs", 0, "mode=1777");
	mount_or_die("proc", "/root/proc", "proc", 0, NULL);
	mount_or_die("sysfs", "/root/sys", "sysfs", 0, NULL);
	mount_or_die("debugfs", "/root/sys/kernel/debug", "debugfs", 0, NULL);
	mount_or_die("tracefs", "/root/sys/kernel/tracing", "tracefs", 0, NULL);
	mount_or_die("cgroup", "/root/sys/fs/cgroup", "cgroup2", 0, NULL);
	mount_or_die("bpf", "/root/sys/fs/bpf", "bpf", 0, NULL);
	mount_or_die("run", "/root/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
	mount_or_die("tmp", "/root/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		give_up("entering the root");

	link_or_die("/proc/self/fd", "/dev/fd");
	link_or_die("fd/0", "/dev/stdin");
	link_or_die("fd/1", "/dev/stdout");
	link_or_die("fd/2", "/dev/stderr");
	/* The file that ip netns needs to be a mount point of its own. */
	if (mkdir("/run/netns", 0755) || mkdir("/run/lock", 01777))
		give_up("/run");
	sethostname("lab", 3);
}

/* The port's device is named by the host; the kernel numbers it. */
static void open_port(void)
{
	char path[300], name[64];
	struct dirent *entry;
	DIR *ports = opendir("/sys/class/virtio-ports");

	if (!ports)
		give_up("/sys/class/virtio-ports");
	while ((entry = readdir(ports))) {
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file) && !strcmp(name, "lab.agent\n")) {
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			port = open(path, O_RDWR | O_CLOEXEC);
		}
		fclose(file);
	}
	closedir(ports);
	if (port < 0)
		give_up("the lab.agent port");
}

/* ------------------------------------------------------------------------------ frames */

static void put_u32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, sizeof(value));
}

static uint32_t get_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return ntohl(value);
}

static void send_all(const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t sent = write(port, bytes, len);

		if (sent < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (sent <= 0)
			give_up("writing to the host");
		bytes += sent;
		len -= sent;
	}
}

/* One write for a frame: the port's rings are slow per buffer, not per byte. */
static void report(enum report_type type, uint32_t id, const void *payload, size_t len)
{
	static uint8_t frame[HEADER_LEN + CHUNK_LEN];

	put_u32(frame, len + 5);
	frame[4] = type;
	put_u32(frame + 5, id);
	if (len)
		memcpy(frame + HEADER_LEN, payload, len);
	send_all(frame, HEADER_LEN + len);
}

static void report_exit(uint32_t id, enum exit_kind kind, uint32_t value)
{
	uint8_t payload[5] = { kind };

	put_u32(payload + 1, value);
	report(REPORT_EXIT, id, payload, sizeof(payload));
}

static void report_hello(void)
{
	uint8_t payload[4 + sizeof(((struct utsname *)0)->release)];
	struct utsname system;

	uname(&system);
	put_u32(payload, PROTOCOL_VERSION);
	memcpy(payload + 4, system.release, strlen(system.release));
	report(REPORT_HELLO, 0, payload, 4 + strlen(system.release));
}

/* ------------------------------------------------------------------------------ kernel log */

/* Sends every record that is there; a reader that was overtaken (EPIPE) is told so by a record. */
static void forward_kernel_log(void)
{
	static char batch[CHUNK_LEN];
	static char record[8192];
	size_t used = 0;

	for (;;) {
		ssize_t len = read(kernel_log, record, sizeof(record) - 1);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == EPIPE)
			len = snprintf(record, sizeof(record),
				       "4,0,0,-;lab-agent: kernel log records were lost");
		if (len <= 0)
			break;
		record[len++] = '\0';
		if (used + len > sizeof(batch)) {
			report(REPORT_KERNEL, 0, batch, used);
			used = 0;
		}
		memcpy(batch + used, record, len);
		used += len;
	}
	if (used)
		report(REPORT_KERNEL, 0, batch, used);
}

/* ------------------------------------------------------------------------------ commands */

static struct command *command_find(uint32_t id)
{
	for (int i = 0; i < COMMANDS_MAX; i++)
		if (commands[i].pid && commands[i].id == id)
			return &commands[i];
	return NULL;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Writes @text to a control file; commands live in a control group each, so that killing one finds
 * descendants that left its session and its process group too.
 */
static int group_write(uint32_t id, const char *file, const char *text)
{
	char path[96];
	int fd, result;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/lab-%u/%s", id, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = write(fd, text, strlen(text)) < 0 ? -1 : 0;
	close(fd);
	return result;
}

static void group_create(uint32_t id)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/lab-%u", id);
	if (mkdir(path, 0755) && errno != EEXIST)
		say("%s: %s", path, strerror(errno));
}

/* A group with a daemon in it refuses to go; it is kept for REQUEST_KILL_ALL. */
static void group_remove(uint32_t id)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/lab-%u", id);
	rmdir(path);
}

static void kill_everything(void)
{
	DIR *groups = opendir("/sys/fs/cgroup");
	struct dirent *entry;

	while (groups && (entry = readdir(groups))) {
		unsigned int id;

		if (sscanf(entry->d_name, "lab-%u", &id) != 1)
			continue;
		group_write(id, "cgroup.kill", "1");
		if (!command_find(id))
			group_remove(id);
	}
	if (groups)
		closedir(groups);
}

static int file_put(const char *path, const char *mode)
{
	char part[4096], buffer[CHUNK_LEN];
	ssize_t len;
	int fd;

	if (snprintf(part, sizeof(part), "%s.lab-part", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		goto err;
	}
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		goto err;
	while ((len = read(0, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0, written; done < len; done += written) {
			written = write(fd, buffer + done, len - done);
			if (written < 0)
				goto err;
		}
	if (len < 0 || fchmod(fd, strtoul(mode, NULL, 8)) || close(fd) || rename(part, path))
		goto err;
	return 0;
err:
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return 1;
}

static int file_get(const char *path)
{
	char buffer[CHUNK_LEN];
	ssize_t len;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		goto err;
	while ((len = read(fd, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0, written; done < len; done += written) {
			written = write(1, buffer + done, len - done);
			if (written < 0)
				goto err;
		}
	if (len == 0)
		return 0;
err:
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return 1;
}

/* False at the end of the input, also in the middle of what was asked for. */
static bool read_fully(void *to, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t got = read(0, (uint8_t *)to + done, len - done);

		if (got <= 0)
			return false;
		done += got;
	}
	return true;
}

/* @frame has room for the length and the kind in front of the @len bytes of payload. */
static bool netlink_report(uint8_t *frame, enum netlink_frame kind, size_t len)
{
	put_u32(frame, len + 1);
	frame[4] = kind;
	len += 5;
	for (size_t done = 0; done < len;) {
		ssize_t written = write(1, frame + done, len - done);

		if (written < 0)
			return false;
		done += written;
	}
	return true;
}

static bool netlink_result(int error, uint32_t socket_port)
{
	uint8_t frame[5 + 8];

	put_u32(frame + 5, error);
	put_u32(frame + 9, socket_port);
	return netlink_report(frame, NETLINK_RESULT, 8);
}

static int netlink_open(int protocol, const char *namespace, uint32_t *socket_port)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(address);
	int fd;

	if (namespace[0]) {
		fd = open(namespace, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, CLONE_NEWNET))
			return -1;
		close(fd);
	}
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) ||
	    getsockname(fd, (struct sockaddr *)&address, &len))
		return -1;
	*socket_port = address.nl_pid;
	return fd;
}

/* One datagram, or its loss, from the kernel to the host. */
static bool netlink_receive(int fd, uint8_t *frame)
{
	struct sockaddr_nl sender;
	socklen_t sender_len = sizeof(sender);
	size_t room = FRAME_MAX - 9;
	ssize_t len = recvfrom(fd, frame + 9, room, MSG_DONTWAIT | MSG_TRUNC,
			       (struct sockaddr *)&sender, &sender_len);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (len < 0 || (size_t)len > room) {
		put_u32(frame + 5, len < 0 ? errno : EMSGSIZE);
		return netlink_report(frame, NETLINK_LOST, 4);
	}
	put_u32(frame + 5, sender.nl_pid);
	return netlink_report(frame, NETLINK_DATAGRAM, 4 + len);
}

/* One request of the host; false when there are no more. */
static bool netlink_serve(int fd, uint32_t socket_port, uint8_t *frame)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int error = EBADMSG;
	uint32_t len;

	if (!read_fully(frame, 4))
		return false;
	len = get_u32(frame);
	if (!len || len > FRAME_MAX || !read_fully(frame, len))
		return false;
	if (frame[0] == NETLINK_DATAGRAM) {
		error = sendto(fd, frame + 1, len - 1, 0, (struct sockaddr *)&kernel,
			       sizeof(kernel)) < 0 ?
				errno :
				0;
	} else if (frame[0] == NETLINK_OPTION && len == 13) {
		int value = get_u32(frame + 9);

		error = setsockopt(fd, get_u32(frame + 1), get_u32(frame + 5), &value,
				   sizeof(value)) ?
				errno :
				0;
	}
	return netlink_result(error, socket_port);
}

/* A netlink socket of this guest in the hands of the host. */
static int netlink_forward(const char *protocol, const char *namespace)
{
	static uint8_t frame[FRAME_MAX];
	uint32_t socket_port = 0;
	int fd = netlink_open(atoi(protocol), namespace, &socket_port);

	if (!netlink_result(fd < 0 ? errno : 0, socket_port) || fd < 0)
		return 1;
	for (;;) {
		struct pollfd polled[] = {
			{ .fd = 0, .events = POLLIN },
			{ .fd = fd, .events = POLLIN },
		};

		if (poll(polled, 2, -1) < 0)
			return 1;
		if (polled[1].revents && !netlink_receive(fd, frame))
			return 1;
		if (polled[0].revents && !netlink_serve(fd, socket_port, frame))
			return 0;
	}
}

static void child_run(uint32_t id, const char *cwd, char **argv, char **environment, int failure)
	__attribute__((noreturn));

static void child_run(uint32_t id, const char *cwd, char **argv, char **environment, int failure)
{
	sigset_t none;
	int error;

	setsid();
	group_write(id, "cgroup.procs", "0");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (chdir(cwd))
		goto err;
	/* Without a new program nothing closes what was opened for it: its own input would never end. */
	if (argv[0][0] == '@')
		close_range(3, ~0U, 0);
	if (!strcmp(argv[0], "@put") && argv[1] && argv[2])
		_exit(file_put(argv[1], argv[2]));
	if (!strcmp(argv[0], "@get") && argv[1])
		_exit(file_get(argv[1]));
	if (!strcmp(argv[0], "@netlink") && argv[1] && argv[2])
		_exit(netlink_forward(argv[1], argv[2]));
	/* execvpe searches the PATH of its caller, which is therefore made the command's own. */
	environ = environment;
	execvp(argv[0], argv);
err:
	/* An unknown one of our own has no descriptor left to say so, but its exit code does. */
	error = errno;
	if (write(failure, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Takes a list of @count strings off a payload; false when it is not there in full. */
static bool take_strings(const uint8_t **at, const uint8_t *end, char ***list)
{
	uint32_t count;

	if (end - *at < 4)
		return false;
	count = get_u32(*at);
	*at += 4;
	if (count > ARGUMENTS_MAX)
		return false;
	*list = calloc(count + 1, sizeof(char *));
	if (!*list)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *nul = memchr(*at, 0, end - *at);

		if (!nul)
			return false;
		(*list)[i] = (char *)*at;
		*at = nul + 1;
	}
	return true;
}

static void command_start(uint32_t id, const uint8_t *payload, size_t len)
{
	const uint8_t *at = payload, *end = payload + len;
	char **cwd = NULL, **argv = NULL, **environment = NULL;
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 }, failure[2] = { -1, -1 };
	struct command *command = NULL;
	int error;
	pid_t pid;

	if (!take_strings(&at, end, &cwd) || !cwd[0] || !take_strings(&at, end, &argv) ||
	    !argv[0] || !take_strings(&at, end, &environment)) {
		error = EBADMSG;
		goto err;
	}
	for (int i = 0; i < COMMANDS_MAX && !command; i++)
		if (!commands[i].pid)
			command = &commands[i];
	if (!command) {
		error = EAGAIN;
		goto err;
	}
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) ||
	    pipe2(failure, O_CLOEXEC)) {
		error = errno;
		goto err;
	}
	group_create(id);
	pid = fork();
	if (pid < 0) {
		error = errno;
		goto err;
	}
	if (!pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		child_run(id, cwd[0], argv, environment, failure[1]);
	}
	close_end(&in[0]);
	close_end(&out[1]);
	close_end(&err[1]);
	close_end(&failure[1]);
	/* Ends when the program has started (the pipe closes with it) or says why it could not. The
	 * built-in ones keep it open: they never fail to start, and waiting for their end would stall
	 * every other command.
	 */
	if (argv[0][0] != '@' && read(failure[0], &error, sizeof(error)) == sizeof(error)) {
		waitpid(pid, NULL, 0);
		goto err;
	}
	close_end(&failure[0]);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	*command = (struct command){
		.id = id,
		.pid = pid,
		.in = in[1],
		.out = out[0],
		.err = err[0],
	};
	goto out;
err:
	for (int i = 0; i < 2; i++) {
		close_end(&in[i]);
		close_end(&out[i]);
		close_end(&err[i]);
		close_end(&failure[i]);
	}
	group_remove(id);
	report_exit(id, EXIT_NOT_STARTED, error);
out:
	free(cwd);
	free(argv);
	free(environment);
}

/* Passes on what a command wrote. Up to @rounds chunks, so that one that never stops cannot keep the
 * others from being served.
 */
static void command_forward(struct command *command, int *fd, enum report_type type, int rounds)
{
	static uint8_t buffer[CHUNK_LEN];

	while (*fd >= 0 && rounds--) {
		ssize_t len = read(*fd, buffer, sizeof(buffer));

		if (len > 0)
			report(type, command->id, buffer, len);
		else if (len == 0 || errno != EAGAIN)
			close_end(fd);
		else
			break;
	}
}

static void command_feed(struct command *command)
{
	uint8_t taken[4];
	ssize_t len;

	if (command->in < 0)
		return;
	if (command->input_len) {
		len = write(command->in, command->input, command->input_len);
		if (len < 0 && errno == EAGAIN)
			return;
		if (len < 0) {
			/* It closed its input: the rest has no reader, and that is its right. */
			len = command->input_len;
			close_end(&command->in);
		}
		memmove(command->input, command->input + len, command->input_len - len);
		command->input_len -= len;
		put_u32(taken, len);
		report(REPORT_TAKEN, command->id, taken, sizeof(taken));
	}
	if (!command->input_len && command->input_ended)
		close_end(&command->in);
}

static void command_input(struct command *command, const uint8_t *bytes, size_t len)
{
	uint8_t *longer;

	if (!len) {
		command->input_ended = true;
	} else {
		longer = realloc(command->input, command->input_len + len);
		if (!longer)
			give_up("input of a command");
		memcpy(longer + command->input_len, bytes, len);
		command->input = longer;
		command->input_len += len;
	}
	command_feed(command);
}

static void command_signal(struct command *command, int number)
{
	/* SIGKILL is how the lab ends a command: nothing of it may survive. */
	if (number == SIGKILL && !group_write(command->id, "cgroup.kill", "1"))
		return;
	kill(-command->pid, number);
}

/*
 * A command is over when its first process is; what that had written by then is in the pipes and is
 * sent. A daemon it leaves behind may hold the pipes open for good, so their end is not waited for.
 */
static void reap_commands(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < COMMANDS_MAX; i++) {
			struct command *command = &commands[i];

			if (command->pid != pid)
				continue;
			/* A pipe holds 64 KiB: more rounds would be what somebody else still writes. */
			command_forward(command, &command->out, REPORT_STDOUT, 4);
			command_forward(command, &command->err, REPORT_STDERR, 4);
			close_end(&command->in);
			close_end(&command->out);
			close_end(&command->err);
			free(command->input);
			command->pid = 0;
			group_remove(command->id);
			if (WIFSIGNALED(status))
				report_exit(command->id, EXIT_SIGNAL, WTERMSIG(status));
			else
				report_exit(command->id, EXIT_NORMAL, WEXITSTATUS(status));
		}
	}
}

/* ------------------------------------------------------------------------------ the agent */

static void handle(uint8_t type, uint32_t id, const uint8_t *payload, size_t len)
{
	struct command *command = command_find(id);

	switch (type) {
	case REQUEST_EXEC:
		command_start(id, payload, len);
		break;
	case REQUEST_STDIN:
		if (command)
			command_input(command, payload, len);
		break;
	case REQUEST_SIGNAL:
		if (command && len == 1)
			command_signal(command, payload[0]);
		break;
	case REQUEST_KILL_ALL:
		kill_everything();
		/* fall through */
	case REQUEST_SYNC:
		forward_kernel_log();
		report(REPORT_SYNCED, id, NULL, 0);
		break;
	case REQUEST_POWER_OFF:
		say("powering off");
		forward_kernel_log();
		report(REPORT_SYNCED, id, NULL, 0);
		power_off();
	default:
		say("unknown request %u", type);
	}
}

static void receive(void)
{
	static uint8_t buffer[4 + FRAME_MAX];
	static size_t used;
	ssize_t len = read(port, buffer + used, sizeof(buffer) - used);
	size_t at = 0;

	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (len <= 0) {
		say("the host is gone");
		power_off();
	}
	used += len;
	while (used - at >= 4) {
		uint32_t body = get_u32(buffer + at);

		if (body < 5 || body > FRAME_MAX) {
			errno = EBADMSG;
			give_up("a frame of the host");
		}
		if (used - at < 4 + body)
			break;
		handle(buffer[at + 4], get_u32(buffer + at + 5), buffer + at + HEADER_LEN,
		       body - 5);
		at += 4 + body;
	}
	memmove(buffer, buffer + at, used - at);
	used -= at;
}

static void serve(void) __attribute__((noreturn));

static void serve(void)
{
	static struct pollfd polled[3 + 3 * COMMANDS_MAX];
	static struct signalfd_siginfo ignored;
	sigset_t children;
	int signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (signals < 0 || kernel_log < 0)
		give_up("the agent's descriptors");

	forward_kernel_log();
	report_hello();
	for (;;) {
		nfds_t count = 3;

		polled[0] = (struct pollfd){ .fd = port, .events = POLLIN };
		polled[1] = (struct pollfd){ .fd = signals, .events = POLLIN };
		polled[2] = (struct pollfd){ .fd = kernel_log, .events = POLLIN };
		for (int i = 0; i < COMMANDS_MAX; i++) {
			struct command *command = &commands[i];

			if (!command->pid)
				continue;
			polled[count++] = (struct pollfd){ .fd = command->out, .events = POLLIN };
			polled[count++] = (struct pollfd){ .fd = command->err, .events = POLLIN };
			/* Polled only while there is something for it: a pipe whose reader is gone
			 * reports that without end.
			 */
			polled[count++] = (struct pollfd){
				.fd = command->input_len ? command->in : -1,
				.events = POLLOUT,
			};
		}
		if (poll(polled, count, -1) < 0 && errno != EINTR)
			give_up("poll");
		for (int i = 0; i < COMMANDS_MAX; i++) {
			struct command *command = &commands[i];

			if (!command->pid)
				continue;
			command_forward(command, &command->out, REPORT_STDOUT, 1);
			command_forward(command, &command->err, REPORT_STDERR, 1);
			command_feed(command);
		}
		if (polled[2].revents)
			forward_kernel_log();
		if (polled[1].revents) {
			while (read(signals, &ignored, sizeof(ignored)) > 0)
				;
			reap_commands();
		}
		if (polled[0].revents)
			receive();
	}
}

int main(void)
{
	pid_t agent;
	int status;

	if (getpid() != 1) {
		fprintf(stderr, "lab-agent is the init of a lab guest and nothing else\n");
		return 2;
	}
	umask(022);
	mount_or_die("dev", "/dev", "devtmpfs", 0, NULL);
	mount_or_die("proc", "/proc", "proc", 0, NULL);
	mount_or_die("sysfs", "/sys", "sysfs", 0, NULL);
	load_modules();
	mount_root();
	bring_loopback_up();
	open_port();

	agent = fork();
	if (agent < 0)
		give_up("fork");
	if (!agent)
		serve();
	close(port);
	/* Reaps every orphan; only the agent's own end is an end of the machine. */
	for (;;) {
		pid_t pid = wait(&status);

		if (pid == agent || (pid < 0 && errno == ECHILD)) {
			say("the agent ended with status %x", status);
			power_off();
		}
	}
}

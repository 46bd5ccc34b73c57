/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may befall a program, put before it with LD_PRELOAD, so that the programs need no code for it:
 *
 *	PIPIT_FATE=commit:before:3   dies (as by kill -9) right before its third commit; also "after", and
 *	                             "sync" (fsync, fdatasync), "send" and "recv" (on a socket)
 *	PIPIT_FATE_FULL=FILE         while FILE is there, no file can be written (ENOSPC), but for logs (O_APPEND)
 *	PIPIT_FATE_BELOW=FOLDER      the same, but only for files below FOLDER
 *	PIPIT_FATE_SLOW=MS           its disk takes so much longer for each sync
 *	PIPIT_FATE_CLOCK=SECONDS     its clock is off by so much
 *	PIPIT_FATE_SPEED=FACTOR:TIME its time runs so much faster, since this time (Unix seconds); so do its waits in poll
 *	PIPIT_FATE_DNS=FILE          names in pipit.test are this machine's; while FILE is there, no name server answers */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#define PUBLIC __attribute__((visibility("default")))
/* ISO C knows no conversion from dlsym()'s pointer to a function's. */
#define NEXT(name)                                                                                           \
	static __typeof__(&(name)) next;                                                                     \
	if (next == NULL)                                                                                    \
	*(void **)&next = dlsym(RTLD_NEXT, #name)

/* As long as glibc's resolver goes on with two name servers that are silent. */
#define RESOLVER_TRIES 1000
#define RESOLVER_TRY_US 20000

static struct {
	char kind[16];
	bool before;
	int number; /* 0: it lives */
	const char *full;
	const char *below; /* NULL: everywhere */
	unsigned slow;     /* µs */
	time_t clock;
	int speed; /* 0: as everybody's */
	time_t since;
	struct timespec monotonic; /* when it began */
	const char *dns;
} fate;
static atomic_int passed;

static void
read_speed(void)
{
	const char *speed = getenv("PIPIT_FATE_SPEED");
	long long since = 0;

	if (speed == NULL)
		return;
	clock_gettime(CLOCK_MONOTONIC, &fate.monotonic);
	if (sscanf(speed, "%d:%lld", &fate.speed, &since) != 2)
		abort();
	fate.since = (time_t)since;
}

__attribute__((constructor)) static void
read_fate(void)
{
	const char *step = getenv("PIPIT_FATE");
	const char *clock_offset = getenv("PIPIT_FATE_CLOCK");
	char when[16] = "";

	const char *slow = getenv("PIPIT_FATE_SLOW");
	fate.slow = slow != NULL ? (unsigned)atoi(slow) * 1000 : 0;
	fate.full = getenv("PIPIT_FATE_FULL");
	fate.below = getenv("PIPIT_FATE_BELOW");
	fate.dns = getenv("PIPIT_FATE_DNS");
	fate.clock = clock_offset != NULL ? (time_t)strtoll(clock_offset, NULL, 10) : 0;
	if (step != NULL && sscanf(step, "%15[a-z]:%15[a-z]:%d", fate.kind, when, &fate.number) != 3)
		abort();
	fate.before = strcmp(when, "before") == 0;
	read_speed();
}

/* Counts a step of this kind, and dies there if it is the one. Returns whether to die behind it. */
static bool
begin_step(const char *kind)
{
	if (fate.number == 0 || strcmp(fate.kind, kind) != 0 ||
	    atomic_fetch_add(&passed, 1) + 1 != fate.number)
		return false;
	if (fate.before)
		kill(getpid(), SIGKILL);
	return true;
}

static void
end_step(bool die)
{
	if (die)
		kill(getpid(), SIGKILL);
}

/* ---- commits ---- */

static bool
commits(sqlite3_stmt *statement)
{
	const char *sql = sqlite3_sql(statement);

	if (sql == NULL || strncmp(sql, "BEGIN", 5) == 0)
		return false;
	return strncmp(sql, "COMMIT", 6) == 0 ||
	       (sqlite3_get_autocommit(sqlite3_db_handle(statement)) && !sqlite3_stmt_readonly(statement));
}

PUBLIC int
sqlite3_step(sqlite3_stmt *statement)
{
	NEXT(sqlite3_step);
	bool die = fate.number != 0 && commits(statement) && begin_step("commit");
	int result = next(statement);
	end_step(die);
	return result;
}

PUBLIC int
fsync(int fd)
{
	NEXT(fsync);
	bool die = begin_step("sync");
	usleep(fate.slow);
	int result = next(fd);
	end_step(die);
	return result;
}

PUBLIC int
fdatasync(int fd)
{
	NEXT(fdatasync);
	bool die = begin_step("sync");
	usleep(fate.slow);
	int result = next(fd);
	end_step(die);
	return result;
}

/* ---- the network ---- */

PUBLIC ssize_t
send(int fd, const void *bytes, size_t size, int flags)
{
	NEXT(send);
	bool die = begin_step("send");
	ssize_t result = next(fd, bytes, size, flags);
	end_step(die);
	return result;
}

PUBLIC ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	NEXT(sendmsg);
	bool die = begin_step("send");
	ssize_t result = next(fd, message, flags);
	end_step(die);
	return result;
}

PUBLIC ssize_t
recv(int fd, void *bytes, size_t size, int flags)
{
	NEXT(recv);
	bool die = begin_step("recv");
	ssize_t result = next(fd, bytes, size, flags);
	end_step(die);
	return result;
}

/* ---- the disk ---- */

static bool
is_below(int fd)
{
	char link[64];
	char path[4096];

	if (fate.below == NULL)
		return true;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof path);
	size_t folder = strlen(fate.below);
	return length > (ssize_t)folder && memcmp(path, fate.below, folder) == 0;
}

static bool
has_no_room(int fd)
{
	struct stat status;

	if (fate.full == NULL || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
	    (fcntl(fd, F_GETFL) & O_APPEND) != 0 || access(fate.full, F_OK) != 0 || !is_below(fd))
		return false;
	errno = ENOSPC;
	return true;
}

PUBLIC ssize_t
write(int fd, const void *bytes, size_t size)
{
	NEXT(write);
	return has_no_room(fd) ? -1 : next(fd, bytes, size);
}

PUBLIC ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	NEXT(pwrite64);
	return has_no_room(fd) ? -1 : next(fd, bytes, size, offset);
}

PUBLIC ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	NEXT(pwrite);
	return has_no_room(fd) ? -1 : next(fd, bytes, size, offset);
}

/* ---- the clock ---- */

static void
speed_up(struct timespec *now, struct timespec since)
{
	long long nanoseconds = (now->tv_sec - since.tv_sec) * 1000000000LL + now->tv_nsec - since.tv_nsec;

	nanoseconds = nanoseconds * fate.speed + since.tv_nsec;
	now->tv_sec = since.tv_sec + (time_t)(nanoseconds / 1000000000LL);
	now->tv_nsec = (long)(nanoseconds % 1000000000LL);
}

PUBLIC int
clock_gettime(clockid_t clock, struct timespec *now)
{
	NEXT(clock_gettime);
	int result = next(clock, now);
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
		if (fate.speed != 0)
			speed_up(now, (struct timespec){.tv_sec = fate.since});
		now->tv_sec += fate.clock;
	} else if (fate.speed != 0 && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE)) {
		speed_up(now, fate.monotonic);
	}
	return result;
}

PUBLIC int
gettimeofday(struct timeval *restrict when, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	when->tv_sec = now.tv_sec;
	when->tv_usec = now.tv_nsec / 1000;
	return 0;
}

PUBLIC time_t
time(time_t *where)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (where != NULL)
		*where = now.tv_sec;
	return now.tv_sec;
}

static int
sooner(int milliseconds)
{
	return fate.speed == 0 || milliseconds <= 0 ? milliseconds
						    : (milliseconds + fate.speed - 1) / fate.speed;
}

PUBLIC int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	NEXT(poll);
	return next(fds, count, sooner(timeout));
}

PUBLIC int
epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
	NEXT(epoll_wait);
	return next(epoll, events, count, sooner(timeout));
}

/* ---- names ---- */

PUBLIC int
getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
	    struct addrinfo **restrict found)
{
	NEXT(getaddrinfo);
	const char *domain = fate.dns != NULL && node != NULL ? strchr(node, '.') : NULL;

	if (domain == NULL || strcmp(domain, ".pipit.test") != 0)
		return next(node, service, hints, found);
	for (int tried = 0; access(fate.dns, F_OK) == 0; tried++) {
		if (tried == RESOLVER_TRIES)
			return EAI_AGAIN;
		usleep(RESOLVER_TRY_US);
	}
	return next("127.0.0.1", service, hints, found);
}

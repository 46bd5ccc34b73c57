/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions of the C library and of libgcrypt, with a failure in front. */
#undef _FORTIFY_SOURCE /* what it makes of these calls would pass by here */
#include "tests/torture/fault.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gcrypt.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

static struct {
	gint armed;
	gboolean elsewhere;
	FaultKind kind;
	guint nth;
	gint calls;
	gint struck;
	const char *only; /* calls of this name alone; or NULL */
	const char *name; /* of the first call that failed */
} fault;

static __thread gboolean is_main; /* the thread that tries */

static gboolean
counts(gboolean memory)
{
	return g_atomic_int_get(&fault.armed) && memory == (fault.kind == FAULT_MEMORY_ONCE) &&
	       is_main != fault.elsewhere;
}

static gboolean
strikes(const char *name, gboolean memory)
{
	if (!counts(memory) || (fault.only != NULL && strcmp(name, fault.only) != 0))
		return FALSE;
	guint call = (guint)g_atomic_int_add(&fault.calls, 1) + 1;
	if (call < fault.nth || (call > fault.nth && fault.kind != FAULT_CALLS_ON))
		return FALSE;
	if (g_atomic_int_compare_and_exchange(&fault.struck, FALSE, TRUE))
		fault.name = name;
	errno = fault.kind == FAULT_CALLS_ON ? ENOSPC : EIO;
	return TRUE;
}

static void
begin(FaultKind kind, guint nth, const char *only, gboolean elsewhere)
{
	is_main = TRUE;
	fault.kind = kind;
	fault.nth = nth;
	fault.only = only;
	fault.elsewhere = elsewhere;
	g_atomic_int_set(&fault.calls, 0);
	g_atomic_int_set(&fault.struck, FALSE);
	g_atomic_int_set(&fault.armed, TRUE);
}

void
fault_begin(FaultKind kind, guint nth)
{
	begin(kind, nth, NULL, FALSE);
}

void
fault_begin_elsewhere(FaultKind kind, guint nth)
{
	begin(kind, nth, NULL, TRUE);
}

void
fault_begin_of(const char *name)
{
	begin(FAULT_CALL_ONCE, 1, name, TRUE);
}

guint
fault_stride(FaultKind kind)
{
	static const guint by_day[] = {[FAULT_CALL_ONCE] = 1, [FAULT_CALLS_ON] = 3, [FAULT_MEMORY_ONCE] = 53};
	return g_getenv("PIPIT_LONG") == NULL ? by_day[kind] : 1;
}

const char *
fault_end(void)
{
	g_atomic_int_set(&fault.armed, FALSE);
	return g_atomic_int_get(&fault.struck) ? fault.name : NULL;
}

/* ---- Memory of SQLite ---- */

static sqlite3_mem_methods memory;

static void *
allocate(int size)
{
	return strikes("sqlite3_malloc", TRUE) ? NULL : memory.xMalloc(size);
}

static void *
reallocate(void *piece, int size)
{
	return strikes("sqlite3_realloc", TRUE) ? NULL : memory.xRealloc(piece, size);
}

void
fault_init(void)
{
	if (access("/dev/shm", W_OK) == 0)
		g_setenv("TMPDIR", "/dev/shm", TRUE);
	g_assert_cmpint(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory), ==, SQLITE_OK);
	sqlite3_mem_methods failing = memory;
	failing.xMalloc = allocate;
	failing.xRealloc = reallocate;
	g_assert_cmpint(sqlite3_config(SQLITE_CONFIG_MALLOC, &failing), ==, SQLITE_OK);
	/* Else connections keep pieces for themselves, and few calls come by here. */
	g_assert_cmpint(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), ==, SQLITE_OK);
}

/* ---- The C library ---- */

/* The next definition of a function: the C library's, or a sanitizer's before it. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

#define FAILING(type, failed, name, parameters, arguments)                                                   \
	EXPORTED type name parameters                                                                        \
	{                                                                                                    \
		static __typeof__(&(name)) next;                                                             \
		if (strikes(#name, FALSE))                                                                   \
			return failed;                                                                       \
		if (next == NULL)                                                                            \
			next = NEXT(name);                                                                   \
		return next arguments;                                                                       \
	}

FAILING(int, -1, fsync, (int fd), (fd))
FAILING(int, -1, fdatasync, (int fd), (fd))
FAILING(int, -1, ftruncate, (int fd, off_t size), (fd, size))
FAILING(int, -1, ftruncate64, (int fd, off64_t size), (fd, size))
FAILING(int, -1, flock, (int fd, int operation), (fd, operation))
FAILING(int, -1, fchmod, (int fd, mode_t mode), (fd, mode))
FAILING(int, -1, fstat, (int fd, struct stat *status), (fd, status))
FAILING(int, -1, fstat64, (int fd, struct stat64 *status), (fd, status))
FAILING(int, -1, stat, (const char *path, struct stat *status), (path, status))
FAILING(int, -1, stat64, (const char *path, struct stat64 *status), (path, status))
FAILING(int, -1, lstat64, (const char *path, struct stat64 *status), (path, status))
FAILING(int, -1, chmod, (const char *path, mode_t mode), (path, mode))
FAILING(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
FAILING(int, -1, access, (const char *path, int mode), (path, mode))
FAILING(int, -1, rename, (const char *from, const char *to), (from, to))
FAILING(int, -1, unlink, (const char *path), (path))
FAILING(DIR *, NULL, opendir, (const char *path), (path))
FAILING(ssize_t, -1, read, (int fd, void *bytes, size_t size), (fd, bytes, size))
FAILING(ssize_t, -1, pread64, (int fd, void *bytes, size_t size, off64_t at), (fd, bytes, size, at))
FAILING(ssize_t, -1, pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at))
FAILING(ssize_t, -1, pwrite64, (int fd, const void *bytes, size_t size, off64_t at), (fd, bytes, size, at))
FAILING(int, -1, socket, (int family, int type, int protocol), (family, type, protocol))
FAILING(int, -1, bind, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size))
FAILING(int, -1, listen, (int fd, int backlog), (fd, backlog))
FAILING(int, -1, connect, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size))
FAILING(int, -1, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags),
	(fd, address, size, flags))
FAILING(ssize_t, -1, send, (int fd, const void *bytes, size_t size, int flags), (fd, bytes, size, flags))
FAILING(ssize_t, -1, recv, (int fd, void *bytes, size_t size, int flags), (fd, bytes, size, flags))
FAILING(ssize_t, -1, sendfile64, (int to, int from, off64_t *at, size_t size), (to, from, at, size))
FAILING(ssize_t, -1, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
FAILING(int, -1, epoll_create1, (int flags), (flags))
FAILING(int, -1, eventfd, (unsigned int count, int flags), (count, flags))

#define NO_MEMORY gcry_error(GPG_ERR_ENOMEM)

/* libgcrypt's Argon2id, which wants a piece of memory that may well not be there. */
FAILING(gcry_error_t, NO_MEMORY, gcry_kdf_open,
	(gcry_kdf_hd_t * handle, int algorithm, int variant, const unsigned long *parameters,
	 unsigned int n_parameters, const void *password, size_t password_size, const void *salt,
	 size_t salt_size, const void *key, size_t key_size, const void *more, size_t more_size),
	(handle, algorithm, variant, parameters, n_parameters, password, password_size, salt, salt_size, key,
	 key_size, more, more_size))
FAILING(gcry_error_t, NO_MEMORY, gcry_kdf_compute,
	(gcry_kdf_hd_t handle, const struct gcry_kdf_thread_ops *threads), (handle, threads))
FAILING(gcry_error_t, NO_MEMORY, gcry_kdf_final, (gcry_kdf_hd_t handle, size_t size, void *hash),
	(handle, size, hash))

static gboolean
is_from(const void *caller, const char *library)
{
	Dl_info place;
	return dladdr(caller, &place) != 0 && place.dli_fname != NULL &&
	       strstr(place.dli_fname, library) != NULL;
}

/* libmicrohttpd ends the program ("Failed to remove FD from epoll set") where it can't take a socket out of its set, which
 * happens only to a set that is broken: nobody could go on after that. */
EXPORTED int
epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	gboolean fatal = operation == EPOLL_CTL_DEL && is_from(__builtin_return_address(0), "libmicrohttpd");
	if (!fatal && strikes("epoll_ctl", FALSE))
		return -1;
	return NEXT(epoll_ctl)(epoll, operation, fd, event);
}

/* An eventfd, which wakes a thread, takes what is written to it. */
static gboolean
is_file(int fd)
{
	struct stat status;
	return NEXT(fstat)(fd, &status) == 0 && S_ISREG(status.st_mode);
}

EXPORTED ssize_t
write(int fd, const void *bytes, size_t size)
{
	if (g_atomic_int_get(&fault.armed) && is_file(fd) && strikes("write", FALSE))
		return -1;
	return NEXT(write)(fd, bytes, size);
}

/* It is closed all the same, as Linux does. */
EXPORTED int
close(int fd)
{
	gboolean fails = strikes("close", FALSE);
	int code = errno;
	int result = NEXT(close)(fd);
	if (!fails)
		return result;
	errno = code;
	return -1;
}

/* Anonymous memory is what malloc is made of, and our own secrets. */
EXPORTED void *
mmap64(void *start, size_t size, int protection, int flags, int fd, off64_t at)
{
	if ((flags & MAP_ANONYMOUS) == 0 && strikes("mmap64", FALSE))
		return MAP_FAILED;
	return NEXT(mmap64)(start, size, protection, flags, fd, at);
}

static mode_t
mode_of(int flags, va_list arguments)
{
	return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

#define FAILING_OPEN(name)                                                                                   \
	EXPORTED int name(const char *path, int flags, ...)                                                  \
	{                                                                                                    \
		va_list arguments;                                                                           \
		va_start(arguments, flags);                                                                  \
		mode_t mode = mode_of(flags, arguments);                                                     \
		va_end(arguments);                                                                           \
		return strikes(#name, FALSE) ? -1 : NEXT(name)(path, flags, mode);                           \
	}

FAILING_OPEN(open)
FAILING_OPEN(open64)

/* SQLite's locks. Letting one go does not fail, and a full disk has room for them. */
EXPORTED int
fcntl64(int fd, int command, ...)
{
	va_list arguments;
	va_start(arguments, command);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	gboolean locks = command == F_SETLK && ((const struct flock *)argument)->l_type != F_UNLCK;
	if (locks && fault.kind != FAULT_CALLS_ON && strikes("fcntl64", FALSE))
		return -1;
	return NEXT(fcntl64)(fd, command, argument);
}

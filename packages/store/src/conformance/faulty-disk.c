/*
 * A disk that loses what was not synced, and one that fails: loaded ahead of the C library into a process of a test.
 *
 * FAULTY_DISK_FOLDER: the files it is about. FAULTY_DISK_SYNCED: a folder where each of these files is kept as it was when it
 * was last synced: what a loss of power leaves at worst. FAULTY_DISK_FAULT: while a file of this name has the text `sync`,
 * `write` or `short`, syncing fails, writing fails, or half is written and the rest fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int path_of(int fd, char *path) {
  const char *folder = getenv("FAULTY_DISK_FOLDER");
  char link[64];
  if (folder == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, strlen(folder)) == 0;
}

static int has_fault(const char *kind) {
  const char *name = getenv("FAULTY_DISK_FAULT");
  char text[16] = {0};
  if (name == NULL) return 0;
  int fd = open(name, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  return length > 0 && strncmp(text, kind, strlen(kind)) == 0;
}

typedef ssize_t (*write_call)(int, const void *, size_t);

static void keep(const char *path) {
  const char *folder = getenv("FAULTY_DISK_SYNCED");
  if (folder == NULL) return;
  write_call real = (write_call)dlsym(RTLD_NEXT, "write");
  char kept[PATH_MAX], fresh[PATH_MAX], bytes[65536];
  const char *name = strrchr(path, '/');
  snprintf(kept, sizeof kept, "%s%s", folder, name);
  snprintf(fresh, sizeof fresh, "%s%s.fresh", folder, name);
  int from = open(path, O_RDONLY);
  int to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (ssize_t length; from >= 0 && to >= 0 && (length = read(from, bytes, sizeof bytes)) > 0;) real(to, bytes, length);
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  /* Whole or not at all, whenever the process is killed. */
  rename(fresh, kept);
}

static int sync_with(const char *name, int fd) {
  char path[PATH_MAX];
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (!path_of(fd, path)) return real(fd);
  if (has_fault("sync")) {
    errno = EIO;
    return -1;
  }
  int answer = real(fd);
  if (answer == 0) keep(path);
  return answer;
}

int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }

/* Names are taken to be durable at once: it is content that is lost. */
int unlink(const char *path) {
  const char *folder = getenv("FAULTY_DISK_FOLDER"), *synced = getenv("FAULTY_DISK_SYNCED");
  int (*real)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
  if (folder != NULL && synced != NULL && strncmp(path, folder, strlen(folder)) == 0) {
    char kept[PATH_MAX];
    snprintf(kept, sizeof kept, "%s%s", synced, strrchr(path, '/'));
    real(kept);
  }
  return real(path);
}

/* Answers how much may be written; -1 = nothing. */
static ssize_t allowed(int fd, size_t length) {
  static int halves = 0;
  char path[PATH_MAX];
  if (!path_of(fd, path)) return (ssize_t)length;
  if (has_fault("write")) return -1;
  if (!has_fault("short")) return (ssize_t)length;
  return ++halves % 2 == 1 && length > 1 ? (ssize_t)(length / 2) : -1;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  write_call real = (write_call)dlsym(RTLD_NEXT, "write");
  ssize_t most = allowed(fd, length);
  if (most >= 0) return real(fd, bytes, (size_t)most);
  errno = EIO;
  return -1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) =
      (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  ssize_t most = allowed(fd, length);
  if (most >= 0) return real(fd, bytes, (size_t)most, at);
  errno = EIO;
  return -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

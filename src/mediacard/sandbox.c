/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error which architecture is this?
#endif

#define NOBODY 65534

/* What the loop, malloc() and the decoders' threads call, and nothing that opens, connects or executes. */
static const unsigned allowed[] = {
	SYS_read, SYS_write, SYS_writev, SYS_close, SYS_epoll_pwait,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
	SYS_futex, SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_exit, SYS_exit_group, SYS_rt_sigreturn,
	SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_sched_yield, SYS_sched_getaffinity, SYS_clock_gettime, SYS_getrandom,
	SYS_gettid, SYS_getpid, SYS_tgkill, SYS_set_robust_list,
#ifdef SYS_rseq
	SYS_rseq,
#endif
};
/* Among them with a condition: memory is not made executable, and a new process is a thread. */
#define LONGEST (sizeof(allowed) / sizeof(allowed[0]) + 24)

static void limit(int which, const char *name, rlim_t value)
{
	struct rlimit l = {value, value}, now;

	if (getrlimit(which, &now) == 0 && now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
		l.rlim_cur = l.rlim_max = now.rlim_max;
	if (setrlimit(which, &l) < 0)
		err(1, "%s", name);
}

/* Bytes of address space that are in use. */
static uint64_t mapped(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages;

	if (!file || fscanf(file, "%llu", &pages) != 1)
		err(1, "/proc/self/statm");
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void give_up_files(void)
{
	char empty[] = "/tmp/mediacard-XXXXXX";

	if (geteuid() != 0)
		return;
	if (!mkdtemp(empty) || chdir(empty) < 0 || rmdir(empty) < 0 || chroot(".") < 0)
		err(1, "an empty folder for a root");
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		err(1, "becoming nobody");
}

#define STATEMENT(code, k) ((struct sock_filter)BPF_STMT(code, k))
#define JUMP(code, k, yes, no) ((struct sock_filter)BPF_JUMP(code, k, yes, no))
#define LOAD(field) STATEMENT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define FAIL(error) STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

static void filter_calls(void)
{
	struct sock_filter filter[LONGEST];
	struct sock_fprog program = {.filter = filter};
	unsigned n = 0;

	filter[n++] = LOAD(arch);
	filter[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	filter[n++] = KILL;
	filter[n++] = LOAD(nr);
	/* glibc's pthread_create() goes on with clone(), whose flags are where a filter sees them. */
	filter[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
	filter[n++] = FAIL(ENOSYS);
	filter[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
	filter[n++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]));
	filter[n++] = JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x00010000 /* CLONE_THREAD */, 0, 1);
	filter[n++] = ALLOW;
	filter[n++] = KILL;
	/* Threads' stacks begin without rights, and get them; but not that of execution. */
	filter[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 4);
	filter[n++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]));
	filter[n++] = JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
	filter[n++] = ALLOW;
	filter[n++] = KILL;
	filter[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 4);
	filter[n++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]));
	filter[n++] = JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
	filter[n++] = ALLOW;
	filter[n++] = KILL;
	for (unsigned i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		filter[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i],
				   (uint8_t)(sizeof(allowed) / sizeof(allowed[0]) - i), 0);
	filter[n++] = KILL;
	filter[n++] = ALLOW;
	program.len = (unsigned short)n;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		err(1, "seccomp");
}

void sandbox_enter(uint64_t memory)
{
	/* Threads' own arenas of malloc() reserve address space, and open a file when they shrink. */
	mallopt(M_ARENA_MAX, 1);
	limit(RLIMIT_AS, "RLIMIT_AS", mapped() + memory);
	limit(RLIMIT_CORE, "RLIMIT_CORE", 0);
	limit(RLIMIT_FSIZE, "RLIMIT_FSIZE", 0);
	limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", 16);
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		err(1, "prctl");
	give_up_files();
	filter_calls();
}

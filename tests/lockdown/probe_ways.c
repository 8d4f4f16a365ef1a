/* SPDX-License-Identifier: MIT */
/* What is there to look at a running kernel with. The trusted application's code is a part of that. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/perf_event.h>

#include "restricted.h"
#include "sysfs.h"
#include "tap.h"
#include "way.h"

#define TRACING "/sys/kernel/tracing/"
#define WORD 0x9393939393939393ull

/* ---- kprobes ------------------------------------------------------------------------------------- */

static bool trace_has(const char *text)
{
	FILE *file = fopen(TRACING "trace", "re");
	char line[512];
	bool has = false;

	while (file && !has && fgets(line, sizeof(line), file))
		has = strstr(line, text);
	if (file)
		fclose(file);
	return has;
}

/* Where a mapping of the trusted application's ends, its content is still there. */
static enum outcome kprobe_event(int restricted)
{
	int ret = write_file(TRACING "kprobe_events", "p:protex/unmapped vunmap data=+0($arg1):x64");
	bool seen;

	errno = -ret;
	if (ret)
		return refused();
	if (write_file(TRACING "events/protex/unmapped/enable", "1"))
		return broken("it cannot be enabled");
	fill_protected(restricted, SECRET_SIZE, SECRET);
	write_file(TRACING "events/protex/unmapped/enable", "0");
	seen = trace_has("data=0x9393939393939393");
	write_file(TRACING "kprobe_events", "-:protex/unmapped");
	return seen ? GOT_IT : broken("nothing was traced");
}

static int perf_open(struct perf_event_attr *attr)
{
	attr->size = sizeof(*attr);
	return (int)syscall(SYS_perf_event_open, attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static enum outcome kprobe_of_perf(int restricted)
{
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	struct perf_event_attr attr = { .config1 = (uintptr_t)"vunmap" };
	uint64_t count = 0;
	int fd;

	if (!file || fscanf(file, "%u", &attr.type) != 1)
		return broken("perf has no kprobes");
	fclose(file);
	fd = perf_open(&attr);
	if (fd < 0)
		return refused();
	fill_protected(restricted, SECRET_SIZE, SECRET);
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		count = 0;
	close(fd);
	return count ? GOT_IT : broken("it was not hit");
}

/* ---- samples ------------------------------------------------------------------------------------- */

#ifdef __x86_64__
#define AX_AND_CX 0x5u /* PERF_REG_X86_AX, _CX */

struct sample {
	struct perf_event_header header;
	uint64_t ip, abi, ax, cx;
};

/* What is in registers while the kernel works, and the trusted application with it. */
static enum outcome registers(int restricted)
{
	const size_t size = 64 * 4096;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = 100000,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_REGS_INTR, .sample_regs_intr = AX_AND_CX,
		.exclude_user = 1,
	};
	struct perf_event_mmap_page *page;
	unsigned samples = 0;
	const uint8_t *ring;
	int fd = perf_open(&attr);

	if (fd < 0)
		return refused();
	page = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		close(fd);
		return broken("its samples cannot be mapped");
	}
	for (int i = 0; i < 20; i++)
		fill_protected(restricted, SECRET_SIZE, SECRET);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	ring = (const uint8_t *)page + page->data_offset;
	for (uint64_t at = 0; at + sizeof(struct sample) <= page->data_head && at < size;) {
		const struct sample *sample = (const struct sample *)(ring + at);

		if (!sample->header.size)
			break;
		samples += sample->header.type == PERF_RECORD_SAMPLE && sample->abi &&
			   (sample->header.misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL;
		at += sample->header.size;
	}
	munmap(page, size + 4096);
	close(fd);
	note("%u samples", samples);
	return samples ? GOT_IT : broken("there are no samples");
}
#endif

/* ---- BPF ----------------------------------------------------------------------------------------- */

#define INSN(op, d, s, o, i) { .code = (op), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* A program that reads a word of the kernel's, whose address is the first word of its context, into the second. */
static int load_reader(void)
{
	const struct bpf_insn program[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 7, 1, 0, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 3, 1, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 8),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0),
		INSN(BPF_STX | BPF_MEM | BPF_DW, 7, 1, 8, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_SYSCALL, .prog_flags = BPF_F_SLEEPABLE,
		.insns = (uintptr_t)program, .insn_cnt = sizeof(program) / sizeof(*program),
		.license = (uintptr_t)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &load);
}

static uint64_t read_word(int program, uint64_t address)
{
	uint64_t context[2] = { address, 0 };
	union bpf_attr run = {
		.test = { .prog_fd = (uint32_t)program, .ctx_in = (uintptr_t)context, .ctx_size_in = sizeof(context) },
	};

	return bpf(BPF_PROG_TEST_RUN, &run) ? 0 : context[1];
}

/* Where the emulated TEE has memory mapped just now. */
static bool find_mapping(uint64_t *start)
{
	FILE *file = fopen("/proc/vmallocinfo", "re");
	char line[256];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, "[tee_emu]") && sscanf(line, "%" SCNx64 "-", start) == 1;
	if (file)
		fclose(file);
	return found;
}

static enum outcome by_bpf(int restricted)
{
	int program = load_reader(), child;
	time_t end = time(NULL) + 60;
	uint64_t start, word = 0;

	if (program < 0)
		return refused();
	child = begin_filling(restricted);
	while (word != WORD && time(NULL) < end) {
		if (find_mapping(&start))
			word = read_word(program, start);
	}
	end_filling(child);
	close(program);
	return word == WORD ? GOT_IT : broken("it read nothing of it");
}

const struct way probe_ways[] = {
	{ "root has the trusted application's buffers read by a kprobe", 0, kprobe_event },
	{ "root has perf probe where it unmaps them", EPERM, kprobe_of_perf },
#ifdef __x86_64__
	{ "root has perf sample the kernel's registers", EPERM, registers },
#endif
	/* The verifier does not know the function that reads. */
	{ "root reads them by a BPF program", EINVAL, by_bpf },
	{ 0 },
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_file - from list files to the enforced table, and over a reload: what
 * synwardd does, with its own functions, each stage alone and the whole.
 *
 * Every kind of list has a process of its own, so that its peak of memory is
 * nobody else's. The BPF maps are private ones, on no interface; `ipset restore`,
 * which the whole is held against, gets a network namespace of its own.
 *
 * usage: bench_file JSON-FILE [quick]
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "daemon/enforce_parts.h"
#include "lists/flatten.h"
#include "lists/reader.h"
#include "tests/support/random.h"

#define ROUNDS_MAX 5
#define FIGURES_MAX 192
#define CLASS 8

static void die(const char *what)
{
	fprintf(stderr, "bench_file: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *allocate(size_t n, size_t bytes)
{
	void *p = calloc(n ? n : 1, bytes);

	if (!p)
		die("memory");
	return p;
}

/* ---- figures; shared with the processes that measure ---- */

struct figure {
	char name[96];
	char unit[8];
	double value[ROUNDS_MAX];
	unsigned n;
	double min, median, max;
};

static struct figures {
	unsigned n;
	struct figure figure[FIGURES_MAX];
} * figures;

static const char *subject; /* the kind of list that is being measured */

static struct figure *find_figure(const char *what)
{
	char name[96];

	snprintf(name, sizeof(name), "%s: %s", subject, what);
	for (unsigned i = 0; i < figures->n; i++)
		if (!strcmp(figures->figure[i].name, name))
			return &figures->figure[i];
	if (figures->n == FIGURES_MAX) {
		errno = E2BIG;
		die("figures");
	}
	snprintf(figures->figure[figures->n].name, sizeof(name), "%s", name);
	return &figures->figure[figures->n++];
}

static void record(const char *what, const char *unit, double value)
{
	struct figure *f = find_figure(what);

	snprintf(f->unit, sizeof(f->unit), "%s", unit);
	f->value[f->n++] = value;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds since @start, as a figure; returns a new start. */
static double lap(const char *what, double start)
{
	record(what, "s", now() - start);
	return now();
}

/* ---- files ---- */

static uint64_t state;

static uint64_t rnd(void)
{
	return sw_random(&state);
}

enum content { MIXED4, HOSTS4, NETS6 };

struct kind {
	const char *name;
	enum content content;
	size_t lines;
	bool sorted;
	const char *set; /* of ipset, to compare with; or NULL */
	double bound; /* seconds from the file to the table; 0: none */
	bool in_quick; /* also measured when there is little time */
};

static const struct kind kinds[] = {
	{ "1 M mixed", MIXED4, 1000000, false, "hash:net", 0.5, true },
	{ "1 M hosts", HOSTS4, 1000000, false, "hash:ip", 0.5, false },
	{ "1 M IPv6 /64", NETS6, 1000000, false, "hash:net family inet6", 0.5, false },
	{ "10 M hosts, sorted", HOSTS4, 10000000, true, NULL, 5, false },
	{ "10 M hosts", HOSTS4, 10000000, false, NULL, 5, false },
};

/* Unicast, and nothing that would be scrubbed but by a rare chance. */
static uint32_t random_addr4(void)
{
	uint32_t addr;

	do
		addr = (uint32_t)(rnd() >> 16);
	while (addr >> 24 == 0 || addr >> 24 == 10 || addr >> 24 == 127 || addr >> 24 >= 224);
	return addr;
}

static struct sw_prefix random_prefix(enum content content)
{
	unsigned d = rnd() % 1000;
	unsigned len = d < 800 ? 32 : d < 950 ? 24 : d < 995 ? 22 : 20;

	if (content == NETS6)
		return sw_prefix_ip6(0x2a00000000000000 | rnd() >> 8, 0, 64);
	return sw_prefix_ip4(random_addr4(), content == MIXED4 ? len : 32);
}

static int compare(const void *a, const void *b)
{
	return sw_prefix_cmp(a, b);
}

static FILE *create(const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out)
		die(path);
	return out;
}

static void finish_file(FILE *out, const char *path)
{
	if (ferror(out) || fclose(out))
		die(path);
}

/* The list, and what `ipset restore` reads to have the same. */
static void write_files(const struct kind *kind, const char *path, const char *restore)
{
	struct sw_prefix *all = allocate(kind->lines, sizeof(*all));
	char buf[SW_PREFIX_TEXT];
	FILE *out = create(path);

	state = 20261125;
	for (size_t i = 0; i < kind->lines; i++)
		all[i] = random_prefix(kind->content);
	if (kind->sorted)
		qsort(all, kind->lines, sizeof(*all), compare);
	fputs("# made by bench_file\n", out);
	for (size_t i = 0; i < kind->lines; i++)
		fprintf(out, "%s\n", sw_prefix_format(&all[i], buf));
	finish_file(out, path);
	if (kind->set) {
		out = create(restore);
		fprintf(out, "create bench %s hashsize 1048576 maxelem 16777216\n", kind->set);
		for (size_t i = 0; i < kind->lines; i++)
			fprintf(out, "add -exist bench %s\n", sw_prefix_format(&all[i], buf));
		finish_file(out, restore);
	}
	free(all);
}

/* ---- the stages ---- */

struct collected {
	struct sw_entry4 *four;
	struct sw_entry6 *six;
	size_t n4, n6;
};

static int ignore_item(void *ctx, const struct sw_item *item)
{
	return 0;
}

static int collect_item(void *ctx, const struct sw_item *item)
{
	struct collected *c = ctx;
	const struct sw_prefix *p = &item->prefix;

	if (p->family == 4)
		c->four[c->n4++] = (struct sw_entry4){ .addr = (uint32_t)p->lo,
						       .len = p->len,
						       .class = CLASS };
	else
		c->six[c->n6++] = (struct sw_entry6){
			.hi = p->hi, .lo = p->lo, .len = p->len, .class = CLASS
		};
	return 0;
}

static void ignore_words(void *ctx, enum sw_list_note kind, unsigned long line, const char *text)
{
}

static void scan(const char *path, int (*take)(void *ctx, const struct sw_item *item), void *ctx)
{
	struct sw_reader reader = { .take = take, .tell = ignore_words, .ctx = ctx };
	struct sw_err err;

	if (sw_scan(&reader, path, SW_LIST_AUTO, &err))
		die(err.text);
}

/* Scanning, sorting, flattening by themselves. */
static void measure_parts(const struct kind *kind, const char *path)
{
	static const struct sw_rank rank[SW_CLASS_MAX] = { [CLASS] = { 1, 1 } };
	struct collected c = { allocate(kind->lines, sizeof(*c.four)),
			       allocate(kind->lines, sizeof(*c.six)), 0, 0 };
	struct sw_entry4 *out4 = allocate(kind->lines, sizeof(*out4));
	struct sw_entry6 *out6 = allocate(kind->lines, sizeof(*out6));
	uint64_t duplicates = 0;
	double start = now();

	scan(path, ignore_item, NULL);
	lap("scan", start);
	scan(path, collect_item, &c);
	start = now();
	if (sw_entries4_sort(c.four, c.n4) || sw_entries6_sort(c.six, c.n6))
		die("sort");
	start = lap("sort", start);
	c.n4 = sw_normalise4(c.four, c.n4, &duplicates);
	c.n6 = sw_normalise6(c.six, c.n6, &duplicates);
	start = lap("normalise", start);
	sw_flatten4(c.four, c.n4, rank, out4, &c.n4);
	sw_flatten6(c.six, c.n6, rank, out6, &c.n6);
	lap("flatten", start);
	free(c.four);
	free(c.six);
	free(out4);
	free(out6);
}

/* A whole list, and its copy. */
static void measure_list(const char *path, const char *copy)
{
	struct sw_list_spec spec = { .path = path, .class = CLASS };
	struct sw_list *list;
	struct sw_err err;
	double start;

	spec.scrub = sw_list_bogons(&spec.scrub_n);
	start = now();
	if (sw_list_read(&spec, NULL, NULL, &list, NULL, &err))
		die(err.text);
	start = lap("read", start);
	sw_count_covered(list);
	start = lap("count covered", start);
	if (sw_list_save(list, copy, &err))
		die(err.text);
	lap("save", start);
	sw_list_free(list);
	unlink(copy);
}

/* ---- what the daemon does ---- */

struct world {
	char folder[64], list[96], copy[96], restore[96], small[96], config[96];
};

static void say(void *ctx, int level, const char *text)
{
	if (level <= 4) /* LOG_WARNING: no list should give one */
		fprintf(stderr, "bench_file: %s\n", text);
}

static void say_config(void *ctx, const char *text)
{
	fprintf(stderr, "bench_file: %s\n", text);
}

static struct sw_config *read_config(const struct world *w)
{
	struct sw_config *config;

	if (sw_config_read(w->config, say_config, NULL, &config))
		die(w->config);
	return config;
}

static void write_config(const struct world *w)
{
	FILE *out = create(w->config);

	fprintf(out,
		"interfaces = {none}\nstate-dir = \"%s/state\"\ntable4-blocks = 16777216\n"
		"table6-blocks = 1048576\nlist large { file = \"%s\" action = drop }\n"
		"list small { file = \"%s\" action = drop tier = dialup }\n",
		w->folder, w->list, w->small);
	finish_file(out, w->config);
}

static void write_small(const struct world *w, unsigned lines)
{
	FILE *out = create(w->small);

	for (unsigned i = 0; i < lines; i++)
		fprintf(out, "9.9.%u.%u\n", i / 256 % 256, i % 256);
	finish_file(out, w->small);
}

static void append_line(const struct world *w)
{
	FILE *out = fopen(w->list, "a");

	if (!out)
		die(w->list);
	fputs("9.9.9.9\n", out);
	finish_file(out, w->list);
}

static void forget_copies(const struct world *w)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/state/lists/large.last", w->folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/state/lists/small.last", w->folder);
	unlink(path);
}

/* "VmRSS", "VmHWM": memory of this process and the peak of it. */
static double memory_bytes(const char *field)
{
	FILE *in = fopen("/proc/self/status", "r");
	char line[256];
	double kilobytes = 0;
	size_t n = strlen(field);

	while (in && fgets(line, sizeof(line), in))
		if (!strncmp(line, field, n) && line[n] == ':')
			kilobytes = strtod(line + n + 1, NULL);
	if (in)
		fclose(in);
	return kilobytes * 1024;
}

static void forget_peak(void)
{
	FILE *out = fopen("/proc/self/clear_refs", "w");

	if (out) {
		fputs("5", out);
		fclose(out);
	}
}

struct running {
	struct sw_config *config;
	struct sw_policy *policy;
	struct sw_datapath *dp;
	double before; /* bytes: the maps, which show as memory of this process */
};

/* One start or reload: what enforce.c does but for interfaces. Takes time as @what. */
static void put_in_force(const struct world *w, struct running *r, const char *what, size_t entries)
{
	struct sw_config *config = read_config(w);
	const struct sw_policy_spec spec = {
		.config = config, .previous = r->policy, .flags = SW_POLICY_LAST_GOOD, .note = say
	};
	struct sw_policy *policy;
	char name[80];
	struct sw_err err;
	double start, middle;

	forget_peak();
	start = now();
	if (sw_policy_load(&spec, &policy, &err))
		die(err.text);
	snprintf(name, sizeof(name), "%s, lists", what);
	middle = lap(name, start);
	if (sw_enforce_apply(r->dp, policy, &err))
		die(err.text);
	snprintf(name, sizeof(name), "%s, table", what);
	lap(name, middle);
	sw_policy_save(policy, say, NULL);
	lap(what, start);
	snprintf(name, sizeof(name), "%s, peak beside the maps, for an entry", what);
	record(name, "B", (memory_bytes("VmHWM") - r->before) / (double)entries);
	sw_policy_drop_flat(policy);
	sw_policy_free(r->policy);
	sw_config_free(r->config);
	r->policy = policy;
	r->config = config;
}

static void measure_daemon(const struct world *w, size_t entries)
{
	struct running r = { .config = NULL };
	struct sw_config *config = read_config(w);
	struct sw_datapath_size size = sw_enforce_size(config);
	struct stat before;
	struct sw_err err;

	if (sw_datapath_open(NULL, SW_DATAPATH_PRIVATE, &size, &r.dp, &err))
		die(err.text);
	sw_config_free(config);
	r.before = memory_bytes("VmRSS");
	write_small(w, 400);
	put_in_force(w, &r, "start", entries);
	put_in_force(w, &r, "reload, nothing changed", entries);
	write_small(w, 403);
	put_in_force(w, &r, "reload, short list changed", entries);
	if (stat(w->list, &before))
		die(w->list);
	append_line(w);
	put_in_force(w, &r, "reload, long list changed", entries);
	if (truncate(w->list, before.st_size))
		die(w->list);
	r.policy = sw_policy_free(r.policy);
	put_in_force(w, &r, "restart", entries);
	sw_policy_free(r.policy);
	sw_config_free(r.config);
	sw_datapath_close(r.dp);
	forget_copies(w);
}

/* In a namespace of its own, which goes with the process. */
static void measure_ipset(const struct world *w)
{
	pid_t child = fork();
	char command[160];
	double start;

	if (child == 0) {
		if (unshare(CLONE_NEWNET))
			exit(0);
		if (system("ipset list -n >/dev/null 2>&1"))
			exit(0);
		snprintf(command, sizeof(command), "ipset restore <'%s'", w->restore);
		start = now();
		if (system(command) == 0)
			lap("ipset restore", start);
		exit(0);
	}
	waitpid(child, NULL, 0);
}

/* ---- all of it ---- */

static void make_world(struct world *w)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(w->folder, sizeof(w->folder), "%.32s/synward-bench.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(w->folder))
		die(w->folder);
	snprintf(w->list, sizeof(w->list), "%s/list", w->folder);
	snprintf(w->copy, sizeof(w->copy), "%s/copy", w->folder);
	snprintf(w->restore, sizeof(w->restore), "%s/restore", w->folder);
	snprintf(w->small, sizeof(w->small), "%s/small", w->folder);
	snprintf(w->config, sizeof(w->config), "%s/synward.conf", w->folder);
}

static void remove_world(const struct world *w)
{
	static const char *const folders[] = { "/state/lists", "/state", "" };
	char path[128];

	forget_copies(w);
	unlink(w->list);
	unlink(w->restore);
	unlink(w->small);
	unlink(w->config);
	for (unsigned i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		snprintf(path, sizeof(path), "%s%s", w->folder, folders[i]);
		rmdir(path);
	}
}

static bool in_child(void (*work)(const struct kind *kind, const struct world *w),
		     const struct kind *kind, const struct world *w)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		die("fork");
	if (child == 0) {
		work(kind, w);
		exit(0);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}

static void make_files(const struct kind *kind, const struct world *w)
{
	write_files(kind, w->list, w->restore);
	write_config(w);
}

static void round_of_parts(const struct kind *kind, const struct world *w)
{
	measure_parts(kind, w->list);
	measure_list(w->list, w->copy);
	if (kind->set)
		measure_ipset(w);
}

static void round_of_daemon(const struct kind *kind, const struct world *w)
{
	measure_daemon(w, kind->lines);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(json_t *cases)
{
	printf("%-64s %9s %9s %9s\n", "from the file to the table", "min", "median", "max");
	for (unsigned i = 0; i < figures->n; i++) {
		struct figure *f = &figures->figure[i];

		qsort(f->value, f->n, sizeof(double), by_value);
		f->min = f->value[0];
		f->median = f->value[f->n / 2];
		f->max = f->value[f->n - 1];
		printf("%-64s %9.3f %9.3f %9.3f %s\n", f->name, f->min, f->median, f->max, f->unit);
		json_array_append_new(cases, json_pack("{s:s,s:s,s:f,s:f,s:f}", "case", f->name,
						       "unit", f->unit, "min", f->min, "median",
						       f->median, "max", f->max));
	}
}

static void report_aims(void)
{
	printf("\n%-64s %9s %s\n", "aims, of the minima", "value", "aim");
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct figure *start, *ipset;

		subject = kinds[i].name;
		start = find_figure("start");
		if (!start->n)
			continue;
		printf("%-64s %9.3f at most %.1f s%s\n", start->name, start->min, kinds[i].bound,
		       start->min <= kinds[i].bound ? "" : "  NOT MET");
		ipset = kinds[i].set ? find_figure("ipset restore") : NULL;
		if (ipset && ipset->n)
			printf("%-64s %9.3f at least 5 times%s\n", "    ipset restore takes",
			       ipset->min / start->min,
			       ipset->min >= 5 * start->min ? "" : "  NOT MET");
	}
}

int main(int argc, char **argv)
{
	json_t *out = json_pack("{s:[]}", "cases");
	bool quick = argc > 2, good = true;
	struct world w;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_file JSON-FILE [quick]\n");
		return 2;
	}
	figures = mmap(NULL, sizeof(*figures), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (figures == MAP_FAILED)
		die("memory");
	make_world(&w);
	for (unsigned i = 0; good && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (quick && !kinds[i].in_quick)
			continue;
		subject = kinds[i].name;
		good = in_child(make_files, &kinds[i], &w);
		for (unsigned r = 0; good && r < (quick ? 1 : ROUNDS_MAX); r++)
			good = in_child(round_of_parts, &kinds[i], &w) &&
			       in_child(round_of_daemon, &kinds[i], &w);
	}
	remove_world(&w);
	if (!good)
		return 1;
	report(json_object_get(out, "cases"));
	report_aims();
	if (json_dump_file(out, argv[1], JSON_INDENT(1)))
		die(argv[1]);
	json_decref(out);
	return 0;
}

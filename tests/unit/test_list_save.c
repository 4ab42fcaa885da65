/* SPDX-License-Identifier: GPL-2.0-only */
/* Saved copies of lists; and lists that are kept because their text is the same. */
#include "support/list_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lists/reader.h"

static void test_save_and_read_back(void **state)
{
	struct fixture *f = *state, *copy = NULL;
	struct sw_prefix scrub = sw_prefix_ip4(10u << 24 | 7 << 16, 16);
	char saved[80];
	struct stat st;

	assert_int_equal(fixture_setup((void **)&copy), 0);
	f->spec.scrub = &scrub;
	f->spec.scrub_n = 1;
	fixture_load(f, ":2:x\n10/8\n!10.1/16\n10.1.128/17\n0/0\n11.0.0.1-11.0.0.9\n");
	assert_accepted(f, "0.0.0.0/0 10.0.0.0/8 !10.1.0.0/16 10.1.128.0/17 !10.7.0.0/16 11.0.0.1 "
			   "11.0.0.2/31 11.0.0.4/30 11.0.0.8/31");
	snprintf(saved, sizeof(saved), "%s", copy->path);
	assert_int_equal(sw_list_save(f->list, saved, &f->err), 0);
	assert_int_equal(stat(saved, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	copy->spec.format = SW_LIST_PLAIN;
	fixture_read(copy);
	assert_accepted(copy, fixture_entries(f));
	assert_int_equal(copy->counts.entries, f->list->n4 + f->list->n6);
	assert_int_equal(copy->counts.exclusions, 2);

	/* IPv6, and no entry at all */
	f->spec.scrub_n = 0;
	fixture_load(f, "2001:db8::/32\n!2001:db8::1\n::ffff:192.0.2.1\n");
	assert_int_equal(sw_list_save(f->list, saved, &f->err), 0);
	fixture_read(copy);
	assert_accepted(copy, "192.0.2.1 2001:db8::/32 !2001:db8::1");
	fixture_teardown((void **)&copy);
}

static void test_save_failures(void **state)
{
	struct fixture *f = *state;
	char path[80];

	fixture_load(f, "10.0.0.1\n");
	assert_int_equal(sw_list_save(f->list, "/nonexistent/list", &f->err), -ENOENT);
	assert_memory_equal(f->err.text, "/nonexistent/list", 17);
	/* a directory in the way: nothing is left behind */
	snprintf(path, sizeof(path), "%s.d", f->path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(sw_list_save(f->list, path, &f->err), -EISDIR);
	assert_int_equal(rmdir(path), 0);
	snprintf(f->text, sizeof(f->text), "test -z \"$(ls %s.?* 2>/dev/null)\"", f->path);
	assert_int_equal(system(f->text), 0);
}

/* Longer than any buffer, and back. */
static void test_save_much(void **state)
{
	struct fixture *f = *state;
	struct sw_list *list = calloc(1, sizeof(*list));
	const size_t n = 60000;
	FILE *in;

	assert_non_null(list);
	list->entries4 = calloc(n, sizeof(*list->entries4));
	list->entries6 = calloc(n, sizeof(*list->entries6));
	assert_true(list->entries4 && list->entries6);
	for (size_t i = 0; i < n; i++) {
		uint8_t flags = i % 7 == 0;

		list->entries4[i] = (struct sw_entry4){
			.addr = (uint32_t)i * 70001, .len = 32, .class = 8, .flags = flags
		};
		list->entries6[i] =
			(struct sw_entry6){ .hi = 0x2001000000000000 + i * i * 0x1234567,
					    .lo = i % 3 ? 0x1234567812345678 * i : 0,
					    .len = 128,
					    .class = 8,
					    .flags = flags };
	}
	list->n4 = list->n6 = n;
	assert_int_equal(sw_list_save(list, f->path, &f->err), 0);
	in = fopen(f->path, "r");
	assert_non_null(in);
	assert_non_null(fgets(f->text, sizeof(f->text), in));
	assert_string_equal(f->text, "# 60000 IPv4 and 60000 IPv6 entries; \"!\" marks what is not "
				     "listed\n");
	fclose(in);
	f->spec.max_bad = 0;
	fixture_read(f);
	assert_int_equal(f->code, 0);
	assert_int_equal(f->counts.lines, 1 + 2 * n);
	assert_int_equal(f->list->n4, n);
	assert_int_equal(f->list->n6, n);
	assert_memory_equal(f->list->entries4, list->entries4, n * sizeof(*list->entries4));
	assert_memory_equal(f->list->entries6, list->entries6, n * sizeof(*list->entries6));
	sw_list_free(list);
}

/* What does not fit is no copy, and the one before stays. */
static void test_save_where_there_is_no_room(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, little = { 1000, 1000 };
	char path[80];

	fixture_load(f, "10.0.0.1\n");
	snprintf(path, sizeof(path), "%s.copy", f->path);
	assert_int_equal(sw_list_save(f->list, path, &f->err), 0);
	fixture_load(f, "10.0.0.1-10.250.255.254\n20.0.0.1-20.250.255.254\n"
			"30.0.0.1-30.250.255.254\n40.0.0.1-40.250.255.254\n");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	f->code = sw_list_save(f->list, path, &f->err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(f->code, -EFBIG);
	snprintf(f->text, sizeof(f->text), "test \"$(ls %s.?*)\" = %s && grep -q '^# 1 IPv4' %s",
		 f->path, path, path);
	assert_int_equal(system(f->text), 0);
	assert_int_equal(unlink(path), 0);
}

/* ---- the same text? ---- */

static struct sw_digest digest_of(const char *text, size_t n, size_t first, size_t step)
{
	struct sw_digest d;
	size_t at = first < n ? first : n;

	sw_digest_start(&d);
	sw_digest_add(&d, text, at);
	for (size_t size; at < n; at += size) {
		size = n - at < step ? n - at : step;
		sw_digest_add(&d, text + at, size);
	}
	return d;
}

static void test_digest(void **state)
{
	char text[200], other[200];
	struct sw_digest whole, d;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * i + i / 7);
	for (size_t n = 1; n < 40; n++) {
		whole = digest_of(text, n, n, 1);
		for (size_t first = 0; first < 17; first++)
			for (size_t step = 1; step < 17; step++) {
				d = digest_of(text, n, first, step);
				assert_true(sw_digest_equal(&whole, &d));
			}
		d = digest_of(text, n - 1, n, 1);
		assert_false(sw_digest_equal(&whole, &d));
	}
	whole = digest_of(text, sizeof(text), 5, 23);
	for (size_t i = 0; i < sizeof(text) * 8; i++) {
		memcpy(other, text, sizeof(text));
		other[i / 8] ^= (char)(1 << i % 8);
		d = digest_of(other, sizeof(other), 5, 23);
		assert_false(sw_digest_equal(&whole, &d));
	}
	/* bytes that are zero count, nothing at all is equal to nothing */
	memset(text, 0, sizeof(text));
	whole = digest_of(text, 20, 20, 1);
	d = digest_of(text, 21, 21, 1);
	assert_false(sw_digest_equal(&whole, &d));
	d = digest_of(text, 0, 0, 1);
	assert_false(sw_digest_equal(&d, &d));
}

static void test_is_current(void **state)
{
	struct fixture *f = *state;
	char command[256];

	fixture_load(f, "10.0.0.1\n10.0.0.2\n");
	assert_int_equal(f->code, 0);
	assert_true(sw_list_is_current(f->list, f->path));
	snprintf(command, sizeof(command), "gzip -c %s >%s.gz", f->path, f->path);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "%s.gz", f->path);
	assert_true(sw_list_is_current(f->list, command)); /* the text counts */
	assert_int_equal(truncate(command, 30), 0);
	assert_false(sw_list_is_current(f->list, command));
	unlink(command);
	fixture_write(f, "10.0.0.1\n10.0.0.3\n", 18);
	assert_false(sw_list_is_current(f->list, f->path));
	fixture_write(f, "10.0.0.1\n10.0.0.2\n\n", 19);
	assert_false(sw_list_is_current(f->list, f->path));
	fixture_write(f, "10.0.0.1\n10.0.0.2\n", 18);
	assert_true(sw_list_is_current(f->list, f->path));
	assert_false(sw_list_is_current(f->list, "/nonexistent/list"));
	assert_false(sw_list_is_current(f->list, "/tmp"));
	/* owners */
	assert_ptr_equal(sw_list_share(f->list), f->list);
	assert_null(sw_list_free(f->list));
	assert_string_equal(fixture_entries(f), "10.0.0.1 10.0.0.2");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_save_and_read_back),
		TEST(test_save_failures),
		TEST(test_save_much),
		TEST(test_save_where_there_is_no_room),
		TEST(test_digest),
		TEST(test_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

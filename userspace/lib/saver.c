/* SPDX-License-Identifier: GPL-2.0-only */
/* saver - see saver.h. */
#include "lib/saver.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"

struct sw_saver {
	pthread_t thread;
	char *path;
	uint8_t *data;
	size_t n;
	void (*seal)(uint8_t *data, size_t n);
	int code;
	atomic_bool done;
};

static void *save(void *ctx)
{
	struct sw_saver *s = ctx;

	if (s->seal)
		s->seal(s->data, s->n);
	s->code = sw_file_save(s->path, s->data, s->n);
	atomic_store(&s->done, true);
	return NULL;
}

static void saver_free(struct sw_saver *s)
{
	free(s->path);
	free(s->data);
	free(s);
}

/* Signals are for the thread that the loop is in. */
static int start(struct sw_saver *s)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&s->thread, NULL, save, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -code;
}

int sw_saver_start(const char *path, uint8_t *data, size_t n, void (*seal)(uint8_t *data, size_t n),
		   struct sw_saver **ret)
{
	struct sw_saver *s = calloc(1, sizeof(*s));
	int code = -ENOMEM;

	if (!s) {
		free(data);
		return code;
	}
	s->data = data;
	s->n = n;
	s->seal = seal;
	s->path = strdup(path);
	if (s->path)
		code = start(s);
	if (code)
		saver_free(s);
	else
		*ret = s;
	return code;
}

bool sw_saver_is_done(const struct sw_saver *s)
{
	return atomic_load(&s->done);
}

int sw_saver_end(struct sw_saver *s)
{
	int code;

	pthread_join(s->thread, NULL);
	code = s->code;
	saver_free(s);
	return code;
}

/* relay.c - batches that one thread makes and another one uses, in order. */
#include "worker/rows/relay.h"

#include "core/base/mem.h"
#include "worker/rows/crew.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/*
 * Batches are counted from 0 and never again.  Who waits is woken for half of the places at
 * once: a wake-up costs as much as a small batch.
 */
struct relay {
	relay_fn *fn;
	void *arg;
	size_t places;
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t made, used;
	struct relay_batch batches[RELAY_PLACES_MAX];
	uint64_t n_made, n_taken; /* n_taken: the newest of them is in use */
	uint64_t n_used;          /* their places are free again */
	bool is_lent;             /* the newest that was made */
	bool has_ended, is_stopped;
	enum err_code code;
	struct err err;
};

/* There is a place for one more batch; false: nobody wants one. */
static bool
await_place(struct relay *r)
{
	bool go_on;

	(void)pthread_mutex_lock(&r->lock);
	while (!r->is_stopped &&
	       (r->n_made - r->n_used == r->places || (r->is_lent && r->n_used < r->n_made)))
		(void)pthread_cond_wait(&r->used, &r->lock);
	go_on = !r->is_stopped;
	(void)pthread_mutex_unlock(&r->lock);
	return go_on;
}

/* Hand a batch over, or the end; false: it was the end. */
static bool
put(struct relay *r, const struct relay_batch *b, enum err_code code, const struct err *err)
{
	bool is_last = code || !b->batch;

	(void)pthread_mutex_lock(&r->lock);
	if (is_last) {
		r->has_ended = true;
		r->code = code;
		r->err = *err;
	} else {
		r->batches[b->place] = *b;
		r->is_lent = b->is_lent;
		r->n_made++;
	}
	if (is_last || b->is_lent || r->n_made - r->n_taken >= (r->places + 1) / 2)
		(void)pthread_cond_signal(&r->made);
	(void)pthread_mutex_unlock(&r->lock);
	return !is_last;
}

/* The maker's thread. */
static void *
make(void *arg)
{
	struct relay *r = arg;
	struct relay_batch b;
	struct err err = { 0 };
	size_t place = 0;
	enum err_code code;

	do {
		if (!await_place(r))
			break;
		b = (struct relay_batch){ .place = place };
		code = r->fn(r->arg, &b, &err);
		place = (place + 1) % r->places;
	} while (put(r, &b, code, &err));
	return NULL;
}

struct relay *
relay_open(relay_fn *fn, void *arg, size_t places)
{
	struct relay *r;

	assert(places > 0 && places <= RELAY_PLACES_MAX);
	if (crew_lanes() < 2)
		return NULL;
	r = mem_new(1, sizeof(*r));
	r->fn = fn;
	r->arg = arg;
	r->places = places;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->made, NULL);
	(void)pthread_cond_init(&r->used, NULL);
	if (!pthread_create(&r->thread, NULL, make, r))
		return r;
	(void)pthread_cond_destroy(&r->made);
	(void)pthread_cond_destroy(&r->used);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
	return NULL;
}

enum err_code
relay_next(struct relay *r, struct relay_batch *out, struct err *err)
{
	enum err_code code = ERR_NONE;

	*out = (struct relay_batch){ 0 };
	(void)pthread_mutex_lock(&r->lock);
	r->n_used = r->n_taken;
	if (r->n_made - r->n_used <= r->places / 2)
		(void)pthread_cond_signal(&r->used);
	while (r->n_made == r->n_taken && !r->has_ended)
		(void)pthread_cond_wait(&r->made, &r->lock);
	if (r->n_made > r->n_taken)
		*out = r->batches[r->n_taken++ % r->places];
	else
		code = r->code;
	if (code && err)
		*err = r->err;
	(void)pthread_mutex_unlock(&r->lock);
	return code;
}

void
relay_give(struct relay_batch *out, struct batch_hold *hold, const struct batch *b)
{
	out->is_lent = !batch_hold_copy(hold, b);
	out->batch = out->is_lent ? b : &hold->batch;
}

void
relay_close(struct relay *r)
{
	if (!r)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->is_stopped = true;
	(void)pthread_cond_signal(&r->used);
	(void)pthread_mutex_unlock(&r->lock);
	(void)pthread_join(r->thread, NULL);
	(void)pthread_cond_destroy(&r->made);
	(void)pthread_cond_destroy(&r->used);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

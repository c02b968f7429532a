/* textset.c - is a text one of a few? */
#include "worker/keys/textset.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

void
textset_init(struct textset *s, const char *const *texts, size_t n)
{
	*s = (struct textset){ 0 };
	dict_init(&s->texts);
	for (size_t i = 0; i < n; i++)
		(void)dict_code(&s->texts, texts[i], strlen(texts[i]));
}

void
textset_release(struct textset *s)
{
	if (s->texts.slots)
		dict_release(&s->texts);
	free(s->is_in);
	*s = (struct textset){ 0 };
}

static bool
has(const struct textset *s, struct span text)
{
	uint32_t code;

	return dict_find(&s->texts, text.data, text.bytes, &code);
}

/* Ask for each entry of the dictionary, if it is another one than last time. */
static void
renew(struct textset *s, const struct col_dict *dict, uint64_t unit)
{
	if (s->unit == unit)
		return;
	if (dict->count > s->room) {
		s->room = dict->count;
		s->is_in = mem_resize(s->is_in, s->room, sizeof(*s->is_in));
	}
	for (size_t i = 0; i < dict->count; i++)
		s->is_in[i] = has(s, dict->texts[i]);
	s->unit = unit;
}

void
textset_read(struct textset *s, const struct batch *b, size_t column, bool *out)
{
	const struct col *c = &b->cols[column];

	if (!c->dict) {
		for (size_t i = 0; i < b->rows; i++)
			out[i] = c->valid[i] && has(s, c->texts[i]);
		return;
	}
	renew(s, c->dict, b->unit);
	for (size_t i = 0; i < b->rows; i++)
		out[i] = c->valid[i] && s->is_in[c->codes[i]];
}

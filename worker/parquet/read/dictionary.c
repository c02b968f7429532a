/* dictionary.c - the values that the codes of a column chunk stand for. */
#include "worker/parquet/read/dictionary.h"

#include <string.h>

/* How many entries a page of so many bytes can have. */
static size_t
entries_max(const struct pq_element *e, size_t bytes)
{
	switch (e->type) {
	case PQ_BOOLEAN:
		return 0;
	case PQ_INT32:
	case PQ_FLOAT:
	case PQ_BYTE_ARRAY:
		return bytes / 4;
	case PQ_INT96:
		return bytes / 12;
	case PQ_FIXED:
		return bytes / (size_t)e->type_length;
	default:
		return bytes / 8;
	}
}

static void
set_entries(struct pq_dictionary *d, enum pq_form form, union pq_array array, size_t count)
{
	d->entries.count = count;
	if (form == PQ_TEXTS)
		d->entries.texts = array.texts;
	else if (form == PQ_REALS)
		d->entries.reals = array.reals;
	else
		d->entries.ints = array.ints;
}

void
pq_dictionary_clear(struct pq_dictionary *d, const struct pq_convert *convert)
{
	memset(&d->single, 0, sizeof(d->single));
	d->single.text.data = convert->into == PQ_TEXTS ? "" : NULL;
	set_entries(d, convert->into, (union pq_array){ .any = &d->single }, 0);
	d->n_faults = 0;
	pq_keep_empty(&d->keep);
}

void
pq_dictionary_release(struct pq_dictionary *d, struct pq_budget *budget)
{
	pq_block_free(&d->body, budget);
	pq_block_free(&d->raw, budget);
	pq_block_free(&d->made, budget);
	pq_block_free(&d->spans, budget);
	pq_block_free(&d->faults, budget);
	pq_keep_release(&d->keep);
}

/* Have the arrays for `count` entries, raw and converted. */
static bool
make_room(struct pq_dictionary *d, const struct pq_convert *convert, size_t count,
	  struct pq_budget *budget)
{
	if (!pq_block_need(&d->raw, count * pq_form_bytes(convert->from), budget))
		return false;
	return !convert->run ||
	       (pq_block_need(&d->made, count * pq_form_bytes(convert->into), budget) &&
		pq_block_need(&d->faults, count, budget));
}

enum err_code
pq_dictionary_read(struct pq_dictionary *d, struct pq_pages *pages,
		   const struct pq_convert *convert, struct err *err)
{
	struct pq_budget *budget = &pages->desk->budget;
	const struct pq_page *page = &pages->page;
	size_t count = (size_t)page->header.n_values;
	struct pq_job job = { .n = count, .keep = &d->keep };
	enum err_code code = pq_page_unpack(pages, &d->body, err);
	struct pq_decoder decoder;
	const char *why;

	if (code)
		return code;
	if (count > entries_max(pages->leaf->element, (size_t)(page->end - page->values)))
		return pq_page_error(pages, err,
				     "%zu entries do not fit into %zu bytes; the file is damaged",
				     count, (size_t)(page->end - page->values));
	why = pq_decoder_open(&decoder, pages->leaf->element, page, &d->spans, &d->keep);
	if (decoder.too_large)
		return pq_page_too_large(pages, err);
	if (why)
		return pq_page_error(pages, err, "%s: %s (%d)", why,
				     pq_encoding_name(page->header.encoding),
				     page->header.encoding);
	if (!make_room(d, convert, count, budget))
		return pq_page_too_large(pages, err);
	job.in.any = d->raw.data;
	if (!pq_decoder_read(&decoder, count, job.in))
		return pq_page_error(pages, err, "its entries are damaged");
	job.out = job.in;
	if (convert->run) {
		job.out.any = d->made.data;
		job.faults = d->faults.data;
		convert->run(convert, &job);
	}
	if (job.too_large)
		return pq_page_too_large(pages, err);
	if (convert->into == PQ_TEXTS && !pq_texts_fit(job.out.texts, count, budget))
		return pq_page_text_too_long(pages, err);
	d->n_faults = job.n_faults;
	/* Without an entry `single` stays, for the codes of nulls. */
	if (count)
		set_entries(d, convert->into, job.out, count);
	return ERR_NONE;
}

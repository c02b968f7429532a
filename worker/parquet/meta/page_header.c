/* page_header.c - what stands before each page of a column chunk. */
#include "worker/parquet/meta/page_header.h"

#include "worker/parquet/meta/statistics.h"

#define NEEDED_OF_PAGE (THRIFT_FIELD(1) | THRIFT_FIELD(2) | THRIFT_FIELD(3))

static void
read_data(struct thrift *t, struct pq_page_header *h)
{
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
			h->n_values = thrift_size32(t);
			break;
		case 2:
			h->encoding = thrift_i32(t);
			break;
		case 3:
			h->definition_encoding = thrift_i32(t);
			break;
		case 4:
			h->repetition_encoding = thrift_i32(t);
			break;
		case 5:
			pq_statistics_read(t, &h->stats);
			break;
		default:
			thrift_skip(t);
		}
	}
	thrift_require(t, &s, THRIFT_FIELD(1) | THRIFT_FIELD(2) | THRIFT_FIELD(3) | THRIFT_FIELD(4),
		       "the number of values or an encoding is missing");
}

static void
read_dictionary(struct thrift *t, struct pq_page_header *h)
{
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		if (s.id == 1)
			h->n_values = thrift_size32(t);
		else if (s.id == 2)
			h->encoding = thrift_i32(t);
		else if (s.id == 3)
			h->is_sorted = thrift_bool(t);
		else
			thrift_skip(t);
	}
	thrift_require(t, &s, THRIFT_FIELD(1) | THRIFT_FIELD(2),
		       "the number of values or the encoding is missing");
}

static void
check_data_v2(struct thrift *t, const struct thrift_fields *s, const struct pq_page_header *h)
{
	thrift_require(t, s,
		       THRIFT_FIELD(1) | THRIFT_FIELD(2) | THRIFT_FIELD(3) | THRIFT_FIELD(4) |
			   THRIFT_FIELD(5) | THRIFT_FIELD(6),
		       "a number of values, nulls or rows, the encoding or a length is missing");
	if (h->n_nulls > h->n_values)
		thrift_fail(t, "it has more nulls than values");
	if ((int64_t)h->definition_bytes + h->repetition_bytes > h->packed_bytes)
		thrift_fail(t, "the levels are longer than the page");
}

static void
read_data_v2(struct thrift *t, struct pq_page_header *h)
{
	struct thrift_fields s;

	h->is_packed = true;
	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
			h->n_values = thrift_size32(t);
			break;
		case 2:
			h->n_nulls = thrift_size32(t);
			break;
		case 3:
			h->n_rows = thrift_size32(t);
			break;
		case 4:
			h->encoding = thrift_i32(t);
			break;
		case 5:
			h->definition_bytes = thrift_size32(t);
			break;
		case 6:
			h->repetition_bytes = thrift_size32(t);
			break;
		case 7:
			h->is_packed = thrift_bool(t);
			break;
		case 8:
			pq_statistics_read(t, &h->stats);
			break;
		default:
			thrift_skip(t);
		}
	}
	check_data_v2(t, &s, h);
}

/*
 * The header of the page's own type; that of another type is stepped over.  The type is field 1 and
 * stands before them in whatever any writer writes: a header without it before is as good as
 * missing.
 */
static void
read_specific(struct thrift *t, struct pq_page_header *h, const struct thrift_fields *s)
{
	int type = s->seen & THRIFT_FIELD(1) ? h->type : -1;

	if (s->id == 5 && type == PQ_DATA_PAGE)
		read_data(t, h);
	else if (s->id == 7 && type == PQ_DICTIONARY_PAGE)
		read_dictionary(t, h);
	else if (s->id == 8 && type == PQ_DATA_PAGE_V2)
		read_data_v2(t, h);
	else
		thrift_skip(t);
}

/* The field that a page of that type needs besides. */
static uint64_t
needed_by(int type)
{
	switch (type) {
	case PQ_DATA_PAGE:
		return THRIFT_FIELD(5);
	case PQ_DICTIONARY_PAGE:
		return THRIFT_FIELD(7);
	case PQ_DATA_PAGE_V2:
		return THRIFT_FIELD(8);
	default:
		return 0;
	}
}

static void
read_header(struct thrift *t, struct pq_page_header *h)
{
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
			h->type = thrift_i32(t);
			break;
		case 2:
			h->unpacked_bytes = thrift_size32(t);
			break;
		case 3:
			h->packed_bytes = thrift_size32(t);
			break;
		case 4:
			h->has_crc = true;
			h->crc = (uint32_t)thrift_i32(t);
			break;
		default:
			read_specific(t, h, &s);
		}
	}
	thrift_require(t, &s, NEEDED_OF_PAGE, "the type or a size is missing");
	thrift_require(t, &s, needed_by(h->type), "the header of its type is missing");
	if (h->unpacked_bytes > PQ_PAGE_BYTES_MAX)
		thrift_fail(t, "the page has more than 1 GiB");
}

enum pq_header_status
pq_page_header_read(struct pq_page_header *out, const void *data, size_t bytes, size_t *used,
		    const char **why)
{
	struct pq_page_header h = { .type = -1 };
	bool is_whole = bytes < PQ_PAGE_HEADER_BYTES_MAX;
	struct thrift t;

	thrift_init(&t, data, is_whole ? bytes : PQ_PAGE_HEADER_BYTES_MAX);
	read_header(&t, &h);
	if (t.is_short && is_whole)
		return PQ_HEADER_SHORT;
	if (t.why) {
		*why = t.is_short ? "the header has more than 16 MiB" : t.why;
		return PQ_HEADER_BAD;
	}
	*out = h;
	*used = thrift_used(&t);
	return PQ_HEADER_OK;
}

static void
write_data(struct thrift_out *w, const struct pq_page_header *h)
{
	thrift_put_struct(w, 5);
	thrift_put_i32(w, 1, h->n_values);
	thrift_put_i32(w, 2, h->encoding);
	thrift_put_i32(w, 3, h->definition_encoding);
	thrift_put_i32(w, 4, h->repetition_encoding);
	if (h->stats.has_min || h->stats.has_null_count)
		pq_statistics_write(w, 5, &h->stats);
	thrift_put_end(w);
}

static void
write_dictionary(struct thrift_out *w, const struct pq_page_header *h)
{
	thrift_put_struct(w, 7);
	thrift_put_i32(w, 1, h->n_values);
	thrift_put_i32(w, 2, h->encoding);
	if (h->is_sorted)
		thrift_put_bool(w, 3, true);
	thrift_put_end(w);
}

static void
write_data_v2(struct thrift_out *w, const struct pq_page_header *h)
{
	thrift_put_struct(w, 8);
	thrift_put_i32(w, 1, h->n_values);
	thrift_put_i32(w, 2, h->n_nulls);
	thrift_put_i32(w, 3, h->n_rows);
	thrift_put_i32(w, 4, h->encoding);
	thrift_put_i32(w, 5, h->definition_bytes);
	thrift_put_i32(w, 6, h->repetition_bytes);
	thrift_put_bool(w, 7, h->is_packed);
	thrift_put_end(w);
}

void
pq_page_header_write(const struct pq_page_header *header, struct buf *out)
{
	struct thrift_out w;

	thrift_out_init(&w, out);
	thrift_put_struct(&w, THRIFT_ITEM);
	thrift_put_i32(&w, 1, header->type);
	thrift_put_i32(&w, 2, header->unpacked_bytes);
	thrift_put_i32(&w, 3, header->packed_bytes);
	if (header->has_crc)
		thrift_put_i32(&w, 4, (int32_t)header->crc);
	if (header->type == PQ_DATA_PAGE)
		write_data(&w, header);
	else if (header->type == PQ_DICTIONARY_PAGE)
		write_dictionary(&w, header);
	else if (header->type == PQ_DATA_PAGE_V2)
		write_data_v2(&w, header);
	thrift_put_end(&w);
}

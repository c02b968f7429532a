/*
 * parquet_make.h - Parquet files put together by hand, right ones and wrong ones.
 *
 *   make_init -> make_leaf ... -> (make_group -> (make_chunk -> make_page ...) ...) ... -> make_end
 *
 * Every number that goes into the file can be changed before make_end(): m.meta is what is written.
 */
#ifndef TESTS_UNIT_PARQUET_MAKE_H
#define TESTS_UNIT_PARQUET_MAKE_H

#include "tests/unit/parquet_fixture.h"
#include "worker/parquet/codec.h"
#include "worker/parquet/encoding.h"

#include <math.h>
#include <sys/stat.h>

enum { MAKE_LEAVES_MAX = 8, MAKE_GROUPS_MAX = 4, MAKE_TEXT_BYTES = 1 << 16 };

struct make {
	struct buf file;
	struct pq_packer *packer;
	struct pq_meta meta;
	struct pq_element elements[MAKE_LEAVES_MAX + 1];
	enum pq_column_order orders[MAKE_LEAVES_MAX];
	struct pq_row_group groups[MAKE_GROUPS_MAX];
	struct pq_chunk chunks[MAKE_GROUPS_MAX][MAKE_LEAVES_MAX];
	const char *path[1];
	bool with_crc;
};

static inline void
make_init(struct make *m)
{
	memset(m, 0, sizeof(*m));
	buf_init(&m->file, SIZE_MAX);
	buf_text(&m->file, "PAR1");
	m->packer = pq_packer_new();
	m->elements[0] = (struct pq_element){ .name = "root", .type = PQ_GROUP };
	m->path[0] = "path";
	m->meta = (struct pq_meta){ .version = 1,
				    .elements = m->elements,
				    .n_elements = 1,
				    .groups = m->groups,
				    .created_by = "test" };
}

static inline struct pq_element *
make_leaf(struct make *m, const char *name, enum pq_type type, enum pq_repetition repetition)
{
	struct pq_element *e = &m->elements[m->meta.n_elements++];

	assert_true(m->meta.n_elements <= countof(m->elements));
	*e = (struct pq_element){ .name = name, .type = type, .repetition = repetition };
	m->elements[0].children++;
	m->orders[m->meta.n_orders++] = PQ_ORDER_TYPE;
	m->meta.orders = m->orders;
	return e;
}

static inline void
make_group(struct make *m, int64_t rows)
{
	size_t at = m->meta.n_groups++;

	m->groups[at] = (struct pq_row_group){ .chunks = m->chunks[at], .rows = rows };
	m->meta.rows += rows;
}

/* The next chunk of the newest row group; its first page comes next. */
static inline struct pq_chunk *
make_chunk(struct make *m, enum pq_codec codec)
{
	struct pq_row_group *g = &m->groups[m->meta.n_groups - 1];
	struct pq_chunk *c = &g->chunks[g->n_chunks++];

	*c = (struct pq_chunk){ .type = m->elements[g->n_chunks].type,
				.codec = (int)codec,
				.path = m->path,
				.path_parts = 1,
				.n_values = g->rows,
				.data_offset = (int64_t)m->file.bytes,
				.dictionary_offset = -1,
				.offset_index_at = -1,
				.column_index_at = -1 };
	return c;
}

static inline struct pq_chunk *
newest_chunk(struct make *m)
{
	struct pq_row_group *g = &m->groups[m->meta.n_groups - 1];

	return &g->chunks[g->n_chunks - 1];
}

/* A page as it is: the header's sizes are taken for true, and the body for packed. */
static inline void
make_raw_page(struct make *m, const struct pq_page_header *h, struct span body)
{
	struct pq_chunk *c = newest_chunk(m);

	pq_page_header_write(h, &m->file);
	buf_add(&m->file, body.data, body.bytes);
	c->packed_bytes = (int64_t)m->file.bytes - c->data_offset;
	c->unpacked_bytes += h->unpacked_bytes;
}

/* Pack a body as the chunk says; of DATA_PAGE_V2 the levels stay in front. */
static inline void
make_page_of(struct make *m, struct pq_page_header h, struct span body)
{
	size_t plain = (size_t)h.definition_bytes + (size_t)h.repetition_bytes;
	struct buf packed;

	buf_init(&packed, SIZE_MAX);
	buf_add(&packed, body.data, plain);
	if (newest_chunk(m)->codec != PQ_UNCOMPRESSED && h.is_packed)
		pq_pack(m->packer, (enum pq_codec)newest_chunk(m)->codec, body.data + plain,
			body.bytes - plain, &packed);
	else
		buf_add(&packed, body.data + plain, body.bytes - plain);
	h.packed_bytes = (int32_t)packed.bytes;
	h.unpacked_bytes = (int32_t)body.bytes;
	h.has_crc = m->with_crc;
	h.crc = pq_crc(0, packed.data, packed.bytes);
	make_raw_page(m, &h, (struct span){ packed.data, packed.bytes });
	buf_release(&packed);
}

static inline struct span
span_of(const struct buf *b)
{
	return (struct span){ b->data, b->bytes };
}

static inline void
make_page(struct make *m, int encoding, int n_values, const struct buf *body)
{
	make_page_of(m,
		     (struct pq_page_header){ .type = PQ_DATA_PAGE,
					      .encoding = encoding,
					      .n_values = n_values,
					      .definition_encoding = PQ_RLE,
					      .repetition_encoding = PQ_RLE,
					      .is_packed = true },
		     span_of(body));
}

static inline void
make_dictionary(struct make *m, int n_values, const struct buf *body)
{
	make_page_of(m,
		     (struct pq_page_header){ .type = PQ_DICTIONARY_PAGE,
					      .encoding = PQ_PLAIN,
					      .n_values = n_values,
					      .is_packed = true },
		     span_of(body));
}

/* A new file each time: some file systems wait for the disk when one is written anew in place. */
static inline void
put_bytes(const char *path, const void *data, size_t bytes)
{
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, bytes), (ssize_t)bytes);
	assert_int_equal(close(fd), 0);
}

/* Write the footer, and all of it to a file. */
static inline void
make_end(struct make *m, const char *path)
{
	size_t start = m->file.bytes;
	uint32_t bytes;

	for (size_t i = 0; i < m->meta.n_groups; i++)
		m->groups[i].ordinal = (int16_t)i;
	pq_meta_write(&m->meta, &m->file);
	bytes = (uint32_t)(m->file.bytes - start);
	for (int i = 0; i < 4; i++)
		buf_char(&m->file, (char)(bytes >> 8 * i));
	buf_text(&m->file, "PAR1");
	put_bytes(path, m->file.data, m->file.bytes);
	buf_release(&m->file);
	pq_packer_free(m->packer);
}

/* ---- bodies ---- */

static inline void
body_begin(struct buf *b)
{
	buf_init(b, (size_t)MAKE_TEXT_BYTES * 2048);
}

static inline void
body_word32(struct buf *b, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		buf_char(b, (char)(word >> 8 * i));
}

static inline void
body_ints(struct buf *b, const int64_t *ints, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		body_word32(b, (uint32_t)ints[i]);
		body_word32(b, (uint32_t)((uint64_t)ints[i] >> 32));
	}
}

static inline void
body_text(struct buf *b, const char *text)
{
	body_word32(b, (uint32_t)strlen(text));
	buf_text(b, text);
}

/* Levels from a text of '0', '1' ..., with their length before them. */
static inline void
body_levels(struct buf *b, const char *levels, int max)
{
	uint32_t numbers[1000];
	size_t n = strlen(levels);
	struct buf rle;

	assert_true(n <= countof(numbers));
	for (size_t i = 0; i < n; i++)
		numbers[i] = (uint32_t)(levels[i] - '0');
	buf_init(&rle, MAKE_TEXT_BYTES);
	pq_rle_write(numbers, n, pq_bit_width((uint32_t)max), &rle);
	body_word32(b, (uint32_t)rle.bytes);
	buf_add(b, rle.data, rle.bytes);
	buf_release(&rle);
}

/* The width of the codes, and codes from a text of digits. */
static inline void
body_codes(struct buf *b, const char *codes, int width)
{
	uint32_t numbers[1000];
	size_t n = strlen(codes);

	assert_true(n <= countof(numbers));
	for (size_t i = 0; i < n; i++)
		numbers[i] = (uint32_t)(codes[i] - '0');
	buf_char(b, (char)width);
	pq_rle_write(numbers, n, width, b);
}

/* ---- reading ---- */

static inline void
show_rows(void *arg, const struct batch *b)
{
	plain_batch(b, arg);
}

/* What a file has, in the plain form; an error is the last line. */
static inline char *
show(const char *path, const struct reader_options *options)
{
	struct err err = { 0 };
	struct buf out;
	char *text;

	buf_init(&out, SIZE_MAX);
	if (read_all(path, options, show_rows, &out, &err))
		buf_format(&out, "error: %s\n", err.msg);
	text = buf_give(&out);
	buf_release(&out);
	return text;
}

/* The same with the natural schema of the file. */
static inline char *
show_natural(const char *path)
{
	struct reader_options options = { .format = FORMAT_PARQUET };
	struct err err = { 0 };
	struct pq_file *f = NULL;
	struct schema schema;
	char *text;

	if (pq_file_open(&f, AT_FDCWD, path, path, &err))
		return mem_format("error: %s\n", err.msg);
	pq_file_schema(f, &schema);
	options.schema = &schema;
	text = show(path, &options);
	pq_file_close(f);
	return text;
}

static inline void
expect_text(const char *name, char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fail_msg("%s: got\n%swanted\n%s", name, got, want);
	free(got);
}

/* The error, which has to be one, has this in it. */
static inline void
expect_error(const char *name, char *got, const char *part)
{
	const char *error = strstr(got, "error: ");

	if (!error || !strstr(error, part))
		fail_msg("%s: got\n%swanted an error with\n%s", name, got, part);
	free(got);
}

#endif

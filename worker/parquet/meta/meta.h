/*
 * meta.h - what a Parquet file says about itself: footer, page headers, page index.  Pure.
 *
 * The structures of parquet.thrift (github.com/apache/parquet-format, 2.11),
 * reduced to what a flat reader and writer use, decoded from and encoded to the
 * Thrift compact protocol (thrift.h).  Everything read here comes from outside:
 * sizes are bounded before memory is taken, unknown fields are stepped over,
 * required fields that are absent are errors.  What a struct points to lives in
 * the arena given to the reading function.
 */
#ifndef WORKER_PARQUET_META_META_H
#define WORKER_PARQUET_META_META_H

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "worker/rows/dict.h"

/* Bounds on a file; each has a test at the limit and one past it. */
enum {
	PQ_FOOTER_BYTES_MAX = 256 << 20,
	PQ_COLUMNS_MAX = 100000, /* schema elements */
	PQ_ROW_GROUPS_MAX = 1 << 20,
	PQ_PAGE_BYTES_MAX = 1 << 30, /* of one page, unpacked */
	PQ_PAGE_HEADER_BYTES_MAX = 16 << 20,
	PQ_NESTING_MAX = 64, /* groups within one another, the root among them */
};

/* The numbers are those of the format. */
enum pq_type {
	PQ_BOOLEAN,
	PQ_INT32,
	PQ_INT64,
	PQ_INT96,
	PQ_FLOAT,
	PQ_DOUBLE,
	PQ_BYTE_ARRAY,
	PQ_FIXED,
	PQ_TYPE_COUNT,
	PQ_GROUP = -1, /* an inner node has no type */
};
const char *pq_type_name(enum pq_type type); /* "INT32"; "?" for another number */

enum pq_repetition { PQ_REQUIRED, PQ_OPTIONAL, PQ_REPEATED };

enum pq_encoding {
	PQ_PLAIN = 0,
	PQ_PLAIN_DICTIONARY = 2,
	PQ_RLE = 3,
	PQ_BIT_PACKED = 4,
	PQ_DELTA_BINARY_PACKED = 5,
	PQ_DELTA_LENGTH_BYTE_ARRAY = 6,
	PQ_DELTA_BYTE_ARRAY = 7,
	PQ_RLE_DICTIONARY = 8,
	PQ_BYTE_STREAM_SPLIT = 9,
	PQ_ALP = 10,
};
const char *pq_encoding_name(int encoding);

enum pq_codec {
	PQ_UNCOMPRESSED,
	PQ_SNAPPY,
	PQ_GZIP,
	PQ_LZO,
	PQ_BROTLI,
	PQ_LZ4,
	PQ_ZSTD,
	PQ_LZ4_RAW,
	PQ_CODEC_COUNT,
};
const char *pq_codec_name(int codec);

/*
 * What a leaf means, from LogicalType where there is one that is known, else from ConvertedType.
 * Read from a file it always suits the physical type, as said here (a DATE of INT64 is PQ_AS_IS,
 * is_unknown), so that who reads values by it need not check again.
 */
enum pq_meaning {
	PQ_AS_IS,  /* the physical type: no annotation, or (is_unknown) none that helps */
	PQ_STRING, /* BYTE_ARRAY, as the next three */
	PQ_ENUM,
	PQ_JSON,
	PQ_BSON,
	PQ_DECIMAL,      /* 0 <= scale <= precision; INT32, INT64, FIXED or BYTE_ARRAY */
	PQ_DATE,         /* INT32, days */
	PQ_TIME,         /* unit_per_second; INT32 for milliseconds, else INT64 */
	PQ_TIMESTAMP,    /* unit_per_second, adjusted_to_utc; INT64 */
	PQ_INTEGER,      /* is_signed; bit_width 64 of INT64, or 8, 16 or 32 of INT32 */
	PQ_UUID,         /* FIXED of 16 bytes */
	PQ_FLOAT16,      /* FIXED of 2 bytes */
	PQ_INTERVAL,     /* FIXED of 12 bytes */
	PQ_UNKNOWN_NULL, /* UNKNOWN: always null */
};

struct pq_logical {
	enum pq_meaning meaning;
	int precision, scale;
	int bit_width;
	bool is_signed;
	int64_t unit_per_second; /* 1000, 1000000 or 1000000000 */
	bool adjusted_to_utc;
	bool is_unknown; /* an annotation that nobody knows or that does not suit: no statistics */
};

/* One element of the schema, in the depth-first order of the file. */
struct pq_element {
	const char *name;              /* NUL-terminated; a NUL inside the name is an error */
	enum pq_type type;             /* PQ_GROUP for an inner node */
	int type_length;               /* bytes of PQ_FIXED, 1 or more */
	enum pq_repetition repetition; /* of the root: any; VECTOR is read as PQ_REPEATED */
	int32_t children;              /* 0 for a leaf */
	struct pq_logical logical;
};

/*
 * Statistics of a chunk or page.  Bounds are bytes in the column's PLAIN encoding, a BYTE_ARRAY
 * without its length.
 */
struct pq_statistics {
	bool has_null_count, has_min, has_max; /* of min_value and max_value */
	bool has_old_bounds;                   /* the deprecated min and max were there */
	bool min_exact, max_exact;
	int64_t null_count;
	struct span min, max;
};

/* encoding_stats: how many pages of a type have an encoding. */
struct pq_page_count {
	int32_t page_type, encoding, count;
};

struct pq_chunk {
	enum pq_type type;
	int codec;               /* an enum pq_codec, or a number nobody knows */
	const char *file_path;   /* NULL: in this file */
	const char *const *path; /* path_in_schema */
	size_t path_parts;
	int64_t n_values;                       /* nulls too */
	int64_t packed_bytes, unpacked_bytes;   /* total_compressed_size, total_uncompressed_size */
	int64_t data_offset, dictionary_offset; /* dictionary_offset -1: absent */
	int64_t offset_index_at, column_index_at; /* -1: absent */
	int32_t offset_index_bytes, column_index_bytes;
	struct pq_statistics stats;
	const int *encodings; /* informative only; written: all of them */
	size_t n_encodings;
	const struct pq_page_count *page_counts;
	size_t n_page_counts;
	bool encrypted; /* crypto_metadata or encrypted_column_metadata is there */
};

/* sorting_columns: by this leaf, then by the next of them. */
struct pq_sorting {
	int32_t column;
	bool descending, nulls_first;
};

struct pq_row_group {
	struct pq_chunk *chunks;
	size_t n_chunks;
	int64_t rows;
	int64_t bytes;        /* total_byte_size: unpacked */
	int64_t packed_bytes; /* total_compressed_size, 0: absent */
	int64_t file_offset;
	int16_t ordinal;
	const struct pq_sorting *sorting;
	size_t n_sorting;
};

struct pq_key_value {
	const char *key;
	const char *value; /* up to its first NUL; NULL: absent */
};

/* How the bounds of a column compare; OTHER: in a way we do not know, ignore them. */
enum pq_column_order { PQ_ORDER_NONE, PQ_ORDER_TYPE, PQ_ORDER_OTHER };

struct pq_meta {
	int32_t version;
	struct pq_element *elements; /* [0] is the root */
	size_t n_elements;
	int64_t rows;
	struct pq_row_group *groups;
	size_t n_groups;
	struct pq_key_value *key_values;
	size_t n_key_values;
	const char *created_by; /* NULL: absent */
	const enum pq_column_order *orders;
	size_t n_orders; /* one per leaf, or 0 */
	bool encrypted;  /* encryption_algorithm is there */
};

/*
 * Decode a footer.  The result lives in `arena`, at most about 16 bytes for each
 * of the footer; it is written only on success.  ERR_INPUT: damaged, with what and
 * where; ERR_LIMIT: a bound above.
 *
 * What holds then: elements[] is one tree, its root first; each row group has one
 * chunk for each leaf, in order, of the leaf's type (an encrypted one perhaps
 * without anything else); all physical types exist; n_orders is 0 or the number of
 * leaves.  Counts and sizes are as the file says them, only never negative where
 * that makes no sense: who uses an offset checks it against the file.  Not checked:
 * that rows add up, codecs, encodings, paths.  Bytes behind the footer (a
 * signature) do not matter.
 */
enum err_code pq_meta_read(struct pq_meta *out, const void *data, size_t bytes, struct arena *arena,
			   struct err *err) MUST_CHECK;

/*
 * Append the footer of a file that we write: fields by ascending id, the same struct gives the same
 * bytes.  Both annotations where there are both; never the deprecated bounds, nor what is unknown
 * or encrypted.
 */
void pq_meta_write(const struct pq_meta *meta, struct buf *out);

enum pq_page_type { PQ_DATA_PAGE, PQ_INDEX_PAGE, PQ_DICTIONARY_PAGE, PQ_DATA_PAGE_V2 };

struct pq_page_header {
	int type; /* an enum pq_page_type, or a number nobody knows: step over the page */
	int32_t packed_bytes, unpacked_bytes;
	bool has_crc;
	uint32_t crc;
	int encoding;                                 /* data and dictionary pages */
	int32_t n_values;                             /* nulls too */
	int definition_encoding, repetition_encoding; /* DATA_PAGE */
	int32_t n_nulls, n_rows;                      /* DATA_PAGE_V2 */
	int32_t definition_bytes, repetition_bytes;   /* DATA_PAGE_V2: of the levels */
	bool is_packed;                               /* DATA_PAGE_V2; default true */
	bool is_sorted;                               /* DICTIONARY_PAGE */
	struct pq_statistics stats; /* written only for DATA_PAGE when has_min or has_null_count */
};

/* What came of reading a page header from the first bytes of something longer. */
enum pq_header_status { PQ_HEADER_OK, PQ_HEADER_SHORT, PQ_HEADER_BAD };

/*
 * Decode a page header; *used is its length.  PQ_HEADER_SHORT: the header goes on
 * behind `bytes`.  PQ_HEADER_BAD: *why (static text) says what is wrong.  Bounds of the
 * statistics point into `data`.  Negative sizes and counts, a page above PQ_PAGE_BYTES_MAX,
 * a header above PQ_PAGE_HEADER_BYTES_MAX, in a DATA_PAGE_V2 more nulls than values or levels
 * longer than the page are PQ_HEADER_BAD.
 */
enum pq_header_status pq_page_header_read(struct pq_page_header *out, const void *data,
					  size_t bytes, size_t *used, const char **why) MUST_CHECK;
void pq_page_header_write(const struct pq_page_header *header, struct buf *out);

/* The page index of one chunk: where each data page is, and what is in it. */
struct pq_page_location {
	int64_t offset;       /* of the page header, in the file */
	int32_t packed_bytes; /* header too */
	int64_t first_row;    /* in the row group */
};
struct pq_offset_index {
	struct pq_page_location *pages;
	size_t n_pages;
};
struct pq_page_bounds {
	bool all_null;
	struct span min, max; /* meaningless when all_null */
	int64_t null_count;   /* -1: not said */
};
struct pq_column_index {
	struct pq_page_bounds *pages;
	size_t n_pages;
	int32_t boundary_order; /* 0 unordered, 1 ascending, 2 descending */
	bool has_null_counts;
};

/*
 * Decode a page index; what it points to lives in `arena`.  ERR_INPUT: damaged, also
 * when lists inside a column index differ in length.  An order that nobody knows is 0.
 */
enum err_code pq_offset_index_read(struct pq_offset_index *out, const void *data, size_t bytes,
				   struct arena *arena, struct err *err) MUST_CHECK;
enum err_code pq_column_index_read(struct pq_column_index *out, const void *data, size_t bytes,
				   struct arena *arena, struct err *err) MUST_CHECK;
void pq_offset_index_write(const struct pq_offset_index *index, struct buf *out);
void pq_column_index_write(const struct pq_column_index *index, struct buf *out);

/* What decoding so many bytes of a footer or page index takes out of an arena, at most. */
size_t pq_memory_max(size_t bytes);

#endif

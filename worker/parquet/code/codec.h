/*
 * codec.h - packing and unpacking page bodies.  Pure.
 */
#ifndef WORKER_PARQUET_CODE_CODEC_H
#define WORKER_PARQUET_CODE_CODEC_H

#include "core/base/library.h"
#include "worker/parquet/meta/meta.h"

/* Can this program unpack it?  All but LZO; a number that is no codec: false. */
bool pq_codec_reads(int codec);

/* Can this program pack it?  UNCOMPRESSED and ZSTD. */
bool pq_codec_writes(int codec);

/*
 * Map the libraries that are else mapped when a page first needs them.  For a
 * process that forks the ones that read: they have it then at no cost.
 */
void pq_codec_preload(void);

/* Scratch that a codec keeps between calls; one for each thread. */
struct pq_packer;

/* A packer that has nothing yet; freed by pq_packer_free(). */
struct pq_packer *pq_packer_new(void) MUST_CHECK;

/* NULL is fine. */
void pq_packer_free(struct pq_packer *p);

/*
 * Unpack exactly `out_bytes` bytes into `out`; fewer or more are ERR_INPUT that says which
 * codec and both sizes, and so is a codec that pq_codec_reads() denies.  ERR_LIMIT: a page of more
 * than PQ_PAGE_BYTES_MAX.  Nothing to nothing is right for every codec; data that unpacks to
 * nothing is looked at.  GZIP may have several members, and zlib's header is taken too; ZSTD may
 * have several frames.  LZ4 (5) is Hadoop's framing (big-endian sizes), the LZ4 frame format, or
 * one raw block: tried in that order.  ERR_SYSTEM: the library of SNAPPY is not installed.  After
 * an error `out` holds anything.
 */
enum err_code pq_unpack(struct pq_packer *p, int codec, const void *data, size_t bytes, void *out,
			size_t out_bytes, struct err *err) MUST_CHECK;

/* How many bytes the packed form of `bytes` bytes may take, with any codec that packs. */
size_t pq_pack_room(size_t bytes);

/*
 * Put the packed form of `data`, at most PQ_PAGE_BYTES_MAX bytes, to `out`, which has room for
 * pq_pack_room() of them: the same bytes every time.  Returns how many.  A codec that
 * pq_codec_writes(); ZSTD at level 1.
 */
size_t pq_pack(struct pq_packer *p, enum pq_codec codec, const void *data, size_t bytes, void *out);

/* CRC-32 (IEEE 802.3) as page headers have it: 0 to begin with, else what came before `data`. */
uint32_t pq_crc(uint32_t crc, const void *data, size_t bytes);

/* Add the libraries of all codecs to the list. */
void pq_codec_libraries(struct library_list *list);

#endif

// interop.mjs - files of others are read here, ours are read there, and every value is the same.
//   node interop.mjs PROGRAM DIR      exit 1 when anything differs
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { COLUMNS, makeRows, spell, difference, parseLines, micros } from './rows.mjs';
import { DuckDBInstance } from '@duckdb/node-api';

const [program, dir] = process.argv.slice(2);
const rows = makeRows(5000), want = rows.map(spell);
let passed = 0, failed = 0;

function verdict(name, problem) {
	if (problem) {
		failed++;
		console.log(`not ok  ${name}: ${problem}`);
	} else {
		passed++;
		console.log(`ok      ${name}`);
	}
}

async function attempt(name, body) {
	try {
		verdict(name, await body());
	} catch (e) {
		verdict(name, (e.stderr?.toString() || e.message || String(e)).trim().slice(0, 400));
	}
}

const cat = file => parseLines(execFileSync(program, ['data', 'cat', file, '-o', 'jsonl'], { maxBuffer: 1 << 28 }).toString());
const readHere = (name, file) => attempt(`${name}, read here`, () => difference(want, cat(file)));

// ---- what others write ----

const db = await (await DuckDBInstance.create(':memory:')).connect();
const quote = v => v === null ? 'null' : `'${String(v).replaceAll("'", "''")}'`;
await db.run('create table t (i64 bigint, i32 integer, f64 double, s varchar, b boolean, ts timestamp, d date, kind varchar, uid varchar)');
for (let i = 0; i < want.length; i += 500)
	await db.run('insert into t values ' + want.slice(i, i + 500).map(r => '(' + r.map((v, c) =>
		c === 5 && v !== null ? `make_timestamp(${v})` : quote(v)).join(',') + ')').join(','));

async function duckdbWrites() {
	for (const version of ['v1', 'v2'])
		for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']) {
			const file = `${dir}/duckdb-${version}-${codec}.parquet`;
			await attempt(`DuckDB ${version} ${codec}, read here`, async () => {
				await db.run(`copy t to '${file}' (format parquet, parquet_version ${version}, compression ${codec}, row_group_size 2048)`);
				return difference(want, cat(file));
			});
		}
}

async function polarsWrites() {
	const pl = (await import('nodejs-polars')).default;
	const frame = pl.readParquet(`${dir}/duckdb-v1-uncompressed.parquet`);
	for (const compression of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4']) {
		const file = `${dir}/polars-${compression}.parquet`;
		await attempt(`Polars ${compression}, read here`, () => {
			frame.writeParquet(file, { compression });
			return difference(want, cat(file));
		});
	}
}

async function clickhouseWrites() {
	const { query } = await import('chdb');
	for (const codec of ['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'])
		for (const custom of [0, 1]) {
			const file = `${dir}/clickhouse-${codec}-${custom}.parquet`;
			await attempt(`ClickHouse ${codec}${custom ? '' : ' through Arrow'}, read here`, () => {
				fs.rmSync(file, { force: true });
				query(`select * from file('${dir}/duckdb-v1-uncompressed.parquet', Parquet) into outfile '${file}' format Parquet
					settings output_format_parquet_compression_method = '${codec}', output_format_parquet_use_custom_encoder = ${custom}, input_format_parquet_preserve_order = 1, max_threads = 1`, 'CSV');
				return difference(want, cat(file));
			});
		}
}

async function arrowRsWrites() {
	const w = await import('parquet-wasm/node');
	const source = () => w.readParquet(fs.readFileSync(`${dir}/duckdb-v1-uncompressed.parquet`));
	const write = (name, builder) => attempt(`arrow-rs ${name}, read here`, () => {
		const file = `${dir}/arrow-rs-${name.replaceAll(' ', '-')}.parquet`;
		fs.writeFileSync(file, w.writeParquet(source(), builder?.build()));
		return difference(want, cat(file));
	});
	await write('defaults');
	for (const codec of ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD', 'LZ4_RAW'])
		await write(codec, new w.WriterPropertiesBuilder().setCompression(w.Compression[codec]));
	await write('version 2', new w.WriterPropertiesBuilder().setWriterVersion(w.WriterVersion.V2));
	await write('version 2 without dictionary', new w.WriterPropertiesBuilder().setWriterVersion(w.WriterVersion.V2).setDictionaryEnabled(false));
	for (const [column, encoding] of [['i64', 'DELTA_BINARY_PACKED'], ['i32', 'DELTA_BINARY_PACKED'], ['ts', 'DELTA_BINARY_PACKED'],
		['s', 'DELTA_LENGTH_BYTE_ARRAY'], ['s', 'DELTA_BYTE_ARRAY'], ['uid', 'DELTA_BYTE_ARRAY'], ['b', 'RLE']])
		await write(`${column} ${encoding}`, new w.WriterPropertiesBuilder().setDictionaryEnabled(false).setColumnEncoding(column, w.Encoding[encoding]));
}

async function hyparquetWrites() {
	const { parquetWriteBuffer } = await import('hyparquet-writer');
	const types = ['INT64', 'INT32', 'DOUBLE', 'STRING', 'BOOLEAN', 'TIMESTAMP', 'STRING', 'STRING', 'STRING'];
	// It has no microseconds: its timestamps are milliseconds.
	const milli = rows.map(r => r.map((v, c) => c === 5 && v !== null ? v / 1000n * 1000n : v));
	const data = (encodings) => COLUMNS.map((name, c) => ({
		name, type: types[c], nullable: true, ...(encodings[name] ? { encoding: encodings[name] } : {}),
		data: milli.map(r => c === 5 && r[c] !== null ? new Date(Number(r[c] / 1000n)) : r[c]),
	}));
	const expected = milli.map(spell);
	const write = (name, encodings, codec) => attempt(`hyparquet ${name}, read here`, () => {
		const file = `${dir}/hyparquet-${name.replaceAll(' ', '-')}.parquet`;
		fs.writeFileSync(file, Buffer.from(parquetWriteBuffer({ columnData: data(encodings), ...(codec ? { codec } : {}) })));
		return difference(expected, cat(file));
	});
	await write('defaults', {});
	await write('UNCOMPRESSED', {}, 'UNCOMPRESSED');
	for (const [column, encoding] of [['i64', 'PLAIN'], ['i64', 'DELTA_BINARY_PACKED'], ['i32', 'BYTE_STREAM_SPLIT'], ['f64', 'BYTE_STREAM_SPLIT'],
		['s', 'DELTA_LENGTH_BYTE_ARRAY'], ['s', 'DELTA_BYTE_ARRAY'], ['b', 'RLE']])
		await write(`${column} ${encoding}`, { [column]: encoding });
}

// ---- what we write ----

function writeOurs() {
	const project = `${dir}/project`;
	fs.rmSync(project, { recursive: true, force: true });
	fs.mkdirSync(`${project}/dags`, { recursive: true });
	fs.mkdirSync(`${project}/landing`);
	fs.copyFileSync(new URL('interop.yaml', import.meta.url), `${project}/dags/interop.yaml`);
	const f64 = v => v === null ? null : Number.isFinite(v) ? (Object.is(v, -0) ? '-0.0' : JSON.stringify(v)) : JSON.stringify(String(v));
	fs.writeFileSync(`${project}/landing/rows.jsonl`, rows.map(r => '{"at":"2026-05-01",' + COLUMNS.map((name, c) => `"${name}":` +
		(r[c] === null ? 'null' : c === 0 ? r[c] : c === 2 ? f64(r[c]) : c === 5 ? `"${stamp(r[c])}"` : JSON.stringify(r[c]))).join(',') + '}\n').join(''));
	execFileSync(program, ['-C', project, 'backfill', 'create', 'interop', '--from-date', '2026-05-01', '--to-date', '2026-05-01', '--wait'], { stdio: 'pipe' });
	const live = `${project}/lake/rows/event_date=2026-05-01`;
	return `${live}/${fs.readdirSync(live).find(f => f.endsWith('.parquet'))}`;
}
const stamp = us => new Date(Number(us / 1000000n) * 1000).toISOString().slice(0, 19) + '.' + String(us % 1000000n).padStart(6, '0') + 'Z';

async function duckdbReads(file) {
	const sql = `select i64::varchar, i32::varchar, f64::varchar, s, b::varchar, epoch_us(ts)::varchar, d::varchar, kind, uid from '${file}'`;
	const norm = v => v === null ? null : { inf: 'Infinity', '-inf': '-Infinity', nan: 'NaN' }[v] ?? v;
	const got = (await (await db.runAndReadAll(sql)).getRows()).map(r => spell(r.map((v, c) => c === 2 ? norm(v) : v)));
	return difference(want, got);
}

async function polarsReads(file) {
	const pl = (await import('nodejs-polars')).default;
	// Whole numbers beyond 2^53 would come as doubles: as texts they are exact.
	const f = pl.readParquet(file).select(pl.col('i64').cast(pl.Utf8).alias('i64'), 'i32', 'f64', 's', 'b', pl.col('ts').cast(pl.Int64).cast(pl.Utf8).alias('ts'), pl.col('d').cast(pl.Int32).alias('d'), 'kind', 'uid');
	const columns = f.getColumns().map(s => s.toArray());
	const got = want.map((_, i) => spell(columns.map((c, k) => k === 6 && c[i] !== null ? new Date(c[i] * 86400000).toISOString().slice(0, 10) : c[i])));
	return difference(want, got);
}

async function clickhouseReads(file) {
	const { query } = await import('chdb');
	const text = query(`select toString(i64) i64, i32, toString(f64) f64, s, b, toString(toUnixTimestamp64Micro(ts)) ts, toString(d) d, kind, uid from file('${file}', Parquet)
		settings input_format_parquet_preserve_order = 1, max_threads = 1`, 'JSONEachRow').toString();
	const norm = v => v === null ? null : { inf: 'Infinity', '-inf': '-Infinity', nan: 'NaN' }[v] ?? v;
	return difference(want, text.split('\n').filter(Boolean).map(l => JSON.parse(l)).map(o => spell([o.i64, o.i32, norm(o.f64), o.s, o.b, o.ts, o.d, o.kind, o.uid])));
}

async function hyparquetRows(file) {
	const { parquetReadObjects } = await import('hyparquet');
	const { compressors } = await import('hyparquet-compressors');
	const bytes = fs.readFileSync(file), buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
	// Its Dates have milliseconds: the file's whole numbers are asked for instead.
	const parsers = { timestampFromMicroseconds: v => v, dateFromDays: v => new Date(v * 86400000).toISOString().slice(0, 10) };
	const objects = await parquetReadObjects({ file: buffer, compressors, parsers });
	return objects.map(o => spell([o.i64, o.i32, o.f64, o.s, o.b, o.ts instanceof Date ? micros(o.ts) : o.ts, o.d, o.kind, o.uid]));
}

// arrow-rs reads the file and writes it again as plainly as it can; what comes out is looked at by another reader.
async function arrowRsReads(file) {
	const w = await import('parquet-wasm/node'), again = `${dir}/arrow-rs-again.parquet`;
	fs.writeFileSync(again, w.writeParquet(w.readParquet(fs.readFileSync(file)),
		new w.WriterPropertiesBuilder().setDictionaryEnabled(false).setCompression(w.Compression.UNCOMPRESSED).build()));
	return duckdbReads(again);
}

fs.mkdirSync(dir, { recursive: true });
await duckdbWrites();
await polarsWrites();
await clickhouseWrites();
await arrowRsWrites();
await hyparquetWrites();
const ours = writeOurs();
await attempt('ours, read here', () => difference(want, cat(ours)));
await attempt('ours, read by DuckDB', () => duckdbReads(ours));
await attempt('ours, read by Polars', () => polarsReads(ours));
await attempt('ours, read by ClickHouse', () => clickhouseReads(ours));
await attempt('ours, read by arrow-rs', () => arrowRsReads(ours));
await attempt('ours, read by hyparquet', async () => difference(want, await hyparquetRows(ours)));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

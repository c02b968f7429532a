// peers.mjs - one question as DuckDB or Polars answers it, in this process.
//   node peers.mjs duckdb|polars QUESTION THREADS DIR SHAPE [DAYS]
// Prints "BEST MEDIAN CPU FAULTS" of RUNS runs of the question alone: starting Node.js and loading the
// library is not counted.  The answer goes to DIR/peer.parquet, as ours goes to a file.
import { questions, about } from './questions.mjs';
import { shapes } from './shapes.mjs';

const [who, name, threads, dir, shape, days] = process.argv.slice(2);
const runs = Number(process.env.RUNS ?? 3);
const question = questions[name], t = about(shapes[shape], dir, days ? Number(days) : undefined);
const out = `${dir}/peer.parquet`;

async function duckdb() {
	const { DuckDBInstance } = await import('@duckdb/node-api');
	const db = await (await DuckDBInstance.create(':memory:')).connect();
	await db.run(`set threads = ${threads}`);
	await db.run(`set temp_directory = '${dir}/peer.tmp'`);
	if (process.env.DUCKDB_MEMORY)
		await db.run(`set memory_limit = '${process.env.DUCKDB_MEMORY}'`);
	return () => db.run(`copy (${question.duckdb(t)}) to '${out}' (format parquet, compression zstd)`);
}

async function polars() {
	process.env.POLARS_MAX_THREADS = threads;
	const pl = (await import('nodejs-polars')).default;
	return async () => (await question.polars(pl, t).collect()).writeParquet(out, { compression: 'zstd' });
}

const run = await (who === 'duckdb' ? duckdb() : polars());
const took = [];
let best = Infinity, cpu = 0, faults = 0;
for (let i = 0; i < runs; i++) {
	const before = process.resourceUsage(), started = performance.now();
	await run();
	const seconds = (performance.now() - started) / 1000, after = process.resourceUsage();
	took.push(seconds);
	faults = after.minorPageFault - before.minorPageFault;
	if (seconds < best) {
		best = seconds;
		cpu = (after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime) / 1e6;
	}
}
took.sort((a, b) => a - b);
console.log(best.toFixed(3), took[runs >> 1].toFixed(3), cpu.toFixed(3), faults);
process.exit(0);

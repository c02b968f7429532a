// bench.mjs - the operators beside DuckDB and Polars over the shapes of shapes.mjs; called by run.sh.
//   node bench.mjs PROGRAM BUILD WORK       raw numbers go to BUILD/bench/data.tsv (and growth.tsv)
// SHAPES=random,nulls   those shapes alone     QUESTIONS=dedup,csv   those questions alone
// TIMES=0.1             a tenth of the rows    RUNS=3                the best of so many counts
// BIG=1                 growth to a hundred million events as well
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sameAnswer } from './answers.mjs';
import { about, placeOf, questions, writeDags } from './questions.mjs';
import { shapes } from './shapes.mjs';

const [program, build, work] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url)), runs = Number(process.env.RUNS ?? 3), times = Number(process.env.TIMES ?? 1);
const log = fs.openSync(`${work}/log`, 'a');
const say = text => process.stderr.write(`bench: ${text}\n`);
const isAsked = q => !process.env.QUESTIONS || process.env.QUESTIONS.split(',').includes(q);
const cpus = threads => (threads === 1 ? '0' : '0,1');

// Standard output of a command, null when it failed; its complaints go to the log.
function output(command, args, env = {}) {
	const done = spawnSync(command, args, { stdio: ['ignore', 'pipe', log], env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
	return done.status === 0 ? done.stdout.toString().trim() : null;
}
const measured = (threads, options, command, env) =>
	output('taskset', ['-c', cpus(threads), `${work}/measure`, ...options, ...command], env)?.split(' ').map(Number);

const glob = pattern => fs.readdirSync(path.dirname(pattern)).sort()
	.filter(f => new RegExp(`^${path.basename(pattern).replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(f))
	.map(f => `${path.dirname(pattern)}/${f}`);

function ours(name, t, threads) {
	const { dag, task } = placeOf(name);
	const got = measured(threads, [...(t.shape.cold ? ['-d', t.dir] : []), runs], [program, '-C', t.dir, 'tasks', 'test', dag, task, t[questions[name].when]]);
	if (!got)
		throw new Error(`${t.shape.name}: our ${name} failed, see ${work}/log`);
	const [best, median, cpu, kib, faults] = got;
	return { best, median, cpu, kib, faults };
}

// A peer's own times, and what its process had at the most.  Without caches each run is a process.
function peer(who, name, t, threads, env = {}) {
	const seconds = `${work}/seconds`, each = t.shape.cold ? 1 : runs, all = [];
	for (let i = 0; i < (t.shape.cold ? runs : 1); i++) {
		const command = `node '${here}/peers.mjs' ${who} ${name} ${threads} '${t.dir}' ${t.shape.name} ${t.days} >'${seconds}'`;
		const got = measured(threads, [...(t.shape.cold ? ['-d', t.dir] : []), 1], ['sh', '-c', command], { RUNS: each, ...env });
		if (!got)
			return null;
		const [best, median, cpu, faults] = fs.readFileSync(seconds, 'utf8').trim().split(' ').map(Number);
		all.push({ best, median, cpu, kib: got[3], faults });
	}
	return all.sort((a, b) => a.best - b.best)[0];
}

function floor(name, t) {
	const { files, types = t.columns, columns, days, format = 'parquet' } = questions[name].input(t);
	const schema = types.map(c => `${c.name}:${c.type}`).join(',');
	const got = output('taskset', ['-c', '0', `${build}/bench/floor`, format, schema, columns?.join(',') ?? '-', days?.join(',') ?? '-', ...files.flatMap(glob)]);
	return got ? Number(got.split(' ')[0]) : null;
}

const columns = ['date', 'load', 'shape', 'events', 'question', 'threads', 'who', 'best', 'median', 'cpu', 'kib', 'faults', 'floor', 'answer'];
const begun = { date: new Date().toISOString().slice(0, 10), load: os.loadavg()[0].toFixed(1) };
const raw = file => {
	fs.writeFileSync(`${build}/bench/${file}`, `${columns.join('\t')}\n`);
	return row => fs.appendFileSync(`${build}/bench/${file}`, `${columns.map(c => ({ ...begun, ...row })[c] ?? '-').join('\t')}\n`);
};

function make(shape, dir, by = 1, days = shape.days) {
	fs.mkdirSync(dir, { recursive: true });
	if (output('node', [`${here}/make.mjs`, dir, shape.name, by, days]) === null)
		throw new Error(`the data of ${shape.name} could not be made, see ${work}/log`);
	return about(shape, dir, days);
}
// Rollups of every day of the window, deduplicated and published, for the questions that read them.
function publish(t) {
	if (output(program, ['-C', t.dir, 'backfill', 'create', 'made', '--from-date', t.first, '--to-date', t.last, '--wait']) === null)
		throw new Error(`no rollups of ${t.shape.name}, see ${work}/log`);
}

async function ask(name, t, events, known, tell) {
	const least = floor(name, t), question = questions[name];
	for (const threads of [1, 2]) {
		const key = { shape: t.shape.name, events, question: name, threads };
		tell({ ...key, who: 'ours', floor: least?.toFixed(4), ...ours(name, t, threads) });
		const mine = await answerOf(name, t);
		for (const who of ['duckdb', 'polars']) {
			const asked = question.peer ?? name, id = `${who} ${asked} ${threads}`;
			known[id] ??= { got: peer(who, asked, t, threads) };
			const { got } = known[id];
			if (got && !known[id].answer)
				known[id].answer = `${t.dir}/${who}-${asked}.parquet`, fs.renameSync(`${t.dir}/peer.parquet`, known[id].answer);
			const same = got ? await sameAnswer(mine, known[id].answer, question, t) : 'none';
			tell({ ...key, who, ...got, answer: same });
			if (same !== 'same' && same !== 'none')
				say(`${t.shape.name}, ${name}: ${who} says something else: ${same}`);
		}
	}
}
// Where our last answer is: staged files, or what the checks observed.
async function answerOf(name, t) {
	const { dag, task, dataset } = placeOf(name), day = t[questions[name].when];
	if (name === 'quality')
		return JSON.parse(output(program, ['-C', t.dir, '-o', 'json', 'tasks', 'test', dag, task, day])).checks.map(c => c.observed);
	return `${t.dir}/.tidemill/scratch/${dag}/${dataset}/event_date=${day}/part-*.parquet`;
}

async function shapeOf(shape, tell) {
	const dir = shape.cold ? `${build}/bench/cold` : `${work}/${shape.name}`;
	const names = shape.questions.filter(isAsked);
	const t = make(shape, dir, times);
	writeDags(t, names);
	if (names.some(q => questions[q].published))
		publish(t);
	const events = Math.round(shape.rows * times) * shape.days, known = {};
	for (const name of names) {
		say(`${shape.name}: ${name}`);
		await ask(name, t, events, known, tell);
	}
	fs.rmSync(dir, { recursive: true });
}

// 1, 10 and 100 million events in 1 GiB; DuckDB in 1 GB too, and at the end in 12.
async function growth() {
	const tell = raw('growth.tsv');
	for (const by of [0.1, 1, 10]) {
		const t = make({ ...shapes.kind, questions: [] }, `${work}/growth`, by * times), events = Math.round(shapes.kind.rows * by * times) * t.days;
		const names = ['engagement', 'rollup', 'dedup', 'quality'].filter(isAsked);
		writeDags(t, names);
		for (const name of names) {
			const least = floor(name, t);
			for (const threads of [1, 2]) {
				say(`${events} events: ${name}, ${threads}`);
				tell({ shape: 'kind', events, question: name, threads, who: 'ours', floor: least?.toFixed(4), ...ours(name, t, threads) });
			}
			for (const [who, DUCKDB_MEMORY] of [['duckdb', '1GB'], ...(by === 10 ? [['duckdb 12 GB', '12GB']] : [])])
				tell({ shape: 'kind', events, question: name, threads: 2, who, ...peer('duckdb', name, t, 2, { DUCKDB_MEMORY, RUNS: 1 }) });
		}
		fs.rmSync(t.dir, { recursive: true });
	}
}

const chosen = process.env.SHAPES?.split(',') ?? Object.keys(shapes).filter(s => shapes[s].questions.length);
for (const name of chosen)
	if (!shapes[name])
		throw new Error(`there is no shape '${name}': ${Object.keys(shapes).join(', ')}`);
const tell = raw('data.tsv');
tell({ shape: 'machine', question: 'memcpy', threads: 1, who: 'floor', best: Number(output('taskset', ['-c', '0', `${build}/bench/floor`, 'memcpy'])) / 1e9 });
for (const name of chosen)
	await shapeOf(shapes[name], tell);
if (process.env.BIG === '1')
	await growth();

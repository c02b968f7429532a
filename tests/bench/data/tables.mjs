// tables.mjs - the raw numbers of the benchmark as tables of markdown.
//   node tables.mjs DIR          DIR/data.tsv, growth.tsv, backfill.tsv: those that are there, to standard output
//   node tables.mjs DIR PAGE     puts each in its place in PAGE, between <!-- NAME --> and <!-- /NAME -->
import fs from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { questions } from './questions.mjs';
import { shapes } from './shapes.mjs';

const [dir, page] = process.argv.slice(2);
function read(file) {
	if (!fs.existsSync(`${dir}/${file}`))
		return [];
	const [head, ...lines] = fs.readFileSync(`${dir}/${file}`, 'utf8').trim().split('\n').map(l => l.split('\t'));
	return lines.map(l => Object.fromEntries(head.map((h, i) => [h, l[i] === '-' ? undefined : /^[\d.]+$/.test(l[i]) ? Number(l[i]) : l[i]])));
}
const wrapped = text => text.replace(/(?=.{101})(.{1,100}) /g, '$1\n');
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(r => `| ${r.join(' | ')} |`).join('\n');
const fixed = (x, digits) => (x === undefined || !Number.isFinite(x) ? '-' : x.toFixed(digits));
const seconds = x => (x === undefined ? '-' : `${fixed(x, 3)} s`);
const times = x => (x < 1 ? `**${fixed(x, 1)}**` : fixed(x, 1)); // bold: it is faster than we are
const mib = kib => (kib === undefined ? '-' : String(Math.round(kib / 1024)));
const both = (f, ...xs) => xs.map(x => f(x)).join(', ');
const count = n => (n === undefined ? '-' : String(n)).replace(/\B(?=(\d{3})+$)/g, ',');

function engines() {
	const versions = JSON.parse(fs.readFileSync(fileURLToPath(new URL('package.json', import.meta.url)))).dependencies;
	return `DuckDB ${versions['@duckdb/node-api'].replace(/-.*/, '')}, Polars by nodejs-polars ${versions['nodejs-polars']}`;
}
const machine = rows => wrapped(`Measured on ${rows[0].date}: ${os.cpus().length} processors (${os.cpus()[0].model.trim()}), ${Math.round(os.totalmem() / 2 ** 30)} GiB; ${engines()}; ${rows[0].load > 0.5 ? `**beside other work**, a load of ${fixed(rows[0].load, 1)} when it began` : 'with nothing else to do'}.`);

const cell = (rows, key) => (who, threads) => rows.find(r => r.shape === key.shape && r.question === key.question && r.threads === threads && r.who === who) ?? {};
const agreed = (...cells) => {
	const said = cells.map(c => c.answer).filter(a => a && a !== 'none');
	return said.length === 0 ? '-' : said.every(a => a === 'same') ? 'agree' : '**differ**';
};
const asked = (rows, shape) => [...new Set(rows.filter(r => r.shape === shape).map(r => r.question))].map(question => ({ shape, question }));
const ofFloor = (c, threads) => c('ours', threads).best * threads / c('ours', threads).floor;

const titled = name => `\`${name}\`: ${questions[name].says}`;
function kind(rows) {
	const memcpy = rows.find(r => r.question === 'memcpy')?.best;
	const mine = asked(rows, 'kind');
	const speed = mine.flatMap(key => [1, 2].map(threads => {
		const c = cell(rows, key), [o, d, p] = ['ours', 'duckdb', 'polars'].map(who => c(who, threads));
		return [threads === 1 ? titled(key.question) : '', threads, seconds(o.best), fixed(ofFloor(c, threads), 1), seconds(d.best), times(d.best / o.best),
			seconds(p.best), times(p.best / o.best), questions[key.question].aim?.[threads - 1] ?? '', agreed(d, p)];
	}));
	const cost = mine.map(key => {
		const c = cell(rows, key), of = f => ['ours', 'duckdb', 'polars'].map(who => both(f, c(who, 1), c(who, 2)));
		return [key.question, seconds(c('ours', 1).floor), both(who => fixed(c(who, 1).cpu, 2), 'ours', 'duckdb', 'polars'), ...of(x => mib(x.kib)), ...['ours', 'duckdb', 'polars'].map(who => fixed(c(who, 2).cpu / c(who, 2).best, 2)),
			both(x => count(x.faults), c('ours', 1), c('ours', 2)), count(c('duckdb', 2).faults)];
	});
	return [machine(rows), '', table(['', 'threads', 'Tidemill', 'of the floor', 'DuckDB', 'ratio', 'Polars', 'ratio', 'wanted', 'answers'], speed), '',
		wrapped(`The floor, and processor time, with one thread; peak memory with one thread and two; how many processors two threads kept busy; page faults. One thread copies ${fixed(memcpy, 1)} GB/s of memory.`), '',
		table(['', 'floor', 'processor s: Tidemill, DuckDB, Polars', 'MiB: Tidemill', 'DuckDB', 'Polars', 'busy: Tidemill', 'DuckDB', 'Polars', 'faults: Tidemill', 'DuckDB'], cost)].join('\n');
}

function other(rows) {
	const names = Object.keys(shapes).filter(s => s !== 'kind' && rows.some(r => r.shape === s));
	const lines = names.flatMap(shape => asked(rows, shape).map((key, i) => {
		const c = cell(rows, key), ratio = who => both(t => times(c(who, t).best / c('ours', t).best), 1, 2);
		return [i ? '' : shape, key.question, both(t => fixed(c('ours', t).best, 3), 1, 2), shapes[shape].cold ? '-' : both(t => fixed(ofFloor(c, t), 1), 1, 2),
			ratio('duckdb'), ratio('polars'), both(who => mib(c(who, 2).kib), 'ours', 'duckdb', 'polars'), count(c('ours', 2).faults), agreed(...[1, 2].flatMap(t => [c('duckdb', t), c('polars', t)]))];
	}));
	return [machine(rows), '', table(['shape', 'events', ''], names.map(s => [s, count(rows.find(r => r.shape === s).events), shapes[s].says])), '',
		table(['shape', 'question', 'Tidemill, s', 'of the floor', 'DuckDB', 'Polars', 'MiB: Tidemill, DuckDB, Polars', 'faults', 'answers'], lines)].join('\n');
}

function growth(rows) {
	const sizes = [...new Set(rows.map(r => r.events))];
	const order = [...new Set(rows.map(r => r.question))];
	const keys = [...new Set(rows.map(r => `${r.question}\t${r.who}\t${r.threads}`))].sort((a, b) => order.indexOf(a.split('\t')[0]) - order.indexOf(b.split('\t')[0]));
	const lines = keys.map(k => {
		const [question, who, threads] = k.split('\t');
		const at = sizes.map(events => rows.find(r => r.events === events && r.question === question && r.who === who && String(r.threads) === threads) ?? {});
		return [question, who === 'ours' ? 'Tidemill' : who.replace('duckdb', 'DuckDB'), threads, ...at.map(r => (r.best === undefined ? '-' : `${fixed(r.best, 3)} s, ${mib(r.kib)}`)),
			fixed(at[1]?.best / at[0]?.best, 1), fixed(at[2]?.best / at[1]?.best, 1)];
	});
	return [machine(rows), '', table(['', '', 'threads', ...sizes.map(s => `${count(s)} events: time, MiB`), 'second to first', 'third to second'], lines)].join('\n');
}

function backfill(rows) {
	const lines = rows.map(r => [r.who, r.lanes, seconds(r.best), seconds(r.cpu), fixed(r.cpu / r.best, 2), mib(r.kib), r.gap ?? '-', r.answer ?? '-']);
	return [machine(rows), `${rows[0].days} days of ${count(rows[0].events)} events each.`, '', table(['', 'runs at a time', 'wall clock', 'processor time', 'processors used', 'MiB, all processes', 'tasks at once: none, one, more', 'answers'], lines)].join('\n');
}

const [data, grown, filled] = ['data.tsv', 'growth.tsv', 'backfill.tsv'].map(read);
const blocks = {
	...(data.some(r => r.shape === 'kind') && { kind: kind(data) }),
	...(data.some(r => shapes[r.shape] && r.shape !== 'kind') && { shapes: other(data) }),
	...(grown.length && { growth: growth(grown) }),
	...(filled.length && { backfill: backfill(filled) }),
};
if (page) {
	let text = fs.readFileSync(page, 'utf8');
	for (const [name, block] of Object.entries(blocks))
		text = text.replace(new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`), (_, from, to) => `${from}${block}\n${to}`);
	fs.writeFileSync(page, text);
} else {
	for (const [name, block] of Object.entries(blocks))
		console.log(`${name}:\n\n${block}\n`);
}

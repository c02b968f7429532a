// answers.mjs - whether two engines said the same: rows as a set, whatever their order, by DuckDB.
import { DuckDBInstance } from '@duckdb/node-api';

const db = await (await DuckDBInstance.create(':memory:')).connect();
export const rowsOf = async sql => (await db.runAndReadAll(sql)).getRows();

// One number for each row that does not depend on how an engine spells a type.
const plain = (column, type) => {
	if (type === 'timestamp')
		return `epoch_us(${column})`;
	if (type === 'float64')
		return `${column}::double`;
	if (type === 'json') // Polars writes what it read with spaces of its own
		return `replace(${column}::varchar, ' ', '')`;
	return ['int64', 'date'].includes(type) ? `${column}::${type === 'date' ? 'date' : 'bigint'}` : `${column}::varchar`;
};
const guess = name => (/_(start|end)$/.test(name) ? 'timestamp' : name === 'session_id' ? 'string' : /_(id|count|rank|number)$|^events$|^(unique|total|adopting)_|^days_active$|^(nulls|repeats|outside|others)$/.test(name) ? 'int64' : name.endsWith('_date') ? 'date' : 'string');

// What files say: how many rows there are, all of them in one number, and the sums of what is rounded.
export async function summary(files, { rows, sums }, types = {}) {
	const hashes = rows.map(c => plain(`"${c}"`, types[c] ?? guess(c)));
	const [[count, hash, ...rounded]] = await rowsOf(`select ${['count(*)', `sum(hash(${hashes.join(', ')})::hugeint % 1000000007)`, ...sums.map(c => `sum("${c}")`)].join(', ')}
		from read_parquet('${files}', hive_partitioning = false)`);
	return { rows: `${count} rows, ${hash}`, sums: rounded.map(Number) };
}
// Engines round halves differently, so that the sum of many may be off by a hundred-thousandth.
export const sameSummary = (a, b) => a.rows === b.rows && a.sums.every((x, i) => Math.abs(x - b.sums[i]) <= 1e-5 * Math.abs(x));
const text = s => [s.rows, ...s.sums].join(', ');

// "same", or what both say.  `mine` are the files of ours, or the numbers of its one row.
export async function sameAnswer(mine, theirs, question, t) {
	const answer = typeof question.answer === 'function' ? question.answer(t.columns.map(c => c.name)) : question.answer;
	const types = Object.fromEntries(t.columns.map(c => [c.name, c.type]));
	if (Array.isArray(mine)) {
		const [row] = await rowsOf(`select ${answer.rows.join(', ')} from '${theirs}'`);
		return String(mine) === String(row) ? 'same' : `we ${mine}, they ${row}`;
	}
	try {
		const [ours, other] = [await summary(mine, answer, types), await summary(theirs, answer, types)];
		return sameSummary(ours, other) ? 'same' : `we ${text(ours)}; they ${text(other)}`;
	} catch (e) {
		return e.message.split('\n')[0];
	}
}

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
const guess = name => (/_(id|count|rank)$|^(unique|total|adopting)_|^days_active$|^(nulls|repeats|outside|others)$/.test(name) ? 'int64' : name.endsWith('_date') ? 'date' : 'string');

// How many rows there are, all of them in one number, and the sums of what is rounded.
export async function summary(files, { rows, sums }, types = {}) {
	const hashes = rows.map(c => plain(`"${c}"`, types[c] ?? guess(c)));
	const [all] = await rowsOf(`select count(*), sum(hash(${hashes.join(', ')})::hugeint % 1000000007),
		${[...sums.map(c => `round(sum("${c}"), 1)`), "''"].join(', ')} from read_parquet('${files}', hive_partitioning = false)`);
	return all.map(String).join(' ').trim();
}

// "same", or both summaries.
export async function sameAnswer(mine, theirs, question, t) {
	const answer = typeof question.answer === 'function' ? question.answer(t.columns.map(c => c.name)) : question.answer;
	const types = Object.fromEntries(t.columns.map(c => [c.name, c.type]));
	const other = await summary(theirs, answer, types).catch(e => e.message.split('\n')[0]);
	const own = Array.isArray(mine)
		? mine.map(String).join(' ') : await summary(mine, answer, types);
	const said = Array.isArray(mine) ? (await rowsOf(`select ${answer.rows.join(', ')} from '${theirs}'`))[0].map(String).join(' ') : other;
	return own === said ? 'same' : `${own} / ${said}`;
}

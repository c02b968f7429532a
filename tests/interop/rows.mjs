// rows.mjs - the rows that go round, and one spelling for them whoever read them.
// A row is nine texts or nulls: i64, i32, f64, s, b, ts (microseconds), d, kind, uid.
export const COLUMNS = ['i64', 'i32', 'f64', 's', 'b', 'ts', 'd', 'kind', 'uid'];

const MIN = -(2n ** 63n), MAX = 2n ** 63n - 1n;
const day = n => new Date(n * 86400000).toISOString().slice(0, 10);

// A generator of whole numbers below n, the same every time (xorshift32).
function random(seed) {
	let x = seed >>> 0;
	return n => { x ^= x << 13; x >>>= 0; x ^= x >>> 17; x ^= x << 5; x >>>= 0; return x % n; };
}

export function makeRows(count) {
	const r = random(20260501), rows = [];
	const reals = [0, -0, 1.5, -2.25, 1e300, 5e-324, Infinity, -Infinity, NaN, 0.1];
	const texts = ['', 'a', 'é', '日本', '\u{1F600}', 'tab\tquote"comma,', 'x'.repeat(300), ' lead', 'null'];
	for (let i = 0; i < count; i++) {
		rows.push([
			i === 0 ? MIN : i === 1 ? MAX : i % 11 === 5 ? null : BigInt(r(1 << 30)) * BigInt(r(1 << 30)) - 5n,
			i === 2 ? -2147483648 : i === 3 ? 2147483647 : i % 13 === 7 ? null : r(1000) - 500,
			i % 17 === 3 ? null : i % 5 ? r(1 << 30) / 1024 : reals[r(reals.length)],
			i % 7 === 2 ? null : i % 3 ? texts[r(texts.length)] : `row ${i} ${r(1 << 30)}`,
			i % 19 === 4 ? null : r(2) === 1,
			i % 23 === 6 ? null : BigInt(r(1 << 30)) * 3000000n + BigInt(r(1000000)),
			i % 29 === 8 ? null : day(r(40000)),
			`kind-${r(7)}`,
			`u${(i * 2654435761 >>> 0).toString(16)}`,
		]);
	}
	return rows;
}

const real = v => Object.is(v, -0) ? '-0' : String(v);
export const spell = row => row.map((v, c) => v === null || v === undefined ? null : c === 2 ? real(Number(v)) : String(v));

// The first difference between what was expected and what came, or null.
export function difference(want, got) {
	if (want.length !== got.length)
		return `${got.length} rows instead of ${want.length}`;
	for (let i = 0; i < want.length; i++)
		for (let c = 0; c < COLUMNS.length; c++)
			if (want[i][c] !== got[i][c])
				return `row ${i + 1}, column ${COLUMNS[c]}: ${JSON.stringify(got[i][c])} instead of ${JSON.stringify(want[i][c])}`;
	return null;
}

// A date and time as Tidemill writes it, or a Date, as microseconds.
export function micros(v) {
	if (v instanceof Date)
		return BigInt(v.getTime()) * 1000n;
	const [whole, fraction = ''] = v.replace('Z', '').split('.');
	return BigInt(Date.parse(whole + 'Z')) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

// Rows of JSON Lines as Tidemill prints them; whole numbers beyond 2^53 stay exact.
export function parseLines(text) {
	return text.split('\n').filter(Boolean).map(line => {
		const o = JSON.parse(line.replace(/("i64":)(-?\d+)/, '$1"$2"'));
		return spell([o.i64, o.i32, o.f64, o.s, o.b, o.ts === null ? null : micros(o.ts), o.d, o.kind, o.uid]);
	});
}

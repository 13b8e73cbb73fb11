// Which of Prisma's files for SQLite can be one transaction, though they switch foreign keys.
import test from 'ava'
import { foreignKeys } from '../../src/sql/sqlite.js'

const off = 'PRAGMA foreign_keys=OFF;'
const on = 'PRAGMA foreign_keys=ON;'
const anew =
  'CREATE TABLE new_a (b TEXT); INSERT INTO new_a SELECT * FROM a; DROP TABLE a; ALTER TABLE new_a RENAME TO a;'

const rows: [sql: string, is: ReturnType<typeof foreignKeys>, why: string][] = [
  [anew, 'untouched', 'no switch'],
  [`-- ${off}\n/* ${off} */ ${anew}`, 'untouched', 'only in comments'],
  [
    `-- RedefineTables\nPRAGMA defer_foreign_keys=ON;\n${off}\n${anew}\n${on}\nPRAGMA defer_foreign_keys=OFF;`,
    'off',
    "as Prisma's",
  ],
  [`${off} ${anew} ${on} CREATE INDEX c ON a (b);`, 'off', 'nothing behind that could notice'],
  [`pragma foreign_keys = 0; ${anew}`, 'off', 'off to the end'],
  [`CREATE TABLE x (y TEXT); ${off} ${anew} ${on}`, 'switched', 'something before'],
  [`${off} ${anew} ${on} DELETE FROM p;`, 'switched', 'a cascade behind'],
  [`${off} ${anew} ${on} ${off} ${anew} ${on}`, 'switched', 'twice'],
  [`${on} ${anew}`, 'switched', 'on first'],
  [`${off} ${anew} ${on} ${off}`, 'switched', 'off last'],
]

for (const [sql, is, why] of rows) test(`${is}: ${why}`, (t) => t.is(foreignKeys(sql), is))

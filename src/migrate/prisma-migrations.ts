import { hasTable, type Sql } from './sql.js'
/** Names of Prisma's own migrations that are applied: finished, and not rolled back. */
export async function appliedMigrations(sql: Sql): Promise<Set<string>> {
  if (!(await hasTable(sql, prismaTable))) return new Set()
  const rows = await sql.query(
    `SELECT "migration_name" FROM ${sql.dialect.table(prismaTable)} WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL`,
  )
  return new Set(rows.map((row) => String(row.migration_name)))
}

export const prismaTable = '_prisma_migrations'

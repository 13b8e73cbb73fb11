import type { Adapter, Sender } from './sender.js'
/** As one script. Foreign keys cannot be switched in a transaction, and Prisma's files switch them to make tables anew. */
export function openSqlite(adapter: Adapter): Sender {
  const send = async (text: string) => adapter.executeScript(text) // better-sqlite3's throws
  // Where there is none, or libsql has seen to it, that is an error.
  const rollback = () => send('ROLLBACK').catch(() => {})
  return {
    async sendInTransaction(before, file, after) {
      const keys = foreignKeys(file)
      if (keys === 'switched') return false
      const isOff = keys === 'off'
      try {
        await send(
          `${isOff ? 'PRAGMA foreign_keys = OFF;\n' : ''}BEGIN IMMEDIATE;\n${before};\n${file}\n;\n${after};\nCOMMIT;`,
        )
        return true
      } catch (error) {
        await rollback()
        if (/(within|inside) a transaction|from within a/i.test(String((error as Error).message))) return false
        throw error
      } finally {
        if (isOff) await send('PRAGMA foreign_keys = ON')
      }
    },
    send,
    rollback,
    close: () => adapter.dispose(),
  }
}

/**
 * What a file does with foreign keys: nothing; has them off from its first statement, to the last that could notice; or
 * something in between, which only the file itself, without a transaction around it, can do.
 */
export function foreignKeys(file: string): 'untouched' | 'off' | 'switched' {
  const statements = file
    .replace(/--[^\n]*/g, '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean)
  const switches = statements.filter((statement) => isSwitch.test(statement))
  if (switches.length === 0) return 'untouched'
  const first = statements.findIndex((statement) => !isPragma.test(statement) || isOff.test(statement))
  const last = statements.findLastIndex((statement) => isSwitch.test(statement))
  const between = switches.slice(1, -1)
  const isOffFirst = isOff.test(statements[first] ?? '')
  const isOnLast = !isOff.test(statements[last] ?? '') || switches.length === 1
  const rest = isOnLast && switches.length > 1 ? statements.slice(last + 1) : []
  const canNotice = rest.some((statement) => !/^(CREATE|PRAGMA)\b/i.test(statement))
  return isOffFirst && isOnLast && between.length === 0 && !canNotice ? 'off' : 'switched'
}

const isPragma = /^PRAGMA\b/i
const isSwitch = /^PRAGMA\s+foreign_keys\s*=/i
const isOff = /^PRAGMA\s+foreign_keys\s*=\s*['"]?(OFF|0|false|no)\b/i

/** The words with which SQL begins or ends a transaction; null where it does neither. Savepoints are no transactions. */
export function transactionWords(text: string): string | null {
  return firstMatch(text, control)
}

/** The words of SQL that MySQL and MariaDB commit the transaction for, before and after it; null where there are none. */
export function committingWords(text: string): string | null {
  return firstMatch(text, committing)
}

export function callsRoutine(text: string): boolean {
  return firstMatch(text, /^call\b/i) !== null
}

const control =
  /^(?:commit|end|abort|begin(?!\s+not\s+atomic)|start\s+transaction|prepare\s+transaction|rollback(?!(?:\s+(?:work|transaction))?\s+to\b))\b/i

const committing =
  /^(?:alter|analyze|cache\s+index|create(?!\s+(?:or\s+replace\s+)?temporary\b)|drop(?!\s+(?:temporary|prepare)\b)|flush|grant|install|load\s+index|lock\s+tables?|optimize|rename|repair|reset|revoke|set\s+password|truncate|uninstall|unlock\s+tables?)\b(?:\s+\w+)?/i

function firstMatch(text: string, pattern: RegExp): string | null {
  for (const statement of statementsOf(text)) {
    const [words] = pattern.exec(statement) ?? []
    if (words !== undefined) return words.replace(/\s+/g, ' ').toUpperCase()
  }
  return null
}

/** One statement, or several where the driver takes them. A routine's or a trigger's body is a part of its statement. */
function statementsOf(text: string): string[] {
  const sql = text.replace(unread, (part) => (/^['"`$]/.test(part) ? "''" : ' ')).trim()
  return hasBody.test(sql) ? [sql] : sql.split(';').map((each) => each.trim())
}

/** Literals, quoted names and comments. */
const unread = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g

const hasBody = /^(?:create|alter|begin\s+not\s+atomic)\b/i

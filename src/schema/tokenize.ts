/** Splits the text of a Prisma schema into tokens. White space, line ends and comments separate them, and are dropped. */
export function tokenize(text: string): string[] {
  return text.match(tokens)?.filter((token) => !token.startsWith('/')) ?? []
}

/** True of a name, of a keyword, and of a number. */
export function isWord(token: string): boolean {
  return !/^["{}()[\]@:,.=?!]/.test(token)
}

/** The value of a token that is a string literal. */
export function unquote(token: string): string {
  return token
    .slice(1, -1)
    .replace(/\\(?:u([\da-f]{4})|(.))/gi, (_, code: string | undefined, character: string) =>
      code === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
    )
}

/** Comments, strings, numbers with their signs, `@@`, words, which may have hyphens, and single characters. */
const tokens = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"|[-+]?\d+(?:\.\d+)?(?![\w-])|@@|[^\s"{}()[\]@:,.=?!/]+|\S/g

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

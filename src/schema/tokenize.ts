/** Splits the text of a Prisma schema into tokens. White space, line ends and comments separate them, and are dropped. */
export function tokenize(text: string): string[] {
  return [...text.matchAll(pattern)].flatMap(({ groups }) => groups?.token ?? [])
}

/** The value of a token that is a string literal. */
export function unquote(token: string): string {
  return token
    .slice(1, -1)
    .replace(/\\(?:u([\da-f]{4})|(.))/gi, (_, code: string | undefined, character: string) =>
      code === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
    )
}

/** A sign belongs to its number, and a hyphen to the name that it is in. */
const pattern =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<token>"(?:[^"\\]|\\.)*"|[-+]?\d+(?:\.\d+)?(?![\w-])|@@|[\p{L}\p{N}_][\p{L}\p{N}_-]*|[^\s])/gu

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

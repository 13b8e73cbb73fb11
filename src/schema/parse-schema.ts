import { isWord, tokenize, unquote } from './tokenize.js'

/**
 * Parses the text of a Prisma schema. The text is one that Prisma has validated, for it comes from a generated client:
 * what the session does not need is passed over, and only syntax that this parser does not know is an error.
 */
export function parseSchema(text: string): SchemaTree {
  return new Parser(tokenize(text)).schema()
}

export interface SchemaTree {
  /** In the order of the text, views last. */
  readonly models: readonly ModelNode[]
  readonly enums: readonly EnumNode[]
}

export interface ModelNode {
  readonly name: string
  readonly fields: readonly FieldNode[]
  readonly attributes: readonly AttributeNode[]
}

export interface FieldNode {
  readonly name: string
  /** A scalar, an enum, a model, or `Unsupported`. */
  readonly type: string
  readonly arity: 'required' | 'optional' | 'list'
  readonly attributes: readonly AttributeNode[]
}

export interface EnumNode {
  readonly name: string
  readonly values: readonly { readonly name: string; readonly attributes: readonly AttributeNode[] }[]
}

export interface AttributeNode {
  /** Without its `@`: `id`, `relation`, `db.VarChar`. */
  readonly name: string
  readonly arguments: readonly ArgumentNode[]
}

export interface ArgumentNode {
  /** Null for an argument by position. */
  readonly name: string | null
  readonly value: ExpressionNode
}

export type ExpressionNode =
  | { readonly kind: 'string'; readonly value: string }
  /** Its digits as they are written. */
  | { readonly kind: 'number'; readonly text: string }
  /** A field, an enum's value, `true`, `Cascade`. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly ArgumentNode[] }
  | { readonly kind: 'list'; readonly items: readonly ExpressionNode[] }

class Parser {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  schema(): SchemaTree {
    const models: ModelNode[] = []
    const views: ModelNode[] = []
    const enums: EnumNode[] = []
    while (this.#at < this.#tokens.length) {
      const keyword = this.#name()
      const name = this.#name()
      this.#expect('{')
      if (keyword === 'model') models.push({ name, ...this.#fields() })
      else if (keyword === 'view') views.push({ name, ...this.#fields() })
      else if (keyword === 'enum') enums.push({ name, values: this.#enumValues() })
      else this.#passBlock()
    }
    return { models: [...models, ...views], enums }
  }

  #fields(): Omit<ModelNode, 'name'> {
    const fields: FieldNode[] = []
    const attributes: AttributeNode[] = []
    while (!this.#accept('}')) {
      if (this.#accept('@@')) attributes.push(this.#attribute())
      else fields.push(this.#field())
    }
    return { fields, attributes }
  }

  #field(): FieldNode {
    const name = this.#name()
    const type = this.#name()
    if (this.#peek() === '(') this.#arguments() // Unsupported("…")
    return { name, type, arity: this.#arity(), attributes: this.#attributes() }
  }

  #arity(): FieldNode['arity'] {
    if (this.#accept('?')) return 'optional'
    if (!this.#accept('[')) return 'required'
    this.#expect(']')
    return 'list'
  }

  #enumValues(): EnumNode['values'] {
    const values: { name: string; attributes: AttributeNode[] }[] = []
    while (!this.#accept('}')) {
      if (this.#accept('@@')) this.#attribute()
      else values.push({ name: this.#name(), attributes: this.#attributes() })
    }
    return values
  }

  #attributes(): AttributeNode[] {
    const attributes: AttributeNode[] = []
    while (this.#accept('@')) attributes.push(this.#attribute())
    return attributes
  }

  #attribute(): AttributeNode {
    return { name: this.#path(), arguments: this.#peek() === '(' ? this.#arguments() : [] }
  }

  #arguments(): ArgumentNode[] {
    this.#expect('(')
    return this.#commaSeparated(')', () => this.#argument())
  }

  #argument(): ArgumentNode {
    const name = this.#tokens[this.#at + 1] === ':' ? this.#name() : null
    if (name !== null) this.#expect(':')
    return { name, value: this.#expression() }
  }

  #expression(): ExpressionNode {
    const token = this.#peek()
    if (this.#accept('[')) return { kind: 'list', items: this.#commaSeparated(']', () => this.#expression()) }
    if (token.startsWith('"')) return { kind: 'string', value: unquote(this.#next()) }
    if (/^[-+]?\d+(\.\d+)?$/.test(token)) return { kind: 'number', text: this.#next() }
    const name = this.#path()
    return this.#peek() === '(' ? { kind: 'call', name, arguments: this.#arguments() } : { kind: 'name', name }
  }

  #commaSeparated<T>(end: string, item: () => T): T[] {
    const items: T[] = []
    while (!this.#accept(end)) {
      items.push(item())
      this.#accept(',')
    }
    return items
  }

  #path(): string {
    let path = this.#name()
    while (this.#accept('.')) path += `.${this.#name()}`
    return path
  }

  /** A datasource, a generator, or what a later Prisma may add. */
  #passBlock(): void {
    for (let depth = 1; depth > 0; ) {
      const token = this.#next()
      if (token === '{') depth++
      if (token === '}') depth--
    }
  }

  #name(): string {
    const token = this.#next()
    if (isWord(token)) return token
    throw this.#unexpected(token, 'a name')
  }

  #expect(expected: string): void {
    const token = this.#next()
    if (token !== expected) throw this.#unexpected(token, `'${expected}'`)
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false
    this.#at++
    return true
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? ''
  }

  #next(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new SyntaxError('The schema ends in the middle of a block.')
    return token
  }

  #unexpected(token: string, expected: string): SyntaxError {
    const before = this.#tokens.slice(Math.max(0, this.#at - 6), this.#at - 1).join(' ')
    return new SyntaxError(`Expected ${expected}, found '${token}' after: ${before}`)
  }
}

import type { ClientFacts } from '../driver/driver.js'
import type { PrismaCall, Steps } from '../driver/effects.js'
import type { Model } from '../model/model.js'
import { chunksFor } from './chunks.js'
import type { Dialect, Server, SideEffects, Table } from './dialects/dialect.js'
import { mariadb } from './dialects/mariadb.js'
import { postgresql } from './dialects/postgresql.js'
import { sqlite } from './dialects/sqlite.js'
import type { Values } from './flush-plan.js'
import { asOperationError } from './operation-error.js'
import { performed } from './performed.js'
import type { PrismaWay } from './prisma-way.js'
import type { Recent } from './recent.js'
import type { Statement } from './statement.js'
/** What statements over whole row sets are made and sent with, for one pool of connections. */
export class SetBased {
  readonly dialect: Dialect
  readonly server: Server
  readonly prisma: PrismaWay
  readonly #facts: ClientFacts
  readonly #statements: Recent<unknown>

  constructor(dialect: Dialect, prisma: PrismaWay, facts: ClientFacts, memory: Memory) {
    this.dialect = dialect
    this.prisma = prisma
    this.server = memory.server
    this.#facts = facts
    this.#statements = memory.statements
  }

  /** Made once for all sessions over the same connections. */
  remembered<T>(text: string, make: () => T): T {
    return this.#statements.get(text, make) as T
  }

  tableOf({ schema, table }: Model): Table {
    return { schema: schema ?? this.#facts.schema, name: table }
  }

  /** As far as they are known. */
  sideEffectsOn(table: Table): SideEffects | undefined {
    return this.server.tables?.get(this.dialect.nameOf(table))
  }

  /** Learns what has to be known of the server first; gives why it gets no such statements, or null. */
  *learn({ table, key, set }: Statement): Steps<string | null> {
    for (;;) {
      const { dialect, server } = this
      const question = dialect.unfit(server) === null ? dialect.question(table, key, server, set) : null
      if (!question) return dialect.unfit(server)
      const args = [question.sql, ...question.values]
      question.learn(yield* performed({ delegate: null, method: '$queryRawUnsafe', args }), server)
    }
  }

  /** The rows that a statement gives back. */
  query(statement: Statement, args: readonly unknown[]): Steps<Values[]> {
    return send(statement, { delegate: null, method: '$queryRawUnsafe', args: [statement.sql, ...args] })
  }

  /** The parameters for rows whose values went through a statement before. */
  argsOf(statement: Statement, rows: readonly (readonly unknown[])[]): readonly unknown[] {
    const chunks = chunksFor(this.dialect, this.server, statement, rows)
    return 'unproved' in chunks ? [] : (chunks[0]?.args ?? [])
  }

  /** How many rows a statement has met. */
  count(statement: Statement, args: readonly unknown[]): Steps<number> {
    return send(statement, { delegate: null, method: '$executeRawUnsafe', args: [statement.sql, ...args] })
  }
}

/** The way for a client, or why its flushes go through Prisma's own operations. */
export function setBasedFor(
  prisma: PrismaWay,
  hasQueryHooks: boolean,
  facts: ClientFacts,
  memory: Memory,
): SetBased | string {
  if (hasQueryHooks) return 'the client has query extensions, whose hooks must see every write'
  const dialect = dialects[facts.adapterName]
  if (!dialect)
    return `statements over row sets are not proved with ${facts.adapterName || `${prisma.provider.name} without a known adapter`}`
  if (facts.emulatesRelations) return 'relationMode is "prisma": Prisma carries out what foreign keys would do'
  return new SetBased(dialect, prisma, facts, memory)
}

/** What is kept between sessions: what was learnt of the server, and statements. */
export interface Memory {
  readonly server: Server
  /** One for each set of columns, of which there may be many. */
  readonly statements: Recent<unknown>
  /** Names of models whose rows came back so that they could not be told apart. */
  readonly unpaired: Set<string>
}

/** Adapters differ in how they bind and store values, so that each is proved by itself. */
const dialects: Readonly<Record<string, Dialect>> = {
  '@prisma/adapter-better-sqlite3': sqlite,
  '@prisma/adapter-libsql': sqlite,
  '@prisma/adapter-pg': postgresql,
  '@prisma/adapter-mariadb': mariadb,
}

function* send<T>({ what, model }: Statement, call: PrismaCall): Steps<T> {
  try {
    return yield* performed<T>(call)
  } catch (error) {
    throw asOperationError(error, what, model)
  }
}

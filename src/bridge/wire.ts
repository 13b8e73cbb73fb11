import type { MessagePort } from 'node:worker_threads'
import type { ClientFacts } from '../driver/driver.js'
import type { DatabaseEffect, PrismaCall } from '../driver/effects.js'
/**
 * What crosses between two threads. One side waits without its event loop (blocking-end.ts), the other answers
 * (serving-end.ts); everything a message carries has been through codec.ts.
 */
export interface Message {
  /** Answers carry their question's number; 0 is the greeting. */
  readonly id: number
  readonly packed: Packed
}

export interface Answer {
  readonly id: number
  readonly ok: boolean
  /** The value, or what was thrown. */
  readonly packed: Packed
}

/** What can be asked of the side that has the PrismaClient. */
export type Request =
  /** One of Prisma's calls on a client: 0 is the wrapped one, others were answers to `connection`. */
  | { readonly kind: 'call'; readonly client: number; readonly call: PrismaCall }
  /** An effect of a session. Its driver stands on a client, and lives there as long as its transaction. */
  | {
      readonly kind: 'perform'
      readonly driver: number
      readonly client: number
      readonly effect: DatabaseEffect
      readonly models?: object
    }
  /** What a result extension's field is for these values. */
  | { readonly kind: 'compute'; readonly delegate: string; readonly field: string; readonly row: object }
  /** Nobody holds that driver any more: its transaction rolls back. Has no answer. */
  | { readonly kind: 'abandon'; readonly driver: number }
  /** Roll back, disconnect. */
  | { readonly kind: 'close' }

/** What a synchronous client is told of the client in the other thread. */
export interface Description {
  readonly provider: string
  readonly adapterName: string
  readonly facts: ClientFacts
  /** The schema's text, null when the client does not carry it. */
  readonly schema: string | null
  readonly hasQueryExtensions: boolean
  /** By delegate: what result extensions compute, and from which fields. */
  readonly computed: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, boolean>> | null>>>>
  /** By delegate: its methods. */
  readonly delegates: Readonly<Record<string, readonly string[]>>
  /** The client's own methods, those of extensions included. */
  readonly methods: readonly string[]
}

/** Plain data, with records in it of what plain data cannot hold. */
export interface Packed {
  readonly value: unknown
  /** Where the records stand: what holds one, its name there, what holds the next, … Structured cloning keeps identity. */
  readonly holes?: readonly (object | string | number)[]
  /** The same of rows that stand there as tables. */
  readonly tables?: readonly (object | string)[]
}

/** Says how to make again what structured cloning would refuse, or flatten. */
export interface Special {
  readonly kind: SpecialKind
  readonly content: unknown
}

export type SpecialKind =
  | 'decimal'
  | 'buffer'
  | 'null'
  | 'skip'
  | 'sql'
  | 'typedSql'
  | 'template'
  | 'error'
  | 'map'
  | 'set'
  | 'field'
  | 'entity'

export type Holder = Record<string | number, unknown>

/** Plain assignment would not make a property called __proto__. */
export function setOwn(holder: object, name: string | number, value: unknown): void {
  if (name !== '__proto__') (holder as Holder)[name] = value
  else Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true })
}

/** Numbers in shared memory, by place; a blocked thread has nothing else to look at. */
export const flag = {
  /** The last question asked. */
  asked: 0,
  /** The last one answered. */
  answered: 1,
  /** 1 once the other thread has ended. */
  ended: 2,
} as const

export function newFlags(): Int32Array {
  const flags = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))
  flags[flag.answered] = -1 // the greeting is number 0
  return flags
}

/** What a worker is started with. */
export interface WorkerData {
  readonly role: 'supervisor' | Job['role']
  readonly job: Job
  /** What the answering side is imported from. */
  readonly entry: string
  /** Where tsx is, for modules in TypeScript; null where it is not installed. */
  readonly tsx: string | null
  /** Node's own flags for the worker, when they are not to be those of the process. */
  readonly execArgv: string[] | undefined
  readonly port: MessagePort
  readonly flags: Int32Array
  /** Where the supervisor says how the worker ended. */
  readonly obituary: MessagePort
}

export type Job =
  /** Own the PrismaClient that a module exports. */
  | { readonly role: 'owner'; readonly module: string; readonly exportName: string | null }
  /** Run functions for runSync. */
  | { readonly role: 'runner' }

/** A function to run with a synchronous session over a transaction of the other side. */
export interface RunnerTask {
  readonly description: Description
  /** Options of the session. */
  readonly options: object
  readonly fn: SourceFunction | ModuleFunction
  readonly args: Packed
}

export interface SourceFunction {
  readonly source: string
}

export interface ModuleFunction {
  readonly module: string
  readonly name: string
  /** Where tsx is, for a module in TypeScript. */
  readonly tsx: string | null
}

/** What a runner says: a question on its way, or, last, how it went. */
export interface RunnerMessage {
  readonly question?: Request
  readonly ran?: { readonly ok: boolean; readonly packed: Packed }
}

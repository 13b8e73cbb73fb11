import { PrismaClientKnownRequestError } from '@prisma/client/runtime/client'
import type { Model } from '../model/model.js'
/**
 * Of raw SQL Prisma says P2010 whatever has happened. This is the error that its own operation would have thrown for the
 * same refusal of the database: code, `meta.modelName` and `meta.driverAdapterError`. Others are left as they are.
 */
export function asOperationError(error: unknown, what: string, { name }: Model): unknown {
  if (!isOfRawSql(error)) return error
  const { driverAdapterError } = error.meta
  const refusal = driverAdapterError.cause
  const code = codes[refusal.kind] ?? 'P2039'
  const message = `${what} on ${name}: ${inWords(refusal)}`
  const made = new PrismaClientKnownRequestError(message, {
    code,
    clientVersion: error.clientVersion,
    meta: { modelName: name, driverAdapterError },
  })
  made.stack = error.stack?.replace(error.message, message)
  return made
}

function isOfRawSql(error: unknown): error is PrismaClientKnownRequestError & { meta: Told } {
  if (!(error instanceof PrismaClientKnownRequestError) || error.code !== 'P2010') return false
  return (error.meta as Partial<Told> | undefined)?.driverAdapterError?.cause !== undefined
}

interface Told {
  readonly driverAdapterError: { readonly cause: Refusal }
}

/** What the adapter made of the database's error. */
interface Refusal {
  readonly kind: string
  readonly originalCode?: string
  readonly originalMessage?: string
  readonly constraint?: { readonly fields?: readonly string[]; readonly index?: string }
}

/** Prisma's codes by the kinds of its adapters. */
const codes: Readonly<Record<string, string>> = {
  SocketTimeout: 'P1008',
  ConnectionClosed: 'P1017',
  TransactionAlreadyClosed: 'P1018',
  LengthMismatch: 'P2000',
  UniqueConstraintViolation: 'P2002',
  ForeignKeyConstraintViolation: 'P2003',
  RestrictViolation: 'P2003',
  InvalidInputValue: 'P2007',
  UnsupportedNativeDataType: 'P2010',
  NullConstraintViolation: 'P2011',
  ValueOutOfRange: 'P2020',
  TableDoesNotExist: 'P2021',
  ColumnNotFound: 'P2022',
  InconsistentColumnData: 'P2023',
  TransactionWriteConflict: 'P2034',
  GenericJs: 'P2036',
  TooManyConnections: 'P2037',
}

/** Without the database's own text where that holds values, which logs should not: `meta.driverAdapterError` has it. */
function inWords({ kind, constraint, originalCode, originalMessage }: Refusal): string {
  const known = words[kind]
  if (known === undefined) return `${originalMessage ?? kind}${originalCode ? ` (${originalCode})` : ''}`
  const where = constraint?.fields?.join(', ') ?? constraint?.index
  return where === undefined ? known : `${known} on ${where}`
}

const words: Readonly<Record<string, string>> = {
  UniqueConstraintViolation: 'Unique constraint failed',
  ForeignKeyConstraintViolation: 'Foreign key constraint violated',
  NullConstraintViolation: 'Null constraint violation',
  LengthMismatch: 'A value is too long for its column',
  ValueOutOfRange: 'A value is out of range for the type of its column',
  InvalidInputValue: 'A value is not of the type of its column',
}

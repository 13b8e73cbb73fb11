import type { PrismaCall } from './effects.js'
import { prismaOperations, rawMethods } from './operations.js'
import { isOverridden } from './prisma-internals.js'
import { inSpan } from './tracing.js'

/**
 * Makes one of Prisma's calls. Prisma looks for the caller's line to show it in messages: it would find this file, which
 * helps nobody, and looking costs a tenth of a call's time. So it is kept from it.
 */
export function invoke(client: object, call: PrismaCall): Promise<unknown> {
  return inSpan(client, () => made(client, call))
}

function made(client: object, { delegate, method, args, fluent }: PrismaCall): Promise<unknown> {
  const limit = Error.stackTraceLimit
  const isPrismas = delegate === null ? rawMethods.has(method) : prismaOperations.has(method)
  // What an extension's own method throws keeps its lines.
  if (isPrismas && !isOverridden(client, delegate, method)) Error.stackTraceLimit = 0
  try {
    const target = delegate === null ? client : (client as Record<string, object>)[delegate]
    let promise = (target as Callable)[method]?.(...args) as Promise<unknown>
    for (const step of fluent ?? []) {
      promise = (promise as unknown as Callable)[step.relation]?.(...step.args) as Promise<unknown>
    }
    return promise
  } finally {
    Error.stackTraceLimit = limit
  }
}

type Callable = Record<string, (...args: readonly unknown[]) => unknown>

import type { PrismaClient } from '../../generated/related/client.ts'
import { type AsyncSession, createSession, type SessionEvent, type SessionOptions } from '../../src/index.js'
import { behaviour, type Context } from './conformance.js'

/** A session with the models of prisma/related.prisma. */
export interface Related extends Omit<Context, 'raw' | 'session'> {
  readonly session: AsyncSession<PrismaClient>
  /** A client to look with. */
  readonly raw: PrismaClient
  /** Messages of the session's warnings. */
  readonly warnings: readonly string[]
}

type Options = Parameters<typeof behaviour>[2]
type Test = Parameters<Parameters<typeof behaviour>[1]>[0]

/** A behavior of a session with the models of prisma/related.prisma. */
export function related(title: string, body: (t: Test, x: Related) => Promise<void>, options: Options = {}): void {
  const { session: given, ...rest } = options
  behaviour(
    title,
    async (t, x) => {
      const session = createSession(x.client as unknown as PrismaClient, given as SessionOptions | undefined)
      t.teardown(async () => void (await session.close()))
      const warnings: string[] = []
      session.on('warning' satisfies SessionEvent, ({ message }: { message: string }) => void warnings.push(message))
      await body(t, Object.create(x, { session: { value: session }, warnings: { value: warnings } }) as Related)
    },
    { ...rest, schema: 'related' },
  )
}

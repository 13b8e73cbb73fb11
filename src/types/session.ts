import type { AsyncVerbs } from './async-verbs.js'
import type { Forwarded } from './forwarded.js'
import type { Mode } from './mode.js'
import type { SyncVerbs } from './sync-verbs.js'
import type { SessionVerbs } from './verbs.js'

/**
 * A session of either kind: what a function that serves both takes. Every verb that touches the database gives `T | PromiseLike<T>`,
 * and `await` on a plain value is free.
 *
 * @example
 * ```ts
 * async function signUp(session: Session<typeof prisma>, email: string) {
 *   const user = session.add('User', { name: 'new', email })
 *   await session.commit()
 *   return user.id
 * }
 * ```
 */
export type Session<C> = SessionVerbs<C, Mode> & Forwarded<C, Mode>

/**
 * A session over an asynchronous client: verbs that touch the database return promises, other names are Prisma's own.
 *
 * @example
 * ```ts
 * await using session: AsyncSession<typeof prisma> = createSession(prisma)
 * ```
 */
export type AsyncSession<C> = AsyncVerbs<C> & Forwarded<C, 'async'>

/**
 * A session over a synchronous client: no promise anywhere.
 *
 * @example
 * ```ts
 * using session: SyncSession<typeof prisma> = createSession(client)
 * ```
 */
export type SyncSession<C> = SyncVerbs<C> & Forwarded<C, 'sync'>

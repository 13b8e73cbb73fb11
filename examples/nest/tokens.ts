import type { PrismaClient } from '../../generated/test/client.ts'
import type { ScopedSession } from '../../src/index.ts' // an application writes 'prisma-session-proxy'

/** The scope of the application: `scope.transaction(…)`. */
export const SCOPE = Symbol('scope')
export type Scope = ScopedSession<PrismaClient, 'async'>

/** Whichever session is current. Providers stay singletons: nothing has to be `Scope.REQUEST`. */
export const SESSION = Symbol('session')
export type Session = Scope['session']

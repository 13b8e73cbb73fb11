import type { PrismaClient } from '../generated/test/client.ts'
import type { ScopedSession } from '../src/index.ts' // an application writes 'prisma-session-proxy'

/** What the application does. It knows nothing of HTTP: whoever calls it has opened a scope, or it opens one itself. */
export class Users {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  list() {
    return this.#session.user.findMany({ select: { id: true, name: true }, orderBy: { id: 'asc' } })
  }

  /** In the transaction that is open, else in one of its own. */
  signUp({ name, email }: Person) {
    return this.#scope.transaction(() => {
      const user = this.#session.add('User', { name, email })
      this.#session.add('Profile', { bio: `${name} is new here`, user })
      return user
    })
  }

  /** All of them or none. */
  import(people: readonly Person[]) {
    return this.#scope.transaction(async () => {
      for (const person of people) await this.signUp(person)
    })
  }

  /** Who is known already is left out: that undoes a savepoint, and nothing else. */
  invite(inviterId: number, emails: readonly string[]) {
    return this.#scope.transaction(async () => {
      const inviter = await this.#session.getOne('User', inviterId)
      const invited: string[] = []
      for (const email of emails)
        try {
          await this.#scope.transaction(() => this.#session.add('User', { name: email, email, inviter }), {
            propagation: 'nested',
          })
          invited.push(email)
        } catch (error) {
          if (!isTaken(error)) throw error
        }
      return invited
    })
  }

  /** The last one stays. The attempt is on record even so. */
  remove(id: number) {
    return this.#scope.transaction(async () => {
      await this.#session.delete(await this.#session.getOne('User', id))
      await this.#record(`somebody removes user ${id}`)
      if ((await this.#session.user.count()) === 0) throw new Error('the last user cannot be removed')
    })
  }

  /**
   * A session and a transaction of its own, on another connection. With SQLite the client has one connection only: this
   * would wait for the transaction that it is called in, until P2028. Keep the record before or after that one there.
   */
  #record(body: string) {
    return this.#scope.transaction(() => this.#session.add('Doc', { version: 1, body }), {
      propagation: 'requiresNew',
    })
  }

  get #session() {
    return this.#scope.session
  }
}

export type Scope = ScopedSession<PrismaClient, 'async'>

export interface Person {
  readonly name: string
  readonly email: string
}

function isTaken(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'P2002'
}

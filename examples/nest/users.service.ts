import { Inject, Injectable } from '@nestjs/common'
import { SCOPE, type Scope, SESSION, type Session } from './tokens.ts'

/** As examples/users.ts, with its session injected. */
@Injectable()
export class UsersService {
  @Inject(SESSION) private readonly session!: Session
  @Inject(SCOPE) private readonly scope!: Scope

  list() {
    return this.session.user.findMany({ select: { id: true, name: true }, orderBy: { id: 'asc' } })
  }

  signUp({ name, email }: Person) {
    return this.scope.transaction(() => {
      const user = this.session.add('User', { name, email })
      this.session.add('Profile', { bio: `${name} is new here`, user })
      return user
    })
  }

  import(people: readonly Person[]) {
    return this.scope.transaction(async () => {
      for (const person of people) await this.signUp(person)
    })
  }

  invite(inviterId: number, emails: readonly string[]) {
    return this.scope.transaction(async () => {
      const inviter = await this.session.getOne('User', inviterId)
      const invited: string[] = []
      for (const email of emails)
        try {
          await this.scope.transaction(() => this.session.add('User', { name: email, email, inviter }), {
            propagation: 'nested',
          })
          invited.push(email)
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'P2002') throw error
        }
      return invited
    })
  }

  remove(id: number) {
    return this.scope.transaction(async () => {
      await this.session.delete(await this.session.getOne('User', id))
      await this.record(`somebody removes user ${id}`)
      if ((await this.session.user.count()) === 0) throw new Error('the last user cannot be removed')
    })
  }

  /** Needs a second connection, which SQLite's client has not. */
  private record(body: string) {
    return this.scope.transaction(() => this.session.add('Doc', { version: 1, body }), { propagation: 'requiresNew' })
  }
}

export interface Person {
  readonly name: string
  readonly email: string
}

import { InvalidRequestError } from '../errors.js'
import { makeSession, sessionInTest } from '../proxy/create-session.js'
import { leaveSession } from './leave-session.js'
import { pointer } from './pointer.js'

/** A session for each test, in a transaction that is rolled back after it. */
export function makeRollbackEach(client: unknown, options: object = {}): object {
  makeSession(client, options) // a wrong client or option is told here, not in the first test
  return new RolledBack(client as object, options)
}

class RolledBack {
  /** Stands for the session of the test under way. */
  readonly session: object
  readonly #client: object
  readonly #options: object
  #test: Test | null = null
  #beginning: Promise<Test> | null = null

  constructor(client: object, options: object) {
    this.#client = client
    this.#options = options
    this.session = pointer({
      client,
      find: () => this.#test?.session,
      missing: () =>
        new InvalidRequestError(
          'no test is under way: call before() before each test (beforeEach), and after() after each (afterEach)',
        ),
    })
  }

  async before(): Promise<void> {
    if (this.#test || this.#beginning)
      throw new InvalidRequestError(
        'before() was called while another test is under way: let the tests of a file run one after the other (test.serial in ava), with after() after each',
      )
    this.#beginning = this.#begin()
    try {
      this.#test = await this.#beginning
    } finally {
      this.#beginning = null
    }
  }

  /** Without a test under way it does nothing: `before()` may have failed. */
  async after(): Promise<void> {
    await this.#beginning?.catch(() => {}) // whoever called before() is told
    const test = this.#test
    this.#test = null
    if (!test) return
    try {
      await leaveSession(test.session)
    } finally {
      await test.outer.close()
    }
  }

  async #begin(): Promise<Test> {
    const outer = makeSession(this.#client, { ...this.#options, matrix: undefined, idleWarning: false }) as Outer // a policy is for the code under test
    await outer.begin()
    try {
      // A transaction of somebody else's, to the session: what it begins and commits are savepoints.
      return { outer, session: sessionInTest(await outer.connection(), this.#options) }
    } catch (error) {
      await outer.close()
      throw error
    }
  }
}

interface Test {
  readonly outer: Outer
  readonly session: object
}

interface Outer {
  begin(): unknown
  connection(): Promise<object>
  close(): unknown
}

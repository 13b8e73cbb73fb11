import { InvalidRequestError } from '../errors.js'
import { makeSession, sessionInTest } from '../proxy/create-session.js'
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
    if (this.#test)
      throw new InvalidRequestError(
        'before() was called while another test is under way: let the tests of a file run one after the other (test.serial in ava), with after() after each',
      )
    const outer = makeSession(this.#client, this.#options) as Outer
    await outer.begin()
    try {
      // A transaction of somebody else's, to the session: what it begins and commits are savepoints.
      const session = sessionInTest(await outer.connection(), this.#options) as Inner
      this.#test = { outer, session }
    } catch (error) {
      await outer.close()
      throw error
    }
  }

  /** Without a test under way it does nothing: `before()` may have failed. */
  async after(): Promise<void> {
    const test = this.#test
    this.#test = null
    if (!test) return
    try {
      await test.session.close()
    } finally {
      await test.outer.close()
    }
  }
}

interface Test {
  readonly outer: Outer
  readonly session: Inner
}

interface Inner {
  close(): unknown
}

interface Outer extends Inner {
  begin(): unknown
  connection(): Promise<object>
}

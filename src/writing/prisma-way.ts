import type { ClientFacts } from '../driver/driver.js'
import type { Provider } from '../driver/providers.js'
import type { Model, ScalarField } from '../model/model.js'

/** What writing through Prisma's own operations goes by. */
export class PrismaWay {
  readonly provider: Provider
  /** Names of models whose new rows are inserted one by one: several came back so that they could not be told apart. */
  readonly unpaired: Set<string>
  readonly #omitted: ClientFacts['omitted']

  constructor(provider: Provider, { omitted }: ClientFacts, unpaired: Set<string>) {
    this.provider = provider
    this.unpaired = unpaired
    this.#omitted = omitted
  }

  /** What Prisma gives of a row. */
  returnedBy({ delegate, scalars }: Model): readonly ScalarField[] {
    const omitted = Object.hasOwn(this.#omitted, delegate) ? this.#omitted[delegate] : undefined
    return scalars.filter(({ name, isKey }) => isKey || !omitted?.includes(name))
  }
}

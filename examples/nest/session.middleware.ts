import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import { Inject, Injectable, Logger, type NestMiddleware } from '@nestjs/common'
import { SCOPE, type Scope } from './tokens.ts'

/**
 * A middleware and not an interceptor, so that guards and pipes have the session too. next() returns at once: the scope
 * lasts until the response is over, sent or given up by the client.
 */
@Injectable()
export class SessionMiddleware implements NestMiddleware {
  @Inject(SCOPE) private readonly scope!: Scope
  readonly #logger = new Logger(SessionMiddleware.name)

  use(_request: unknown, response: ServerResponse, next: () => void): void {
    this.scope
      .run(() => {
        const over = new Promise<void>((resolve) => finished(response, () => resolve()))
        next()
        return over
      })
      .catch((error) => this.#logger.error('the session of a request could not be closed', error))
  }
}

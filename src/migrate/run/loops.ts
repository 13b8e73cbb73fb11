import type { Step } from './batch.js'
/** The two loops that walk: with `await`, and without. */
export function walkInTurn(begin: () => Generator<Step, void, unknown>): AsyncIterable<unknown> {
  return {
    async *[Symbol.asyncIterator]() {
      const steps = begin()
      let step = steps.next()
      try {
        while (!step.done) {
          const { value } = step
          if ('page' in value) {
            yield value.page
            step = steps.next()
          } else step = steps.next(await value.act())
        }
      } finally {
        steps.return()
      }
    },
  }
}

export function walkAtOnce(begin: () => Generator<Step, void, unknown>): Iterable<unknown> {
  return {
    *[Symbol.iterator]() {
      const steps = begin()
      let step = steps.next()
      try {
        while (!step.done) {
          const { value } = step
          if ('page' in value) {
            yield value.page
            step = steps.next()
          } else step = steps.next(value.act())
        }
      } finally {
        steps.return()
      }
    },
  }
}

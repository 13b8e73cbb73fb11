import type { BehaviourOptions, Context } from './conformance.js'

/** Only asynchronous sessions stream. */
export const streaming: BehaviourOptions = { modes: ['async'] }

/** The numbers from 1. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1)

export const ids = <T>(rows: readonly { id: T }[]): T[] => rows.map(({ id }) => id)

/** Creates users with the ids from 1, whose names and kinds repeat. */
export async function addUsers(x: Context, count: number): Promise<void> {
  const data = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    name: `user ${at % 7}`,
    kind: `kind ${at % 3}`,
  }))
  await x.raw.user.createMany({ data })
}

/** Reads all rows with `for await`. */
export async function listed<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}

import { FlushError } from '../errors.js'
import type { Model } from '../model/model.js'

/** New rows came back changed where the database gave no reason to expect it. */
export function unpairedRows({ name }: Model): FlushError {
  return new FlushError(
    `New rows of ${name} came back with other values than they were sent with, so that they cannot be matched to their objects. Roll back and flush again: they are inserted one by one from now on.`,
  )
}

import type { Handle } from '@sveltejs/kit/hooks'
import { scope } from '#lib/server/scope.ts'

/** A session for each request. */
export const handle: Handle = ({ event, resolve }) => scope.run(() => resolve(event))

import { isTypeScript, tsxFor, useTsx } from './bridge/typescript.js'
import { openClient } from './migrate/open-client.js'
import { tellStatements } from './migrate/run/statement-log.js'

/** The client of another module, for the worker of a synchronous script. In a dry run it reports what it sends. */
export async function client(): Promise<object> {
  const { searchParams } = new URL(import.meta.url)
  const module = searchParams.get('client') ?? ''
  const tsx = isTypeScript(module) ? tsxFor(module) : null
  if (tsx) await useTsx(tsx)
  const theirs = await openClient({ client: module, exportName: searchParams.get('export') })
  if (searchParams.has('logged')) await tellStatements(theirs)
  return theirs
}

import { isTypeScript, tsxFor, useTsx } from './bridge/typescript.js'
import { loadClient } from './driver/load-client.js'
import { tellStatements } from './migrate/run/statement-log.js'
/** What the worker of a synchronous client loads in a dry run: the client of another module, which tells what it sends. */
export async function client(): Promise<object> {
  const { searchParams } = new URL(import.meta.url)
  const module = searchParams.get('client') ?? ''
  const tsx = isTypeScript(module) ? tsxFor(module) : null
  if (tsx) await useTsx(tsx)
  const theirs = await loadClient(module, searchParams.get('export'))
  await tellStatements(theirs)
  return theirs
}

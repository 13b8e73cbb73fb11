// util.inspect() of a session and its delegates.
import { inspect } from 'node:util'
import { behaviour } from '../helpers/conformance.js'

behaviour('util.inspect shows a summary of a session without its internals', async (t, x) => {
  x.s.add('User', { name: 'a' })
  await x.s.flush()
  const text = inspect(x.s)
  t.regex(text, /identityMap: 1/)
  t.regex(text, /transaction: 'active'/)
  t.notRegex(text, /Target|SessionCore/)
  t.regex(inspect(x.s.user), /session\.user/)
})

behaviour('a tool that asks the session itself how to show it gets the summary', async (t, x) => {
  const show = Reflect.get(x.s, inspect.custom) as unknown as () => unknown
  x.s.add('User', { name: 'a' })
  t.regex(inspect(show()), /new: 1/)
})

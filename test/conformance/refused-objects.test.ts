// Objects that add() refuses.
import { ArgumentError, InvalidRequestError } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'

behaviour('add refuses a whole graph when one of its objects belongs to another session', async (t, x) => {
  const foreign = x.session().add('User', { name: 'foreign' })
  t.throws(() => x.s.add('Post', { title: 'a', author: foreign }), { instanceOf: InvalidRequestError })
  t.is(x.s.new.size, 0)
  t.false(x.s.inTransaction())
})

behaviour('add refuses a frozen object because its key could not be set', async (t, x) => {
  t.throws(() => x.s.add('User', Object.freeze({ name: 'a' })), { instanceOf: ArgumentError, message: /copy/ })
  t.is(x.s.new.size, 0)
})

// Objects that add() refuses.
import {
  ArgumentError,
  InvalidRequestError,
  inspect,
  makeTransient,
  makeTransientToDetached,
  UnmappedInstanceError,
} from '../../src/index.js'
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

behaviour('add refuses a field that the model lacks, and what is no object in a relation', async (t, x) => {
  const add = (model: string, data: object) => x.s.add(model as 'User', data as { name: string })
  t.throws(() => add('User', { nmae: 'a' }), { instanceOf: ArgumentError, message: /no field 'nmae': use id, name/ })
  t.throws(() => add('Post', { title: 'a', author: 5 }), {
    instanceOf: ArgumentError,
    message: /Post\.author.*not .*5/,
  })
  t.throws(() => add('User', { name: 'a', posts: 5 }), { instanceOf: ArgumentError, message: /User\.posts.*not .*5/ })
  t.throws(() => add('User', { name: 'a', posts: [5] }), { instanceOf: ArgumentError, message: /User\.posts.*not .*5/ })
  t.is(x.s.new.size, 0)
})

behaviour('an object of no known model has no state, and cannot stand for a row', async (t, x) => {
  const message = /not an entity of a known model: .*entity\('User'/
  for (const verb of [inspect, makeTransientToDetached, makeTransient])
    t.throws(() => verb({ name: 'a' } as never), { instanceOf: UnmappedInstanceError, message })
  t.throws(() => x.s.expunge({ name: 'a' } as never), { instanceOf: UnmappedInstanceError })
})

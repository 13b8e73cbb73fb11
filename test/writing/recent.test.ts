// The statements that are kept: those last used, and no more than a number of them.
import test from 'ava'
import { Recent } from '../../src/writing/recent.js'

test('a value is made once while it is among those last asked for', (t) => {
  const recent = new Recent<string>(2)
  const made: string[] = []
  const get = (key: string) =>
    recent.get(key, () => {
      made.push(key)
      return key.toUpperCase()
    })
  t.is(get('a'), 'A')
  t.is(get('b'), 'B')
  t.is(get('a'), 'A')
  t.deepEqual(made, ['a', 'b'])
  get('c') // b goes
  get('a')
  get('b')
  t.deepEqual(made, ['a', 'b', 'c', 'b'])
})

test('no more values are kept than the limit', (t) => {
  const recent = new Recent<number>(10)
  for (let n = 0; n < 1000; n++) recent.get(`${n}`, () => n)
  t.is(recent.size, 10)
})

// Settings of every process of the tests.
import { setFlagsFromString } from 'node:v8'
import fc from 'fast-check'

// Properties run over the same values each time, so that a failure comes from the change under test and not from luck.
// FUZZ_SEED=random (or a number) looks further.
const { FUZZ_SEED } = process.env
if (FUZZ_SEED !== 'random') fc.configureGlobal({ seed: Number(FUZZ_SEED ?? 20261122) })

// WebAssembly is compiled plainly and once: no process of the tests lasts until more pays off.
setFlagsFromString('--liftoff-only')

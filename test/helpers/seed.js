// Properties run over the same values each time, so that a run tells of the change under test and not of luck.
// FUZZ_SEED=random (or a number) looks further.
import fc from 'fast-check'

const { FUZZ_SEED } = process.env
if (FUZZ_SEED !== 'random') fc.configureGlobal({ seed: Number(FUZZ_SEED ?? 20261122) })

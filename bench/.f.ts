import { flushes } from './flush/index.ts'

await flushes(11)
process.exit()

import { flushes } from './flush/index.ts'
await flushes(5)
process.exit()

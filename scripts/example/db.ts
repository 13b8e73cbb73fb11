import { fileURLToPath } from 'node:url'
import { connect } from '../../demo/database.ts'
/** The client that the scripts run with: of the demo's database, or of the file that EXAMPLE_DATABASE names. */
export const file = process.env.EXAMPLE_DATABASE ?? fileURLToPath(new URL('../../.tmp/demo.db', import.meta.url))

export const prisma = connect(file)

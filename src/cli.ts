#!/usr/bin/env node
import { ignoreBrokenPipes } from './cli/broken-pipe.js'
import { runCommand } from './cli/program.js'

/** The command `prisma-session`. */
ignoreBrokenPipes([process.stdout, process.stderr])
const code = await runCommand(process.argv.slice(2), process)
// A client or a script may have left something running; what was printed has to get out first.
for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve))
process.exit(code)

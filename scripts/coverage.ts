/**
 * Runs the tests with the arguments given, and reports which of src/ they run: compiled file by file (test/build.ts), and
 * bundled in the package that the command is run from (test/package.ts). Fails below the floor.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { CoverageReport, type CoverageSummary } from 'monocart-coverage-reports'
import { root } from './test/build.js'

/** In percent of src/, over the whole suite: a little below what was measured last. Raise it, never lower it. */
const floor = { statements: 99, lines: 96, branches: 94, functions: 98 } as const

const data = join(root, '.tmp/coverage')

rmSync(data, { recursive: true, force: true })
const tests = spawn('npm', ['test', '--', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, NODE_V8_COVERAGE: data },
})
const [code] = await once(tests, 'exit')
const isEnough = isAbove(await summarize())
process.exitCode = code === 0 && isEnough ? 0 : 1

async function summarize(): Promise<CoverageSummary> {
  const report = new CoverageReport({
    name: 'prisma-session-proxy',
    outputDir: join(root, '.tmp/coverage-report'),
    reports: ['console-summary', 'html', 'json'],
    entryFilter: ({ url }: { url: string }) => /\.tmp\/(tests\/src|packages\/[^/]+\/dist)\//.test(url),
    // The same source by either way.
    sourcePath: (path: string) => path.replace(/^\.tmp\/tests\//, ''),
    sourceFilter: (path: string) => path.startsWith('src/') && !path.startsWith('src/types/'),
  })
  await report.addFromDir(data)
  const results = await report.generate()
  if (!results) throw new Error('the tests have left no coverage data')
  return results.summary
}

function isAbove(summary: CoverageSummary): boolean {
  const low = Object.entries(floor).filter(([kind, least]) => Number(summary[kind as keyof typeof floor].pct) < least)
  for (const [kind, least] of low) console.error(`Too few ${kind} are covered. Required: ${least} %.`)
  return low.length === 0
}

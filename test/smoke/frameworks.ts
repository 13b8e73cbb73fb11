import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../helpers/project.js'
import type { Framework } from './app.js'

interface NextBuild {
  /** Arguments of `next build`. */
  readonly args?: readonly string[]
  /** The export of next.config.mjs; without it there is no such file. */
  readonly config?: object
}

const tsc = ['../node_modules/typescript/bin/tsc']

/** By the title of its test. */
export const frameworks: Readonly<Record<string, Framework>> = {
  'Next.js, Turbopack, no configuration': next({}),
  'Next.js, webpack, no configuration': next({ args: ['--webpack'] }),
  'Next.js, Turbopack, left out of the bundle, standalone': next({
    config: {
      serverExternalPackages: ['prisma-session-proxy'],
      output: 'standalone',
      outputFileTracingIncludes: { '/**': ['../node_modules/prisma-session-proxy/dist/*.js'] },
    },
  }),
  'SvelteKit, adapter-node, everything in the bundle': {
    example: 'sveltekit',
    // the tsconfig.json that Prisma's generator reads extends a file that this command writes
    prepare: ['../node_modules/@sveltejs/kit/svelte-kit.js', 'sync'],
    build: ['../node_modules/vite/bin/vite.js', 'build'],
    check: [tsc],
    start: ['build'],
    files: {
      'src/routes/api/count/+server.ts': `
import { json } from '@sveltejs/kit'
import { scope } from '#lib/server/scope.ts'
export const GET = async () => json(await scope.session.runSync((inside) => inside.user.count()))
`,
    },
    form: () => ({ search: '?/rename', fields: {} }),
  },
  'React Router, framework mode, no configuration': {
    example: 'react-router',
    build: ['../node_modules/@react-router/dev/bin.js', 'build'],
    check: [['../node_modules/@react-router/dev/bin.js', 'typegen'], tsc],
    start: ['../node_modules/@react-router/serve/bin.js', 'build/server/index.js'],
    importers: ['build/server/index.js'],
    files: {
      'app/routes.ts': textOf('react-router/app/routes.ts').replace(
        /(?=\] satisfies)/,
        "route('api/count', './routes/api.count.ts')",
      ),
      'app/routes/api.count.ts': `
import { scope } from '../lib/scope.server'
export const loader = async () => Response.json(await scope.session.runSync((inside) => inside.user.count()))
`,
    },
    form: () => ({ search: '', fields: {} }),
  },
}

/** The files in build/ that import the package, which a bundler left out there. */
export function importers(folder: string): string[] {
  return filesIn(folder).filter(
    (file) =>
      /^build\/.*\.js$/.test(file) && /from\s*["']prisma-session-proxy/.test(readFileSync(join(folder, file), 'utf8')),
  )
}

/** The files that the routes of a server of Next are said to need; none for an application of another framework. */
export function traced(folder: string): string[] {
  return filesIn(folder)
    .filter((file) => file.startsWith('.next/server/') && file.endsWith('.nft.json'))
    .flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).files as string[])
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
}

function textOf(example: string): string {
  return readFileSync(join(root, 'examples', example), 'utf8')
}

function next({ args = [], config }: NextBuild): Framework {
  const command = '../node_modules/next/dist/bin/next'
  const isStandalone = config !== undefined && 'output' in config
  return {
    example: 'next',
    build: [command, 'build', ...args],
    start: isStandalone ? ['.next/standalone/next-app/server.js'] : [command, 'start'],
    files: {
      'app/api/count/route.ts': `
import { makeSession } from '../../../lib/db'
export const dynamic = 'force-dynamic'
export async function GET() {
  await using session = makeSession()
  return Response.json(await session.runSync((inside) => inside.user.count()))
}
`,
      ...(config && { 'next.config.mjs': `export default ${JSON.stringify(config)}` }),
    },
    form(page) {
      const [, action] = /name="(\$ACTION_ID_\w+)"/.exec(page) ?? []
      if (action === undefined) throw new Error(`no form with an action on this page: ${page}`)
      return { search: '', fields: { [action]: '' } }
    },
  }
}

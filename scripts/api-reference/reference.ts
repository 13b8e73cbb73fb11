import { contents } from './contents.js'
import { Declarations } from './declarations.js'
import { Entries } from './entries.js'
import { plan } from './plan.js'

/** The whole page. What the package exports and the plan has no place for is an error. */
export function reference(): string {
  const declarations = new Declarations()
  const entries = new Entries(declarations)
  const sections = plan.map((each) => ({ title: each.title, texts: each.entries.map((entry) => entries.text(entry)) }))
  sections.push({ title: 'Errors', texts: [entries.errors()] })
  const left = [...declarations.values.keys(), ...declarations.exported].filter((name) => !entries.written.has(name))
  if (left.length > 0) throw new Error(`scripts/api-reference/plan.ts has no place for ${left.join(', ')}`)
  const body = sections.map(({ title, texts }) => [`## ${title}`, ...texts].join('\n\n')).join('\n\n')
  return `${head}\n\n## Contents\n\n${contents(body)}\n\n${body}\n`
}

const head = `# API reference

<!-- Made by \`npm run api\` from the comments in src/types/ and src/errors.ts: mend those. -->

Everything that \`prisma-session-proxy\` and \`prisma-session-proxy/sync\` export. What the words mean is in [concepts](concepts.md); the tables of the [options](options.md) and the [errors](errors.md) say more about those.

How to read the signatures: \`C\` is the type of the client (\`typeof prisma\`), \`N\` a model's name as the schema writes it, \`M\` the mode of the session. \`Io<M, T>\` is \`Promise<T>\` on an asynchronous session, \`T\` on a synchronous one, and \`T | PromiseLike<T>\` where a function takes either kind (\`Session\`).`

/** What takes longest begins first, so that none of it is left to run alone at the end. */
const longest = ['test/sync/', 'test/cli/', 'test/soak/', 'test/docs/']

export default {
  files: ['test/**/*.test.ts', '!test/smoke/**'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx/esm'],
  require: ['./test/helpers/seed.js'],
  sortTestFiles: (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
  workerThreads: false,
  timeout: '2m',
}

function rank(file) {
  const at = longest.findIndex((folder) => file.includes(`/${folder}`))
  return at === -1 ? longest.length : at
}

export default {
  files: ['test/**/*.test.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx/esm'],
  require: ['./test/helpers/seed.js'],
  workerThreads: false,
  timeout: '2m',
}

/** scripts/test.ts compiles the tests, and says which files to run and in which order. */
export default {
  files: ['.tmp/tests/targets/*.js', '.tmp/tests/test/**/*.test.js'],
  require: ['./test/helpers/seed.js'],
  workerThreads: false,
  timeout: '10m',
}

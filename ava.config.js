/** scripts/test.ts compiles the tests, and says which files to run and in which order. */
export default {
  files: ['.tmp/tests/targets/*.js', '.tmp/tests/test/**/*.test.js'],
  require: ['./test/helpers/process.js'],
  workerThreads: false,
  // Some wait for servers while others compute.
  concurrency: 3,
  // Most objects of a test die with it: fewer, larger sweeps take a tenth off.
  nodeArguments: ['--max-semi-space-size=64'],
  // Nothing has ended for that long: something hangs. Only then does ava name the tests that are pending.
  timeout: '15m',
}

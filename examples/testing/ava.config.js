/** `npx ava --config examples/testing/ava.config.js` */
export default {
  files: ['examples/testing/*.ava.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx/esm'],
  workerThreads: false, // tsx is for processes
  timeout: '1m', // a slow machine takes long to load them
}

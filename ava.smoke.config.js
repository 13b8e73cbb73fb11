import common from './ava.config.js'

/** `npm run smoke`: takes the registry, and a minute. */
export default { ...common, files: ['test/smoke/*.test.ts'] }

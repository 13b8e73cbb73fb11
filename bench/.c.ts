import { changeDetection, identityHit } from './async.ts'
await identityHit(); await changeDetection(); process.exit()

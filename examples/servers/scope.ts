import { scopedSession, sessionMaker } from 'prisma-session-proxy'
import { prisma } from './db.ts'

export const scope = scopedSession(sessionMaker(prisma))

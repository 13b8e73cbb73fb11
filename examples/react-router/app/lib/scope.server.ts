import { scopedSession, sessionMaker } from 'prisma-session-proxy'
import { prisma } from './db.server'

export const scope = scopedSession(sessionMaker(prisma))

import { type DynamicModule, Global, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common'
import type { PrismaClient } from '../../generated/test/client.ts'
import { scopedSession, sessionMaker } from '../../src/index.ts' // an application writes 'prisma-session-proxy'
import { SessionMiddleware } from './session.middleware.ts'
import { SCOPE, type Scope, SESSION } from './tokens.ts'

/** Gives every request a session, and every provider the one of the request it works for. */
@Global()
@Module({})
export class SessionModule implements NestModule {
  static forRoot(prisma: PrismaClient): DynamicModule {
    const scope: Scope = scopedSession(sessionMaker(prisma, { autobegin: 'write' }))
    return {
      module: SessionModule,
      providers: [
        { provide: SCOPE, useValue: scope },
        { provide: SESSION, useValue: scope.session },
      ],
      exports: [SCOPE, SESSION],
    }
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(SessionMiddleware).forRoutes('{*path}')
  }
}

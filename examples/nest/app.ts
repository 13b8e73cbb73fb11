import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { PrismaClient } from '../../generated/test/client.ts'
import { SessionModule } from './session.module.ts'
import { SCOPE, type Scope } from './tokens.ts'
import { UsersController } from './users.controller.ts'
import { UsersService } from './users.service.ts'

export async function makeNestApp(prisma: PrismaClient) {
  const app = await NestFactory.create({ module: AppModule, imports: [SessionModule.forRoot(prisma)] })
  return { app, scope: app.get<Scope>(SCOPE) }
}

@Module({ controllers: [UsersController], providers: [UsersService] })
class AppModule {}

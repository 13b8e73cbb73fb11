import { Body, Controller, Delete, Get, HttpCode, Inject, Param, ParseIntPipe, Post } from '@nestjs/common'
import { Parameters } from './parameters.ts'
import { type Person, UsersService } from './users.service.ts'

@Controller('users')
export class UsersController {
  @Inject(UsersService) private readonly users!: UsersService

  @Get()
  list() {
    return this.users.list()
  }

  @Post()
  @Parameters(Body())
  async signUp(person: Person) {
    const { id, name } = await this.users.signUp(person)
    return { id, name }
  }

  @Post('import')
  @HttpCode(204)
  @Parameters(Body())
  import(people: Person[]) {
    return this.users.import(people)
  }

  @Post(':id/invitations')
  @Parameters(Param('id', ParseIntPipe), Body())
  invite(id: number, emails: string[]) {
    return this.users.invite(id, emails)
  }

  @Delete(':id')
  @HttpCode(204)
  @Parameters(Param('id', ParseIntPipe))
  remove(id: number) {
    return this.users.remove(id)
  }
}

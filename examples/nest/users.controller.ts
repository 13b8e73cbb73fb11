import { Body, Controller, Delete, Get, HttpCode, Inject, Param, ParseIntPipe, Post } from '@nestjs/common'
import { type Person, UsersService } from './users.service.ts'

@Controller('users')
export class UsersController {
  @Inject(UsersService) private readonly users!: UsersService

  @Get()
  list() {
    return this.users.list()
  }

  @Post()
  async signUp(@Body() person: Person) {
    const { id, name } = await this.users.signUp(person)
    return { id, name }
  }

  @Post('import')
  @HttpCode(204)
  import(@Body() people: Person[]) {
    return this.users.import(people)
  }

  @Post(':id/invitations')
  invite(@Param('id', ParseIntPipe) id: number, @Body() emails: string[]) {
    return this.users.invite(id, emails)
  }

  @Delete(':id')
  @HttpCode(204)
  remove(@Param('id', ParseIntPipe) id: number) {
    return this.users.remove(id)
  }
}

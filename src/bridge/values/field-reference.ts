/** `client.user.fields.name` of a synchronous client: stands for Prisma's own field reference in the other thread. */
export class FieldReference {
  readonly delegate: string
  readonly field: string

  constructor(delegate: string, field: string) {
    this.delegate = delegate
    this.field = field
  }
}

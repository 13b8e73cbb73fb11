/**
 * `@Parameters(Param('id'), Body()) invite(id, emails)` is `invite(@Param('id') id, @Body() emails)`. An application
 * writes the latter; this repository's linter does not read decorators of parameters.
 */
export function Parameters(...decorators: readonly ParameterDecorator[]): MethodDecorator {
  return (prototype, method) => {
    for (const [index, decorate] of decorators.entries()) decorate(prototype, method, index)
  }
}

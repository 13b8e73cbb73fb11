import { type MiddlewareFunction, Outlet, Scripts } from 'react-router'
import { scope } from './lib/scope.server'

/** A session for each request. */
export const middleware: MiddlewareFunction<Response>[] = [(_, next) => scope.run(next)]

export default function Root() {
  return (
    <html lang="en">
      <body>
        <Outlet />
        <Scripts />
      </body>
    </html>
  )
}

import { index, type RouteConfig, route } from '@react-router/dev/routes'

export default [
  index('./routes/home.tsx'),
  route('users', './routes/users.tsx'),
  route('api/users', './routes/api.users.ts'),
] satisfies RouteConfig

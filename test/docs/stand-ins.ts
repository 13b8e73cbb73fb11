/** The little that the pages use of packages which this project does not install, so that their blocks have types to agree with. */
export const standIns = `
declare module 'vitest' {
  export function afterEach(fn: () => unknown): void
  export function beforeEach(fn: () => unknown): void
  export function test(title: string, fn: () => unknown): void
  export function expect(value: unknown): { toBe(value: unknown): void }
  export const vi: {
    mock(path: string, factory: (importOriginal: <T>() => Promise<T>) => unknown): void
  }
}

declare module '@jest/globals' {
  export function afterEach(fn: () => unknown): void
  export function beforeEach(fn: () => unknown): void
  export function test(title: string, fn: () => unknown): void
  export function expect(value: unknown): { toBe(value: unknown): void }
  export const jest: {
    mock(path: string, factory: () => unknown): void
    requireActual<T>(path: string): T
  }
}

declare module 'next' {
  export interface NextConfig {
    output?: 'standalone'
    serverExternalPackages?: string[]
    outputFileTracingIncludes?: Record<string, string[]>
  }
}
`

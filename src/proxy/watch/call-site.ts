/** Where a call came from, read only when it is asked for: capturing is cheap, formatting is not. */
export class CallSite {
  readonly stack!: string
  readonly #ownFrames: number

  /** `ownFrames`: how many functions of this package are between `below` and the caller. */
  constructor(below: (...args: never[]) => unknown, ownFrames: number) {
    this.#ownFrames = ownFrames
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 8
    Error.captureStackTrace(this, below)
    Error.stackTraceLimit = limit
  }

  /** `/app/src/users.ts:12:5`, or null where the stack does not tell. */
  get place(): string | null {
    const places = placesIn(this.stack)
    // In a program bundled into one file, this package's frames are told by their number only.
    return places.find((place) => !isLibrary(place)) ?? places[this.#ownFrames] ?? null
  }
}

function placesIn(stack: string): string[] {
  return [...stack.matchAll(/^\s+at (?:.*\()?(.+:\d+:\d+)\)?$/gm)].map(([, place]) => plainPath(place as string))
}

function plainPath(place: string): string {
  return place.startsWith('file://') ? decodeURI(place.slice('file://'.length)) : place
}

function isLibrary(place: string): boolean {
  return place.startsWith('node:') || /[\\/]node_modules[\\/]/.test(place) || place.startsWith(ownFolder())
}

let known: string | undefined

/** As stacks show it, through source maps too: src/, or the folder of the built files. */
function ownFolder(): string {
  known ??= /^(.*?[\\/])(?:proxy[\\/]watch[\\/])?[^\\/]+$/.exec(placesIn(new Error().stack ?? '')[0] ?? '')?.[1] ?? '\0'
  return known
}

/**
 * Where a call came from. Capturing a stack of optimized functions takes 50 µs and more, as much as a tenth of a small
 * transaction: it is done every 10 ms at most, which bounds what it costs to half a percent.
 */
export class CallSite {
  readonly stack!: string
  readonly #ownFrames: number

  /** Null when it was done a moment ago. `ownFrames`: how many functions of this package are between `below` and the caller. */
  static capture(below: (...args: never[]) => unknown, ownFrames: number): CallSite | null {
    const now = performance.now()
    if (now - lastCapture < interval) return null
    lastCapture = now
    return new CallSite(below, ownFrames)
  }

  private constructor(below: (...args: never[]) => unknown, ownFrames: number) {
    this.#ownFrames = ownFrames
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = ownFrames + 3
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

const interval = 10
let lastCapture = Number.NEGATIVE_INFINITY

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

/** The speed of a script's run, and the time that the rest of it takes at that speed. */
export class Pace {
  #time = Date.now()
  #processed = 0

  /** Starts the clock of a run; an earlier run may have processed rows already. */
  begin(processed: number, time = Date.now()): void {
    this.#time = time
    this.#processed = processed
  }

  /** Rows per second; null while it is too early to tell. */
  speed(processed: number, time = Date.now()): number | null {
    const passed = time - this.#time
    const done = processed - this.#processed
    return passed < shortest || done <= 0 ? null : (done / passed) * 1000
  }

  /** Milliseconds until all rows are processed; null when unknown. */
  eta(processed: number, total: number | null, time = Date.now()): number | null {
    const speed = this.speed(processed, time)
    return speed === null || total === null || processed > total
      ? null
      : Math.round(((total - processed) / speed) * 1000)
  }
}

/** Milliseconds. A shorter time says little about the rest. */
const shortest = 500

import type { Compared, Spread } from './pairs.ts'

/** A figure with its bar, when it has one; a bar that is missed makes the run fail. */
export function print(name: string, figure: string, holds?: boolean, bar?: string): void {
  const verdict = holds === undefined ? '' : `   ${holds ? 'holds' : 'MISSED'}: ${bar}`
  console.log(`${name}\n    ${figure}${verdict}`)
  if (holds === false) process.exitCode = 1
}

export function printRatio({ name, ours, theirs, ratio }: Compared, than: string, bar?: number): void {
  const figure = `${micro(ours)}, ${than} ${micro(theirs)}, ratio ${plain(ratio)}`
  if (bar === undefined) print(name, figure)
  else print(name, figure, ratio.median <= bar, `at most ${bar} ×`)
}

/** How much of the other's throughput there is: the inverse of the ratio of times. */
export function printThroughput({ name, ours, theirs, ratio }: Compared, than: string, bar: number): void {
  const throughput = { min: 1 / ratio.max, median: 1 / ratio.median, max: 1 / ratio.min }
  const figure = `${whole(ours)}, ${than} ${whole(theirs)}, throughput ${plain(throughput)}`
  print(name, figure, throughput.median >= bar, `at least ${bar} ×`)
}

function whole({ min, median, max }: Spread): string {
  return `${median.toFixed(0)} ms (${min.toFixed(0)}–${max.toFixed(0)})`
}

export function printDifference({ name, ours, theirs, difference }: Compared, than: string, bar: number): void {
  const figure = `${micro(ours)}, ${than} ${micro(theirs)}, more by ${micro(difference)}`
  print(name, figure, difference.median <= bar, `at most ${bar} ms more`)
}

export function milliseconds({ min, median, max }: Spread): string {
  return `${median.toFixed(1)} ms (${min.toFixed(1)}–${max.toFixed(1)})`
}

export function micro({ min, median, max }: Spread): string {
  const text = (milliseconds: number) => (milliseconds * 1000).toFixed(median < 0.001 ? 2 : 1)
  return `${text(median)} µs (${text(min)}–${text(max)})`
}

function plain({ min, median, max }: Spread): string {
  return `${median.toFixed(3)} (${min.toFixed(3)}–${max.toFixed(3)})`
}

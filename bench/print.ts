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

export function printDifference({ name, ours, theirs, difference }: Compared, than: string, bar: number): void {
  const figure = `${micro(ours)}, ${than} ${micro(theirs)}, more by ${micro(difference)}`
  print(name, figure, difference.median <= bar, `at most ${bar} ms more`)
}

export function micro({ min, median, max }: Spread): string {
  const text = (milliseconds: number) => (milliseconds * 1000).toFixed(median < 0.001 ? 2 : 1)
  return `${text(median)} µs (${text(min)}–${text(max)})`
}

function plain({ min, median, max }: Spread): string {
  return `${median.toFixed(3)} (${min.toFixed(3)}–${max.toFixed(3)})`
}

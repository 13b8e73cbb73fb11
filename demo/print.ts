import { styleText } from 'node:util'

/** A heading, above a step or a part. */
export function printTitle(title: string): void {
  console.log(`\n${style('bold', title)}`)
}

/** Code that ran, how long it took and what it sent. */
export function printRun(code: string, milliseconds: number, sent: readonly string[]): void {
  console.log(`  ${style('cyan', code)}`)
  const time = inTime(milliseconds).padStart(margin - 2)
  const joined = sent.join(' · ')
  const text = joined.length <= 90 ? joined : sent.join(`\n${' '.repeat(margin + 2)}`)
  console.log(style('dim', `${time}  → ${text || 'nothing sent'}`))
}

/** Something to see in what the code made. */
export function printValue(label: string, value: unknown): void {
  console.log(`${' '.repeat(margin)}${label}: ${style('green', String(value))}`)
}

export function printLine(text: string): void {
  console.log(`  ${text}`)
}

export function inTime(milliseconds: number): string {
  if (milliseconds < 100) return `${milliseconds.toPrecision(2)} ms`
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`
}

const margin = 12

// hasColors() heeds NO_COLOR; a file or a pipe has no colours.
const hasColors = process.stdout.isTTY && process.stdout.hasColors()

function style(format: Parameters<typeof styleText>[0], text: string): string {
  return hasColors ? styleText(format, text) : text
}

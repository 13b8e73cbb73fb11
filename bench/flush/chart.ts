/** The chart of the README: milliseconds of each unit of work in each way, as an SVG that needs nothing else. */
import { writeFileSync } from 'node:fs'

const file = new URL('../../docs/flush.svg', import.meta.url)
const colours: Readonly<Record<string, string>> = {
  'by hand': '#8c8c8c',
  session: '#2d6cdf',
  many: '#7fb3a6',
  MikroORM: '#d9a441',
  TypeORM: '#c26b4a',
  loop: '#9b6a9e',
}
const words: Readonly<Record<string, string>> = {
  'by hand': 'SQL by hand',
  session: 'session',
  many: 'createMany, updateMany',
  MikroORM: 'MikroORM 7',
  TypeORM: 'TypeORM 1',
  loop: 'create, update, delete in a loop',
}
const [width, left, bar, gap] = [760, 220, 16, 46] as const

export function writeChart(
  units: readonly (readonly [title: string, times: Readonly<Record<string, number>>])[],
): void {
  const parts: string[] = []
  let y = 24
  for (const [title, times] of units) {
    const most = Math.max(...Object.values(times))
    parts.push(`<text x="8" y="${y}" class="title">${title}</text>`)
    y += 10
    for (const name of Object.keys(colours)) {
      const time = times[name]
      if (time === undefined) continue
      const length = Math.max(1, (time / most) * (width - left - 90))
      parts.push(
        `<text x="${left - 8}" y="${y + bar - 4}" text-anchor="end">${words[name]}</text>`,
        `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${bar - 3}" fill="${colours[name]}"/>`,
        `<text x="${(left + length + 6).toFixed(1)}" y="${y + bar - 4}">${time < 100 ? time.toFixed(1) : time.toFixed(0)} ms</text>`,
      )
      y += bar
    }
    y += gap - 10
  }
  const style = 'text { font: 12px system-ui, sans-serif; fill: #444 } .title { font-weight: 600; fill: #111 }'
  writeFileSync(
    file,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y - 20}" width="${width}" height="${y - 20}"><title>Milliseconds of a unit of work on PostgreSQL</title><style>${style}</style><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>\n`,
  )
}

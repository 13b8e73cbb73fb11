/** Links to the headings of a page, by the anchors that GitHub gives them; deepest ones in one line behind what they belong to. */
export function contents(body: string): string {
  const lines: string[] = []
  const taken = new Map<string, number>([
    ['api-reference', 1],
    ['contents', 1],
  ])
  for (const [, marks = '', title = ''] of body.replace(/^```.*?^```$/gms, '').matchAll(/^(#{2,4}) (.*)$/gm)) {
    const link = `[${title}](#${anchorOf(title, taken)})`
    const last = lines.at(-1) ?? ''
    if (marks.length < 4) lines.push(`${marks.length === 3 ? '  ' : ''}- ${link}`)
    else lines.splice(-1, 1, `${last}${/: /.test(last) ? ',' : ':'} ${link}`)
  }
  return lines.join('\n')
}

/** Of equal ones the second has a number. */
function anchorOf(title: string, taken: Map<string, number>): string {
  const anchor = title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
  const count = taken.get(anchor) ?? 0
  taken.set(anchor, count + 1)
  return count === 0 ? anchor : `${anchor}-${count}`
}

import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { root } from '../helpers/project.ts'
import { proseOf } from './blocks.ts'

/** A Markdown text, by its file from the root of the repository. */
export interface LinkedText {
  readonly file: string
  readonly text: string
}

export interface Link {
  /** The file that has the link. */
  readonly from: string
  /** The link as it is written. */
  readonly target: string
  /** The file that it leads to, from the root of the repository. */
  readonly file: string
  readonly anchor?: string
}

/** The address of the repository, where a link names a file that is not in the package. */
export const home: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).homepage.replace(/#.*/, '')

/** The links of a text without an address of their own. */
export function relativeLinks({ file: from, text }: LinkedText): Link[] {
  return targetsOf(text)
    .filter((target) => !/^[a-z]+:/i.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? from : posix.join(posix.dirname(from), path).replace(/\/$/, '')
      return { from, target, file, anchor }
    })
}

/** The links of a text to files and folders at the address of the repository. */
export function repositoryLinks({ file: from, text }: LinkedText): Link[] {
  return targetsOf(text).flatMap((target) => {
    const [, path, anchor] = /^\/(?:blob|tree)\/main\/([^#]+?)\/?(?:#(.*))?$/.exec(afterHome(target)) ?? []
    return path === undefined ? [] : [{ from, target, file: path, anchor }]
  })
}

/** The links that lead to no file, or to a heading that none of the pages has. */
export function deadLinks(
  links: readonly Link[],
  pages: readonly LinkedText[],
  isThere: (file: string) => boolean,
): string[] {
  const hasAnchor = (file: string, anchor: string) => {
    const page = pages.find((each) => each.file === file)
    return page !== undefined && anchorsOf(page.text).has(anchor)
  }
  return links
    .filter(({ file, anchor }) => !isThere(file) || (anchor !== undefined && !hasAnchor(file, anchor)))
    .map(({ from, target }) => `${from}: ${target}`)
}

function targetsOf(text: string): string[] {
  const written = /\]\(([^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(\S+)|\b(?:src|href)="([^"]+)"/gm
  return [...proseOf(text).matchAll(written)].map(([, inline, defined, html]) => inline ?? defined ?? html ?? '')
}

function afterHome(target: string): string {
  return target.startsWith(`${home}/`) ? target.slice(home.length) : ''
}

/** As GitHub makes them: of equal ones, the second has a number. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  const counts = new Map<string, number>()
  for (const [, title = ''] of text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)) {
    const anchor = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\-_ ]/gu, '')
      .replaceAll(' ', '-')
    const count = counts.get(anchor) ?? 0
    counts.set(anchor, count + 1)
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`)
  }
  return anchors
}

import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** A page of documentation. */
export interface Page {
  readonly path: string
  readonly text: string
}

/** Every page of the project. */
export function readPages(): readonly Page[] {
  return globSync('**/*.md', { exclude: (name) => /node_modules|^\.|cdk\.out/.test(String(name)) })
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}

const fence = /^( *)```(\w*)\n(.*?)^\1```$/gms

/** The blocks of code of a page in one language, without the indentation of the list that they stand in. */
export function blocksOf({ text }: Page, language: string): readonly string[] {
  return [...text.matchAll(fence)]
    .filter(([, , written]) => written === language)
    .map(([, indentation, , code]) => code!.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''))
}

/** A page without its blocks of code. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(fence, '')
}

/** The calls of a program on a page: the lines of its shell blocks and what stands in the text between backticks. */
export function callsOf(page: Page, program: RegExp): readonly string[] {
  const lines = blocksOf(page, 'sh').flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
  const inline = [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)
  return [...lines.flatMap((line) => line.replace(/(^| )#.*$/, '').split(/ \| | && /)), ...inline]
    .map((call) => call.trim())
    .filter((call) => program.test(call))
}

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: Page): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  for (const [, heading] of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    anchors.add(before === 0 ? slug : `${slug}-${before}`)
  }
  return anchors
}

/** The links of a page, those to other sites aside, that lead nowhere. */
export function brokenLinks(page: Page, pages: readonly Page[]): readonly string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file, anchor] = link.split('#') as [string, string?]
      const path = file === '' ? page.path : normalize(join(dirname(page.path), file))
      if (anchor === undefined) return !existsSync(path)
      const target = path === page.path ? page : pages.find((other) => other.path === path)
      return target === undefined || !anchorsOf(target).has(anchor)
    })
}

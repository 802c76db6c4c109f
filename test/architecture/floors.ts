import { eachImport, isFile, isHandler, type Rule } from './rule.ts'
import { chainTo } from './sources.ts'

/**
 * From the ground up. A file imports only from its own room and from floors below it, types included; rooms that
 * share a floor do not know each other.
 */
const floors: readonly (readonly string[])[] = [
  ['shared/check.ts', 'shared/clock.ts', 'shared/lifetime.ts', 'shared/concurrency.ts'],
  ['shared/text/'],
  ['shared/quorum/'],
  ['shared/network/', 'shared/secrets/'],
  ['shared/raw/'],
  ['shared/probers/'],
  ['shared/config/'],
  ['shared/plan/'],
  ['shared/history/', 'shared/cost/', 'shared/replay/'],
  ['shared/store/'],
  ['shared/evaluation/', 'shared/probing/'],
  ['shared/alerts/'],
  ['functions/terminal/', 'functions/runtime/'],
  ['functions/runner/'],
  // The handlers, files of functions/ itself: see `sideways`.
  ['functions/'],
  ['functions/dev/'],
  ['functions/cli/'],
  ['cdk/'],
  ['cdk/deploy/'],
]

/** The floor and the room of a path: the longest entry that it begins with. */
function roomOf(path: string): { readonly floor: number; readonly room: string } | undefined {
  let found: { readonly floor: number; readonly room: string } | undefined
  for (const [floor, rooms] of floors.entries()) {
    for (const room of rooms) {
      if (path.startsWith(room) && room.length > (found?.room.length ?? 0)) found = { floor, room }
    }
  }
  return found
}

export const upwards: Rule = (sources) =>
  eachImport(sources, ({ path }, target) => {
    const from = roomOf(path)
    const to = isFile(target) ? roomOf(target) : undefined
    if (from === undefined || to === undefined || from.room === to.room || to.floor < from.floor) return
    const where = to.floor === from.floor ? 'a room of the same floor' : 'a floor above'
    return `${path} imports ${target}: ${to.room} is ${where}`
  })

export const unplaced: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('shared/') && roomOf(path) === undefined)
    .map(({ path }) => `${path} is on no floor: add its room to the list of floors`)

/** What each part of the project may import, beside packages. Tests and measurements may import everything. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  shared: ['shared/'],
  functions: ['functions/', 'shared/'],
  // The words of check.ts are everybody's.
  cdk: ['cdk/', 'shared/config/', 'shared/plan/', 'shared/cost/', 'shared/text/', 'shared/check.ts'],
  // A program of the command line, which says things as the others do.
  'cdk/deploy': ['cdk/', 'functions/cli/', 'functions/runtime/', 'functions/terminal/', 'shared/'],
}

const partOf = (path: string) => (path.startsWith('cdk/deploy/') ? 'cdk/deploy' : path.split('/')[0]!)

export const direction: Rule = (sources) =>
  eachImport(sources, ({ path }, target) => {
    const allowed = mayImport[partOf(path)]
    // The version stands there.
    if (target === 'package.json' || allowed === undefined || !isFile(target)) return
    if (allowed.some((room) => target.startsWith(room))) return
    return `${path} imports ${target}: ${partOf(path)} may import only ${allowed.join(' ')}`
  })

export const sideways: Rule = (sources) => {
  const handlers = new Set(sources.filter(isHandler).map(({ path }) => path))
  return eachImport(sources, ({ path }, target) => {
    const playsTheCloud = /^(functions\/(dev|cli)|simulate|test|bench)\//.test(path)
    if (handlers.has(target) && !playsTheCloud) {
      return `${path} imports ${target}: only functions/dev, functions/cli and simulate may import a function`
    }
    return
  })
}

/** Circles of files, type imports included. */
export const circles: Rule = (sources) =>
  sources.flatMap(({ path }) => {
    const chain = chainTo(sources, path, (target) => target === path, { types: true })
    // Each circle is named once, by its first file.
    return chain === undefined || chain.some((other) => other < path)
      ? []
      : [`${chain.join(' → ')}: a circle`]
  })

/** Circles of the folders that lie side by side in one folder, type imports included. */
export const folderCircles: Rule = (sources) => {
  const arrows = new Map<string, Map<string, Set<string>>>()
  for (const { path, imports } of sources) {
    // Tests and measurements may import everything.
    if (/^(test|bench)\//.test(path)) continue
    for (const { target } of imports) {
      if (!isFile(target)) continue
      const siblings = siblingFolders(path, target)
      if (siblings === undefined) continue
      const { parent, from, to } = siblings
      const within = arrows.get(parent) ?? new Map<string, Set<string>>()
      arrows.set(parent, within.set(from, (within.get(from) ?? new Set()).add(to)))
    }
  }
  return [...arrows].flatMap(([parent, within]) =>
    [...within.keys()].flatMap((start) => {
      const chain = circleFrom(start, within)
      return chain === undefined || chain.some((other) => other < start)
        ? []
        : [`${chain.map((name) => `${parent}${name}/`).join(' → ')}: a circle of folders`]
    }),
  )
}

/** Where two files part, if both then are in a folder of their own: `a/b/x.ts`, `a/c/y.ts` → `a/`, `b`, `c`. */
function siblingFolders(path: string, target: string) {
  const [one, other] = [path.split('/'), target.split('/')]
  const parting = one.findIndex((name, index) => name !== other[index])
  if (parting >= one.length - 1 || parting >= other.length - 1) return undefined
  const parent = one.slice(0, parting).map((name) => `${name}/`)
  return { parent: parent.join(''), from: one[parting]!, to: other[parting]! }
}

function circleFrom(start: string, arrows: ReadonlyMap<string, ReadonlySet<string>>) {
  const chains: (readonly string[])[] = [[start]]
  const visited = new Set<string>()
  for (const chain of chains) {
    for (const next of arrows.get(chain.at(-1)!) ?? []) {
      if (next === start) return [...chain, next]
      if (visited.has(next)) continue
      visited.add(next)
      chains.push([...chain, next])
    }
  }
  return undefined
}

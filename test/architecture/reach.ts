import { readFileSync } from 'node:fs'
import { eachImport, isFile, isHandler, type Rule } from './rule.ts'
import type { Source } from './sources.ts'

const packageJson = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as Record<'scripts' | 'bin' | 'dependencies' | 'optionalDependencies', Record<string, string>>

/** What is started by name: by AWS, by npm, by the CDK, by systemd. */
function isEntry(source: Source): boolean {
  const named = JSON.stringify([packageJson.scripts, packageJson.bin])
  const byPath = ['cdk/app.ts', 'functions/runner/main.ts']
  // What only measurements or tests reach is of no use to anybody else.
  if (/^(bench|test|simulate)\//.test(source.path)) return false
  return isHandler(source) || named.includes(source.path) || byPath.includes(source.path)
}

/** Values that nothing reaches yet, each with what will. One that is reached must leave this list. */
const awaited: ReadonlyMap<string, string> = new Map([
  ['shared/history/hour.ts', 'the hourly roll-up'],
  ['shared/history/hour.ts rollUpHour', 'the hourly roll-up'],
  ['Store.putHour', 'the hourly roll-up'],
  ['Store.events', 'asking for the history'],
])

/** Whether a file has to be of use by now. */
const isDue = ({ path }: Source) => /^(shared|functions|cdk)\//.test(path)

const exported = /^export (?:async )?(?:function|const|class) ([\w$]+)/gm
const valuesOf = ({ code }: Source) => [...code.matchAll(exported)].map(([, name]) => name!)

function reachable(sources: readonly Source[], withTypes: boolean): ReadonlySet<string> {
  const alive = new Set(sources.filter(isEntry).map(({ path }) => path))
  const byName = new Map(sources.map((source) => [source.path, source]))
  // A set grows while it is walked: everything that is reached is followed.
  for (const path of alive)
    for (const { target, typeOnly } of byName.get(path)?.imports ?? [])
      if (withTypes || !typeOnly) alive.add(target)
  return alive
}

/** A file that exports a value is of use only when something that starts loads it; one of types, when it is named. */
export const deadFiles: Rule = (sources) => {
  const named = reachable(sources, true)
  const loaded = reachable(sources, false)
  return sources
    .filter((source) => isDue(source) && !awaited.has(source.path))
    .filter((source) => !(valuesOf(source).length > 0 ? loaded : named).has(source.path))
    .map(({ path }) => `${path} is dead: nothing that starts loads it`)
}

/** Every exported value is used: by another file that is no test, or within its own and by tests. */
export const deadExports: Rule = (sources) => {
  const users = sources
    .filter(({ path }) => !/^(test|bench)\//.test(path))
    .map(({ path, code }) => [path, new Set(code.match(/[\w$]+/g))] as const)
  return sources.filter(isDue).flatMap((source) =>
    valuesOf(source)
      .filter((name) => name !== 'handler' && !awaited.has(`${source.path} ${name}`))
      .filter(
        (name) =>
          source.code.split(new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`)).length < 3,
      )
      .filter((name) => !users.some(([other, words]) => other !== source.path && words.has(name)))
      .map((name) => `${source.path} exports ${name}, which nothing but tests uses`),
  )
}

/** The methods of these are called by something that starts. */
const ports = { Store: 'shared/store/store.ts', PlanStore: 'shared/plan/plan-store.ts' } as const

export const deadMethods: Rule = (sources) =>
  Object.entries(ports).flatMap(([port, path]) => {
    const code = sources.find((source) => source.path === path)?.code ?? ''
    const methods = [...code.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name!)
    const callers = sources.filter((source) => isDue(source) && source.path !== path)
    return methods
      .filter((name) => !awaited.has(`${port}.${name}`))
      .filter((name) => !callers.some((source) => new RegExp(`\\.${name}\\(`).test(source.code)))
      .map((name) => `${port}.${name} is dead: nothing calls it`)
  })

/** What is called awaited is not used yet. */
export const stillAwaited: Rule = (sources) => {
  const users = sources.filter(isDue)
  const loaded = reachable(sources, false)
  return [...awaited.keys()]
    .filter((key) => {
      const [path, name] = key.split(' ')
      if (isFile(key)) return loaded.has(key)
      if (name === undefined) return users.some(({ code }) => code.includes(`.${key.split('.')[1]}(`))
      return users.some((source) => source.path !== path && new RegExp(`\\b${name}\\b`).test(source.code))
    })
    .map((key) => `${key} is used now: it is not awaited any more`)
}

export const dependencies: Rule = (sources) =>
  eachImport(sources, ({ path }, target, typeOnly) => {
    if (typeOnly || !/^(shared|functions)\//.test(path) || isFile(target) || target.startsWith('node:'))
      return
    const name = target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/')
    if (Object.hasOwn(packageJson.dependencies, name)) return
    return `${path} imports ${target}: ${name} is not among the dependencies`
  })

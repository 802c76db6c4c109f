import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { chainTo, readSources, type Source, sourceOf } from './fixtures/sources.ts'

// The arrows of the layout. Each rule is a function from sources to breaches in words; it is tried on the
// project, where it must find nothing, and on an invented file, where it must find something.

type Rule = (sources: readonly Source[]) => readonly string[]

const roomOf = (path: string) => path.split('/')[0]!
const isFile = (target: string) => /\.(ts|mjs|json)$/.test(target)

/** What each room may import, beside packages. Tests and measurements may import everything. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  shared: ['shared/'],
  functions: ['functions/', 'shared/'],
  // The words of check.ts are everybody's.
  cdk: ['cdk/', 'shared/config/', 'shared/plan/', 'shared/cost/', 'shared/check.ts'],
  // A program of the command line, which says things as the others do.
  'cdk/deploy': ['cdk/', 'functions/cli/', 'functions/runtime/', 'shared/'],
}

/** A room, or what has its own rights in one. */
const areaOf = (path: string) => (path.startsWith('cdk/deploy/') ? 'cdk/deploy' : roomOf(path))

const direction: Rule = (sources) =>
  eachImport(sources, ({ path }, target) => {
    const allowed = mayImport[areaOf(path)]
    // The version stands there.
    if (target === 'package.json' || allowed === undefined || !isFile(target)) return
    if (allowed.some((room) => target.startsWith(room))) return
    return `${path} imports ${target}: ${areaOf(path)} may import only ${allowed.join(' ')}`
  })

/** The files that AWS starts. */
const isHandler = ({ path, code }: Source) =>
  /^functions\/[^/]+\.ts$/.test(path) && /^export const handler\b/m.test(code)

const sideways: Rule = (sources) => {
  const handlers = new Set(sources.filter(isHandler).map(({ path }) => path))
  return eachImport(sources, ({ path }, target) => {
    const playsTheCloud = /^(functions\/(dev|cli)|test|bench)\//.test(path)
    if (handlers.has(target) && !playsTheCloud) {
      return `${path} imports ${target}: only functions/dev and functions/cli may import a function`
    }
    return
  })
}

/** Where a package may be imported, types included. */
const homesOfPackages: readonly (readonly [RegExp, RegExp, string])[] = [
  [
    /^@aws-sdk\//,
    /^(functions|cdk\/deploy|test|bench)\/|^shared\/(store\/dynamo|alerts\/publish|secrets\/resolve)\.ts$/,
    'the AWS SDK is for functions, cdk/deploy, store/dynamo.ts, alerts/publish.ts and secrets/resolve.ts',
  ],
  [
    /^zod(\/|$)/,
    /\/schemas?\.ts$|^shared\/probers\/fields\.ts$|^shared\/config\/|^test\//,
    'zod is for schema.ts files, probers/fields.ts and config',
  ],
  [/^(aws-cdk-lib|constructs|cdk-nag)(\/|$)/, /^(cdk|test)\//, 'the CDK is for cdk'],
  [/^(vitest|fast-check)(\/|$)/, /^(test|bench)\//, 'it is for tests'],
]

const packages: Rule = (sources) =>
  eachImport(sources, ({ path }, target) => {
    const breached = homesOfPackages.find(([name, home]) => name.test(target) && !home.test(path))
    return breached && `${path} imports ${target}: ${breached[2]}`
  })

const ambient =
  /\b(process\.env|Date\.now|new Date\(\)|performance\.\w+|setTimeout|setInterval|AbortSignal\.timeout)\b/g
const timers = /^node:(timers|perf_hooks)/

const injected: Rule = (sources) =>
  sources
    .filter(({ path }) => /^(shared\/|cdk\/(?!deploy\/))/.test(path))
    .flatMap(({ path, code, imports }) => [
      ...[...code.matchAll(ambient)].map(([word]) => `${path} uses ${word}: shared code is given a Clock`),
      ...imports
        .filter(({ target }) => timers.test(target))
        .map(({ target }) => `${path} imports ${target}: shared code is given a Clock`),
    ])

const isPure = (path: string) =>
  /^shared\/((quorum|plan|replay)\/.+|alerts\/message|raw\/packet(\/.+)?|history\/(?!.*store).+|check|clock)\.ts$/.test(
    path,
  )

const purity: Rule = (sources) =>
  sources
    .filter(({ path }) => isPure(path))
    .flatMap(({ path }) => {
      const chain = chainTo(sources, path, (target) => !isFile(target))
      return chain === undefined ? [] : [`${chain.join(' → ')}: ${path} must be pure`]
    })

const bundles: Rule = (sources) =>
  sources.filter(isHandler).flatMap(({ path }) => {
    const chain = chainTo(sources, path, (target) =>
      /^(zod|yaml|commander|dynalite|koffi)(\/|$)/.test(target),
    )
    return chain === undefined ? [] : [`${chain.join(' → ')}: it must stay out of the Lambda's bundle`]
  })

/** What is started by name: by AWS, by npm, by the CDK, by systemd. */
function isEntry(source: Source): boolean {
  const named = JSON.stringify([packageJson.scripts, packageJson.bin])
  const byPath = ['cdk/app.ts', 'functions/runner/main.ts']
  return isHandler(source) || named.includes(source.path) || byPath.includes(source.path)
}

const packageJson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<
  'scripts' | 'bin' | 'dependencies' | 'optionalDependencies',
  Record<string, string>
>

/** Rooms that are built from the bottom up; each leaves this list when something that starts reaches it. */
const unfinished: readonly string[] = []

/** Whether a file has to be of use by now. */
const isDue = ({ path }: Source) =>
  /^(shared|functions|cdk)\//.test(path) && !unfinished.some((room) => path.startsWith(room))

function reachable(sources: readonly Source[]): ReadonlySet<string> {
  const alive = new Set(sources.filter(isEntry).map(({ path }) => path))
  const byName = new Map(sources.map((source) => [source.path, source]))
  // A set grows while it is walked: everything that is reached is followed.
  for (const path of alive) for (const { target } of byName.get(path)?.imports ?? []) alive.add(target)
  return alive
}

const deadFiles: Rule = (sources) => {
  const alive = reachable(sources)
  return sources
    .filter((source) => isDue(source) && !alive.has(source.path))
    .map(({ path }) => `${path} is dead: nothing that starts reaches it`)
}

const finished: Rule = (sources) => {
  const alive = [...reachable(sources)]
  return unfinished
    .filter((room) => alive.some((path) => path.startsWith(room)))
    .map((room) => `${room} is reached now: it is not unfinished any more`)
}

const deadExports: Rule = (sources) => {
  const words = new Map(sources.map(({ path, code }) => [path, new Set(code.match(/[\w$]+/g))]))
  return sources.filter(isDue).flatMap(({ path, code }) =>
    [...code.matchAll(/^export (?:async )?(?:function|const|class) ([\w$]+)/gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'handler')
      .filter((name) => ![...words].some(([other, used]) => other !== path && used.has(name)))
      .map((name) => `${path} exports ${name}, which nobody imports`),
  )
}

const dependencies: Rule = (sources) =>
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

const circles: Rule = (sources) =>
  sources.flatMap(({ path }) => {
    const chain = chainTo(sources, path, (target) => target === path)
    // Each circle is named once, by its first file.
    return chain === undefined || chain.some((other) => other < path)
      ? []
      : [`${chain.join(' → ')}: a circle`]
  })

function eachImport(
  sources: readonly Source[],
  judge: (source: Source, target: string, typeOnly: boolean) => string | undefined,
): readonly string[] {
  return sources.flatMap((source) =>
    source.imports
      .map(({ target, typeOnly }) => judge(source, target, typeOnly))
      .filter((breach) => breach !== undefined),
  )
}

describe('the project', () => {
  let sources: readonly Source[]
  beforeAll(async () => {
    sources = await readSources(['shared', 'functions', 'cdk', 'bench', 'test'])
  })

  test('has sources in all its rooms, and functions that AWS starts', () => {
    expect([...new Set(sources.map(({ path }) => roomOf(path)))]).toEqual(
      expect.arrayContaining(['functions', 'shared', 'test']),
    )
    expect(sources.filter(isHandler).map(({ path }) => path)).toEqual(
      expect.arrayContaining(
        ['notify', 'probe', 'quorum', 'schedule', 'sweep'].map((name) => `functions/${name}.ts`),
      ),
    )
    const missing = eachImport(sources, ({ path }, target) =>
      isFile(target) && target !== 'package.json' && !sources.some((source) => source.path === target)
        ? `${path} imports ${target}, which is not there`
        : undefined,
    )
    expect(missing).toEqual([])
  })

  test.each<[string, Rule]>([
    ['the arrows point from functions and cdk to shared, never back', direction],
    ['functions know nothing of each other', sideways],
    ['every package keeps to its rooms', packages],
    ['shared code is given its time and its environment', injected],
    ['what decides is pure', purity],
    ['what only the command line needs stays out of the Lambdas', bundles],
    ['every file is reached from something that starts', deadFiles],
    ['what is called unfinished is', finished],
    ['every exported value is used by somebody', deadExports],
    ['what runs is a dependency, not a development one', dependencies],
    ['nothing imports itself in a circle', circles],
  ])('%s', (_sentence, rule) => {
    expect(rule(sources)).toEqual([])
  })
})

describe('a breach is named', () => {
  const file = (path: string, ...lines: string[]) => sourceOf(path, lines.join('\n'))
  const probe = file('functions/probe.ts', "import '../shared/a.ts'", 'export const handler = 1')

  test.each<[Rule, readonly Source[], string]>([
    [
      direction,
      [file('shared/a.ts', "import type { Log } from '../functions/runtime/log.ts'")],
      'shared/a.ts imports functions/runtime/log.ts: shared may import only shared/',
    ],
    [
      direction,
      [file('cdk/app.ts', 'import {', '  one,', "} from '../shared/quorum/judge.ts'")],
      'cdk/app.ts imports shared/quorum/judge.ts: cdk may import only cdk/ shared/config/ shared/plan/ shared/cost/ shared/check.ts',
    ],
    [
      sideways,
      [probe, file('functions/quorum.ts', "export * from './probe.ts'")],
      'functions/quorum.ts imports functions/probe.ts: only functions/dev and functions/cli may import a function',
    ],
    [
      packages,
      [file('shared/quorum/judge.ts', "import type { SNS } from '@aws-sdk/client-sns'")],
      'shared/quorum/judge.ts imports @aws-sdk/client-sns: the AWS SDK is for functions, cdk/deploy, store/dynamo.ts, alerts/publish.ts and secrets/resolve.ts',
    ],
    [
      packages,
      [file('shared/plan/plan.ts', "import * as z from 'zod'")],
      'shared/plan/plan.ts imports zod: zod is for schema.ts files, probers/fields.ts and config',
    ],
    [
      injected,
      [file('shared/a.ts', 'const late = Date.now()')],
      'shared/a.ts uses Date.now: shared code is given a Clock',
    ],
    [
      injected,
      [file('shared/a.ts', "import { setTimeout } from 'node:timers/promises'")],
      'shared/a.ts imports node:timers/promises: shared code is given a Clock',
    ],
    [
      purity,
      [
        file('shared/quorum/judge.ts', "import { type Tally } from '../tally.ts'"),
        file('shared/tally.ts', "import { join } from 'node:path'"),
      ],
      'shared/quorum/judge.ts → shared/tally.ts → node:path: shared/quorum/judge.ts must be pure',
    ],
    [
      bundles,
      [probe, file('shared/a.ts', "const { z } = await import('zod')")],
      "functions/probe.ts → shared/a.ts → zod: it must stay out of the Lambda's bundle",
    ],
    [deadFiles, [probe, file('shared/b.ts')], 'shared/b.ts is dead: nothing that starts reaches it'],
    [
      deadExports,
      [
        file('shared/a.ts', 'export const used = 1', 'export function unused() {}'),
        file('test/a.ts', 'used'),
      ],
      'shared/a.ts exports unused, which nobody imports',
    ],
    [
      dependencies,
      [file('shared/a.ts', "import { build } from '@scope/tool/build'")],
      'shared/a.ts imports @scope/tool/build: @scope/tool is not among the dependencies',
    ],
    [
      circles,
      [file('shared/a.ts', "import './b.ts'"), file('shared/b.ts', "import './a.ts'")],
      'shared/a.ts → shared/b.ts → shared/a.ts: a circle',
    ],
  ])('%# %o', (rule, sources, breach) => {
    expect(rule(sources)).toContain(breach)
  })

  test.each([
    "// import { a } from '../functions/a.ts'",
    "/* Date.now() */ import type { Tick } from './check.ts'",
    "const text = 'process.env'",
    "import type { Store } from './store/dynamo.ts'",
  ])('and nothing where there is none: %s', (line) => {
    const sources = [file('shared/plan/a.ts', line)]
    for (const rule of [direction, packages, injected, purity]) expect(rule(sources)).toEqual([])
  })
})

import { beforeAll, describe, expect, test } from 'vitest'
import { circles, direction, folderCircles, sideways, unplaced, upwards } from './architecture/floors.ts'
import {
  bundles,
  exemptions,
  injected,
  packages,
  purity,
  sockets,
  synchronous,
} from './architecture/purity.ts'
import { deadExports, deadFiles, deadMethods, dependencies, stillAwaited } from './architecture/reach.ts'
import { eachImport, isFile, isHandler, type Rule } from './architecture/rule.ts'
import { readSources, type Source, sourceOf } from './architecture/sources.ts'

// The arrows of the layout. Each rule is a function from sources to breaches in words; it is tried on the
// project, where it must find nothing, and on invented files, where it must find something.

describe('the project', () => {
  let sources: readonly Source[]
  beforeAll(async () => {
    sources = await readSources(['shared', 'functions', 'cdk', 'simulate', 'bench', 'docs', 'test'])
  })

  test('has sources in all its rooms, and functions that AWS starts', () => {
    expect([...new Set(sources.map(({ path }) => path.split('/')[0]))]).toEqual(
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
    ['each floor stands on those below it, types included', upwards],
    ['every file of shared/ is on a floor', unplaced],
    ['functions know nothing of each other', sideways],
    ['every package keeps to its rooms', packages],
    ['shared code is given its time and its environment', injected],
    ['what decides is pure', purity],
    ['the quorum awaits nothing', synchronous],
    ['sockets are opened where the guard is', sockets],
    ['what is exempt from that is there', exemptions],
    ['what only the command line needs stays out of the Lambdas', bundles],
    ['every file is reached from something that starts', deadFiles],
    ['every exported value is used by more than tests', deadExports],
    ['every method of a port is called', deadMethods],
    ['what is called awaited is not reached yet', stillAwaited],
    ['what runs is a dependency, not a development one', dependencies],
    ['no files stand in a circle, types included', circles],
    ['no folders stand in a circle, types included', folderCircles],
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
      'cdk/app.ts imports shared/quorum/judge.ts: cdk may import only cdk/ shared/config/ shared/plan/ shared/cost/ shared/text/ shared/check.ts',
    ],
    [
      sideways,
      [probe, file('functions/quorum.ts', "export * from './probe.ts'")],
      'functions/quorum.ts imports functions/probe.ts: only functions/dev, functions/cli and simulate may import a function',
    ],
    [
      packages,
      [file('shared/quorum/judge.ts', "import type { SNS } from '@aws-sdk/client-sns'")],
      'shared/quorum/judge.ts imports @aws-sdk/client-sns: the AWS SDK is for functions, cdk/deploy, store/dynamo.ts, alerts/publish.ts, alerts/events.ts and secrets/resolve.ts',
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
    [deadFiles, [probe, file('shared/b.ts')], 'shared/b.ts is dead: nothing that starts loads it'],
    [
      deadFiles,
      [
        file('functions/probe.ts', "import type { B } from '../shared/b.ts'", 'export const handler = 1'),
        file('shared/b.ts', 'export interface B {}', 'export const b = 1'),
      ],
      'shared/b.ts is dead: nothing that starts loads it',
    ],
    [
      deadExports,
      [
        file('shared/a.ts', 'export const used = 1', 'export function unused() {}'),
        file('test/a.ts', 'used'),
      ],
      'shared/a.ts exports unused, which nothing but tests uses',
    ],
    [
      deadExports,
      [file('shared/a.ts', 'export function tried() {}'), file('test/a.ts', 'tried()')],
      'shared/a.ts exports tried, which nothing but tests uses',
    ],
    [
      deadMethods,
      [file('shared/store/store.ts', 'export interface Store {', '  state(): void', '}')],
      'Store.state is dead: nothing calls it',
    ],
    [
      stillAwaited,
      [file('functions/probe.ts', 'store.putHour(check)')],
      'Store.putHour is used now: it is not awaited any more',
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
    [
      circles,
      [
        file('shared/a.ts', "import type { B } from './b.ts'"),
        file('shared/b.ts', "import type { A } from './a.ts'"),
      ],
      'shared/a.ts → shared/b.ts → shared/a.ts: a circle',
    ],
    [
      folderCircles,
      [
        file('shared/one/a.ts', "import type { B } from '../two/b.ts'"),
        file('shared/two/c.ts', "import '../one/d.ts'"),
      ],
      'shared/one/ → shared/two/ → shared/one/: a circle of folders',
    ],
    [
      upwards,
      [file('shared/network/dial.ts', "import type { Prober } from '../probers/prober.ts'")],
      'shared/network/dial.ts imports shared/probers/prober.ts: shared/probers/ is a floor above',
    ],
    [
      upwards,
      [file('shared/probing/cast.ts', "import { evaluate } from '../evaluation/evaluate.ts'")],
      'shared/probing/cast.ts imports shared/evaluation/evaluate.ts: shared/evaluation/ is a room of the same floor',
    ],
    [
      upwards,
      [file('functions/runtime/log.ts', "import { run } from '../dev/run.ts'")],
      'functions/runtime/log.ts imports functions/dev/run.ts: functions/dev/ is a floor above',
    ],
    [
      unplaced,
      [file('shared/attic/a.ts')],
      'shared/attic/a.ts is on no floor: add its room to the list of floors',
    ],
    [
      synchronous,
      [file('shared/quorum/judge.ts', 'export async function judge() {}')],
      'shared/quorum/judge.ts says async: the quorum is synchronous',
    ],
    [
      sockets,
      [file('shared/probers/tcp/tcp.ts', "import { createSocket } from 'node:dgram'")],
      'shared/probers/tcp/tcp.ts imports createSocket of node:dgram: sockets are opened in network/ and raw/',
    ],
    [exemptions, [], 'shared/probers/http/exchange.ts is exempt from the rule on sockets, and is not there'],
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

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makePlan } from '../../shared/plan/make.ts'
import type { Plan } from '../../shared/plan/plan.ts'
import { anyConfig, configOf, configured, many } from './configs.ts'

/** The shard of each check. */
function homesOf(plan: Plan): ReadonlyMap<string, string> {
  return new Map(plan.shards.flatMap(({ shard, checks }) => checks.map(({ name }) => [name, shard])))
}

const sizes = (plan: Plan) => plan.shards.map(({ checks }) => checks.length)

describe('a plan', () => {
  test('has one shard for each interval and each set of voters, named after both', async () => {
    const plan = await makePlan(
      configOf([
        configured('web'),
        configured('cert', { intervalSeconds: 3600 }),
        configured('db', { voters: ['eu-west-1'] }),
        configured('mail'),
      ]),
    )
    expect(plan.shards.map(({ checks }) => checks.map(({ name }) => name))).toEqual([
      ['web', 'mail'],
      ['cert'],
      ['db'],
    ])
    const [web, cert, db] = plan.shards.map(({ shard }) => shard)
    expect(web).toMatch(/^60s-[0-9a-f]{6}-1$/)
    expect(cert).toBe(web!.replace(/^60s/, '3600s'))
    expect(db).toMatch(/^60s-[0-9a-f]{6}-1$/)
    expect(db).not.toBe(web)
  })

  test('keeps two sets of voters apart whose short hashes are the same', async () => {
    // Found by search: both names have a SHA-256 that starts with 6426eb.
    const checks = [configured('a', { voters: ['lab-316'] }), configured('b', { voters: ['lab-3493'] })]
    const plan = await makePlan(configOf(checks))
    expect(plan.shards.map(({ shard }) => shard)).toEqual([
      '60s-6426eb-1',
      expect.stringMatching(/^60s-6426eb[0-9a-f]{6}-1$/),
    ])
    const reversed = await makePlan(configOf(checks.toReversed()), plan.shards)
    expect(homesOf(reversed)).toEqual(homesOf(plan))
  })

  test('tells of every shard what schedule and sweep must know without reading it', async () => {
    const { index, shards } = await makePlan(
      configOf([configured('web', { timeoutMs: 3000 }), configured('db', { timeoutMs: 30_000 })], 'ops'),
    )
    expect(index).toEqual({
      version: shards[0]!.version,
      operators: 'ops',
      contacts: ['ops'],
      shards: [
        {
          shard: shards[0]!.shard,
          intervalSeconds: 60,
          voters: ['eu-west-1', 'us-east-1'],
          timeoutMs: 30_000,
          checks: 2,
        },
      ],
    })
  })

  test('has checks as probers and quorum need them: what the shard says already is not said again', async () => {
    const { shards } = await makePlan(configOf([configured('web')]))
    expect(Object.keys(shards[0]!.checks[0]!)).not.toContain('voters')
    expect(Object.keys(shards[0]!.checks[0]!)).not.toContain('intervalSeconds')
    expect(Object.keys(shards[0]!.checks[0]!)).not.toContain('enabled')
  })

  test('leaves out what is not enabled', async () => {
    const { shards } = await makePlan(configOf([configured('web', { enabled: false })]))
    expect(shards).toEqual([])
  })

  test('divides what is more than 200 checks', async () => {
    expect(sizes(await makePlan(configOf(many(200))))).toEqual([200])
    const plan = await makePlan(configOf(many(401)))
    expect(sizes(plan)).toEqual([200, 200, 1])
    expect(plan.shards.map(({ shard }) => shard.split('-').at(-1))).toEqual(['1', '2', '3'])
  })

  test('of another order of checks is another version: a ballot’s positions mean other checks', async () => {
    const [web, db] = [configured('web'), configured('db')]
    const [one, other] = await Promise.all([makePlan(configOf([web, db])), makePlan(configOf([db, web]))])
    expect(one.index.version).not.toBe(other.index.version)
  })

  test.each([
    ['a timeout', configOf([configured('web', { timeoutMs: 5000 })])],
    ['a tag', configOf([configured('web', { tags: ['shop'] })])],
    ['the operators', configOf([configured('web')], 'ops')],
    ['the contacts', { ...configOf([configured('web')]), contacts: [] }],
    ['an interval', configOf([configured('web', { intervalSeconds: 120 })])],
  ])('is another version when %s changes', async (_words, changed) => {
    const { index } = await makePlan(configOf([configured('web')]))
    expect((await makePlan(changed)).index.version).not.toBe(index.version)
  })
})

describe('a plan after another', () => {
  test('new checks fill the gaps that removed ones left, nobody else moves', async () => {
    const before = await makePlan(configOf(many(401)))
    const without = many(401).filter(({ name }) => name !== 'check-3' && name !== 'check-400')
    const after = await makePlan(
      configOf([...without, configured('new-1'), configured('new-2')]),
      before.shards,
    )
    expect(sizes(after)).toEqual([200, 200, 1])
    const homes = homesOf(after)
    expect([homes.get('new-1'), homes.get('new-2')]).toEqual([
      before.shards[0]!.shard,
      before.shards[2]!.shard,
    ])
    for (const { name } of without) expect(homes.get(name)).toBe(homesOf(before).get(name))
  })

  test('a changed interval or set of voters moves a check and only that one', async () => {
    const before = await makePlan(configOf(many(3)))
    const changed = many(3).with(1, configured('check-1', { intervalSeconds: 30 }))
    const homes = homesOf(await makePlan(configOf(changed), before.shards))
    expect(homes.get('check-0')).toBe(homesOf(before).get('check-0'))
    expect(homes.get('check-2')).toBe(homesOf(before).get('check-2'))
    expect(homes.get('check-1')).toMatch(/^30s-/)
  })

  test('a shard that lost its checks is gone, and those that stay keep their names', async () => {
    const before = await makePlan(configOf(many(201)))
    const last = many(201).slice(200)
    const after = await makePlan(configOf(last), before.shards)
    expect(after.shards.map(({ shard }) => shard)).toEqual([before.shards[1]!.shard])
  })

  test('one check too many for the old shard opens another under another name', async () => {
    const before = await makePlan(configOf(many(200)))
    const after = await makePlan(configOf(many(201)), before.shards)
    expect(after.shards.map(({ shard }) => shard.split('-').at(-1))).toEqual(['1', '2'])
    expect(sizes(after)).toEqual([200, 1])
  })

  test('more checks than the old shards have room for open a new one beside them', async () => {
    const before = await makePlan(configOf(many(201)))
    const second = await makePlan(configOf(many(201).slice(200)), before.shards)
    const after = await makePlan(configOf([...many(201).slice(200), ...many(200)]), second.shards)
    expect(after.shards.map(({ shard }) => shard.split('-').at(-1))).toEqual(['2', '1'])
    expect(sizes(after)).toEqual([200, 1])
  })
})

describe('any configurations after each other', () => {
  test('every enabled check is in one shard of its own interval and voters, none is moved, none is invented', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyConfig, { minLength: 1, maxLength: 5 }), async (configs) => {
        let previous: Plan | undefined
        for (const config of configs) {
          const plan = await makePlan(config, previous?.shards)
          const enabled = config.checks.filter((check) => check.enabled)
          const homes = homesOf(plan)
          expect(plan.shards.flatMap(({ checks }) => checks.map(({ name }) => name)).toSorted()).toEqual(
            enabled.map(({ name }) => name).toSorted(),
          )
          expect(new Set(plan.shards.map(({ shard }) => shard)).size).toBe(plan.shards.length)
          for (const { name, intervalSeconds, voters } of enabled) {
            const shard = plan.shards.find((one) => one.shard === homes.get(name))!
            expect([shard.intervalSeconds, shard.voters]).toEqual([intervalSeconds, voters])
            expect(Number.parseInt(shard.shard, 10)).toBe(intervalSeconds)
            const old = previous?.shards.find(({ checks }) => checks.some((check) => check.name === name))
            const stays = old?.intervalSeconds === intervalSeconds && old.voters.join() === voters.join()
            if (stays) expect(homes.get(name)).toBe(old.shard)
          }
          for (const { checks } of plan.shards) expect(checks.length).toBeLessThanOrEqual(200)
          previous = plan
        }
      }),
      { numRuns: 200 },
    )
  })

  test('the same configuration after the same plan is the same plan, and after itself too', async () => {
    await fc.assert(
      fc.asyncProperty(anyConfig, anyConfig, async (one, other) => {
        const first = await makePlan(one)
        const second = await makePlan(other, first.shards)
        expect(await makePlan(structuredClone(other), structuredClone(first.shards))).toEqual(second)
        expect(await makePlan(other, second.shards)).toEqual(second)
      }),
      { numRuns: 200 },
    )
  })
})

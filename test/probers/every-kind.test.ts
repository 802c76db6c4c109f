import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../shared/config/parse.ts'
import { kinds, proberOf } from '../../shared/probers/index.ts'

// What every kind promises beside probing. The example has checks of all kinds, which another test holds it to.

const { config } = parseConfig(readFileSync('examples/upquorum.yaml', 'utf8'), 'upquorum.yaml')

describe.each(kinds)('%s', (kind) => {
  const prober = proberOf(kind)
  const targets = config!.checks.filter((check) => check.kind === kind).map(({ target }) => target)

  test('names each target in one line of at most 200 characters', () => {
    for (const target of targets) expect(prober.label(target)).toMatch(/^[ -~]{1,200}$/)
  })

  test('tells the hosts that it begins with', () => {
    for (const target of targets) expect(prober.hosts(target)).toEqual(expect.any(Array))
  })

  test('tells the CPU time and the bytes of a probe, and costs Lambda something where Lambda may vote', () => {
    for (const target of targets) {
      expect(prober.cpuMs(target)).toBeGreaterThanOrEqual(0)
      expect(prober.cpuMs(target) > 0).toBe(prober.needs === 'tcp')
      expect(prober.bytesOut(target)).toBeGreaterThan(0)
    }
  })
})

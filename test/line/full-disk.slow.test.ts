import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Line } from '../../shared/replay/lines.ts'
import { run } from '../cli/program.ts'

const folder = mkdtempSync(join(tmpdir(), 'upquorum-disk-'))
const mount = (options: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
const { error, status, stderr } = mount('size=320k')
const missing =
  error === undefined && status === 0
    ? undefined
    : `mounting a small disk takes root on Linux: ${error?.message ?? String(stderr).trim()}`
if (missing !== undefined) console.warn(`skipped: a run whose disk is full. ${missing}.`)
afterAll(() => {
  if (missing === undefined) spawnSync('umount', [folder])
  rmSync(folder, { recursive: true })
})

// The disk is full within the first tick. Ten seconds are for machines that are too busy to probe and vote in one: what
// they write of the ticks that they miss would fill it before anything is decided.
const interval = '10s'
/** Holds a tick wherever it begins. */
const longerThanIt = '12s'

const names = Array.from({ length: 200 }, (_, index) => `check-with-a-name-that-takes-some-room-${index}`)
const config = `
regions: [us-east-1]
runners: { one: { region: us-east-1 }, two: { region: us-east-1 }, three: { region: us-east-1 } }
defaults: { interval: ${interval}, timeout: ${interval}, confirmations: 2, delay: 1 }
checks:
${names.map((name) => `  - { name: ${name}, tcp: { address: "127.0.0.1:1" }, from: [one, two, three], allow_private: true }`).join('\n')}
`
const transitions = (stdout: string) =>
  stdout
    .split('\n')
    .filter((text) => text.includes('"transition"'))
    .map((text) => JSON.parse(text) as Extract<Line, { type: 'transition' }>)

test.skipIf(missing !== undefined)(
  'a full disk ends the run with a sentence; with more room the next one knows what was decided',
  async () => {
    writeFileSync(join(folder, 'upquorum.yaml'), config)
    const first = await run(['dev', '--json', '--for', '60s'], { cwd: folder })
    expect(first.code).toBe(1)
    expect(first.stderr).toContain('No space left on device')
    expect(first.stderr).not.toMatch(/^ +at /m)
    const decided = transitions(first.stdout)
    expect(decided).toHaveLength(names.length)

    mount('remount,size=64m')
    const second = await run(['dev', '--json', '--for', longerThanIt], { cwd: folder })
    expect(second.code).toBe(0)
    // An alert published before that could be recorded may be repeated with the same id.
    const ids = new Set(decided.map(({ alertId }) => alertId))
    expect(transitions(second.stdout).filter(({ alertId }) => !ids.has(alertId))).toEqual([])
    const { stdout } = await run(['status', '--json'], { cwd: folder })
    const standing = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { status: string })
    expect(standing.filter(({ status }) => status === 'offline')).toHaveLength(names.length)
  },
  120_000,
)

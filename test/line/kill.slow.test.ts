import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { AlertLine, Line, TransitionLine } from '../../shared/replay/lines.ts'
import { startPatient } from '../dev/run.ts'

const main = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url))

interface Run {
  readonly process: ChildProcess
  /** Resolves when a matching line came; rejects when the process ends without one. */
  told(says: (line: Line) => boolean): Promise<void>
  kill(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts `upquorum dev` as its own process; `lines` collects its output. */
function startDev(file: string, folder: string, lines: Line[]): Run {
  const child = spawn(process.execPath, [main, 'dev', file, '--json', '--data', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  let complaints = ''
  child.stderr!.on('data', (text) => {
    complaints += text
  })
  const waiting = new Set<(line: Line) => void>()
  createInterface({ input: child.stdout! }).on('line', (text) => {
    const line = JSON.parse(text) as Line
    lines.push(line)
    for (const tell of waiting) tell(line)
  })
  return {
    process: child,
    async told(says) {
      const heard = new Promise<void>((resolve) => waiting.add((line) => says(line) && resolve()))
      const outcome = await Promise.race([heard.then(() => 'heard'), ended.then(() => 'ended')])
      if (outcome === 'ended') throw new Error(`it ended: ${complaints}`)
    },
    async kill(signal) {
      child.kill(signal)
      const [code] = await ended
      return code
    },
  }
}

function configurationOf(port: number): string {
  return `
regions: [us-east-1]
runners: { one: { region: us-east-1 }, two: { region: us-east-1 } }
defaults: { interval: 1s, timeout: 500ms, confirmations: 2, delay: 1 }
contacts: { ops: { email: ops@example.com } }
checks:
  - name: web
    tcp: { address: "127.0.0.1:${port}", expect: hi }
    from: [one, two]
    alerts: [ops]
    allow_private: true
`
}

const isTransition = (to: string) => (line: Line) => line.type === 'transition' && line.to === to

test('killed again and again around outages, it forgets nothing that it had decided', async () => {
  const server = await startPatient()
  const folder = await mkdtemp(join(tmpdir(), 'upquorum-kill-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'upquorum.yaml')
  await writeFile(file, configurationOf(server.port))

  const lines: Line[] = []
  let run = startDev(file, join(folder, 'data'), lines)
  onTestFinished(() => void run.process.kill('SIGKILL'))
  await run.told(isTransition('online'))

  const delaysMs: number[] = []
  for (let kill = 0; kill < 3; kill++) {
    server.isDown = !server.isDown
    // Some kills come before the tick that sees the change, some between its ballots, some after the alert.
    const delayMs = Math.floor(Math.random() * 1_500)
    delaysMs.push(delayMs)
    await setTimeout(delayMs)
    await run.kill('SIGKILL')
    run = startDev(file, join(folder, 'data'), lines)
    await run.told(({ type }) => type === 'ballot')
  }
  expect(server.isDown).toBe(true)
  server.isDown = false
  const isLast = (line: Line) => line.type === 'alert' && line.subject.includes('online again')
  if (transitionsOf(lines).at(-1)?.to !== 'offline') {
    server.isDown = true
    await run.told(isTransition('offline'))
    server.isDown = false
  }
  await run.told(isLast)
  expect(await run.kill('SIGINT')).toBe(0)

  const context = `killed after ${delaysMs.join(', ')} ms`
  const transitions = transitionsOf(lines)
  // Each transition starts where the previous one ended: none is missing, none is invented.
  expect(
    transitions.map(({ from }) => from),
    context,
  ).toEqual(['pending', ...transitions.slice(0, -1).map(({ to }) => to)])
  const ticks = transitions.map(({ tick }) => tick)
  expect(ticks, context).toEqual(ticks.toSorted((one, other) => one - other))

  const alerts = lines.filter((line): line is AlertLine => line.type === 'alert')
  const told = alerts.flatMap(({ alertIds }) => alertIds)
  // A change superseded before its delivery is covered by the alert of the later one.
  const overtaken = new Set(
    alerts
      .flatMap(({ http }) => http.transitions as { from: string; to: string }[])
      .filter(({ from, to }) => from === to),
  ).size
  const owed = transitions.slice(1).map(({ alertId }) => alertId)
  expect(owed.filter((id) => !told.includes(id)).length, context).toBeLessThanOrEqual(overtaken)
  expect(
    told.filter((id) => !owed.includes(id)),
    context,
  ).toEqual([])
  expect(told.at(-1)).toBe(owed.at(-1))
})

/** Every transition once, in the order of its first appearance. */
function transitionsOf(lines: readonly Line[]): readonly TransitionLine[] {
  const transitions = new Map<string, TransitionLine>()
  for (const line of lines) {
    if (line.type === 'transition' && !transitions.has(line.alertId)) transitions.set(line.alertId, line)
  }
  return [...transitions.values()]
}

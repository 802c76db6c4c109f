import { onTestFinished } from 'vitest'
import { buildCloud, type Cloud } from '../../functions/dev/cloud/cloud.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import type { Line } from '../../shared/replay/lines.ts'
import { start, type TestServer } from '../fixtures/servers.ts'

// Runs of the local cloud with runners as voters, because only they may vote every second.

export interface LocalRun {
  readonly cloud: Cloud
  /** All emitted lines in order. */
  readonly lines: readonly Line[]
  /** Resolves when a matching line was emitted. */
  told(says: (line: Line) => boolean): Promise<Line>
}

/** @param checks YAML of the list of checks, indented by two spaces. */
export function configOf(checks: string, head = '') {
  const text = `
regions: [us-east-1]
runners: { one: { region: us-east-1 }, two: { region: us-east-1 }, three: { region: us-east-1 } }
defaults: { interval: 1s, timeout: 500ms, confirmations: 2, delay: 1 }
contacts:
  ops: { email: ops@example.com }
  hook: { webhook: "https://hooks.example.com/x" }
operators: ops
${head}
checks:
${checks}
`
  const { config, errors } = parseConfig(text, 'test.yaml')
  if (config === undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  return config
}

/** A server that sends a greeting or, while it is down, resets every connection. */
export async function startPatient(): Promise<TestServer & { isDown: boolean }> {
  const server = await start((socket) => (patient.isDown ? socket.resetAndDestroy() : socket.end('hi')))
  const patient = Object.assign(server, { isDown: false })
  onTestFinished(server.close)
  return patient
}

/** A check of such a server, with all runners as voters. */
export function checkOf(name: string, { port }: { readonly port: number }, more = ''): string {
  return (
    `  - { name: ${name}, tcp: { address: "127.0.0.1:${port}", expect: hi }, from: [one, two, three], ` +
    `alerts: [ops, { contact: hook, on: [offline] }], allow_private: true${more} }\n`
  )
}

export async function startRun(
  config: ReturnType<typeof configOf>,
  databasePath?: string,
): Promise<LocalRun> {
  const lines: Line[] = []
  const waiting = new Set<(line: Line) => void>()
  const cloud = await buildCloud({
    config,
    ...(databasePath === undefined ? {} : { databasePath }),
    emit(line) {
      lines.push(line)
      for (const tell of waiting) tell(line)
    },
  })
  return {
    cloud,
    lines,
    told: (says) =>
      new Promise((resolve) => {
        const known = lines.find(says)
        if (known !== undefined) return resolve(known)
        const tell = (line: Line) => {
          if (!says(line)) return
          waiting.delete(tell)
          resolve(line)
        }
        waiting.add(tell)
      }),
  }
}

/** The transitions and alerts in short: `web online→offline`, `ops: web is OFFLINE`. */
export function news(lines: readonly Line[]): readonly string[] {
  return lines.flatMap((line) => {
    if (line.type === 'transition') return [`${line.check} ${line.from}→${line.to}`]
    if (line.type !== 'alert') return []
    return [`${line.contact}: ${/^.*?(OFFLINE|again|removed|$)/.exec(line.subject)![0]}`]
  })
}

/** The warnings about the monitor itself. */
export function notices(lines: readonly Line[]): readonly string[] {
  return lines.flatMap((line) =>
    line.type === 'warning' && /^(voter|check|contact) /.test(line.message) ? [line.message] : [],
  )
}

export const isTransition = (to: string) => (line: Line) => line.type === 'transition' && line.to === to

export const isAlert = (contact: string, subject: string) => (line: Line) =>
  line.type === 'alert' && line.contact === contact && line.subject.includes(subject)

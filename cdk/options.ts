import type { Node } from 'constructs'

/** What `-c name=value` decides about a synth. */
export interface Options {
  /** `config`: the path of the configuration. */
  readonly file: string
  /** `retain`: the tables outlive their stacks and cannot be deleted by mistake. */
  readonly retain: boolean
  /**
   * `tracing`: X-Ray traces of every invocation. Off unless asked for: a trace for each minute, function and
   * region is far beyond the free 100,000 a month and would cost more than all the rest.
   */
  readonly tracing: boolean
  /** `reserved`: so many concurrent executions are kept for each function. */
  readonly reservedConcurrency?: number
  /**
   * `emulated`: the stacks go into an emulator on this machine, whose targets and webhooks are on loopback.
   * Only then do Lambda voters honour `allow_private`.
   */
  readonly emulated: boolean
  /** `quiet`: nothing is said about the configuration, which is not what the command is about. */
  readonly quiet: boolean
}

/** @throws for a value that means nothing. */
export function readOptions(node: Node): Options {
  const reserved = node.tryGetContext('reserved') as unknown
  const reservedConcurrency = reserved === undefined ? undefined : Number(reserved)
  if (
    reservedConcurrency !== undefined &&
    !(Number.isInteger(reservedConcurrency) && reservedConcurrency > 0)
  )
    throw new Error(`-c reserved=${reserved}: must be a whole number from 1 on`)
  return {
    file: String(node.tryGetContext('config') ?? 'upquorum.yaml'),
    retain: flag(node, 'retain', true),
    tracing: flag(node, 'tracing', false),
    emulated: flag(node, 'emulated', false),
    quiet: flag(node, 'quiet', false),
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
  }
}

/** The CLI's `-c` gives texts, a test or `cdk.json` may give the value itself. */
function flag(node: Node, name: string, otherwise: boolean): boolean {
  const value = node.tryGetContext(name) as unknown
  if (value === undefined) return otherwise
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new Error(`-c ${name}=${value}: must be true or false`)
}

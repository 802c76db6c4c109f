import { type Command, InvalidArgumentError, Option } from 'commander'
import { Lifetime } from '../../shared/lifetime.ts'
import type { IpVersion } from '../../shared/network/address.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import { attemptsBy } from '../../shared/probers/half_open/attempts.ts'
import type { Method } from '../../shared/raw/sockets.ts'
import { parseDurationMs } from '../../shared/text/duration.ts'
import { openSockets } from '../runtime/raw.ts'
import { createPaint, usesColour } from '../terminal/colour.ts'
import { atPace } from './shake-pace.ts'
import { showProgress } from './shake-progress.ts'
import { readTargets, type ShakeTarget } from './shake-targets.ts'
import { renderShaken, shakeOne } from './shaken.ts'

/** Services per second: enough for any list of services, low enough for any network. */
const defaultRate = 1000
/** More than one machine can send. */
const maxRate = 200_000
/**
 * Linux takes 3.07 s to find that an address is unused on its own network: three ARP requests, one second apart
 * (arp(7)). A shorter timeout would report an absent host as filtered.
 */
const defaultTimeoutMs = 4000

export function define(command: Command): void {
  command
    .description(
      'Sends each service a TCP SYN and reports the answer: open (SYN-ACK), closed (RST), filtered (silence) ' +
        'or a network error. The handshake is never completed, so the service sees nothing. ' +
        'Needs Linux and CAP_NET_RAW; without them it falls back to a weaker method and says so. ' +
        'Exit code 1 if a service is not open.',
    )
    .argument('[services...]', 'such as example.com:443 or [2001:db8::1]:22')
    .option('-f, --file <file>', 'a list with one service per line; - is stdin')
    .option('--json', 'print one JSON object per service')
    .option('--rate <n>', 'services per second', readNumber(maxRate), defaultRate)
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for each service, not counting name resolution')
        .default(defaultTimeoutMs, '4s')
        .argParser(readTimeoutMs),
    )
    .option(
      '--attempts <n>',
      'SYNs per service, one second apart, before it counts as filtered; without raw sockets the system decides',
      readNumber(10),
      2,
    )
    .option('--ip <version>', 'use this IP version only: 4 or 6', readOneOf<IpVersion>([4, 6]))
    .option(
      '--method <method>',
      'use this method only: raw, quickack or connect',
      readOneOf<Method>(['raw', 'quickack', 'connect']),
    )
    .action(shake)
}

interface Options {
  readonly file?: string
  readonly json?: true
  readonly rate: number
  readonly timeout: number
  readonly attempts: number
  readonly ip?: IpVersion
  readonly method?: Method
}

async function shake(services: readonly string[], options: Options): Promise<void> {
  const targets = await readTargets(services, options.file)
  const { sockets, caveat } = await openSockets(options.method)
  if (caveat !== undefined) process.stderr.write(`${caveat}\n`)
  const { timeout: timeoutMs, attempts, ip } = options
  const settings = { timeoutMs, attempts, ...(ip !== undefined && { ip }) }
  const paint = createPaint(usesColour(process.stdout))
  const progress = showProgress(targets.count)
  const resolver = createResolver()
  const interruption = new Lifetime()
  const onInterrupt = () => interruption.end(interrupted)
  process.once('SIGINT', onInterrupt)

  const shakeAndTell = async (target: ShakeTarget) => {
    const shaken = await shakeOne(target, { sockets, settings, resolve: resolver.resolve })
    // Services abandoned by Ctrl-C have no result.
    if (interruption.reason !== undefined) return
    if (shaken.result !== 'open') process.exitCode = 1
    progress.tell(options.json ? JSON.stringify(shaken) : renderShaken(shaken, paint))
  }
  // Each service may have up to `packets` SYNs in flight at once.
  const packets = attemptsBy(sockets.method, attempts)
  const pace = { perSecond: options.rate, atOnce: Math.max(1, Math.floor(sockets.atOnce / packets)) }
  try {
    await atPace(targets, pace, shakeAndTell, interruption)
  } finally {
    progress.end()
    process.off('SIGINT', onInterrupt)
    resolver.close()
    sockets.close()
  }
  if (interruption.reason === undefined) return
  process.stderr.write(`interrupted after ${progress.told()} of ${targets.count} services\n`)
  process.exitCode = 130
}

/** Ends the lifetime on Ctrl-C; its message is never shown. */
const interrupted = new Error('interrupted')

function readNumber(max: number) {
  return (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text)
    throw new InvalidArgumentError(`It must be a number from 1 to ${max}.`)
  }
}

function readTimeoutMs(text: string): number {
  const ms = /^\d{1,5}(ms|s)$/.test(text) ? parseDurationMs(text) : 0
  if (ms >= 1 && ms <= 60_000) return ms
  throw new InvalidArgumentError('It must be a duration from 1ms to 60s.')
}

function readOneOf<T extends string | number>(allowed: readonly T[]) {
  return (text: string): T => {
    const found = allowed.find((one) => String(one) === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(`It must be ${allowed.join(' or ')}.`)
  }
}

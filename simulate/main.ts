import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { setImmediate as turn } from 'node:timers'
import { parseArgs } from 'node:util'
import { useSynchronousDigest } from './digest.ts'
import { type FaultKind, faultNames } from './faults.ts'
import { type Playing, type Run, startRun } from './run.ts'
import { shorten } from './shorten.ts'

// npm run simulate -- --seed S --ticks N: plays seeds until one fails, the time is over, or Ctrl-C.

const usage = `npm run simulate -- [options]

  --seed S      the first seed, 0 to 2^53 - 1; a random one when left out
  --seeds N     how many seeds, one after the other (1 to 1,000,000; 1 when left out)
  --ticks N     for how many ticks of a run things go wrong (1 to 1,000,000; 200 when left out)
  --seconds N   plays seeds for so long instead of a number of them (1 to 86,400)
  --without F   faults to leave out, with commas: ${faultNames.join(', ')}
  --json        one JSON object per seed

Exit code 0 when every seed is right, 1 when one fails, 2 after a wrong call, 130 after Ctrl-C.`

interface Call {
  readonly seed: number
  readonly seeds: number
  readonly ticks: number
  readonly seconds: number
  readonly without: ReadonlySet<FaultKind>
  readonly json: boolean
}

function readCall(args: readonly string[]): Call {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      ticks: { type: 'string' },
      seconds: { type: 'string' },
      without: { type: 'string' },
      json: { type: 'boolean' },
    },
  })
  const whole = (
    name: 'seed' | 'seeds' | 'ticks' | 'seconds',
    least: number,
    most: number,
    unset: number,
  ) => {
    const text = values[name]
    if (text === undefined) return unset
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new Error(`--${name} is ${JSON.stringify(text)}, must be a whole number, ${least} to ${most}`)
  }
  const without = (values.without ?? '').split(',').filter((name) => name !== '')
  const unknown = without.find((name) => !(faultNames as readonly string[]).includes(name))
  if (unknown !== undefined) throw new Error(`--without names ${JSON.stringify(unknown)}, which is no fault`)
  return {
    seed: whole('seed', 0, Number.MAX_SAFE_INTEGER, randomInt(2 ** 47)),
    seeds: whole('seeds', 1, 1_000_000, values.seconds === undefined ? 1 : 1_000_000),
    ticks: whole('ticks', 1, 1_000_000, 200),
    seconds: whole('seconds', 1, 86_400, Number.POSITIVE_INFINITY),
    without: new Set(without as FaultKind[]),
    json: values.json === true,
  }
}

class Session {
  readonly #call: Call
  readonly #startedMs = performance.now()
  readonly #cpu = process.cpuUsage()
  #seeds = 0
  #shardTicks = 0
  #transitions = 0
  #told = 0
  #shownMs = 0
  #playing: Playing | undefined

  constructor(call: Call) {
    this.#call = call
    process.once('SIGINT', () => this.#end(130))
  }

  /** One step, then a turn of the event loop: signals are heard, and no promise reaction is around the next step. */
  play(): void {
    const { seed, ticks, without } = this.#call
    this.#playing ??= startRun({ seed: seed + this.#seeds, ticks, without })
    if (!this.#playing.step()) {
      const run = this.#playing.result()
      this.#playing = undefined
      this.#count(run)
      if (run.breaches.length > 0) {
        report(run, this.#call)
        this.#end(1)
      }
      const isOver = performance.now() - this.#startedMs > this.#call.seconds * 1000
      if (this.#seeds >= this.#call.seeds || isOver) this.#end(0)
    }
    this.#progress()
    turn(() => this.play())
  }

  #count(run: Run): void {
    this.#seeds++
    this.#shardTicks += run.shardTicks
    this.#transitions += run.transitions
    this.#told += run.told
    if (this.#call.json) console.log(JSON.stringify(run))
  }

  #progress(): void {
    if (!process.stderr.isTTY || performance.now() - this.#shownMs < 500) return
    this.#shownMs = performance.now()
    process.stderr.write(`\r${this.#summary()}\u001b[K`)
  }

  #summary(): string {
    const { user, system } = process.cpuUsage(this.#cpu)
    const perSecond = Math.round(this.#shardTicks / ((user + system) / 1e6))
    const count = (value: number) => value.toLocaleString('en-US')
    return (
      `${count(this.#seeds)} seeds from ${this.#call.seed}, ${count(this.#shardTicks)} shard-ticks, ` +
      `${count(this.#transitions)} transitions, ${count(this.#told)} told; ${count(perSecond)} shard-ticks/s of CPU`
    )
  }

  #end(exitCode: number): never {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    if (!this.#call.json) console.log(this.#summary())
    process.exit(exitCode)
  }
}

/** What somebody needs who is to find the cause. */
function report(failed: Run, { json, without: leftOut }: Call): void {
  if (json) return
  console.log(`seed ${failed.seed} fails at commit ${commit()}:`)
  for (const { atSeconds, sentence } of failed.breaches) console.log(`  ${atSeconds} s  ${sentence}`)
  console.log('shortening ...')
  const { run, needed, without, trace } = shorten(failed, leftOut)
  console.log(`it still fails with ${run.ticks} ticks and these faults: ${needed.join(', ') || 'none'}`)
  for (const line of trace) console.log(`  ${line}`)
  const left = without.size === 0 ? '' : ` --without ${[...without].join(',')}`
  console.log(`again: npm run simulate -- --seed ${run.seed} --ticks ${run.ticks}${left}`)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return 'unknown'
  }
}

try {
  const session = new Session(readCall(process.argv.slice(2)))
  useSynchronousDigest()
  turn(() => session.play())
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`)
  process.exitCode = 2
}

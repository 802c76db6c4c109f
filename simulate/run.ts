import type { ContactName, VoterName } from '../shared/check.ts'
import type { DeadLetter } from '../shared/store/store.ts'
import { judgeAnnouncement } from './announced.ts'
import { createDeliveryJudge } from './delivery.ts'
import { judgeEnd } from './end.ts'
import { createFaults, type FaultKind } from './faults.ts'
import { judgeHeard } from './heard.ts'
import { createCommitJudge } from './judge.ts'
import { createLoop } from './loop.ts'
import { createOnceJudge } from './once.ts'
import { createPatienceJudge } from './patience.ts'
import { startPeople } from './people.ts'
import { createPunctualJudge } from './punctual.ts'
import { createRandom } from './random.ts'
import { drawScenario } from './scenario.ts'
import { createSoonJudge } from './soon.ts'
import { createTable, type Table } from './table.ts'
import { createTargets } from './targets.ts'
import { createTopics } from './topics.ts'
import { startWorld } from './world.ts'

export interface RunOptions {
  /** A whole number, 0 to 2^53 − 1. */
  readonly seed: number
  /** For how many ticks of the usual interval things go wrong. */
  readonly ticks: number
  /** Faults that are kept off. */
  readonly without?: ReadonlySet<FaultKind>
  /** Told in a line what happens, for those who look for the cause of a breach. */
  onTrace?(line: string): void
}

/** What is wrong, and when it showed. */
export interface Breach {
  /** Seconds of virtual time since the beginning. */
  readonly atSeconds: number
  readonly sentence: string
}

export interface Run {
  readonly seed: number
  readonly ticks: number
  /** Empty when all is well. */
  readonly breaches: readonly Breach[]
  /** The faults that were on. */
  readonly faults: readonly FaultKind[]
  /** How many ticks of shards were closed. */
  readonly shardTicks: number
  /** Changes of status that were committed. */
  readonly transitions: number
  /** How many of them contacts were told, repetitions included. */
  readonly told: number
  readonly events: number
  /** Of everything that happened: two runs of one seed have the same. */
  readonly hash: number
}

/** A run that is played piece by piece. */
export interface Playing {
  /** Plays some thousand events; false when the run is over. */
  step(): boolean
  /** How it stands, and in the end, how it ended. */
  result(): Run
}

/** How long a tick waits after its longest timeout, as in the cloud. */
const graceMs = 20_000
/** An hour begins, so every interval has a tick here. Epoch ms. */
const startMs = 1_790_002_800_000
/** Once faults have ended, everything owed has been dealt with within this. */
const recoveryMs = 600_000
const maxBreaches = 5
/** Virtual time played in one step. */
const stepMs = 600_000

/** Begins a run. It must be stepped outside of promise reactions, see `drainMicrotasks`. */
export function startRun({ seed, ticks, without = new Set(), onTrace = () => {} }: RunOptions): Playing {
  const random = createRandom(seed)
  const loop = createLoop(startMs, random.fork('order'))
  const scenario = drawScenario(random.fork('scenario'))
  const faultsEndMs = startMs + ticks * scenario.usualIntervalSeconds * 1000
  const endMs = faultsEndMs + recoveryMs
  const faults = createFaults(random, () => loop.now() >= faultsEndMs, without)
  const breaches: Breach[] = []
  const deadLetters: DeadLetter[] = []
  const seconds = () => Math.round((loop.now() - startMs) / 1000)
  const trace = (text: string) => onTrace(`${seconds()} s  ${text}`)
  function fail(sentence: string): void {
    trace(`BREACH: ${sentence}`)
    breaches.push({ atSeconds: seconds(), sentence })
    if (breaches.length >= maxBreaches) loop.stop()
  }

  const commits = createCommitJudge({ loop, table: () => table, graceMs, fail })
  const delivery = createDeliveryJudge({
    commits,
    filterOf(contact, { check, shard, plan }) {
      const planned = table.document(plan, shard)?.checks.find(({ name }) => name === check)
      return planned?.alerts.find((alert) => alert.contact === contact)?.on
    },
    fail,
  })
  const judging = { loop, graceMs, on: faults.on, table: () => table, fail }
  const punctual = createPunctualJudge(judging)
  const soon = createSoonJudge(judging)
  const patience = createPatienceJudge(loop, fail)
  const once = createOnceJudge(fail)
  const table: Table = createTable(loop, faults, {
    onState(before, after) {
      const rows = [...after.rows].map(([name, row]) => `${name} ${row.status}`).join(', ')
      trace(`${after.shard} closed ${after.tick} under ${after.plan}: ${rows}`)
      commits.onState(before, after)
      if (before !== undefined) punctual.onClosed(after.shard, before.tick, after.tick)
      soon.onState(before, after)
      judgeHeard(before, after, table, graceMs, fail)
    },
    onSent(before, after) {
      patience.onSent(before, after)
      for (const [reader, seq] of Object.entries(after.cursors)) {
        if (before.cursors[reader] !== seq) delivery.onAcknowledged(reader as ContactName, after.shard)
      }
    },
    onTold(before, after) {
      for (const [contact, news] of Object.entries(after.contacts)) {
        const known = before?.contacts[contact]
        for (const [check, { alertId }] of Object.entries(news)) {
          if (known?.[check]?.alertId !== alertId) delivery.onNoted(contact, check, alertId)
        }
      }
    },
    onPlans(before, current) {
      trace(`plans: ${current.entries.map(({ version, from }) => `${version} from ${from}`).join(', ')}`)
      judgeAnnouncement(before, current, table, loop.now(), fail)
    },
    onEvent: delivery.onEvent,
    onStatus: delivery.onStatus,
    onDeadLetter(letter) {
      trace(`given up for ${letter.contact}: ${letter.entries.map(({ check }) => check).join(', ')}`)
      deadLetters.push(letter)
      patience.onDeadLetter(letter)
      delivery.onGivenUp(
        letter.contact,
        letter.entries.map(({ check }) => check),
      )
    },
  })
  const publishFrom = createTopics({
    loop,
    faults,
    onRefused: patience.onRefused,
    onTold(machine, contact, transitions) {
      for (const { check, from, to, tick } of transitions) {
        trace(`${contact} is told: ${check} ${from} → ${to} at ${tick}`)
      }
      delivery.onTold(contact, transitions)
      once(machine, contact, transitions)
      soon.onTold(transitions)
    },
  })
  const stormy = random.fork('targets').next()

  const people = startPeople({ loop, random: random.fork('people'), faults, table, scenario })
  startWorld({
    loop,
    random: random.fork('world'),
    faults,
    table,
    home: scenario.homes[0]!,
    voters: scenario.voters as readonly VoterName[],
    targets: createTargets(seed, stormy),
    publishFrom,
    punctual,
    graceMs,
  })

  let isOver = false
  return {
    step() {
      if (isOver) return false
      loop.playUntil(Math.min(loop.now() + stepMs, endMs))
      isOver = loop.now() >= endMs || breaches.length >= maxBreaches
      if (isOver && breaches.length === 0) {
        judgeEnd({
          nowMs: loop.now(),
          table,
          commits,
          delivery,
          deadLetters,
          graceMs,
          wasEdited: people.edits() > 0,
          fail,
        })
      }
      return !isOver
    },
    result: () => ({
      seed,
      ticks,
      breaches,
      faults: faults.on,
      shardTicks: commits.shardTicks,
      transitions: commits.transitions.length,
      told: delivery.told,
      events: loop.events,
      hash: loop.hash,
    }),
  }
}

/** Plays a run to its end. Outside of promise reactions only. */
export function playRun(options: RunOptions): Run {
  const playing = startRun(options)
  while (playing.step());
  return playing.result()
}

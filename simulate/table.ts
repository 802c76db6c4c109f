import type { CheckName, PlanVersion, ShardId, Tick, VoterName } from '../shared/check.ts'
import type { Deployment } from '../shared/plan/deployment.ts'
import type { PlanIndex, ShardPlan } from '../shared/plan/plan.ts'
import type { CurrentPlan, WriteOutcome } from '../shared/plan/plan-store.ts'
import { indexPart } from '../shared/plan/reader.ts'
import type { Ballot } from '../shared/quorum/ballot.ts'
import type { State } from '../shared/quorum/state.ts'
import { emptySent } from '../shared/store/items.ts'
import type { Event, Sent, StatusItem, Store, Told } from '../shared/store/store.ts'
import type { Faults } from './faults.ts'
import type { Loop } from './loop.ts'
import type { Machine } from './machine.ts'
import { asOf, type Versions, youngerThan } from './versions.ts'
import type { Watcher } from './watcher.ts'

/** A ballot in the table, and when it got there. */
export interface StoredBallot {
  readonly ballot: Ballot
  readonly writtenMs: number
}

/** A record of the table's stream. */
export interface StreamRecord {
  readonly shard: ShardId
  readonly kind: 'ballot' | 'due'
  /** Records of one key come in order. A voter's ballots have a key of their own, as in the real table. */
  readonly key: string
  readonly atMs: number
}

/** The true content of one home's table, for those who look from outside. */
export interface Table {
  /** The store as a process reaches it: over calls that take time and fail. */
  storeFor(machine: Machine): Store
  readonly states: ReadonlyMap<ShardId, State>
  sent(shard: ShardId): Sent
  readonly events: ReadonlyMap<CheckName, ReadonlyMap<Tick, Event>>
  readonly statuses: ReadonlyMap<CheckName, StatusItem>
  readonly current: CurrentPlan
  document(version: PlanVersion, shard: ShardId): ShardPlan | undefined
  index(version: PlanVersion): PlanIndex | undefined
  /** Ballots that count, in the order of their writing. */
  ballotsAt(shard: ShardId, tick: Tick): readonly StoredBallot[]
  /** Every ballot of a shard that counts, in no order. */
  allBallots(shard: ShardId): readonly StoredBallot[]
  onRecord: (record: StreamRecord) => void
}

const longestLagMs = 4_000

export function createTable(loop: Loop, faults: Faults, watcher: Watcher): Table {
  const states = new Map<ShardId, State>()
  const stateVersions = new Map<ShardId, Versions<State>>()
  const sents = new Map<ShardId, Sent>()
  const tolds = new Map<ShardId, Told>()
  const ballots = new Map<ShardId, Map<Tick, Map<VoterName, StoredBallot>>>()
  const events = new Map<CheckName, Map<Tick, Event>>()
  const statuses = new Map<CheckName, StatusItem>()
  const documents = new Map<string, string>()
  const parsed = new Map<string, unknown>()
  let current: CurrentPlan = { revision: 0, entries: [] }
  let deployment: Deployment | undefined
  let outageUntilMs = 0

  function reachable(): void {
    if (faults.strikes('tableOutage')) {
      const drawn = faults.random('tableOutage')
      // A long one takes more changes of a check than an entry of an outbox remembers.
      outageUntilMs = loop.now() + drawn.int(1_000, drawn.chance(0.2) ? 1_800_000 : 240_000)
    }
    if (loop.now() < outageUntilMs && !faults.areOver()) throw new Error('the table cannot be reached')
  }

  const lagMs = (consistent: boolean) =>
    !consistent && faults.strikes('stale') ? faults.random('stale').int(0, longestLagMs) : 0

  function ballotsOf(shard: ShardId): Map<Tick, Map<VoterName, StoredBallot>> {
    const known = ballots.get(shard) ?? new Map<Tick, Map<VoterName, StoredBallot>>()
    ballots.set(shard, known)
    return known
  }

  const table: Table = {
    states,
    sent: (shard) => sents.get(shard) ?? emptySent(shard),
    events,
    statuses,
    get current() {
      return current
    },
    document(version, shard) {
      return parse<ShardPlan>(`${version}#${shard}`)
    },
    index(version) {
      return parse<PlanIndex>(`${version}#${indexPart}`)
    },
    ballotsAt: (shard, tick) => [...(ballots.get(shard)?.get(tick)?.values() ?? [])],
    allBallots: (shard) =>
      [...(ballots.get(shard)?.values() ?? [])].flatMap((ofTick) => [...ofTick.values()]),
    onRecord() {},
    storeFor: (machine) => storeFor(machine),
  }

  function parse<T>(key: string): T | undefined {
    const json = documents.get(key)
    if (json === undefined) return undefined
    if (!parsed.has(key)) parsed.set(key, JSON.parse(json))
    return parsed.get(key) as T
  }

  function putState(state: State): WriteOutcome {
    reachable()
    const { shard } = state
    const before = states.get(shard)
    if ((before?.revision ?? 0) !== state.revision) return 'conflict'
    const after = { ...state, revision: state.revision + 1 }
    watcher.onState(before, after)
    states.set(shard, after)
    stateVersions.set(shard, {
      value: after,
      atMs: loop.now(),
      before: youngerThan(stateVersions.get(shard), loop.now() - longestLagMs),
    })
    if (after.due > 0) table.onRecord({ shard, kind: 'due', key: shard, atMs: loop.now() })
    return 'written'
  }

  function putBallot(shard: ShardId, ballot: Ballot, late: boolean): WriteOutcome {
    reachable()
    // Late ones are history: nothing here reads them.
    if (late) return 'written'
    const ofShard = ballotsOf(shard)
    const ofTick = ofShard.get(ballot.tick) ?? new Map<VoterName, StoredBallot>()
    if (ofTick.has(ballot.voter)) return 'conflict'
    ofShard.set(ballot.tick, ofTick.set(ballot.voter, { ballot, writtenMs: loop.now() }))
    table.onRecord({ shard, kind: 'ballot', key: `${ballot.voter}#${shard}`, atMs: loop.now() })
    return 'written'
  }

  function storeFor(machine: Machine): Store {
    const read = <T>(effect: () => T) =>
      machine.call(() => {
        reachable()
        return effect()
      })
    /** A repeated write meets itself. */
    const conflictAgain = (): WriteOutcome => 'conflict'
    return {
      putBallot: (shard, ballot, { late }) =>
        machine.call(() => putBallot(shard, ballot, late), conflictAgain),
      ballots: (shard, from, to, { consistent }) =>
        read(() => {
          const untilMs = loop.now() - lagMs(consistent)
          const ofShard = ballots.get(shard)
          if (ofShard === undefined) return []
          const interval = Number.parseInt(shard, 10)
          const found: Ballot[] = []
          for (let tick = from; tick <= to; tick = (tick + interval) as Tick) {
            const ofTick = [...(ofShard.get(tick)?.values() ?? [])].filter(
              ({ writtenMs }) => writtenMs <= untilMs,
            )
            ofTick.sort((one, other) => (one.ballot.voter < other.ballot.voter ? -1 : 1))
            found.push(...ofTick.map(({ ballot }) => ballot))
          }
          return found
        }),

      state: (shard, { consistent }) =>
        read(() => asOf(stateVersions.get(shard), loop.now() - lagMs(consistent))),
      putState: (state) => machine.call(() => putState(state), conflictAgain),

      sent: (shard) => read(() => table.sent(shard)),
      // The writer's mark tells its own write from that of another.
      putSent: (sent) =>
        machine.call(() => {
          reachable()
          const before = table.sent(sent.shard)
          if (before.revision !== sent.revision) return 'conflict'
          const after = { ...sent, revision: sent.revision + 1 }
          watcher.onSent(before, after)
          sents.set(sent.shard, after)
          return 'written'
        }),
      told: (shard) => read(() => tolds.get(shard) ?? { shard, revision: 0, contacts: {} }),
      putTold: (told) =>
        machine.call(() => {
          reachable()
          const before = tolds.get(told.shard)
          if ((before?.revision ?? 0) !== told.revision) return 'conflict'
          watcher.onTold(before, told)
          tolds.set(told.shard, { ...told, revision: told.revision + 1 })
          return 'written'
        }),
      putDeadLetter: (_shard, letter) =>
        machine.call(() => {
          reachable()
          watcher.onDeadLetter(letter)
        }),

      putEvent: (check, event) =>
        machine.call(() => {
          reachable()
          watcher.onEvent(check, event)
          const ofCheck = events.get(check) ?? new Map<Tick, Event>()
          events.set(check, ofCheck.set(event.tick, event))
        }),
      events: (check, limit) => read(() => [...(events.get(check)?.values() ?? [])].slice(-limit).reverse()),
      putStatus: (check, status) =>
        machine.call(() => {
          reachable()
          const known = statuses.get(check)
          if (known !== undefined && known.tick > status.tick) return 'conflict'
          watcher.onStatus(check, status)
          statuses.set(check, status)
          return 'written'
        }),
      status: (check) => read(() => statuses.get(check)),
      putHour: () => machine.call(() => {}),

      currentPlan: () => read(() => current),
      putCurrentPlan: ({ revision, entries }) =>
        machine.call(() => {
          reachable()
          if (current.revision !== revision) return 'conflict'
          const before = current
          current = { revision: revision + 1, entries }
          watcher.onPlans(before, current)
          return 'written'
        }),
      putDocument: (version, part, json) =>
        machine.call(() => {
          reachable()
          documents.set(`${version}#${part}`, json)
        }),
      document: (version, part) => read(() => documents.get(`${version}#${part}`)),
      owes: (shard, from) =>
        read(() => {
          const state = states.get(shard)
          return state !== undefined && (state.planFrom < from || state.due > 0)
        }),
      deployment: () => read(() => deployment),
      putDeployment: (next) =>
        machine.call(() => {
          reachable()
          deployment = next
        }),
    }
  }

  return table
}

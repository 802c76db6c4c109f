import type { Config } from '../shared/config/config.ts'
import { applyPlan } from '../shared/plan/apply.ts'
import { holdsFrom } from '../shared/plan/schedule.ts'
import type { Faults } from './faults.ts'
import type { Loop } from './loop.ts'
import { code, createMachine } from './machine.ts'
import type { Random } from './random.ts'
import { drawConfig, editConfig, type Scenario } from './scenario.ts'
import type { Table } from './table.ts'

// Those who edit the configuration and apply it.

export interface PeopleOptions {
  readonly loop: Loop
  readonly random: Random
  readonly faults: Faults
  readonly table: Table
  readonly scenario: Scenario
}

const minuteMs = 60_000

/** Applies a first configuration, then edits it now and then. A failed apply is repeated. */
export function startPeople(options: PeopleOptions): { edits(): number } {
  const { loop, random, faults, scenario } = options
  let config = drawConfig(scenario, random)
  let edits = 0
  apply(options, config)
  const minute = () => {
    loop.after(minuteMs, code.apply, minute)
    if (!faults.strikes('edit')) return
    const drawn = faults.random('edit')
    edits++
    config = editConfig(config, scenario, drawn, faults.strikes('move'))
    apply(options, config)
    if (!faults.strikes('twoHands')) return
    // The other hand has an edit of its own, made from the same file; the last to come through counts.
    const other = editConfig(config, scenario, drawn, faults.strikes('move'))
    loop.after(faults.random('twoHands').int(0, 5_000), code.apply, () => apply(options, other))
  }
  loop.after(minuteMs, code.apply, minute)
  return { edits: () => edits }
}

function apply(options: PeopleOptions, config: Config, attempt = 1): void {
  const { loop, faults, table } = options
  const machine = createMachine(options)
  const again = () => {
    if (attempt < 5) loop.after(15_000 * attempt, code.apply, () => apply(options, config, attempt + 1))
  }
  machine.onEnd = again
  if (faults.strikes('brokenApply')) {
    loop.after(faults.random('brokenApply').int(0, 300), code.fault, () => machine.kill())
  }
  const nowSeconds = machine.clock.now() / 1000
  applyPlan(table.storeFor(machine), config, holdsFrom(nowSeconds), nowSeconds).then(() => {
    machine.onEnd = () => {}
  }, again)
}

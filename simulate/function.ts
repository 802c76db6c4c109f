import type { Faults } from './faults.ts'
import type { Loop } from './loop.ts'
import { code, createMachine, type Machine } from './machine.ts'
import type { Random } from './random.ts'

/** What one instance of a function does with an event. `untilMs`: when its time is over, by its own clock. */
export type Handle<Event, Result> = (event: Event, untilMs: number) => Promise<Result>

/** A Lambda function: instances that are kept while warm, one event at a time each. */
export interface SimulatedFunction<Event, Result> {
  /** Rejects when the handler throws, when its instance ends, and when its time is over. */
  invoke(event: Event): Promise<Result>
}

export interface FunctionOptions<Event, Result> {
  readonly loop: Loop
  readonly random: Random
  readonly faults: Faults
  readonly timeoutMs: number
  /** How far the clock of its instances is off. */
  readonly skewMs?: number
  /** Makes the handler of a new instance. */
  start(machine: Machine): Handle<Event, Result>
}

interface Instance<Event, Result> {
  readonly machine: Machine
  readonly handle: Handle<Event, Result>
}

/** An instance ends after some hundred invocations, for no reason that it could know. */
const retiresWith = 1 / 200

export function createFunction<Event, Result>(
  options: FunctionOptions<Event, Result>,
): SimulatedFunction<Event, Result> {
  const { loop, random, timeoutMs } = options
  const warm: Instance<Event, Result>[] = []

  function startInstance(): Instance<Event, Result> {
    const machine = createMachine(options, options.skewMs)
    return { machine, handle: options.start(machine) }
  }

  return {
    invoke: (event) =>
      new Promise<Result>((resolve, reject) => {
        const instance = (random.chance(retiresWith) ? undefined : warm.pop()) ?? startInstance()
        const { machine, handle } = instance
        const cancel = loop.after(timeoutMs, code.timer, () => machine.kill())
        machine.onEnd = () => {
          cancel()
          reject(new Error('the function ended'))
        }
        const ended = (settle: () => void) => {
          cancel()
          warm.push(instance)
          settle()
        }
        handle(event, machine.clock.now() + timeoutMs).then(
          (result) => ended(() => resolve(result)),
          (error: unknown) => ended(() => reject(error)),
        )
      }),
  }
}

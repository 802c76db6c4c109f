import type { Clock } from '../shared/clock.ts'
import type { Faults } from './faults.ts'
import type { Loop } from './loop.ts'
import type { Random } from './random.ts'

/** What happens, for the trace's hash. */
export const code = {
  effect: 1,
  answer: 2,
  timer: 3,
  start: 4,
  stream: 5,
  job: 6,
  schedule: 7,
  apply: 8,
  fault: 9,
} as const

/** A process that may end between any two of its steps. */
export interface Machine {
  readonly isAlive: boolean
  /** How often anything has gone wrong for it so far: calls that failed or hung, and its end. */
  readonly troubles: number
  readonly clock: Clock
  /**
   * One call to a service: its effect and its answer are two events, and anything may go wrong at either. The answer
   * of a call never reaches a process that has ended.
   *
   * @param repeated what the SDK's own repetition of the call answers where the first answer was lost.
   */
  call<T>(effect: () => T, repeated?: (answer: T) => T): Promise<T>
  /** Ends the process: nothing that it waits for will ever come. */
  kill(): void
  /** Told once when it ends. */
  onEnd: () => void
}

/** Usual times on the way to a service and back, ms. */
const usualMs = 12
/** The SDK's own patience: three attempts of three seconds. */
const patienceMs = 9_000

export function createMachine(
  { loop, random, faults }: { readonly loop: Loop; readonly random: Random; readonly faults: Faults },
  skewMs = 0,
): Machine {
  let isAlive = true
  let troubles = 0
  const onWay = () => 1 + usualMs * random.next() ** 3

  function answerAfter(delayMs: number, act: () => void): void {
    loop.after(delayMs, code.answer, () => {
      if (!isAlive) return
      if (faults.strikes('crash')) return machine.kill()
      act()
    })
  }

  const machine: Machine = {
    get isAlive() {
      return isAlive
    },
    get troubles() {
      return troubles
    },
    clock: {
      now: () => Math.floor(loop.now() + skewMs),
      monotonic: () => loop.now(),
      timer: (delayMs, callback) =>
        loop.after(delayMs, code.timer, () => {
          if (isAlive) callback()
        }),
    },
    call<T>(effect: () => T, repeated: (answer: T) => T = (answer) => answer) {
      return new Promise<T>((resolve, reject) => {
        const isHanging = faults.strikes('hang')
        if (isHanging) troubles++
        const thereMs = isHanging ? faults.random('hang').int(0, 12_000) : onWay()
        loop.after(thereMs, code.effect, () => {
          if (faults.strikes('throttle')) {
            troubles++
            return answerAfter(onWay(), () => reject(new Error('throttled')))
          }
          let answer: T
          try {
            answer = effect()
          } catch (error) {
            troubles++
            return answerAfter(onWay(), () => reject(error))
          }
          // Once more: an oracle that looks at the moment of the effect must see that its answer is late.
          if (isHanging) troubles++
          // What comes after the caller's patience is no answer to it any more.
          if (thereMs > patienceMs) return answerAfter(0, () => reject(new Error('no answer in time')))
          if (!faults.strikes('lostAnswer')) return answerAfter(onWay(), () => resolve(answer))
          troubles++
          if (faults.random('lostAnswer').chance(0.5))
            return answerAfter(1_000 + onWay(), () => resolve(repeated(answer)))
          answerAfter(patienceMs, () => reject(new Error('the answer was lost')))
        })
      })
    },
    kill() {
      if (!isAlive) return
      isAlive = false
      troubles++
      machine.onEnd()
    },
    onEnd() {},
  }
  return machine
}

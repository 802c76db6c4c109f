import type { CheckName, Vote, VoterName } from '../shared/check.ts'
import { fraction } from './random.ts'

// The true state of every target, and how the paths between voters and targets distort it. All of it follows from
// the seed, the check, the voter and the second, so it does not depend on who looks first.

export interface Targets {
  /** What a voter finds of a check at a moment (epoch ms). */
  look(check: CheckName, voter: VoterName, ms: number): Vote
}

type Truth = 'online' | 'slow' | 'offline'

/** @param stormy how much happens, 0 to 1. */
export function createTargets(seed: number, stormy: number): Targets {
  /** Truth holds for spans of some minutes; some targets flap at every tick. */
  function truthOf(check: CheckName, second: number): Truth {
    const spanSeconds = [20, 60, 180, 600, 3000][Math.floor(fraction(seed, 'span', check) * 5)]!
    const span = Math.floor(second / spanSeconds)
    const drawn = fraction(seed, 'truth', check, span)
    const bad = 0.1 + 0.4 * stormy
    if (drawn < bad * 0.7) return 'offline'
    return drawn < bad ? 'slow' : 'online'
  }

  return {
    look(check, voter, ms) {
      const second = Math.floor(ms / 1000)
      const truth = truthOf(check, second)
      // A path may be bad for a while, or a voter unable to look.
      const path = fraction(seed, 'path', check, voter, Math.floor(second / 240))
      const moment = fraction(seed, 'moment', check, voter, second)
      if (moment < 0.1 * stormy) return { vote: 'abstain', detail: 'could not look' }
      const seen: Truth = path < 0.15 * stormy ? (moment < 0.7 ? 'offline' : 'slow') : truth
      if (seen === 'offline') {
        return { vote: 'offline', reason: moment < 0.5 ? 'refused' : 'timeout', detail: 'no answer' }
      }
      return { vote: 'online', ms: seen === 'slow' ? 900 : 20 + Math.floor(moment * 100) }
    },
  }
}

import type { Address } from '../../shared/network/address.ts'
import { settledAccepts } from '../../test/netns/accepts.ts'
import { address, type Program, type Wire } from '../../test/netns/namespaces.ts'
import { bundle } from './bundle.ts'
import type { Load, Outcome } from './load.ts'

export const families = [4, 6] as const
export type Family = (typeof families)[number]

/** A client and a server in network namespaces, and the programs to measure, each in its own process. */
export interface Testbed {
  readonly wire: Wire
  /** The programs that make half-open checks, by name. */
  readonly checkers: ReadonlyMap<string, Program>
  /** How many connections the server has accepted in total; waits until none is pending. */
  accepts(): Promise<number>
}

export const ours = 'upquorum'
export const shaker = 'tcp-shaker'
export const plain = 'plain loop'

/** The available programs among `names`, in reverse order every other round. */
export function inTurns(
  checkers: Testbed['checkers'],
  names: readonly string[],
  round: number,
): readonly (readonly [string, Program])[] {
  const present = names.flatMap((name) => {
    const program = checkers.get(name)
    return program === undefined ? [] : [[name, program] as const]
  })
  return round % 2 === 0 ? present : present.toReversed()
}

export interface Programs {
  /** The folder for bundles. */
  readonly folder: string
  /** The path of the program around tcp-shaker; undefined if it could not be built. */
  readonly shakerPath: string | undefined
}

export async function layTestbed(wire: Wire, { folder, shakerPath }: Programs): Promise<Testbed> {
  const start = async (script: string) =>
    wire.launch('client', [process.execPath, await bundle(script, folder)])
  const listener = await wire.start('server', 'listener.ts')
  const checkers = new Map([
    [ours, await start('ours')],
    [plain, await start('plain')],
  ])
  if (shakerPath !== undefined) checkers.set(shaker, await wire.launch('client', [shakerPath]))
  return {
    wire,
    checkers,
    accepts: () => settledAccepts(listener),
  }
}

export function serverOf(family: Family): Address {
  return { family, address: family === 4 ? address.server : address.server6 }
}

/** Asks a program to run a load. Throws if more than 1 % of its checks fail. */
export async function load(program: Program, asked: Load): Promise<Outcome> {
  const outcome = await program.ask<Outcome>(asked)
  // Some packets may be lost if the machine stalls.
  if (outcome.others > asked.count / 100) {
    throw new Error(`${outcome.others} of ${asked.count} checks were not answered: ${JSON.stringify(asked)}`)
  }
  return outcome
}

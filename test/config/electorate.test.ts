import { expect, test } from 'vitest'
import type { VoterName } from '../../shared/check.ts'
import { readElectorate } from '../../shared/config/read/electorate.ts'
import type { Voters } from '../../shared/config/read/voters.ts'
import { readDocument } from '../../shared/config/yaml/document.ts'
import { createReport } from '../../shared/config/yaml/report.ts'

function voters(regions: string[], runners: string[]): Voters {
  return {
    regions: regions as VoterName[],
    runners: runners.map((name) => ({ name: name as VoterName, region: 'us-east-1' })),
    homes: [],
    names: new Set([...regions, ...runners]),
    runnerNames: new Set(runners),
  }
}

function elect(check: string, everyone: Voters) {
  const document = readDocument(check)
  const report = createReport('u.yaml', document)
  const root = document.root!
  const from = { at: root, keyOffset: 0, offset: root.offset, path: [] }
  const electorate = readElectorate(from, { kind: 'half_open', needs: 'raw' }, everyone, report)
  const errors = report.diagnostics().errors.map(({ path, message }) => `${path}: ${message}`)
  return { names: electorate.names, onlyRunners: electorate.onlyRunners, errors }
}

test('a kind with raw sockets is voted on by all runners when nothing is written', () => {
  expect(elect('{}', voters(['us-east-1'], ['lab-2', 'lab-1']))).toEqual({
    names: ['lab-1', 'lab-2'],
    onlyRunners: true,
    errors: [],
  })
})

test('a kind with raw sockets needs a runner', () => {
  expect(elect('{}', voters(['us-east-1'], [])).errors).toEqual([
    ': is of the kind half_open, which only runners can probe, and there are no runners',
  ])
  expect(elect('from: us-east-1', voters(['us-east-1'], [])).errors).toEqual([
    'from: is a region, but only runners can probe the kind half_open; there are no runners',
  ])
})

test('each region that should vote on a kind with raw sockets is named', () => {
  expect(
    elect('from: [us-east-1, lab-1, eu-west-1]', voters(['us-east-1', 'eu-west-1'], ['lab-1'])).errors,
  ).toEqual([
    'from[0]: is a region, but only runners can probe the kind half_open; must be lab-1',
    'from[2]: is a region, but only runners can probe the kind half_open; must be lab-1',
  ])
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { banner, listen } from '../fixtures/servers.ts'
import { checkOf, configOf, isAlert, isTransition, news, notices, startPatient, startRun } from './run.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'upquorum-restart-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return join(path, 'table')
}

test('the next run takes statuses up where they were: the time between is nobody’s fault', async () => {
  const path = await folder()
  const server = await startPatient()
  const config = configOf(checkOf('web', server) + checkOf('down', { port: 1 }))
  const first = await startRun(config, path)
  first.cloud.start()
  await first.told(isAlert('ops', 'OFFLINE'))
  await first.told(isTransition('online'))
  await first.cloud.stop()

  const second = await startRun(config, path)
  expect(second.cloud.statuses.map(({ check, status }) => `${check.name} ${status}`).sort()).toEqual([
    'down offline',
    'web online',
  ])
  second.cloud.start()
  const ballots = () => second.lines.filter((line) => line.type === 'ballot').length
  while (ballots() < 6) await setTimeout(20)
  await second.cloud.stop()
  expect([...news(second.lines), ...notices(second.lines)]).toEqual([])
})

test('a run with another configuration: what was added begins, what was removed ends, what moved keeps its name', async () => {
  const path = await folder()
  const server = await listen(banner('hi'))
  const down = { port: 1 }
  const first = await startRun(
    configOf(checkOf('gone', down) + checkOf('kept', server) + checkOf('moved', server)),
    path,
  )
  first.cloud.start()
  await first.told(isAlert('ops', 'OFFLINE'))
  await first.told((line) => line.type === 'transition' && line.check === 'moved')
  await first.cloud.stop()

  const second = await startRun(
    configOf(checkOf('kept', server) + checkOf('new', server) + checkOf('moved', server, ', interval: 2s')),
    path,
  )
  second.cloud.start()
  await second.told((line) => line.type === 'transition' && line.check === 'new')
  await second.told(isAlert('ops', 'gone was removed'))
  await second.cloud.stop()
  expect(news(second.lines).toSorted()).toEqual([
    'gone offline→removed',
    'new pending→online',
    'ops: gone was removed',
  ])
  expect(notices(second.lines)).toEqual([])
  expect(second.cloud.statuses.map(({ check, status }) => `${check.name} ${status}`).sort()).toEqual([
    'kept online',
    'moved pending',
    'new pending',
  ])
})

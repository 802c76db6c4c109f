import { setTimeout } from 'node:timers/promises'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { expect, test } from 'vitest'
import { localClient, localTable } from '../../functions/dev/cloud/database.ts'
import { banner, listen } from '../fixtures/servers.ts'
import { checkOf, configOf, isAlert, isTransition, news, notices, startPatient, startRun } from './run.ts'

test('a run sees an outage and its end at real servers, and tells of each before it alerts', async () => {
  const server = await startPatient()
  const run = await startRun(configOf(checkOf('web', server)))
  run.cloud.start()
  await run.told(isTransition('online'))
  server.isDown = true
  await run.told(isAlert('ops', 'OFFLINE'))
  server.isDown = false
  await run.told(isAlert('ops', 'online again'))
  await run.cloud.stop()
  expect(news(run.lines)).toEqual([
    'web pending→online',
    'web online→offline',
    'hook: web is OFFLINE',
    'ops: web is OFFLINE',
    'web offline→online',
    'ops: web is online again',
  ])
  const [went, came] = run.lines.filter((line) => line.type === 'transition').slice(1)
  const told = run.lines.filter((line) => line.type === 'alert').flatMap(({ alertIds }) => alertIds)
  expect(told).toEqual([went!.alertId, went!.alertId, came!.alertId])
  expect(Object.keys(went!.votes).sort()).toEqual(['one', 'three', 'two'])
  expect(notices(run.lines)).toEqual([])
})

test('it ends with the tick in progress, delivered, and leaves nothing behind', async () => {
  // Slow answers, so that the tick is in progress when the run is stopped.
  const server = await listen((socket) => {
    void setTimeout(200).then(() => socket.end('hi'))
  })
  const run = await startRun(configOf(checkOf('web', server)))
  run.cloud.start()
  while (server.accepted() === 0) await setTimeout(5)
  await run.cloud.stop()
  expect(news(run.lines)).toEqual(['web pending→online'])
  const ballots = run.lines.filter((line) => line.type === 'ballot')
  expect(ballots.map(({ voter }) => voter).sort()).toEqual(['one', 'three', 'two'])

  const begun = server.accepted()
  await setTimeout(1_100)
  expect(server.accepted()).toBe(begun)
  for (const url of Object.values(run.cloud.addresses)) await expect(fetch(url)).rejects.toThrow()
  // On a busy machine the timers of failed fetches end a little after the fetches.
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')
  for (let waits = 0; waits < 200 && timers().length > 0; waits++) await setTimeout(5)
  expect(timers()).toEqual([])
})

test('it ends without a tick when it is stopped while the first jobs are on their way to their queues', async () => {
  const server = await listen(banner('hi'))
  const run = await startRun(configOf(checkOf('web', server)))
  run.cloud.start()
  await run.cloud.stop()
  await setTimeout(1_100)
  expect(server.accepted()).toBe(0)
})

test('it ends although its table cannot be understood any more, and complains of that once a sweep', async () => {
  const server = await listen(banner('hi'))
  const run = await startRun(configOf(checkOf('web', server)))
  run.cloud.start()
  await run.told(isTransition('online'))
  const client = localClient(run.cloud.addresses.database)
  const { shards } = run.cloud.plan.plan.index
  const Item = { pk: `SHARD#${shards[0]!.shard}`, sk: 'STATE', revision: 'garbage' }
  await client.send(new PutCommand({ TableName: localTable, Item }))
  client.destroy()
  await run.told((line) => line.type === 'warning' && line.message.includes('could not be evaluated'))
  await run.cloud.stop()
  const complaints = run.lines.flatMap((line) =>
    line.type === 'warning' && line.message.includes('evaluated') ? [line.message] : [],
  )
  expect(complaints[0]).toMatch(/^the invocation failed: AggregateError: 1 failed, the first with: Error: /)
  expect(complaints.length).toBeLessThanOrEqual(3)
})

test('it tells of checks that change at once in one digest for each contact', async () => {
  const server = await startPatient()
  const names = Array.from({ length: 40 }, (_, index) => `web-${index}`)
  const run = await startRun(configOf(names.map((name) => checkOf(name, server)).join('')))
  server.isDown = true
  run.cloud.start()
  await run.told(isAlert('ops', 'OFFLINE'))
  await run.cloud.stop()
  const alerts = run.lines.filter((line) => line.type === 'alert')
  expect(alerts.map(({ contact }) => contact)).toEqual(['hook', 'ops'])
  for (const { alertIds } of alerts) expect(alertIds).toHaveLength(40)
  expect(run.lines.filter(({ type }) => type === 'transition')).toHaveLength(40)
})

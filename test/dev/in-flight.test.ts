import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { trackInFlight } from '../../functions/dev/cloud/in-flight.ts'

test('it is idle when everything has ended, whatever was begun meanwhile', async () => {
  const work = trackInFlight(() => {})
  const done: string[] = []
  work.run(async () => {
    await setTimeout(5)
    done.push('first')
    work.run(async () => {
      await setTimeout(5)
      done.push('second')
      work.inOrder('key', async () => {
        await setTimeout(5)
        done.push('third')
      })
    })
  })
  await work.idle()
  expect(done).toEqual(['first', 'second', 'third'])
  await work.idle()
})

test('what has the same key runs in order, other keys do not wait for it', async () => {
  const work = trackInFlight(() => {})
  const done: string[] = []
  const after = (ms: number, name: string) => async () => {
    await setTimeout(ms)
    done.push(name)
  }
  work.inOrder('a', after(30, 'a1'))
  work.inOrder('a', after(0, 'a2'))
  work.inOrder('b', after(10, 'b1'))
  await work.idle()
  expect(done).toEqual(['b1', 'a1', 'a2'])
})

test('a failure is told and holds up nothing behind it', async () => {
  const errors: string[] = []
  const work = trackInFlight((error) => errors.push((error as Error).message))
  const done: string[] = []
  work.inOrder('a', async () => {
    throw new Error('broken')
  })
  work.inOrder('a', async () => done.push('next'))
  await work.idle()
  expect(errors).toEqual(['broken'])
  expect(done).toEqual(['next'])
})

test('what comes afterwards waits for all that is in order by then, and keeps its own order', async () => {
  const work = trackInFlight(() => {})
  const done: string[] = []
  work.inOrder('a', async () => {
    await setTimeout(20)
    done.push('record')
  })
  const told = work.afterwards(() => done.push('alert'))
  void work.afterwards(() => done.push('next alert'))
  work.inOrder('a', async () => done.push('later record'))
  await told
  expect(done).toContain('alert')
  await work.idle()
  expect(done.indexOf('alert')).toBeGreaterThan(done.indexOf('record'))
  expect(done.indexOf('next alert')).toBeGreaterThan(done.indexOf('alert'))
})

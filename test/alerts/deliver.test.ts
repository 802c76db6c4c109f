import { describe, expect, test } from 'vitest'
import { localTable } from '../../functions/dev/cloud/database.ts'
import { reserveMs } from '../../shared/alerts/deliver/deliver.ts'
import { NoTurn } from '../../shared/alerts/publish.ts'
import { monitorShard } from '../../shared/evaluation/monitor/health.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { memoryTable } from '../fixtures/memory-table.ts'
import { check } from '../fixtures/words.ts'
import { checkOf, minuteMs, noTopic, startDelivery, throttled } from './delivery.ts'

const table = () => dynamoStore(memoryTable(), localTable)

const start = (...args: Parameters<typeof startDelivery> extends [unknown, ...infer Rest] ? Rest : never) =>
  startDelivery(table(), ...args)

const refuse = (error: Error) => async () => {
  throw error
}

describe('who is told', () => {
  test('each contact hears what it asked for, once', async () => {
    const home = await start([checkOf('web', { ops: 'all', hook: ['offline'], boss: ['online'] })])
    await home.decide('o')
    await home.deliver()
    expect(home.heard).toEqual([])
    await home.decide('x')
    await home.deliver()
    await home.deliver()
    expect(home.heard.map(({ contact }) => contact)).toEqual(['hook', 'ops'])
    await home.decide('o')
    await home.deliver()
    expect(home.read('ops')).toEqual([
      'web is OFFLINE: refused (2 of 2 voters)',
      'web is online again after 30 s offline (2 of 2 voters)',
    ])
    expect(home.read('hook')).toHaveLength(1)
    expect(home.read('boss')).toEqual(['web is online again after 30 s offline (2 of 2 voters)'])
  })

  test('a contact called like what every object inherits is told as well, and given up alone', async () => {
    const home = await start([checkOf('web', { constructor: 'all' as const, ops: 'all' })], {
      operators: 'ops',
    })
    home.topics.set('constructor', refuse(noTopic))
    await home.decide('x')
    await home.deliver()
    await home.sweep()
    await home.sweep()
    home.topics.clear()
    await home.decide('o')
    await home.deliver()
    await home.sweep()
    expect(home.read('constructor')).toEqual(['web is online again after 30 s offline (2 of 2 voters)'])
    expect(home.read('ops')).toEqual([
      'web is OFFLINE since it was added: refused (2 of 2 voters)',
      'contact constructor is UNREACHABLE',
      'web is online again after 30 s offline (2 of 2 voters)',
      'contact constructor is reachable again',
    ])
  })

  test('nothing is published for entries that a plan no longer explains, and they do not stay', async () => {
    const home = await start([checkOf('web', { ops: 'all' })])
    const state = await home.decide('x')
    const stray = { ...state.outbox[0]!, check: check('gone'), seq: 2 }
    await home.store.putState({ ...state, seq: 2, outbox: [...state.outbox, stray] })
    await home.deliver()
    expect(home.heard).toHaveLength(1)
    expect((await home.decide('x')).outbox).toEqual([])
  })
})

describe('one delivery at a time', () => {
  test('two notifies and a sweep at once publish once', async () => {
    const home = await start([checkOf('web', { ops: 'all', hook: 'all' })])
    await home.decide('x')
    await Promise.all([home.deliver(), home.deliver(), home.sweep()])
    expect(home.heard.map(({ contact }) => contact)).toEqual(['hook', 'ops'])
    expect((await home.sent()).leaseUntilMs).toBe(0)
  })

  test('many at once, with changes in between, publish each change once and in order', async () => {
    const home = await start([checkOf('web', { ops: 'all' })])
    for (const letters of ['x', 'o', 'x', 'o', 'x']) {
      await home.decide(letters)
      await Promise.all([home.deliver(), home.deliver(), home.sweep(), home.deliver()])
    }
    const ticks = home.heard.flatMap(({ message }) => message.attributes.alertId)
    expect(ticks).toEqual([...new Set(ticks)].sort())
    expect(ticks).toHaveLength(5)
  })

  test('what is committed while another delivery has the lease is delivered by that one', async () => {
    const home = await start([checkOf('web', { ops: 'all' })])
    await home.decide('x')
    let isFirst = true
    home.topics.set('ops', async () => {
      if (!isFirst) return
      isFirst = false
      await home.decide('o')
      // The stream record of this change arrives while the lease is held.
      expect(await home.deliver()).toEqual([])
    })
    await home.deliver()
    expect(home.heard.map(({ message }) => message.http.transitions)).toMatchObject([
      [{ from: 'pending', to: 'offline' }],
      [{ from: 'offline', to: 'online' }],
    ])
  })

  test('so it is when a contact could not be reached', async () => {
    const home = await start([checkOf('web', { ops: 'all', hook: 'all' })])
    home.topics.set('hook', refuse(throttled))
    await home.decide('x')
    let isFirst = true
    home.topics.set('ops', async () => {
      if (!isFirst) return
      isFirst = false
      await home.decide('o')
      await home.deliver()
    })
    await home.deliver()
    expect(home.read('ops')).toHaveLength(2)
  })

  test('a delivery that died is taken over when its lease is over, not before', async () => {
    const home = await start([checkOf('web', { ops: 'all' })])
    await home.decide('x')
    const died = home.deliver(async () => {
      throw new TypeError('the process was stopped')
    })
    await expect(died).rejects.toThrow('the process was stopped')
    const { leaseUntilMs } = await home.sent()
    home.clock.advance(leaseUntilMs - home.clock.now() - 1)
    await home.deliver()
    expect(home.heard).toEqual([])
    home.clock.advance(1)
    await home.deliver()
    expect(home.heard).toHaveLength(1)
  })

  test('a delivery that was frozen for longer than its lease publishes no more', async () => {
    const home = await start([checkOf('web', { ops: 'all', hook: 'all' })])
    await home.decide('x')
    home.topics.set('hook', async () => {
      home.topics.clear()
      home.clock.advance(5 * minuteMs)
      await home.deliver()
    })
    await home.deliver()
    // The frozen publish came after the other one: delivery is at least once, with the same id.
    expect(home.heard.map(({ contact }) => contact)).toEqual(['hook', 'ops', 'hook'])
    expect(new Set(home.heard.flatMap(({ message }) => message.attributes.alertId)).size).toBe(1)
  })

  test('a publish that would have to wait beyond the lease for its turn is left to the next delivery', async () => {
    const home = await start([checkOf('web', { busy: 'all', ops: 'all' })])
    await home.decide('x')
    const asked: number[] = []
    const leaseMs = 60_000
    const endsMs = home.clock.now() + leaseMs
    const undelivered = await home.deliver(async (to, message, beginUntilMs) => {
      asked.push(beginUntilMs! - endsMs)
      if (to === 'busy') throw new NoTurn(to)
      await home.publish(to, message)
    })
    // Reserved for a publish with all of its retries, and some seconds for the table.
    expect(asked).toEqual([-15_000, -15_000])
    expect(undelivered).toEqual([
      { contact: 'busy', error: 'the topic of busy is busy with other alerts', givenUp: false },
    ])
    expect(home.read('ops')).toHaveLength(1)
    expect((await home.sent()).failing).toEqual({})
    await home.sweep()
    expect(home.read('busy')).toHaveLength(1)
    expect(home.read('ops')).toEqual([])
  })

  test('a delivery that takes long begins no publish at the end of its lease; the next one goes on', async () => {
    const home = await start([checkOf('web', { a: 'all', b: 'all', c: 'all' })])
    await home.decide('x')
    for (const name of ['a', 'b', 'c']) home.topics.set(name, async () => home.clock.advance(30_000))
    await home.deliver()
    expect(home.heard.map(({ contact }) => contact)).toEqual(['a', 'b'])
    await home.sweep()
    expect(home.heard.map(({ contact }) => contact)).toEqual(['a', 'b', 'c'])
  })
})

describe('a process that ends before a lease would', () => {
  test('leaves no lease behind that is longer than itself, however it ends', async () => {
    const home = await start([checkOf('web', { ops: 'all' })])
    await home.decide('x')
    const untilMs = home.clock.now() + 5_000
    const died = home.deliver(async () => {
      throw new TypeError('the process was stopped')
    }, untilMs)
    await expect(died).rejects.toThrow('the process was stopped')
    expect((await home.sent()).leaseUntilMs).toBe(untilMs + reserveMs)
  })

  test('publishes nothing after its time; the next one goes on at once, with the others first', async () => {
    const home = await start([checkOf('web', { a: 'all', b: 'all', ops: 'all' })])
    home.topics.set('a', async () => {
      home.clock.advance(10_000)
      throw throttled
    })
    await home.decide('x')
    await home.deliver(home.publish, home.clock.now() + 5_000)
    expect([home.heard, await home.store.events(check('web'), 5)]).toEqual([[], []])
    expect((await home.sent()).leaseUntilMs).toBe(0)
    home.topics.clear()
    await home.deliver()
    expect(home.heard.map(({ contact }) => contact)).toEqual(['b', 'ops', 'a'])
  })

  test('takes no second lease for what was committed meanwhile', async () => {
    const home = await start([checkOf('web', { ops: 'all' })])
    home.topics.set('ops', async () => {
      home.topics.clear()
      await home.decide('o')
    })
    await home.decide('x')
    // The next tick is 30 s later.
    await home.deliver(home.publish, home.clock.now() + 20_000)
    expect(home.read('ops')).toEqual(['web is OFFLINE since it was added: refused (2 of 2 voters)'])
    await home.sweep()
    expect(home.read('ops')).toEqual(['web is online again after 30 s offline (2 of 2 voters)'])
  })

  test('begins nothing at all when it is over already', async () => {
    const home = await start([checkOf('web', { ops: 'all' })])
    await home.decide('x')
    const before = await home.sent()
    await home.deliver(home.publish, home.clock.now() - 1)
    expect([home.heard, await home.sent()]).toEqual([[], before])
  })
})

describe('a contact that cannot be reached', () => {
  test('holds up no other, whatever its name, and is told later, once', async () => {
    const home = await start([checkOf('web', { a: 'all', ops: 'all' })])
    home.topics.set('a', refuse(throttled))
    await home.decide('x')
    expect(await home.deliver()).toEqual([
      { contact: 'a', error: 'ThrottlingException: Rate exceeded', givenUp: false },
    ])
    expect(home.read('ops')).toHaveLength(1)
    for (let minute = 0; minute < 59; minute++) {
      home.clock.advance(minuteMs)
      await home.sweep()
    }
    home.topics.clear()
    await home.sweep()
    await home.sweep()
    expect(home.read('a')).toEqual(['web is OFFLINE since it was added: refused (2 of 2 voters)'])
    expect(home.read('ops')).toEqual([])
    expect((await home.sent()).failing).toEqual({})
  })

  test('comes after the others the next time, so that its waiting takes nothing from their time', async () => {
    const home = await start([checkOf('web', { a: 'all', ops: 'all' })])
    home.topics.set('a', refuse(throttled))
    await home.decide('x')
    await home.deliver()
    const order: string[] = []
    for (const name of ['a', 'ops']) {
      home.topics.set(name, async () => {
        order.push(name)
      })
    }
    await home.decide('o')
    await home.deliver()
    expect(order).toEqual(['ops', 'a'])
  })

  describe('one of many, each of which takes ten seconds to say nothing,', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

    async function startSilent() {
      const home = await start([checkOf('web', Object.fromEntries(names.map((name) => [name, 'all'])))])
      const tried: string[] = []
      for (const name of names) {
        home.topics.set(name, async () => {
          tried.push(name)
          home.clock.advance(10_000)
          throw throttled
        })
      }
      /** Delivers once the lease of the previous delivery has expired. */
      const next = async () => {
        home.clock.advance(minuteMs)
        await home.deliver()
        return tried.splice(0).join('')
      }
      return { ...home, next }
    }

    test('is tried in its turn: whoever has waited longest comes first', async () => {
      const home = await startSilent()
      await home.decide('x')
      const deliveries = []
      for (let delivery = 0; delivery < 6; delivery++) deliveries.push(await home.next())
      expect(deliveries).toEqual(['abcde', 'fghab', 'cdefg', 'habcd', 'efgha', 'bcdef'])
    })

    test('does not keep the history waiting', async () => {
      const home = await startSilent()
      await home.decide('x')
      await home.next()
      await home.next()
      expect(await home.store.events(check('web'), 5)).toHaveLength(1)
    })
  })

  test('hears where the check stands when it can be reached again, not how often it changed', async () => {
    const home = await start([checkOf('web', { hook: 'all' })])
    await home.decide('o')
    await home.deliver()
    home.topics.set('hook', refuse(throttled))
    for (const letters of ['x', 'o']) {
      await home.decide(letters)
      await home.deliver()
    }
    home.topics.clear()
    await home.sweep()
    expect(home.heard.map(({ message }) => message.http.transitions)).toMatchObject([
      [{ from: 'online', to: 'online' }],
    ])
    expect(home.read('hook')).toEqual([
      'web is online: it was offline or degraded and came back before this could be delivered',
    ])
  })

  test('that believes a check offline hears that it still is', async () => {
    const home = await start([checkOf('web', { hook: 'all' })])
    await home.decide('x')
    await home.deliver()
    home.topics.set('hook', refuse(throttled))
    for (const letters of ['o', 'x']) {
      await home.decide(letters)
      await home.deliver()
    }
    home.topics.clear()
    await home.sweep()
    expect(home.read('hook').slice(1)).toEqual([
      'web is still OFFLINE: it recovered and failed again before this could be delivered',
    ])
  })

  test('changes nothing of what the others hear', async () => {
    const home = await start([checkOf('web', { hook: 'all', ops: 'all' })])
    await home.decide('o')
    await home.deliver()
    home.topics.set('hook', refuse(throttled))
    for (const letters of ['x', 'd', 'o', 'x']) {
      await home.decide(letters)
      await home.deliver()
    }
    const transitions = home.heard.map(({ message }) => (message.http.transitions as object[])[0])
    expect(transitions).toMatchObject([
      { from: 'online', to: 'offline' },
      { from: 'offline', to: 'degraded' },
      { from: 'degraded', to: 'online' },
      { from: 'online', to: 'offline' },
    ])
    expect(home.read('ops')[2]).toBe('web is online again after 30 s degraded (2 of 2 voters)')
  })

  test('is told of the recovery from what it believes, after it missed only the last change', async () => {
    const home = await start([checkOf('web', { hook: 'all', ops: 'all' })])
    home.topics.set('ops', refuse(throttled))
    await home.decide('o')
    await home.deliver()
    await home.decide('x')
    await home.deliver()
    home.topics.set('hook', refuse(throttled))
    await home.decide('o')
    await home.deliver()
    home.topics.delete('hook')
    await home.deliver()
    expect(home.read('hook')).toEqual([
      'web is OFFLINE: refused (2 of 2 voters)',
      'web is online again after 30 s offline (2 of 2 voters)',
    ])
  })

  test('the history has every change, also of what was delivered as one', async () => {
    const home = await start([checkOf('web', { hook: 'all' })])
    home.topics.set('hook', refuse(throttled))
    for (const letters of ['o', 'x', 'd', 'o']) {
      await home.decide(letters)
      await home.deliver()
    }
    const events = (await home.store.events(check('web'), 10)).toReversed()
    expect(events.map(({ from, to }) => `${from}→${to}`)).toEqual([
      'pending→online',
      'online→offline',
      'offline→degraded',
      'degraded→online',
    ])
    expect(await home.store.status(check('web'))).toMatchObject({ from: 'degraded', to: 'online' })
  })
})

describe('giving up', () => {
  test('a topic that is gone is given up at once, and the operators hear of it', async () => {
    const home = await start([checkOf('web', { hook: 'all', ops: 'all' })], { operators: 'boss' })
    home.topics.set('hook', refuse(noTopic))
    await home.decide('x')
    expect(await home.deliver()).toEqual([
      { contact: 'hook', error: 'NotFoundException: Topic does not exist', givenUp: true },
    ])
    expect(home.read('ops')).toHaveLength(1)
    await home.sweep()
    expect(home.read('boss')).toEqual(['contact hook is UNREACHABLE'])
    const notice = home.heard.at(-1)!.message
    expect(notice.email).toContain('an alert to hook was given up: NotFoundException: Topic does not exist')
    await home.sweep()
    expect(home.read('boss')).toEqual([])
  })

  test('an hour without success ends in a dead letter, of which the operators hear once', async () => {
    const home = await start([checkOf('web', { hook: 'all' })], { operators: 'boss' })
    home.topics.set('hook', refuse(throttled))
    await home.decide('x')
    for (let minute = 0; minute < 60; minute++) {
      expect(await home.deliver()).toMatchObject([{ contact: 'hook', givenUp: false }])
      home.clock.advance(minuteMs)
    }
    expect(await home.deliver()).toMatchObject([{ contact: 'hook', givenUp: true }])
    expect(await home.deliver()).toEqual([])
    await home.sweep()
    await home.sweep()
    const notices = home.heard.flatMap(
      ({ message }) => message.http.notices as { about: string; name: string }[],
    )
    expect(notices.filter(({ about }) => about === 'contact')).toMatchObject([
      { name: 'hook', state: 'lost' },
    ])
    expect((await home.sent()).dead.hook).toMatchObject({ error: 'ThrottlingException: Rate exceeded' })
  })

  test('the dead letter has what the contact did not hear', async () => {
    const store = table()
    const letters: unknown[] = []
    const home = await startDelivery(
      { ...store, putDeadLetter: async (_, letter) => void letters.push(letter) },
      [checkOf('web', { hook: 'all', ops: 'all' })],
    )
    home.topics.set('hook', refuse(noTopic))
    await home.decide('x')
    await home.deliver()
    expect(letters).toMatchObject([
      {
        contact: 'hook',
        error: 'NotFoundException: Topic does not exist',
        entries: [{ check: 'web', from: 'pending', to: 'offline', seq: 1 }],
      },
    ])
  })

  test('the next success takes it back, and the operators hear that too', async () => {
    const home = await start([checkOf('web', { hook: 'all' })], { operators: 'boss' })
    home.topics.set('hook', refuse(noTopic))
    await home.decide('x')
    await home.deliver()
    await home.sweep()
    home.topics.clear()
    await home.decide('o')
    await home.deliver()
    await home.sweep()
    expect(home.read('boss')).toEqual(['contact hook is UNREACHABLE', 'contact hook is reachable again'])
  })

  test('what a contact did not ask for is no success', async () => {
    const home = await start([checkOf('web', { hook: ['offline'] })], { operators: 'boss' })
    home.topics.set('hook', refuse(noTopic))
    await home.decide('x')
    await home.deliver()
    await home.sweep()
    await home.decide('o')
    await home.deliver()
    await home.sweep()
    expect(home.read('boss')).toEqual(['contact hook is UNREACHABLE'])
  })

  test('the hour begins with the first failure of what is still to be told', async () => {
    const home = await start([checkOf('web', { hook: ['offline'] })])
    home.topics.set('hook', refuse(throttled))
    await home.decide('x')
    await home.deliver()
    // Nothing is left to deliver, so nothing is failing any more.
    await home.decide('o')
    await home.deliver()
    home.clock.advance(90 * minuteMs)
    await home.sweep()
    await home.decide('x')
    expect(await home.deliver()).toMatchObject([{ contact: 'hook', givenUp: false }])
  })

  test('the hour of a contact that a check is not for any more ends there', async () => {
    const home = await start([checkOf('web', { hook: 'all', ops: 'all' })])
    home.topics.set('hook', refuse(throttled))
    await home.decide('x')
    await home.deliver()
    // Under another plan only ops is alerted of the check, so nothing is left for hook.
    const version = 'p2' as typeof home.shard.version
    const next = { ...home.shard, version, checks: [checkOf('web', { ops: 'all' })] }
    await home.store.putDocument(version, next.shard, JSON.stringify(next))
    const state = await home.decide('o')
    const outbox = state.outbox.map((entry) => ({ ...entry, plan: version }))
    await home.store.putState({ ...state, outbox })
    await home.deliver()
    expect((await home.sent()).failing).toEqual({})
  })

  test('what was given up is said although another change is delivered in the same breath', async () => {
    const home = await start([checkOf('web', { hook: 'all', ops: 'all' })])
    home.topics.set('hook', async () => {
      home.topics.clear()
      await home.decide('o')
      throw noTopic
    })
    await home.decide('x')
    expect(await home.deliver()).toMatchObject([{ contact: 'hook', givenUp: true }])
    expect(home.read('hook')).toHaveLength(1)
  })

  test('operators that cannot be reached either end in a dead letter of their own, not in a loop', async () => {
    const home = await start([checkOf('web', { hook: 'all' })], { operators: 'boss' })
    home.topics.set('hook', refuse(noTopic))
    home.topics.set('boss', refuse(noTopic))
    await home.decide('x')
    await home.deliver()
    for (let minute = 0; minute < 3; minute++) {
      home.clock.advance(minuteMs / 10)
      await home.sweep()
    }
    const watch = await home.store.state(monitorShard, { consistent: true })
    expect(watch).toMatchObject({ seq: 1, outbox: [], due: 0 })
    expect((await home.store.sent(monitorShard)).dead.boss).toBeDefined()
  })
})

describe('the table', () => {
  test('a history that cannot be written is written by the next delivery, without telling anybody twice', async () => {
    const store = table()
    let broken = true
    const home = await startDelivery(
      {
        ...store,
        async putEvent(...args) {
          if (broken) throw new Error('throttled')
          await store.putEvent(...args)
        },
      },
      [checkOf('web', { ops: 'all' })],
    )
    await home.decide('x')
    await expect(home.deliver()).rejects.toThrow('throttled')
    broken = false
    home.clock.advance(minuteMs)
    await home.sweep()
    expect(home.heard).toHaveLength(1)
    expect(await home.store.events(check('web'), 5)).toHaveLength(1)
  })

  test('only what is undelivered makes the sweep work; what everybody has heard is dropped', async () => {
    const home = await start([checkOf('web', { ops: 'all' })])
    await home.decide('x')
    await home.deliver()
    const after = await home.decide('x')
    expect(after).toMatchObject({ outbox: [], due: 0 })
  })
})

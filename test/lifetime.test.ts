import { describe, expect, test } from 'vitest'
import { Lifetime } from '../shared/lifetime.ts'

const over = new Error('it is over')

test('hooks are called once, in order, with the reason there to be read', () => {
  const lifetime = new Lifetime()
  const called: [string, Error | undefined][] = []
  lifetime.onEnd(() => called.push(['first', lifetime.reason]))
  lifetime.onEnd(() => called.push(['second', lifetime.reason]))
  expect(lifetime.reason).toBeUndefined()
  lifetime.end(over)
  lifetime.end(new Error('too late'))
  expect(called).toEqual([
    ['first', over],
    ['second', over],
  ])
})

test('a hook that comes after the end is called at once', () => {
  const lifetime = new Lifetime()
  lifetime.end(over)
  let called = 0
  lifetime.onEnd(() => called++)
  expect(called).toBe(1)
  expect(() => lifetime.throwIfOver()).toThrow(over)
})

test('a hook may end it again, or add another one', () => {
  const lifetime = new Lifetime()
  const called: string[] = []
  lifetime.onEnd(() => {
    lifetime.end(new Error('again'))
    lifetime.onEnd(() => called.push('added'))
    called.push('first')
  })
  lifetime.end(over)
  expect(called).toEqual(['added', 'first'])
  expect(lifetime.reason).toBe(over)
})

describe('its signal', () => {
  test('aborts with the reason, and is the same whenever it is asked for', () => {
    const lifetime = new Lifetime()
    const { signal } = lifetime
    expect(signal.aborted).toBe(false)
    lifetime.end(over)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toBe(over)
    expect(lifetime.signal).toBe(signal)
  })

  test('asked for after the end has aborted already', () => {
    const lifetime = new Lifetime()
    lifetime.end(over)
    expect(lifetime.signal.reason).toBe(over)
  })
})

describe('a race against it', () => {
  test('is won by an answer, or by a failure', async () => {
    const failure = new Error('failure')
    expect(await new Lifetime().race(Promise.resolve('answer'))).toBe('answer')
    await expect(new Lifetime().race(Promise.reject(failure))).rejects.toBe(failure)
  })

  test('is lost at its end', async () => {
    const lifetime = new Lifetime()
    const racing = lifetime.race(new Promise(() => {}))
    lifetime.end(over)
    await expect(racing).rejects.toBe(over)
  })
})

describe('a lifetime within another', () => {
  test('ends with it', () => {
    const outer = new Lifetime()
    const inner = outer.within()
    outer.end(over)
    expect(inner.reason).toBe(over)
    expect(outer.within().reason).toBe(over)
  })

  test('ends alone', () => {
    const outer = new Lifetime()
    const inner = outer.within()
    inner.end(over)
    expect(outer.reason).toBeUndefined()
  })
})

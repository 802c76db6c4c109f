import { describe, expect, test } from 'vitest'
import { redirected } from '../../shared/probers/http/redirect.ts'
import type { Header, Request } from '../../shared/probers/http/request.ts'

const open: Header = { name: 'Accept', value: '*/*', confidential: false }
const type: Header = { name: 'Content-Type', value: 'text/plain', confidential: false }
const key: Header = { name: 'X-Api-Key', value: 'k', confidential: true }

function request(overrides: Partial<Request> = {}): Request {
  const url = new URL('https://a.example/dir/page?q=1')
  return { url, method: 'GET', headers: [open, type, key], ownOrigin: true, ...overrides }
}

const body = { text: 'payload', confidential: false }

describe('where a redirect leads', () => {
  test.each([
    ['/x', 'https://a.example/x'],
    ['x?y#z', 'https://a.example/dir/x?y'],
    ['?y', 'https://a.example/dir/page?y'],
    ['//b.example', 'https://b.example/'],
    ['http://a.example', 'http://a.example/'],
    ['HTTPS://A.EXAMPLE:443/', 'https://a.example/'],
    ['https://user:secret@a.example/', 'https://a.example/'],
    ['https://b\u00c3\u00bccher.example/\u00c3\u00bc', 'https://xn--bcher-kva.example/%C3%BC'],
    ['/a\tb', 'https://a.example/ab'],
  ])('%j → %s', (location, url) => {
    expect(redirected(request(), 302, location)?.url.href).toBe(url)
  })

  test.each([
    ['https://', 'redirected to something that is not a URL'],
    ['http://[::1', 'redirected to something that is not a URL'],
    ['http://a b/', 'redirected to something that is not a URL'],
    ['ftp://a.example/', 'redirected to a URL that is neither http nor https'],
    ['javascript:alert(1)', 'redirected to a URL that is neither http nor https'],
    ['file:///etc/passwd', 'redirected to a URL that is neither http nor https'],
  ])('%j is refused', (location, sentence) => {
    expect(() => redirected(request(), 302, location)).toThrow(
      expect.objectContaining({ reason: 'redirect', message: sentence }),
    )
  })

  test.each([200, 201, 300, 304, 305, 306, 404])('%i is no redirect', (status) => {
    expect(redirected(request(), status, '/x')).toBeUndefined()
  })

  test('without a Location there is nowhere to go', () => {
    expect(redirected(request(), 301, undefined)).toBeUndefined()
  })
})

describe('what a redirect makes of the method', () => {
  test.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [303, 'PUT', 'GET'],
    [301, 'HEAD', 'HEAD'],
    [303, 'HEAD', 'HEAD'],
    [303, 'GET', 'GET'],
  ])('%i %s → %s', (status, method, then) => {
    const next = redirected(request({ method, body }), status, '/x')!
    expect(next.method).toBe(then)
    const kept = method === then
    expect(next.body).toEqual(kept ? body : undefined)
    expect(next.headers).toEqual(kept ? [open, type, key] : [open, key])
  })
})

describe('what goes along to another origin', () => {
  test.each([
    ['another host', 'https://b.example/'],
    ['a subdomain', 'https://www.a.example/'],
    ['another port', 'https://a.example:8443/'],
    ['another scheme', 'http://a.example/'],
  ])('%s: nothing confidential', (_, location) => {
    const next = redirected(request(), 302, location)!
    expect(next.headers).toEqual([open, type])
    expect(next.ownOrigin).toBe(false)
  })

  test('the same origin keeps everything', () => {
    const next = redirected(request(), 302, 'https://a.example:443/x')!
    expect(next.headers).toEqual([open, type, key])
    expect(next.ownOrigin).toBe(true)
  })

  test('what was dropped does not come back on the way home', () => {
    const away = redirected(request(), 302, 'https://b.example/')!
    const home = redirected(away, 302, 'https://a.example/')!
    expect(home.headers).toEqual([open, type])
    expect(home.ownOrigin).toBe(false)
  })

  test('a body goes along where the method is kept, but not one that is a secret', () => {
    const post = request({ method: 'POST', body })
    expect(redirected(post, 307, 'https://b.example/')?.body).toEqual(body)
    const secret = request({ method: 'POST', body: { text: 'x', confidential: true } })
    expect(redirected(secret, 307, '/x')?.body).toEqual({ text: 'x', confidential: true })
    expect(redirected(secret, 302, 'https://b.example/')?.body).toBeUndefined()
    expect(() => redirected(secret, 307, 'https://b.example/')).toThrow(
      'redirected to https://b.example, where the body, a secret, is not sent',
    )
  })
})

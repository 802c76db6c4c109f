import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  fetchPackage,
  isFetched,
  lockedPackage,
  type Pack,
  runnerPackages,
} from '../../cdk/runner-packages.ts'

let folder = ''
let packages = ''
let packed: string[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upquorum-packages-'))
  packages = join(folder, 'packages')
  packed = []
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A registry with one package, whose only file contains `content`. */
function registry(content: string): { pack: Pack; integrity: string } {
  mkdirSync(join(folder, 'package'), { recursive: true })
  writeFileSync(join(folder, 'package/file.txt'), content)
  const tarball = join(folder, 'package.tgz')
  execFileSync('tar', ['-czf', tarball, '-C', folder, 'package'])
  const bytes = readFileSync(tarball)
  return {
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    pack(spec, into) {
      packed.push(spec)
      writeFileSync(join(into, 'it.tgz'), bytes)
      return join(into, 'it.tgz')
    },
  }
}
const name = '@scope/machine-code'
const content = () => readFileSync(join(packages, name, 'file.txt'), 'utf8')

describe('a package for another machine', () => {
  test('is fetched once, in the version of the lockfile', () => {
    const { pack, integrity } = registry('first')
    const locked = { name, version: '1.2.3', integrity }
    expect(isFetched(locked, packages)).toBe(false)
    fetchPackage(locked, packages, pack)
    fetchPackage(locked, packages, pack)
    expect(isFetched(locked, packages)).toBe(true)
    expect(packed).toEqual(['@scope/machine-code@1.2.3'])
    expect(content()).toBe('first')
    expect(readdirSync(packages)).toEqual(['@scope'])
  })

  test('is fetched again when the lockfile says another', () => {
    const first = registry('first')
    fetchPackage({ name, version: '1.2.3', integrity: first.integrity }, packages, first.pack)
    const second = registry('second')
    const locked = { name, version: '1.2.4', integrity: second.integrity }
    expect(isFetched(locked, packages)).toBe(false)
    fetchPackage(locked, packages, second.pack)
    expect(content()).toBe('second')
  })

  test('is not unpacked when it is not what the lockfile says', () => {
    const { integrity } = registry('expected')
    const { pack, integrity: got } = registry('something else')
    expect(() => fetchPackage({ name, version: '1.2.3', integrity }, packages, pack)).toThrow(
      `${name}@1.2.3 does not match package-lock.json: its hash is ${got}, expected ${integrity}`,
    )
    expect(readdirSync(packages)).toEqual([])
  })

  test('leaves nothing behind when npm fails', () => {
    const { integrity } = registry('never seen')
    const pack = () => {
      throw new Error('no network')
    }
    expect(() => fetchPackage({ name, version: '1.2.3', integrity }, packages, pack)).toThrow('no network')
    expect(readdirSync(packages)).toEqual([])
  })
})

test('the lockfile has the exact packages of a runner, with their hashes', () => {
  const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    optionalDependencies: Record<string, string>
  }
  const node = lockedPackage(runnerPackages.node)
  expect(node.version).toBe(optionalDependencies[runnerPackages.node])
  const koffi = lockedPackage(runnerPackages.koffi)
  expect(koffi.version).toBe(lockedPackage('koffi').version)
  for (const { integrity } of [node, koffi]) expect(integrity).toMatch(/^sha512-[\w+/]{86}==$/)
})

test('a package that the lockfile does not have is named', () => {
  const lockfile = join(folder, 'package-lock.json')
  writeFileSync(lockfile, '{"packages":{}}')
  expect(() => lockedPackage('absent', lockfile)).toThrow(
    'package-lock.json has no version or no integrity of absent',
  )
})

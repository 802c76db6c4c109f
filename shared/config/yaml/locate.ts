import { isAlias, isMap, isScalar, isSeq, type Node, Scalar, visit, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Path } from './diagnostic.ts'

/** A value of the document and its position. The value of an anchor is shared, not copied. */
export interface Located {
  /** Plain data; mappings have no prototype, so `__proto__` is a key like any other. */
  readonly value: unknown
  /** Offset in the text; the key's offset if the value is empty. */
  readonly offset: number
  /** The entries of a mapping by key, merged ones included, or of a list by position. */
  readonly entries?: ReadonlyMap<string | number, Entry>
  /** The number of values in it with aliases expanded. */
  readonly size: number
  /** Its intended value is unknown; the error has been reported. */
  readonly broken?: true
}

export interface Entry {
  readonly keyOffset: number
  readonly at: Located
}

interface Listener {
  line(offset: number): number
  stumble(offset: number, path: Path, message: string): void
}

/**
 * Converts the parser's nodes to located values. The parser's own conversion loses positions, copies merged keys and
 * cannot say where an alias is wrong.
 */
export function locate(contents: Node, { line, stumble }: Listener): Located {
  const targets = resolveAliases(contents)
  const done = new Map<Node, Located>()
  const open = new Set<Node>()

  function locateNode(node: Node | null, keyOffset: number, path: Path): Located {
    if (node === null) return { value: null, offset: keyOffset, size: 1 }
    const offset = node.range?.[0] ?? keyOffset
    if (isAlias(node)) {
      const target = targets.get(node)
      if (target !== undefined && !open.has(target)) return locateNode(target, keyOffset, path)
      const fault = target === undefined ? 'has no anchor before it' : 'refers to itself'
      stumble(offset, path, `is the alias *${node.source}, which ${fault}`)
      return { value: null, offset, size: 1, broken: true }
    }
    const known = done.get(node)
    if (known !== undefined) return known
    open.add(node)
    let located: Located
    if (isMap(node)) located = locateMap(node, offset, path)
    else if (isSeq(node)) located = locateList(node, offset, path)
    else if (isScalar(node))
      located = { value: node.value, offset: node.source ? offset : keyOffset, size: 1 }
    else throw new TypeError('the parser made a node that is neither alias, mapping, list nor scalar')
    open.delete(node)
    done.set(node, located)
    return located
  }

  function locateList(list: YAMLSeq, offset: number, path: Path): Located {
    const entries = new Map<number, Entry>()
    for (const [index, item] of list.items.entries()) {
      const at = locateNode(item as Node | null, offset, [...path, index])
      entries.set(index, { keyOffset: at.offset, at })
    }
    return {
      value: [...entries.values()].map((entry) => entry.at.value),
      offset,
      entries,
      size: sizeOf(entries),
    }
  }

  function locateMap(map: YAMLMap, offset: number, path: Path): Located {
    const entries = new Map<string, Entry>()
    let merged: Entry | undefined
    for (const { key: keyNode, value: valueNode } of map.items as { key: Scalar; value: Node | null }[]) {
      const key = String(keyNode.value)
      const keyOffset = keyNode.range?.[0] ?? offset
      const isMerge = key === '<<' && keyNode.type === Scalar.PLAIN
      const first = isMerge ? merged : entries.get(key)
      if (first !== undefined) {
        stumble(keyOffset, [...path, key], `is written twice, first in line ${line(first.keyOffset)}`)
        continue
      }
      const entry = { keyOffset, at: locateNode(valueNode, keyOffset, [...path, key]) }
      if (isMerge) merged = entry
      else entries.set(key, entry)
    }
    if (merged !== undefined) merge(entries, merged, [...path, '<<'])
    const value: Record<string, unknown> = Object.create(null)
    for (const [key, entry] of entries) value[key] = entry.at.value
    return { value, offset, entries, size: sizeOf(entries) }
  }

  /** The mapping's own keys override merged ones, and earlier merged mappings override later ones. */
  function merge(entries: Map<string, Entry>, merged: Entry, path: Path) {
    const sources = Array.isArray(merged.at.value) ? [...merged.at.entries!.values()] : [merged]
    for (const { keyOffset, at } of sources) {
      if (at.entries === undefined || Array.isArray(at.value))
        stumble(keyOffset, path, 'is not a mapping; merge an alias of one, such as <<: *base')
      else
        for (const [key, entry] of at.entries) if (!entries.has(String(key))) entries.set(String(key), entry)
    }
  }

  return locateNode(contents, 0, [])
}

/** Maps each alias to its node: the latest anchor of that name before it. */
function resolveAliases(contents: Node): Map<Node, Node | undefined> {
  const anchors = new Map<string, Node>()
  const targets = new Map<Node, Node | undefined>()
  visit(contents, {
    Node(_key, node) {
      if (isAlias(node)) targets.set(node, anchors.get(node.source))
      else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

function sizeOf(entries: ReadonlyMap<unknown, Entry>): number {
  let size = 1
  for (const entry of entries.values()) size += entry.at.size
  return size
}

/** Follows a path as far as it exists; `whole` is true if all of it exists. */
export function follow(from: Located, path: Path): { readonly entry: Entry; readonly whole: boolean } {
  let entry: Entry = { keyOffset: from.offset, at: from }
  for (const step of path) {
    const next = entry.at.entries?.get(step)
    if (next === undefined) return { entry, whole: false }
    entry = next
  }
  return { entry, whole: true }
}

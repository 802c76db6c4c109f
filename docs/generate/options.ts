import { orList } from '../../shared/text/list.ts'

/** A JSON Schema, as far as the reference reads it. */
export interface Schema {
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  /** False, or what every other key holds: a mapping with names of people's choice. */
  readonly additionalProperties?: false | Schema
}

/** One key of the configuration. */
export interface Option {
  /** Where it is written, such as `http.expect.status`, `contacts.<name>.email` or `alerts[].on`. */
  readonly path: string
  readonly key: string
  readonly description: string
  /** Undefined: it is required. */
  readonly fallback: string | undefined
  /** Its type and what it may be, in words. */
  readonly type: string
  readonly examples: readonly unknown[]
}

/** An option that people can leave out says what holds then as its last sentence, unless that is a plain value. */
const fallbackSentence = / ?Default: (.+)\.$/

/**
 * Every option below a schema, in the order of the schema.
 *
 * @param into whether the options within the one at this path are wanted too.
 */
export function optionsOf(
  schema: Schema,
  prefix = '',
  into: (path: string) => boolean = () => true,
): Option[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = `${prefix}${key}`
    const option = optionOf(path, key, value, schema.required?.includes(key) === true)
    return into(path) ? [option, ...within(value, path, into)] : [option]
  })
}

function within(schema: Schema, path: string, into: (path: string) => boolean): Option[] {
  const { items, additionalProperties, anyOf = [] } = schema
  // Where one or a list of them may be written, both have the same options: the list tells of them.
  const listed = new Set(anyOf.map((branch) => JSON.stringify(branch.items)))
  const branches = anyOf.filter((branch) => !listed.has(JSON.stringify(branch)))
  return [
    ...optionsOf(schema, `${path}.`, into),
    ...(items === undefined ? [] : within(items, `${path}[]`, into)),
    ...(additionalProperties ? within(additionalProperties, `${path}.<name>`, into) : []),
    ...branches.flatMap((branch) => within(branch, path, into)),
  ]
}

function optionOf(path: string, key: string, schema: Schema, isRequired: boolean): Option {
  const { description = '' } = schema
  const said = fallbackSentence.exec(description)?.[1]
  const fallback = schema.default === undefined ? said : code(schema.default)
  // Exactly one kind is written, which is said where kinds are told.
  const isKind = schema.type === 'object' && schema.properties !== undefined
  if (fallback === undefined && !isRequired && !isKind)
    throw new Error(`${path} says neither a default nor that it is required`)
  return {
    path,
    key,
    description: description.replace(fallbackSentence, ''),
    fallback: isRequired ? undefined : (fallback ?? 'none'),
    type: typeOf(schema),
    examples: schema.examples ?? [],
  }
}

/** What may be written, in words. */
function typeOf(schema: Schema): string {
  const { title, enum: values, const: only, anyOf, type, items, additionalProperties } = schema
  if (title !== undefined) return title
  if (values !== undefined) return orList(values.map(code))
  if (only !== undefined) return code(only)
  if (anyOf !== undefined) return oneOf(anyOf)
  if (Array.isArray(type)) return type.map((one) => words[one as string] ?? one).join(' or ')
  if (type === 'boolean') return '`true` or `false`'
  if (type === 'array') return `list of ${typeOf(items!)}`
  if (type === 'object') return additionalProperties ? 'mapping with names of your choice' : 'mapping'
  return `${words[type as string] ?? type}${boundsOf(schema)}`
}

const words: Readonly<Record<string, string>> = { string: 'text', number: 'number', integer: 'whole number' }

/** A value or a list of such values is what most lists may be. */
function oneOf(branches: readonly Schema[]): string {
  const flat = branches.flatMap((branch) => (branch.title === undefined && branch.anyOf) || [branch])
  const types = [...new Set(flat.map(typeOf))]
  const lists = types.map((type) => `list of ${type}`)
  const isEither = types.some((type) => lists.includes(type))
  const plain = types.filter((type) => !lists.includes(type))
  if (isEither) return `${orList(plain)}, or a list of these`
  return orList([...plain.filter((type) => !isList(type)), ...plain.filter(isList)])
}

const isList = (type: string) => type.startsWith('list of ')

function boundsOf({ type, minimum, maximum, minLength, maxLength }: Schema): string {
  const [least, most, unit] =
    type === 'string' ? [minLength, maxLength, ' characters'] : [minimum, maximum, '']
  if (least !== undefined && most !== undefined) return ` (${least} to ${most}${unit})`
  return most === undefined ? '' : ` (at most ${most}${unit})`
}

/** A value as people would write it on one line of YAML. */
export function code(value: unknown): string {
  return `\`${flow(value)}\``
}

/** YAML's flow style, with quotes only where a plain text would be read as something else. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, entry]) => `${key}: ${flow(entry)}`)
      .join(', ')} }`
  if (typeof value !== 'string') return String(value)
  const isPlain = /^[A-Za-z][\w ./@-]*$/.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value)
  return isPlain || /^\d+(\.\d+)?(ms|s|m|h|d|%|xx)$/.test(value) ? value : JSON.stringify(value)
}

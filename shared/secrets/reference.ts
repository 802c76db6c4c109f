/** Where a secret is kept. */
export type SecretReference =
  | { readonly store: 'env'; readonly name: string }
  | { readonly store: 'ssm'; readonly name: string }
  /** `key`: the member of the secret's JSON object that is meant. */
  | { readonly store: 'secretsmanager'; readonly name: string; readonly key?: string }

/** What a secret's reference looks like, for messages. */
export const secretForms = 'env:NAME, ssm:/path/of/parameter or secretsmanager:name#key'

/**
 * Reads `env:NAME`, `ssm:/path` or `secretsmanager:name[#key]`. Undefined when the text is no reference and
 * stands for itself; 'malformed' when it begins like one and is none.
 *
 * The characters are those that the stores allow: Parameter Store names have letters, digits and `.-_/`, and
 * `:` before a version or label; Secrets Manager names letters, digits and `/_+=.@-`, and `:` in an ARN.
 */
export function parseReference(text: string): SecretReference | 'malformed' | undefined {
  const parts = /^(env|ssm|secretsmanager):(.*)$/s.exec(text)
  if (parts === null) return undefined
  const [, store, rest] = parts as unknown as [string, SecretReference['store'], string]
  switch (store) {
    case 'env':
      return /^[A-Za-z_]\w*$/.test(rest) ? { store, name: rest } : 'malformed'
    case 'ssm':
      return /^[\w.\-/]+(:[\w.-]+)?$/.test(rest) ? { store, name: rest } : 'malformed'
    case 'secretsmanager': {
      const [, name, key] = /^([\w/+=.@:-]+)(?:#(.+))?$/s.exec(rest) ?? []
      if (name === undefined) return 'malformed'
      return key === undefined ? { store, name } : { store, name, key }
    }
  }
}

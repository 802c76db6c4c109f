/** A reference to a secret in one of three stores. */
export type SecretReference =
  | { readonly store: 'env'; readonly name: string }
  | { readonly store: 'ssm'; readonly name: string }
  /** `key`: a key of the secret's JSON object. */
  | { readonly store: 'secretsmanager'; readonly name: string; readonly key?: string }

/** The forms of a reference, for messages. */
export const secretForms = 'env:NAME, ssm:/path/of/parameter or secretsmanager:name#key'

/**
 * Parses `env:NAME`, `ssm:/path` or `secretsmanager:name[#key]`. Undefined if the text is not a reference and stands
 * for itself; 'malformed' if it starts like a reference but is not valid.
 *
 * Allows the characters that the stores allow: in Parameter Store letters, digits and `.-_/`, and `:` before a version
 * or label; in Secrets Manager letters, digits and `/_+=.@-`, and `:` in an ARN.
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

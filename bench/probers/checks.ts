import type { CheckName } from '../../shared/check.ts'
import type { PlannedCheck } from '../../shared/plan/plan.ts'
import type { Target } from '../../shared/probers/index.ts'
import { answer, type Endpoint, type Kind, name } from './servers.ts'

export const timeoutMs = 10_000

/**
 * Creates a planned check of one of the servers.
 *
 * @param ca the root to trust, unless the prober's process already trusts it.
 */
export function checkOf(kind: Kind, endpoint: Endpoint, ca: string | undefined, index: number): PlannedCheck {
  return {
    name: `check-${index}` as CheckName,
    ...targetOf(kind, endpoint, ca),
    label: '',
    timeoutMs,
    confirmations: 1,
    delay: { down: 1, up: 1 },
    alerts: [],
    tags: [],
    allowPrivate: true,
  }
}

type Aimed =
  | { readonly kind: 'tcp'; readonly target: Target<'tcp'> }
  | { readonly kind: 'http'; readonly target: Target<'http'> }
  | { readonly kind: 'tls'; readonly target: Target<'tls'> }
  | { readonly kind: 'dns'; readonly target: Target<'dns'> }

function targetOf(kind: Kind, { address: host, port }: Endpoint, ca: string | undefined): Aimed {
  const trust = ca === undefined ? {} : { ca }
  switch (kind) {
    case 'tcp':
      return { kind, target: { host, port } }
    case 'tls':
      return { kind, target: { host, port, days: 14, verify: true, minVersion: '1.2', ...trust } }
    case 'http':
    case 'https':
      return {
        kind: 'http',
        target: {
          url: `${kind}://${host}:${port}/`,
          method: 'GET',
          headers: [],
          tls: { verify: true, ...trust },
          redirects: 5,
          expect: { status: [[200, 299]], headers: [], body: [] },
        },
      }
    case 'dns':
      return {
        kind,
        target: {
          name,
          type: 'A',
          servers: [{ host, port }],
          require: 'all',
          transport: 'udp',
          recursion: true,
          expect: { rcode: 'NOERROR', authentic: false, any: [answer] },
        },
      }
  }
}

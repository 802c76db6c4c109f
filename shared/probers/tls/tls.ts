import type { Prober } from '../prober.ts'

export interface TlsTarget {
  readonly address: string
}

export const tls: Prober<TlsTarget> = {
  needs: 'tcp',
  hosts: () => [],
  label: () => '',
  probe: async () => ({ online: true, phases: {} }),
}

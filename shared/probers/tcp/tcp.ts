import type { Prober } from '../prober.ts'

export interface TcpTarget {
  readonly address: string
}

export const tcp: Prober<TcpTarget> = {
  needs: 'tcp',
  hosts: () => [],
  label: () => '',
  probe: async () => ({ online: true, phases: {} }),
}

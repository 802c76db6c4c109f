import type { EvidenceVote } from '../../../shared/quorum/ballot.ts'
import type { Style } from '../../terminal/colour.ts'

/** What one character shows of a vote; `waiting` while none has arrived. */
export type Mark = EvidenceVote['vote'] | 'waiting'

/** The characters that a terminal can show. */
export interface Signs {
  readonly marks: Readonly<Record<Mark, string>>
  readonly arrow: string
  readonly ellipsis: string
  readonly dash: string
  readonly frame: {
    readonly top: string
    readonly side: string
    readonly bottom: string
    readonly rule: string
  }
}

/** For UTF-8 terminals. */
export const unicodeSigns: Signs = {
  marks: { online: '●', slow: '◐', offline: '✖', abstain: '·', missing: '?', waiting: ' ' },
  arrow: '→',
  ellipsis: '…',
  dash: '—',
  frame: { top: '╭─', side: '│', bottom: '╰─', rule: '─' },
}

/** For files, pipes and everything else. */
export const asciiSigns: Signs = {
  marks: { online: '+', slow: '~', offline: 'x', abstain: '-', missing: '.', waiting: ' ' },
  arrow: '->',
  ellipsis: '...',
  dash: '-',
  frame: { top: '+-', side: '|', bottom: '+-', rule: '-' },
}

export const markStyles: Readonly<Record<Mark, Style>> = {
  online: 'green',
  slow: 'yellow',
  offline: 'red',
  abstain: 'gray',
  missing: 'gray',
  waiting: 'gray',
}

/** The marks from worst to best; a check is rated by its worst vote. */
export const worstFirst = [
  'offline',
  'slow',
  'missing',
  'abstain',
  'waiting',
  'online',
] as const satisfies readonly Mark[]

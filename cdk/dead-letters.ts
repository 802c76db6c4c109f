/** The names of the dead-letter queues. */
export const deadLetterNames = {
  /** Jobs that no invocation of probe finished. */
  jobs: 'upquorum-jobs-dead',
  /** Stream records that quorum or notify gave up on; the sweep does their work. */
  records: 'upquorum-records-dead',
  /** Messages that SNS could not deliver to an endpoint. */
  undelivered: 'upquorum-undelivered',
} as const

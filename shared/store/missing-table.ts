/**
 * The table does not exist: it was never made, or was deleted by hand, since neither a deployment nor its removal
 * deletes it unasked. DynamoDB's message, "Requested resource not found", names neither the table nor its region.
 */
export class MissingTable extends Error {
  /** @param cause DynamoDB's error. */
  constructor(table: string, region: string, cause: Error) {
    super(
      `the table ${table} in ${region} does not exist: restore it from the backup that DynamoDB keeps for 35 days ` +
        'after a deletion, or, for an empty one, run npm run destroy and npm run deploy',
      { cause },
    )
    this.name = 'MissingTable'
  }
}

import type { Command } from 'commander'
import { makeJsonSchema } from '../../shared/config/json-schema.ts'

export function define(command: Command): void {
  command
    .description(
      'Prints the JSON Schema (draft 7) of the configuration. Editors that run yaml-language-server use it when ' +
        'the first line of the file is "# yaml-language-server: $schema=<path of the schema>".',
    )
    .action(() => console.log(JSON.stringify(makeJsonSchema(), null, 2)))
}

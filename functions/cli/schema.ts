import type { Command } from 'commander'
import { makeJsonSchema } from '../../shared/config/json-schema.ts'

export function define(command: Command): void {
  command
    .description(
      'Prints the JSON Schema (draft 7) of the configuration. Editors with yaml-language-server use it if the ' +
        'first line of the file is "# yaml-language-server: $schema=<path of the schema>".',
    )
    .action(() => console.log(JSON.stringify(makeJsonSchema(), null, 2)))
}

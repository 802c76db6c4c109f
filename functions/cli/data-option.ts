import { InvalidArgumentError, Option } from 'commander'
import { defaultFolder } from '../dev/folder.ts'

/** Creates the option `--data <folder>`, shared by every command that reads or writes a local run. */
export function dataOption(description: string): Option {
  return new Option('--data <folder>', description).default(defaultFolder).argParser((folder: string) => {
    if (folder === '') throw new InvalidArgumentError('It must name a folder.')
    return folder
  })
}

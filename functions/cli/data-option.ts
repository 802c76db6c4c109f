import { InvalidArgumentError, Option } from 'commander'
import { defaultFolder } from '../dev/folder.ts'

/** `--data <folder>`, of every command that has to do with a local run. */
export function dataOption(description: string): Option {
  return new Option('--data <folder>', description).default(defaultFolder).argParser((folder: string) => {
    if (folder === '') throw new InvalidArgumentError('It must name a folder.')
    return folder
  })
}

import { InvalidArgumentError, Option } from 'commander'

/** The options that commands share. */
export const options = {
  client: () =>
    new Option(
      '--client <module>',
      'the module that exports the PrismaClient: ./src/db.ts, ./src/db.ts#name, or a package',
    ),
  dir: (description = 'the folder of the scripts (default: prisma/scripts)') =>
    new Option('--dir <folder>', description),
  to: (description: string) => new Option('--to <name>', description),
  step: (description: string) => new Option('--step <count>', description).argParser(count).conflicts('to'),
  dryRun: (description = 'run in one transaction, say what was sent, and roll it back') =>
    new Option('--dry-run', description),
  batchSize: () =>
    new Option('--batch-size <rows>', "page size of batch(), instead of the script's own").argParser(pageSize),
  allowChanged: () => new Option('--allow-changed', 'go on though scripts have changed since they ran or were stopped'),
  wait: () => new Option('--wait <seconds>', 'how long to wait for another runner').argParser(seconds).default(15),
  yes: () => new Option('--yes', 'do not ask'),
  json: () => new Option('--json', 'tell everything in JSON, an object a line'),
}

function count(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number from 1.')
}

function pageSize(text: string): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= largestPage) return Number(text)
  throw new InvalidArgumentError(`Expected a number of rows from 1 to ${largestPage}.`)
}

/** Prisma's `take` is a 32-bit number. */
const largestPage = 2147483647

function seconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number of seconds.')
}

import { createRequire } from 'node:module'
import { Command, CommanderError, InvalidArgumentError, Option, type OutputConfiguration } from 'commander'
import { asFailure, type Failure } from '../migrate/failure.js'
import { baseline } from './commands/baseline.js'
import { create } from './commands/create.js'
import { repair } from './commands/repair.js'
import { run } from './commands/run.js'
import { sqlUp } from './commands/sql-up.js'
import { status } from './commands/status.js'
import { unlock } from './commands/unlock.js'
import { type UpDownFlags, upOrDown } from './commands/up-down.js'
import { readEnvFile } from './env-file.js'
import * as help from './help.js'
import { type Reporter, reporterFor } from './report/reporter.js'
import { type Flags, type Host, Settings } from './settings.js'
/** The command `prisma-session`: what it takes, and who does it. Gives the exit code. */
export async function runCommand(args: readonly string[], host: Host): Promise<number> {
  let code = 0
  try {
    await program(host, (failure) => {
      code = failure.exitCode
    }).parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : 2 // it has said why
  }
}

function program(host: Host, end: (failure: Failure) => void): Command {
  const doing = (work: Act) => doer(work, host, end)
  const root = command(
    new Command('prisma-session').configureOutput(outputOf(host)),
    'Data migrations and one-off scripts, run through a session over your PrismaClient.',
  )
  root.version(version, '-V, --version', 'show the version').enablePositionalOptions().addHelpText('after', help.root)

  const migrate = command(
    root.command('migrate'),
    'Scripts that move data: each runs once, in the order of their names.',
  )
  migrate.addHelpText('after', help.migrate)

  act(migrate, 'create <name>', 'Make a new script that comes after all others; "R__name" makes a repeatable one.')
    .addOption(clientFlag())
    .addOption(dirFlag())
    .action(doing((settings, reporter, _, name: string) => create(name, settings, reporter)))
  act(migrate, 'status', 'Show what has run, what waits, and what is wrong.')
    .addOption(clientFlag())
    .addOption(dirFlag())
    .addHelpText('after', help.status)
    .action(doing((settings, reporter) => status(settings, reporter)))
  for (const direction of ['up', 'down'] as const) {
    act(
      migrate,
      direction,
      direction === 'up'
        ? 'Run the scripts that wait.'
        : 'Undo scripts, the last one first; one, unless told otherwise.',
    )
      .addOption(clientFlag())
      .addOption(dirFlag())
      .addOption(
        toFlag(direction === 'up' ? 'the last script to run' : 'the last script to undo; 0 for all').conflicts('step'),
      )
      .addOption(
        new Option('--step <count>', `how many scripts to ${direction === 'up' ? 'run' : 'undo'}`)
          .argParser(count)
          .conflicts('to'),
      )
      .addOption(dryRunFlag().conflicts(direction === 'down' ? ['yes', 'wait'] : ['wait']))
      .option('--allow-changed', 'go on though scripts have changed since they ran or were stopped')
      .addOption(
        new Option('--allow-out-of-order', 'run scripts though later ones are done').hideHelp(direction === 'down'),
      )
      .addOption(new Option('--wait <seconds>', 'how long to wait for another runner').argParser(seconds).default(15))
      .addOption(yesFlag().hideHelp(direction === 'up')) // which asks nothing
      .addHelpText('after', direction === 'up' ? help.up : help.down)
      .action(doing((settings, reporter, flags: UpDownFlags) => upOrDown(direction, flags, settings, reporter)))
  }
  act(migrate, 'baseline', 'Note scripts as done without running them.')
    .addOption(clientFlag())
    .addOption(dirFlag())
    .addOption(toFlag('the last script to note'))
    .addOption(yesFlag())
    .addHelpText('after', help.baseline)
    .action(doing((settings, reporter, flags: { to?: string }) => baseline(flags, settings, reporter)))
  act(migrate, 'repair [scripts...]', 'Make the ledger agree with the files: of these scripts, or of all.')
    .addOption(clientFlag())
    .addOption(dirFlag())
    .addOption(yesFlag())
    .addHelpText('after', help.repair)
    .action(doing((settings, reporter, flags: object, scripts: string[]) => repair(scripts, flags, settings, reporter)))
  act(migrate, 'unlock', 'Take the lock from a runner that lives and is not wanted.')
    .addOption(clientFlag())
    .addOption(yesFlag())
    .addHelpText('after', help.unlock)
    .action(doing((settings, reporter, flags: object) => unlock(flags, settings, reporter)))

  act(root, 'run <script> [args...]', 'Run one script through a session; what follows it is in context.args.')
    .addOption(clientFlag())
    .addOption(dryRunFlag())
    .passThroughOptions()
    .addHelpText('after', help.run)
    .action(
      doing((settings, reporter, flags: { dryRun?: boolean }, script: string, args: string[]) =>
        run(script, args, flags, settings, reporter),
      ),
    )

  const sql = command(root.command('sql'), "Prisma's own SQL migrations, without its schema engine.")
  act(sql, 'up', 'Apply prisma/migrations/*/migration.sql as prisma migrate deploy does.')
    .addOption(clientFlag())
    .addOption(dirFlag("the folder of Prisma's migrations (default: prisma/migrations)"))
    .addOption(toFlag('the last migration to apply').conflicts('step'))
    .addOption(new Option('--step <count>', 'how many migrations to apply').argParser(count).conflicts('to'))
    .addOption(new Option('--dry-run', 'say what would be applied, and send nothing'))
    .addOption(new Option('--wait <seconds>', 'how long to wait for another runner').argParser(seconds).default(15))
    .addHelpText('after', help.sqlUp)
    .action(doing((settings, reporter, flags: Parameters<typeof sqlUp>[0]) => sqlUp(flags, settings, reporter)))
  return root
}

function command(made: Command, description: string): Command {
  return made
    .description(description)
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
}

/** A command that does something. */
function act(parent: Command, name: string, description: string): Command {
  return command(parent.command(name), description).addOption(
    new Option('--json', 'tell everything in JSON, an object a line'),
  )
}

type Act = (settings: Settings, reporter: Reporter, flags: never, ...given: never[]) => Promise<void>

/** Commander gives the arguments first, then the flags, then the command. */
function doer(work: Act, host: Host, end: (failure: Failure) => void): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const flags = given.at(-2) as Flags & { json?: boolean }
    const reporter = reporterFor(flags, host)
    try {
      const settings = new Settings(flags, host)
      readEnvFile(settings)
      await work(settings, reporter, flags as never, ...(given.slice(0, -2) as never[]))
    } catch (error) {
      const failure = asFailure(error)
      reporter.failure(failure)
      end(failure)
    }
  }
}

function outputOf({ stdout, stderr }: Host): OutputConfiguration {
  return { writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) }
}

function clientFlag(): Option {
  return new Option('--client <module>', 'the module that exports the PrismaClient, ./src/db.ts or ./src/db.ts#name')
}

function dirFlag(description = 'the folder of the scripts (default: prisma/scripts)'): Option {
  return new Option('--dir <folder>', description)
}

function toFlag(description: string): Option {
  return new Option('--to <name>', description)
}

function dryRunFlag(): Option {
  return new Option('--dry-run', 'run in one transaction, say what was sent, and roll it back')
}

function yesFlag(): Option {
  return new Option('--yes', 'do not ask')
}

function count(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number from 1.')
}

function seconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number of seconds.')
}

const { version } = createRequire(import.meta.url)('prisma-session-proxy/package.json') as { version: string }
